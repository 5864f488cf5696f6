#include "nn/backend/cpu/conv_dense.h"

#include <utility>

#include "nn/backend/cpu/panels.h"

namespace nn::cpu::chain {
namespace {

constexpr index kBlockWidth = 128;  ///< columns of a block of weights: it stays in the L2 cache
constexpr index kPixels = 512;      ///< beside the sums for so many pixels
constexpr index kUnpacked = 256;    ///< for which packing weights takes longer than it saves

/// The smallest and the largest of some numbers; {0, 0} of none.
struct Range {
  index low = 0, high = 0;
  bool any = false;
  void add(index v) {
    low = any ? std::min(low, v) : v;
    high = any ? std::max(high, v) : v;
    any = true;
  }
};

/// Images in the memory that tasks share.
struct Padded {
  Shape shape;
  const float* data;
};

/// Columns [low, high] of row h of image n, zeros where there are none.
void copy_line(const Tensor& x, index n, index h, const Range& cols, float* to) {
  const Shape& s = x.shape();
  const index width = cols.high - cols.low + 1;
  const index v0 = std::max<index>(cols.low, 0);
  const index v1 = std::min(cols.high + 1, s.w);
  if (h < 0 || h >= s.h || v0 >= v1) {
    std::fill_n(to, width * s.c, 0.0F);
    return;
  }
  std::fill_n(to, (v0 - cols.low) * s.c, 0.0F);
  std::copy_n(x.data() + ((n * s.h + h) * s.w + v0) * s.c, (v1 - v0) * s.c,
              to + (v0 - cols.low) * s.c);
  std::fill(to + (v1 - cols.low) * s.c, to + width * s.c, 0.0F);
}

/// Rows and columns [low, high] of every image of x, zeros where there are none.
Padded cut_out(const Tensor& x, const Range& rows, const Range& cols) {
  const Shape& s = x.shape();
  const index height = rows.high - rows.low + 1;
  const index width = cols.high - cols.low + 1;
  float* out = thread_scratch(3, s.n * height * width * s.c + kPad);  // a vector may read on
  parallel_chunks(s.n * height, 8, [&](index begin, index end) {
    for (index line = begin; line < end; ++line) {
      copy_line(x, line / height, line % height + rows.low, cols, out + line * width * s.c);
    }
  });
  return {{s.n, height, width, s.c}, out};
}

/// Weights of one or several phases, one behind the other, for the input at one place.
struct Shared {
  index di, dj;
  index first, last;  ///< phases
  const float* weights;
};

/// The taps of all phases: what reads the same input is one product, and a phase meets its taps in
/// their order. Weights are copied to `rows`, (phase, channel) x depth for each of them.
std::vector<Shared> shared_taps(const std::vector<DensePhase>& phases, index channels, index w_row,
                                index w_k, float* rows) {
  std::vector<Shared> shared;
  std::vector<std::size_t> next(phases.size());
  const auto tap = [&](std::size_t q) {
    return next[q] < phases[q].taps.size() ? &phases[q].taps[next[q]] : nullptr;
  };
  while (true) {
    // Phases of an adjoint list their taps from the last line to the first; so the last one of all
    // is read by every phase that has it when its turn comes.
    const DenseTap* here = nullptr;
    for (std::size_t q = 0; q < phases.size(); ++q) {
      const DenseTap* t = tap(q);
      if (t == nullptr) continue;
      if (here == nullptr || std::pair(t->di, t->dj) > std::pair(here->di, here->dj)) here = t;
    }
    if (here == nullptr) return shared;
    for (std::size_t q = 0; q < phases.size(); ++q) {
      const DenseTap* t = tap(q);
      if (t == nullptr || t->di != here->di || t->dj != here->dj) continue;
      const auto phase = static_cast<index>(q);
      const bool goes_on = !shared.empty() && shared.back().last == phase &&
                           shared.back().di == t->di && shared.back().dj == t->dj;
      if (!goes_on) shared.push_back({t->di, t->dj, phase, phase, rows});
      ++shared.back().last;
      for (index r = 0; r < channels; ++r) {
        for (index k = 0; k < t->depth; ++k) *rows++ = t->weights[r * w_row + k * w_k];
      }
      ++next[q];
    }
  }
}

/// Sums of dw over parts of images, all of them in memory at once, so that each may be formed by
/// another thread.
class ImageParts {
 public:
  ImageParts(index images, index parts, Destination dw)
      : images_(images), parts_(parts), size_(dw.tensor->numel()), dw_(dw) {
    const index beside = images > 1 ? images * parts : parts - 1;
    if (beside > 0) beside_ = Tensor({beside, 1, 1, size_});
  }
  /// The first part of a single image's sum is formed where it belongs.
  float* at(index image, index part) {
    if (images_ > 1) return beside_.data() + (image * parts_ + part) * size_;
    return part == 0 ? dw_.tensor->data() : beside_.data() + (part - 1) * size_;
  }
  /// Whether that sum's chains start from what is there.
  bool starts_from_old(index image, index part) const {
    return images_ == 1 && image == 0 && part == 0 && dw_.write == Write::add;
  }
  /// Parts in order, then images by their tree (nn/core/image_tree.h), into dw.
  void add_up() {
    if (beside_.empty()) return;
    parallel_chunks(size_, kChunk, [&](index begin, index end) {
      const auto add = [&](float* to, const float* from) {
        for (index i = begin; i < end; ++i) to[i] += from[i];
      };
      std::vector<float*> sums(static_cast<std::size_t>(tree_slots(images_)));
      float** slots = sums.data();
      walk_images(0, images_, [&](index n, index slot, index joins) {
        slots[slot + joins] = at(n, 0);
        for (index part = 1; part < parts_; ++part) add(at(n, 0), at(n, part));
        for (index k = slot + joins - 1; k >= slot; --k) add(slots[k], slots[k + 1]);
      });
      float* out = dw_.tensor->data();
      if (images_ == 1) return;
      if (dw_.write == Write::add) return add(out, slots[0]);
      std::copy(slots[0] + begin, slots[0] + end, out + begin);
    });
  }

