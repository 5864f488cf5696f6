// Convolutions by Winograd against the direct ones: on small whole numbers, where neither rounds,
// they are equal.
#include "nn/backend/winograd.h"

#include <algorithm>

#include "nn/backend/bounds.h"
#include "nn/backend/ref/conv2d.h"
#include "nn/check/cases.h"
#include "tests/catch.h"
#include "tests/nn/backend/kernels.h"

namespace nn::testing {
namespace {

/// Whole numbers from -4 to 4.
Tensor whole_numbers(const Shape& shape, std::uint32_t stream) {
  Tensor t = noise(shape, stream);
  for (real& v : t.values()) v = std::round(4 * v / 3);
  return t;
}

/// Sizes at which tiles are cut at the edges, paddings of every kind, several strips of tiles and
/// blocks of channels.
std::vector<ConvolutionSize> winograd_sizes() {
  return {{{4, 4, 2, {1, 1, 1, 1}}, {1, 6, 6, 1}, 1},
          {{4, 4, 2, {1, 1, 1, 1}}, {2, 12, 14, 9}, 11},
          {{4, 4, 2, {1, 1, 1, 1}}, {1, 40, 34, 24}, 40},
          {{4, 4, 2, {1, 2, 1, 2}}, {1, 11, 13, 8}, 16},
          {{4, 4, 2, {0, 0, 3, 2}}, {2, 8, 7, 3}, 5},
          {{4, 4, 2, {1, 1, 1, 1}}, {1, 8, 8, 270}, 140},
          // Fixed weights: several blocks of columns for all tiles at once.
          {{4, 4, 2, {1, 1, 1, 1}}, {1, 8, 8, 300}, 280},
          {{4, 4, 2, {1, 1, 1, 1}}, {1, 48, 46, 24}, 140},
          {{4, 4, 1, {1, 1, 1, 1}}, {1, 14, 17, 20}, 33},
          {{4, 4, 1, {1, 2, 1, 2}}, {2, 5, 9, 4}, 8},
          {{4, 4, 1, {0, 3, 3, 0}}, {1, 6, 6, 2}, 3},
          {{3, 3, 1, {1, 1, 1, 1}}, {1, 16, 19, 36}, 32},
          {{3, 3, 1, {1, 1, 1, 1}}, {2, 2, 3, 3}, 2},
          {{3, 3, 1, {0, 2, 1, 0}}, {1, 9, 4, 5}, 7}};
}

constexpr ConvAlgorithm kWinograd = ConvAlgorithm::winograd;

bool by_winograd(const Conv2dSpec& spec, const Shape& image, index cout) {
  return conv_algorithm(spec, image, cout) == kWinograd;
}

/// Every kernel of a size on `backend`, as tensors in a fixed order.
std::vector<Tensor> all_passes(const Backend& backend, const ConvolutionSize& size, Write write) {
  const auto& [spec, image, cout] = size;
  const ConvAlgorithm algorithm = conv_algorithm(spec, image, cout);
  const Shape map = conv2d_output_shape(spec, image, cout);
  const Shape weights{spec.kernel_h, spec.kernel_w, image.c, cout};
  const Tensor x = whole_numbers(image, 1);
  const Tensor y = whole_numbers(map, 2);
  const Tensor w = whole_numbers(weights, 3);
  const Tensor bias_y = whole_numbers({1, 1, 1, cout}, 4);
  const Tensor bias_x = whole_numbers({1, 1, 1, image.c}, 5);
  const auto destination = [&](const Shape& shape) {
    return write == Write::add ? whole_numbers(shape, 6) : Tensor::full(shape, NAN);
  };
  std::vector<Tensor> out;
  for (const Shape& s : {map, image, weights, image, map, weights, map, image}) {
    out.push_back(destination(s));
  }
  backend.run(Conv2dForward{spec, x, w, &bias_y, {&out[0]}, algorithm});
  backend.run(Conv2dBackwardData{spec, y, w, {&out[1], write}, algorithm});
  backend.run(Conv2dBackwardWeight{spec, x, y, {&out[2], write}, algorithm});
  backend.run(ConvTranspose2dForward{spec, y, w, &bias_x, {&out[3]}, algorithm});
  backend.run(ConvTranspose2dBackwardData{spec, x, w, {&out[4], write}, algorithm});
  backend.run(ConvTranspose2dBackwardWeight{spec, y, x, {&out[5], write}, algorithm});
  const auto fixed = backend.fix(spec, false, w);
  const auto fixed_up = backend.fix(spec, true, w);
  for (int repeat = 0; repeat < 2; ++repeat) {  // the second time with what the first has made
    fixed->forward(algorithm, x, &bias_y, out[6]);
    fixed_up->forward(algorithm, y, &bias_x, out[7]);
  }
  return out;
}

}  // namespace

TEST_CASE("Winograd equals the direct convolution on whole numbers", "[backend][optimised]") {
  for (const char* name : {"ref", "cpu"}) {
    const auto backend = make_backend(name);
    for (const ConvolutionSize& size : winograd_sizes()) {
      for (const Write write : {Write::set, Write::add}) {
        std::vector<Tensor> direct;
        {
          const WinogradScope scope(WinogradUse::never);
          direct = all_passes(*make_backend("ref"), size, write);
        }
        const WinogradScope scope(WinogradUse::always);
        REQUIRE(conv_algorithm(size.spec, size.image, size.cout) == kWinograd);
        const auto fast = all_passes(*backend, size, write);
        for (std::size_t i = 0; i < fast.size(); ++i) {
          INFO(name << " " << to_string(size.image) << " to " << size.cout << ", kernel "
                    << size.spec.kernel_h << " stride " << size.spec.stride << ", output " << i);
          index wrong = 0;
          for (index k = 0; k < fast[i].numel(); ++k) {
            if (fast[i].data()[k] != direct[i].data()[k]) ++wrong;
          }
          CHECK(wrong == 0);
        }
      }
    }
  }
}

TEST_CASE("fixed weights whose points are too many to be kept give the same bits", "[backend]") {
  const Conv2dSpec spec{4, 4, 2, {1, 1, 1, 1}};
  const Shape image{1, 4, 4, 608};  // 64 * 608 * 480 points, 75 MB
  const Tensor w = noise({4, 4, image.c, 480}, 1);
  const Shape map = conv2d_output_shape(spec, image, w.shape().c);
  const Tensor x = noise(image, 2);
  const Tensor y = noise(map, 3);
  const auto cpu = make_backend("cpu");
  Tensor down(map), fixed_down(map), up(image), fixed_up(image);
  cpu->run(Conv2dForward{spec, x, w, nullptr, {&down}, kWinograd});
  cpu->fix(spec, false, w)->forward(kWinograd, x, nullptr, fixed_down);
  CHECK(std::ranges::equal(fixed_down.values(), down.values()));
  cpu->run(ConvTranspose2dForward{spec, y, w, nullptr, {&up}, kWinograd});
  cpu->fix(spec, true, w)->forward(kWinograd, y, nullptr, fixed_up);
  CHECK(std::ranges::equal(fixed_up.values(), up.values()));
}

TEST_CASE("Winograd stays within its bound of the direct convolution", "[backend]") {
  for (const auto& [spec, image, cout] : winograd_sizes()) {
    const Shape map = conv2d_output_shape(spec, image, cout);
    const Tensor x = noise(image, 1);
    const Tensor w = noise({spec.kernel_h, spec.kernel_w, image.c, cout}, 2);
    const Tensor dy = noise(map, 3);
    Tensor y(map), dx(image), dw(w.shape());
    const auto cpu = make_backend("cpu");
    cpu->run(Conv2dForward{spec, x, w, nullptr, {&y}, kWinograd});
    cpu->run(Conv2dBackwardData{spec, dy, w, {&dx}, kWinograd});
    cpu->run(Conv2dBackwardWeight{spec, x, dy, {&dw}, kWinograd});

    const check::Array<double> wx(x), ww(w), wdy(dy);
    check::Array<double> ey(map), ex(image), ew(w.shape());
    ref::conv2d_forward<double>(spec, wx.in(), ww.in(), {}, ey.view());
    ref::conv2d_backward_data<double>(spec, wdy.in(), ww.in(), ex.out());
    ref::conv2d_backward_weight<double>(spec, wx.in(), wdy.in(), ew.out());
    const auto worst = [](const Tensor& got, const check::Array<double>& exact,
                          const bounds::Errors& bound) {
      double most = 0;
      for (std::size_t i = 0; i < exact.values.size(); ++i) {
        const double error = std::fabs(static_cast<double>(got.values()[i]) - exact.values[i]);
        most = std::max(most, error / bound[i]);
      }
      return most;
    };
    INFO(to_string(image) << " to " << cout << ", kernel " << spec.kernel_h);
    for (const double part :
         {worst(y, ey, bounds::conv2d_forward(spec, kWinograd, x, w, nullptr, map)),
          worst(dx, ex, bounds::conv2d_backward_data(spec, kWinograd, dy, w, image, nullptr)),
          worst(dw, ew,
                bounds::conv2d_backward_weight(spec, kWinograd, x, dy, w.shape(), nullptr))}) {
      CHECK(part <= 1);
      CHECK(part > 1e-4);  // a bound that says nothing would be none
    }
  }
}

TEST_CASE("which convolutions run by Winograd depends on one image", "[backend]") {
  const Conv2dSpec spec;
  int yes = 0;
  for (const index side : {2, 8, 16, 32, 64, 128, 256}) {
    for (const index channels : {1, 8, 32, 64, 128, 256, 512}) {
      const bool runs = by_winograd(spec, {1, side, side, channels}, 2 * channels);
      CHECK(runs == by_winograd(spec, {4, side, side, channels}, 2 * channels));
      if (runs) ++yes;
    }
  }
  CHECK(yes > 0);
  // A map of 16x16 is enough, one of 8x8 only with few weights; 3x3 kernels want more tiles.
  CHECK(by_winograd(spec, {1, 32, 32, 256}, 512));
  CHECK_FALSE(by_winograd(spec, {1, 30, 30, 256}, 512));
  CHECK_FALSE(by_winograd(spec, {1, 16, 16, 512}, 1024));
  const Conv2dSpec three{3, 3, 1, {1, 1, 1, 1}};
  CHECK_FALSE(by_winograd(three, {1, 18, 18, 256}, 256));
  CHECK(by_winograd(three, {1, 20, 20, 256}, 256));
  {
    const WinogradScope scope(WinogradUse::never);
    CHECK_FALSE(by_winograd(spec, {1, 64, 64, 64}, 128));
  }
  const WinogradScope scope(WinogradUse::always);
  CHECK_FALSE(by_winograd({5, 5, 1, {2, 2, 2, 2}}, {1, 64, 64, 64}, 128));
  CHECK_FALSE(by_winograd({3, 3, 2, {1, 1, 1, 1}}, {1, 64, 64, 64}, 128));
}

}  // namespace nn::testing
