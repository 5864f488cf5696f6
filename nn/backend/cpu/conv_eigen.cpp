// The three convolution kernels with Eigen's matrix product: the readable version, which
// CT2CT_GEMM=eigen runs. Its bits do not depend on threads, but on how Eigen cuts its sums, so they
// are compared with the specification within a bound and not for equality.
#include "nn/backend/cpu/conv_kernels.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "nn/backend/cpu/gemm.h"
#include "nn/backend/cpu/loops.h"
#include "nn/backend/cpu/windows.h"

namespace nn::cpu::eigen {
namespace {

/// Rows of a strip whose rows have `row` values: about 1 MiB, a multiple of 16.
index strip_rows(index row) { return std::clamp<index>((262144 / row) / 16 * 16, 64, 1024); }

/// How a result of `rows` x `cols` is cut into tasks: strips of rows and, where there are few
/// strips (small maps with many channels), blocks of columns as well.
struct Tiles {
  index row_step, col_step, rows, cols, row_tiles, col_tiles;

  Tiles(index rows_, index cols_, index row_values) : rows(rows_), cols(cols_) {
    constexpr index kTasks = 8;
    row_step = strip_rows(row_values);
    row_tiles = ceil_div(rows, row_step);
    const index wanted = ceil_div(kTasks, row_tiles);
    col_step = std::max<index>(64, ceil_div(ceil_div(cols, wanted), 16) * 16);
    col_tiles = ceil_div(cols, col_step);
  }
  index count() const { return row_tiles * col_tiles; }
};

void write_row(float* dst, const float* src, const float* bias, index count, Write write) {
  if (write == Write::add) {
    for (index c = 0; c < count; ++c) dst[c] += src[c];
  } else if (bias != nullptr) {
    for (index c = 0; c < count; ++c) dst[c] = src[c] + bias[c];
  } else {
    std::copy_n(src, count, dst);
  }
}

}  // namespace

void correlate(const Conv2dSpec& spec, const Tensor& image, const Weights& w, const Tensor* bias,
               Destination map) {
  const Shape& y = map.tensor->shape();
  const index k = w.shape.n * w.shape.h * w.shape.w;
  const WindowRange window{0, spec.kernel_h, 0, spec.kernel_w, 0, image.shape().c};
  const Tiles tiles(y.pixels(), y.c, k);
  parallel_for(tiles.count(), [&](index task) {
    const index first = task / tiles.col_tiles * tiles.row_step;
    const index last = std::min(first + tiles.row_step, tiles.rows);
    const index o0 = task % tiles.col_tiles * tiles.col_step;
    const index o1 = std::min(o0 + tiles.col_step, tiles.cols);
    float* strip = thread_scratch(0, (last - first) * k);
    gather_windows(spec, image, y, first, last, window, strip, k);
    float* out = map.tensor->data() + first * y.c + o0;
    gemm_nn(last - first, o1 - o0, k, {strip, k}, {w.values + o0, y.c}, out, y.c,
            map.write == Write::add);
    if (bias == nullptr) return;
    for (index p = first; p < last; ++p, out += y.c) {
      for (index o = 0; o < o1 - o0; ++o) out[o] += bias->data()[o0 + o];
    }
  });
}

void correlate_adjoint(const Conv2dSpec& spec, const Tensor& map, const Weights& w,
                       const Tensor* bias, Destination image) {
  const Shape& x = image.tensor->shape();
  const Shape& m = map.shape();
  struct Job {
    Phase phase;
    Tiles tiles;
    index first_task;
  };
  std::vector<Job> jobs;
  index tasks = 0;
  for (const Phase& phase : phases_of(spec, x)) {
    jobs.push_back(
        {phase, Tiles(phase.pixels(x), x.c, std::max<index>(1, phase.taps() * m.c)), tasks});
    tasks += jobs.back().tiles.count();
  }

  parallel_for(tasks, [&](index task) {
    const Job& job = *std::prev(
        std::find_if(jobs.begin(), jobs.end(), [&](const Job& q) { return q.first_task > task; }));
    const Phase& phase = job.phase;
    const Tiles& tiles = job.tiles;
    const index local = task - job.first_task;
    const index first = local / tiles.col_tiles * tiles.row_step;
    const index last = std::min(first + tiles.row_step, tiles.rows);
    const index c0 = local % tiles.col_tiles * tiles.col_step;
    const index c1 = std::min(c0 + tiles.col_step, tiles.cols);
    const index taps = phase.taps();
    const index row = taps * m.c;

    float* strip = thread_scratch(0, (last - first) * row);
    gather_phase(spec, phase, map, x, first, last, 0, taps, 0, m.c, strip, row);

    float* result = thread_scratch(1, (last - first) * (c1 - c0));
    if (taps == 0) std::fill_n(result, (last - first) * (c1 - c0), 0.0F);
    for (index t = 0; t < taps; ++t) {
      const float* tap_weights = w.values + (phase.weight_tap(spec, t) * x.c + c0) * m.c;
      gemm_nt(last - first, c1 - c0, m.c, {strip + t * m.c, row}, {tap_weights, m.c}, result,
              c1 - c0, t > 0);
    }
    const float* b0 = bias != nullptr ? bias->data() + c0 : nullptr;
    for (index p = first; p < last; ++p) {
      write_row(image.tensor->data() + phase.pixel(x, p) * x.c + c0,
                result + (p - first) * (c1 - c0), b0, c1 - c0, image.write);
    }
  });
}

namespace {

void weights_of_image(const Conv2dSpec& spec, const Tensor& image, const Tensor& map,
                      Destination dw) {
  const index cin = image.shape().c;
  const index cout = map.shape().c;
  const index pixels = map.shape().pixels();

  // A task owns rows of dw: all taps where the kernel is small, else one kernel row, else a block
  // of channels of one tap.
  std::vector<WindowRange> units;
  if (spec.kernel_h * spec.kernel_w * cin <= 256) {
    units.push_back({0, spec.kernel_h, 0, spec.kernel_w, 0, cin});
  } else {
    const bool whole_row = spec.kernel_w * cin <= 512;
    const index tap_step = whole_row ? spec.kernel_w : 1;
    const index c_step = whole_row ? cin : 256;
    for (index a = 0; a < spec.kernel_h; ++a) {
      for (index b = 0; b < spec.kernel_w; b += tap_step) {
        for (index c = 0; c < cin; c += c_step) {
          units.push_back({a, a + 1, b, b + tap_step, c, std::min(c + c_step, cin)});
        }
      }
    }
  }
  // Few units: cut the sum over pixels too, into fixed parts that are added in order.
  const auto unit_count = static_cast<index>(units.size());
  const index parts = unit_count >= 8 ? 1 : std::clamp<index>(pixels / 4096, 1, 16);
  const index part_pixels = ceil_div(ceil_div(pixels, parts), 16) * 16;
  const index size = dw.tensor->numel();
  Tensor partial = parts > 1 ? Tensor({parts, 1, 1, size}) : Tensor();

  parallel_for(unit_count * parts, [&](index task) {
    const WindowRange& u = units[static_cast<std::size_t>(task % unit_count)];
    const index part = task / unit_count;
    const index m = u.size();
    float* target = (parts > 1 ? partial.data() + part * size : dw.tensor->data()) +
                    ((u.tap_h0 * spec.kernel_w + u.tap_w0) * cin + u.c0) * cout;
    bool add = parts == 1 && dw.write == Write::add;
    const index begin = part * part_pixels;
    const index end = std::min(begin + part_pixels, pixels);
    if (begin >= end) {
      for (index r = 0; r < m && !add; ++r) std::fill_n(target + r * cout, cout, 0.0F);
      return;
    }
    const index step = strip_rows(m);
    for (index first = begin; first < end; first += step) {
      const index last = std::min(first + step, end);
      float* strip = thread_scratch(0, (last - first) * m);
      gather_windows(spec, image, map.shape(), first, last, u, strip, m);
      gemm_tn(m, cout, last - first, {strip, m}, {map.data() + first * cout, cout}, target, cout,
              add);
      add = true;
    }
  });
  if (parts == 1) return;
  store(dw, [&](index i) {
    float sum = 0;
    for (index part = 0; part < parts; ++part) sum += partial.data()[part * size + i];
    return sum;
  });
}

}  // namespace

void correlate_weights(const Conv2dSpec& spec, const Tensor& image, const Tensor& map,
                       Destination dw) {
  const index images = map.shape().n;
  if (images == 1) return weights_of_image(spec, image, map, dw);
  std::vector<Tensor> sums(static_cast<std::size_t>(tree_slots(images)));
  for (Tensor& sum : sums) sum = Tensor(dw.tensor->shape());
  Tensor* slots = sums.data();
  const auto one = [](const Tensor& batch, index n) {
    const Shape& s = batch.shape();
    return Tensor::view(batch, n * s.h * s.w * s.c, {1, s.h, s.w, s.c});
  };
  walk_images(0, images, [&](index n, index slot, index joins) {
    weights_of_image(spec, one(image, n), one(map, n), {&slots[slot + joins], Write::set});
    for (index k = slot + joins - 1; k >= slot; --k) {
      const float* right = slots[k + 1].data();
      store({&slots[k], Write::add}, [=](index i) { return right[i]; });
    }
  });
  const float* total = slots[0].data();
  store(dw, [=](index i) { return total[i]; });
}

}  // namespace nn::cpu::eigen