 private:
  index images_, parts_, size_;
  Destination dw_;
  Tensor beside_;
};

}  // namespace

void few_channels(const Tensor& x, const std::vector<DensePhase>& phases, index step, index w_row,
                  index w_k, const Tensor* bias, Destination out) {
  const Shape& s = x.shape();
  const Shape& y = out.tensor->shape();
  Range di, dj;
  index rows = 0;
  index cols = 0;
  index taps = 0;
  for (const DensePhase& phase : phases) {
    rows = std::max(rows, phase.rows);
    cols = std::max(cols, phase.cols);
    for (const DenseTap& tap : phase.taps) {
      di.add(tap.di);
      dj.add(tap.dj);
      ++taps;
    }
  }
  const std::vector<Shared> shared =
      shared_taps(phases, y.c, w_row, w_k, thread_scratch(3, taps * y.c * s.c));
  const index lanes = micro_kernel().lanes;
  const index result_row = round_up(cols, lanes);
  const index row = result_row + dj.high - dj.low + kPad;  // of a turned line
  const index lines = di.high - di.low + 1;                // that a row of outputs hears
  const index block = std::clamp<index>(s.n * rows / tasks_wanted(), 1, 16);
  const index blocks = ceil_div(rows, block);
  const index v0 = std::max<index>(0, dj.low);
  const index v1 = std::min(s.w, dj.low + row);
  parallel_for(s.n * blocks, [&](index task) {
    const index n = task / blocks;
    const index q0 = task % blocks * block;
    const index q1 = std::min(q0 + block, rows);
    // The lines that a row hears lie in a ring: the next row needs one more, in place of the first.
    float* turned = thread_scratch(0, lines * s.c * row);
    const auto line = [&](index i) { return turned + (i - q0 - di.low) % lines * s.c * row; };
    const auto turn = [&](index i) {
      float* to = line(i);
      const bool inside = i >= 0 && i < s.h && v0 < v1;
      if (!inside || v0 > dj.low || v1 < dj.low + row) std::fill_n(to, s.c * row, 0.0F);
      if (!inside) return;
      transpose(x.data() + ((n * s.h + i) * s.w + v0) * s.c, s.c, v1 - v0, s.c, to + v0 - dj.low,
                row);
    };
    for (index i = q0 + di.low; i < q0 + di.high; ++i) turn(i);
    const index values = static_cast<index>(phases.size()) * y.c * result_row;
    float* result = thread_scratch(1, values);  // of a row of each phase, channel by channel
    for (index q = q0; q < q1; ++q) {
      turn(q + di.high);
      // Sums lie channel by channel, outputs pixel by pixel.
      const auto each_phase = [&](const auto& f) {  // f(its sums, its first output, pixels)
        float* sums = result;
        for (const DensePhase& phase : phases) {
          float* to = out.tensor->data() + ((n * y.h + phase.h0 + q * step) * y.w + phase.v0) * y.c;
          if (q < phase.rows) f(sums, to, phase.cols);
          sums += y.c * result_row;
        }
      };
      std::fill_n(result, values, 0.0F);
      if (bias != nullptr) {
        each_phase([&](float* sums, const float*, index pixels) {
          for (index r = 0; r < y.c; ++r, sums += result_row) {
            std::fill_n(sums, pixels, bias->data()[r]);
          }
        });
      } else if (out.write == Write::add) {
        each_phase([&](float* sums, const float* old, index pixels) {
          transpose(old, step * y.c, pixels, y.c, sums, result_row);
        });
      }
      for (const Shared& tap : shared) {
        multiply((tap.last - tap.first) * y.c, s.c, tap.weights, s.c, 1,
                 {line(q + tap.di) + tap.dj - dj.low, micro_kernel().cols, row, cols},
                 result + tap.first * y.c * result_row, result_row, true);
      }
      each_phase([&](const float* sums, float* to, index pixels) {
        transpose(sums, result_row, y.c, pixels, to, step * y.c);
      });
    }
  });
}

void in_place(const Tensor& x, const std::vector<DensePhase>& phases, index in_step, index out_step,
              bool turned, const FixedWeights* fixed, const Tensor* bias, Destination out) {
  const index lanes = micro_kernel().lanes;
  const index panel = micro_kernel().cols;
  const Shape& s = x.shape();
  const Shape& y = out.tensor->shape();
  Range in_rows, in_cols;
  for (const DensePhase& phase : phases) {
    for (const DenseTap& tap : phase.taps) {
      in_rows.add(tap.di);
      in_rows.add(tap.di + (phase.rows - 1) * in_step);
      in_cols.add(tap.dj);
      in_cols.add(tap.dj + (phase.cols - 1) * in_step + ceil_div(tap.depth, s.c) - 1);
    }
  }
  const Padded padded = cut_out(x, in_rows, in_cols);
  const Shape& p = padded.shape;

  // A task is a block of columns and some lines of a phase. It packs its weights for itself, so
  // columns are divided first: then no weight is packed twice.
  struct Job {
    const DensePhase* phase;
    index width, line_step, column_tasks, first_task;
  };
  std::vector<Job> jobs;
  index tasks = 0;
  for (const DensePhase& phase : phases) {
    const index lines = s.n * phase.rows;
    Job job{&phase, std::min(round_up(y.c, lanes), kBlockWidth), 0, 0, tasks};
    job.line_step = std::min(lines, ceil_div(kPixels, phase.cols));
    const auto count = [&] { return ceil_div(y.c, job.width) * ceil_div(lines, job.line_step); };
    const index wanted = ceil_div(tasks_wanted(), static_cast<index>(phases.size()));
    while (count() < wanted && job.width > 2 * panel) job.width = round_up(job.width / 2, panel);
    while (count() < wanted && job.line_step * phase.cols > kPixels / 4 && job.line_step > 1) {
      job.line_step = ceil_div(job.line_step, 2);
    }
    job.column_tasks = ceil_div(y.c, job.width);
    tasks += count();
    jobs.push_back(job);
  }

  parallel_for(tasks, [&](index task) {
    const Job& job = *std::prev(
        std::find_if(jobs.begin(), jobs.end(), [&](const Job& q) { return q.first_task > task; }));
    const DensePhase& phase = *job.phase;
    const index o0 = (task - job.first_task) % job.column_tasks * job.width;
    const index width = std::min(job.width, y.c - o0);
    const index wide = round_up(width, lanes);  // whole vectors; what is beside is not read
    const index begin = (task - job.first_task) / job.column_tasks * job.line_step;
    const index end = std::min(begin + job.line_step, s.n * phase.rows);
    const index pixels = (end - begin) * phase.cols;
    const bool unpacked = !turned && y.c % lanes == 0 && pixels <= kUnpacked;
    float* result = thread_scratch(0, pixels * wide);
    const auto each_pixel = [&](const auto& f) {  // f(its sums, its place in the output)
      float* row = result;
      for (index line = begin; line < end; ++line) {
        const index n = line / phase.rows;
        const index h = phase.h0 + line % phase.rows * out_step;
        float* to = out.tensor->data() + ((n * y.h + h) * y.w + phase.v0) * y.c + o0;
        for (index j = 0; j < phase.cols; ++j, row += wide, to += out_step * y.c) f(row, to);
      }
    };
    each_pixel([&](float* row, const float* to) {
      start_row(row, bias != nullptr ? bias->data() + o0 : nullptr,
                out.write == Write::add ? to : nullptr, width);
      std::fill(row + width, row + wide, 0.0F);
    });
    for (const DenseTap& tap : phase.taps) {
      for (index k0 = 0; k0 < tap.depth; k0 += kDepth) {
        const index depth = std::min(kDepth, tap.depth - k0);
        PanelView weights;
        if (fixed != nullptr) {
          weights = fixed->view(o0, o0 + width, tap.row + k0);
        } else if (unpacked) {
          weights = {tap.weights + k0 * y.c + o0, panel, y.c, width};
        } else {
          float* own = thread_scratch(1, depth * round_up(width, panel));
          if (turned) {
            pack_columns(tap.weights + o0 * tap.depth + k0, tap.depth, depth, width, own,
                         depth * panel);
          } else {
            pack_rows(tap.weights + k0 * y.c + o0, y.c, depth, width, own, depth * panel);
          }
          weights = {own, depth * panel, panel, width};
        }
        weights.n = wide;
        for (index line = begin; line < end; ++line) {
          const index h = line % phase.rows * in_step + tap.di - in_rows.low;
          const index pixel = (line / phase.rows * p.h + h) * p.w + tap.dj - in_cols.low;
          multiply(phase.cols, depth, padded.data + pixel * p.c + k0, in_step * p.c, 1, weights,
                   result + (line - begin) * phase.cols * wide, wide, true);
        }
      }
    }
    each_pixel([&](const float* row, float* to) { std::copy_n(row, width, to); });
  });
}

/// A task copies the lines that it reads for itself, and they stay in its cache beside the weights.
void narrow(const Tensor& x, const DensePhase& phase, index step, const PanelView& weights,
            const Tensor* bias, Destination out) {
  const Shape& s = x.shape();
  const Shape& y = out.tensor->shape();
  const index wide = round_up(y.c, micro_kernel().lanes);
  Range di, in_cols;
  for (const DenseTap& tap : phase.taps) {
    di.add(tap.di);
    in_cols.add(tap.dj);
    in_cols.add(tap.dj + (phase.cols - 1) * step + ceil_div(tap.depth, s.c) - 1);
  }
  const index width = (in_cols.high - in_cols.low + 1) * s.c;
  const index block =
      std::clamp<index>(kPixels / phase.cols, 1, ceil_div(s.n * phase.rows, tasks_wanted()));
  const index blocks = ceil_div(phase.rows, block);
  parallel_for(s.n * blocks, [&](index task) {
    const index n = task / blocks;
    const index begin = task % blocks * block;
    const index end = std::min(begin + block, phase.rows);
    const index first = begin * step + di.low;
    const index last = (end - 1) * step + di.high;
    float* lines = thread_scratch(0, (last - first + 1) * width);
    for (index h = first; h <= last; ++h) copy_line(x, n, h, in_cols, lines + (h - first) * width);
    // Whole vectors end where a pixel does: then sums are formed where they belong.
    float* beside = wide == y.c ? nullptr : thread_scratch(1, phase.cols * wide);
    for (index i = begin; i < end; ++i) {
      float* to = out.tensor->data() + (n * y.h + i) * y.w * y.c;
      float* result = beside != nullptr ? beside : to;
      for (index j = 0; j < phase.cols; ++j) {
        start_row(result + j * wide, bias != nullptr ? bias->data() : nullptr,
                  out.write == Write::add ? to + j * y.c : nullptr, y.c);
        std::fill(result + j * wide + y.c, result + (j + 1) * wide, 0.0F);
      }
      for (const DenseTap& tap : phase.taps) {
        const PanelView b{weights.data + tap.row * weights.row, weights.panel, weights.row, wide};
        multiply(phase.cols, tap.depth,
                 lines + (i * step + tap.di - first) * width + (tap.dj - in_cols.low) * s.c,
                 step * s.c, 1, b, result, wide, true);
      }
      for (index j = 0; j < phase.cols && result != to; ++j) {
        copy_values(result + j * wide, y.c, to + j * y.c);
      }
    }
  });
}

void in_place_weights(const Conv2dSpec& spec, const Tensor& image, const Tensor& map,
                      bool few_channels, Destination dw) {
  const MicroKernel& kernel = micro_kernel();
  const Shape& x = image.shape();
  const Shape& y = map.shape();
  const index pixels = y.h * y.w;  // of an image
  Range rows, cols;
  for (const index last : {index{0}, (y.h - 1) * spec.stride + spec.kernel_h - 1}) {
    rows.add(last - spec.pad.top);
  }
  for (const index last : {index{0}, (y.w - 1) * spec.stride + spec.kernel_w - 1}) {
    cols.add(last - spec.pad.left);
  }
  const Padded padded = cut_out(image, rows, cols);
  const Shape& p = padded.shape;
  const index window = spec.kernel_w * x.c;
  const index parts = ceil_div(pixels, kChainPixels);  // of an image
  ImageParts sums(y.n, parts, dw);
  // With few channels the columns of the product are the values under the kernel.
  const bool few = few_channels;
  const index turned_row = round_up(window, kernel.lanes);
  // For a window of a tile or two the map is read too seldom to be worth packing.
  const bool direct = window <= 2 * kernel.rows && y.c % kernel.lanes == 0;
  const bool packed = !few && !direct;
  Panels panels(packed ? y.pixels() : 0, y.c);
  if (packed) panels.pack(map.data(), y.c);

  parallel_for(spec.kernel_h * y.n * parts, [&](index task) {
    const index a = task % spec.kernel_h;
    const index part = task / spec.kernel_h % parts;
    const index n = task / spec.kernel_h / parts;
    float* target = sums.at(n, part) + a * window * y.c;
    bool accumulate = sums.starts_from_old(n, part);
    float* turned = few ? thread_scratch(0, y.c * turned_row) : nullptr;
    if (few && accumulate) transpose(target, y.c, window, y.c, turned, turned_row);
    const float* values = map.data() + n * pixels * y.c;
    const index end = std::min((part + 1) * kChainPixels, pixels);
    for (index first = part * kChainPixels; first < end;) {
      const index j = first % y.w;
      const index i = first / y.w;
      const index count = std::min(y.w - j, end - first);
      const float* from =
          padded.data + ((n * p.h + i * spec.stride + a) * p.w + j * spec.stride) * p.c;
      if (few) {
        multiply(y.c, count, values + first * y.c, 1, y.c,
                 {from, kernel.cols, spec.stride * p.c, window}, turned, turned_row, accumulate);
      } else {
        const PanelView b = direct ? PanelView{values + first * y.c, kernel.cols, y.c, y.c}
                                   : panels.view(0, panels.count(), n * pixels + first);
        multiply(window, count, from, 1, spec.stride * p.c, b, target, y.c, accumulate);
      }
      accumulate = true;
      first += count;
    }
    if (few) transpose(turned, turned_row, y.c, window, target, y.c);
  });
  sums.add_up();
}

}  // namespace nn::cpu::chain
