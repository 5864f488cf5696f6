// Sums over a batch: the gradient of a batch is the tree of the gradients of its images, bit for
// bit. The trees are made by hand here, level by level, and not by nn/core/image_tree.h.
#include "nn/core/image_tree.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <string>

#include "nn/backend/cpu/conv_plan.h"
#include "nn/backend/cpu/micro_kernel.h"
#include "nn/backend/winograd.h"
#include "nn/core/parallel.h"
#include "tests/catch.h"
#include "tests/nn/backend/kernels.h"

namespace nn::testing {
namespace {

/// Neighbours in pairs, then pairs of pairs, and so on; an odd one waits for the next round.
template <class T, class Add>
T joined(std::vector<T> sums, const Add& add) {
  while (sums.size() > 1) {
    std::vector<T> next;
    for (std::size_t i = 0; i + 1 < sums.size(); i += 2) next.push_back(add(sums[i], sums[i + 1]));
    if (sums.size() % 2 == 1) next.push_back(sums.back());
    sums = next;
  }
  return sums.front();
}

Tensor plus(const Tensor& a, const Tensor& b) {
  Tensor sum = a.clone();
  for (index i = 0; i < sum.numel(); ++i) sum.data()[i] += b.data()[i];
  return sum;
}

Tensor joined(const std::vector<Tensor>& sums) { return joined(sums, plus); }

bool bits_equal(const Tensor& a, const Tensor& b) {
  return a.shape() == b.shape() &&
         std::memcmp(a.data(), b.data(), static_cast<std::size_t>(a.numel()) * sizeof(real)) == 0;
}

Tensor image_of(const Tensor& batch, index n) {
  const Shape& s = batch.shape();
  return Tensor::view(batch, n * s.h * s.w * s.c, {1, s.h, s.w, s.c});
}

const std::vector<index> kBatches{1, 2, 3, 4, 5, 8};

/// A number that remembers how it was added up.
struct Term {
  std::string text;
  friend Term operator+(const Term& a, const Term& b) {
    return {"(" + a.text + "+" + b.text + ")"};
  }
};

Term term(index n) { return {std::to_string(n)}; }

/// A convolution of one image.
struct Layer {
  Conv2dSpec spec;
  index h, w, cin, cout;
};

const Conv2dSpec kHalve{4, 4, 2, {1, 1, 1, 1}};

std::vector<Layer> layers() {
  return {{kHalve, 4, 6, 5, 9},                      // windows of all images in one strip
          {kHalve, 2, 2, 40, 48},                    // maps of one pixel
          {kHalve, 24, 26, 20, 40},                  // a strip for each image
          {kHalve, 10, 12, 70, 270},                 // several tasks
          {{4, 4, 2, {1, 2, 1, 2}}, 12, 60, 3, 9},   // rows in place
          {{3, 3, 1, {1, 1, 1, 1}}, 9, 30, 3, 16},   // the same, a window of few values
          {{3, 3, 1, {1, 1, 1, 1}}, 70, 66, 2, 9},   // the same, two parts an image
          {{3, 3, 1, {1, 1, 1, 1}}, 70, 66, 2, 3},   // few channels, two parts an image
          {{4, 4, 1, {1, 1, 1, 1}}, 5, 4, 6, 1},     // few channels
          {{1, 1, 1, {0, 0, 0, 0}}, 210, 20, 2, 8},  // strips, two parts an image
          {{3, 3, 1, {1, 1, 1, 1}}, 68, 69, 2, 3}};  // for Winograd: two strips of tiles an image
}

class ThreadGuard {
 public:
  ThreadGuard() : before_(threads()) {}
  ~ThreadGuard() { set_threads(before_); }
  ThreadGuard(const ThreadGuard&) = delete;
  ThreadGuard& operator=(const ThreadGuard&) = delete;

 private:
  int before_;
};

}  // namespace

TEST_CASE("the tree of images takes the largest power of two to its left", "[core]") {
  const auto tree = [](index images) { return sum_images(0, images, term).text; };
  CHECK(tree(1) == "0");
  CHECK(tree(2) == "(0+1)");
  CHECK(tree(3) == "((0+1)+2)");
  CHECK(tree(4) == "((0+1)+(2+3))");
  CHECK(tree(5) == "(((0+1)+(2+3))+4)");
  CHECK(tree(7) == "(((0+1)+(2+3))+((4+5)+6))");
  CHECK(tree(8) == "(((0+1)+(2+3))+((4+5)+(6+7)))");
  for (index images = 1; images <= 40; ++images) {
    INFO(images << " images");
    std::vector<Term> terms;
    for (index n = 0; n < images; ++n) terms.push_back(term(n));
    CHECK(tree(images) == joined(terms, [](const Term& a, const Term& b) { return a + b; }).text);

    // The same walk with slots, no more of them than it says.
    std::vector<Term> slots(static_cast<std::size_t>(tree_slots(images)));
    const auto slot = [&](index k) -> Term& { return slots.at(static_cast<std::size_t>(k)); };
    walk_images(0, images, [&](index n, index first, index joins) {
      slot(first + joins) = term(n);
      for (index k = first + joins - 1; k >= first; --k) slot(k) = slot(k) + slot(k + 1);
    });
    CHECK(slots.front().text == tree(images));
  }
}

TEST_CASE("groups of images may be added up apart", "[core]") {
  // Images [k * group, (k + 1) * group) are spread over as many processes.
  for (index images = 1; images <= 40; ++images) {
    for (const index group : {1, 2, 4, 8, 16}) {
      INFO(images << " images in groups of " << group);
      const index groups = (images + group - 1) / group;
      const Term total = sum_images(0, groups, [&](index k) {
        return sum_images(k * group, std::min(group, images - k * group), term);
      });
      CHECK(total.text == sum_images(0, images, term).text);
    }
  }
}

TEST_CASE("tree and chain differ: a case by hand", "[backend]") {
  // ((1 + L) - L) + 1 is 1, for 1 is lost beside L. (1 + L) + (-L + 1) is 0.
  const auto b = make_backend(GENERATE(as<std::string>{}, "cpu", "ref"));
  const std::vector<double> in_float{1, 0x1p30, -0x1p30, 1};
  const std::vector<double> in_double{1, 0x1p60, -0x1p60, 1};
  const Shape shape{4, 1, 1, 1};
  const Tensor ones = Tensor::full(shape, 1);
  Tensor out(scalar_shape());
  const Conv2dSpec spec{1, 1, 1, {}};

  b->run(Conv2dBackwardWeight{spec, ones, tensor(shape, in_float), {&out}});
  CHECK(out.item() == 0);
  b->run(ConvTranspose2dBackwardWeight{spec, tensor(shape, in_float), ones, {&out}});
  CHECK(out.item() == 0);
  b->run(BiasBackward{tensor(shape, in_float), {&out}});
  CHECK(out.item() == 0);
  b->run(BiasBackward{tensor({1, 4, 1, 1}, in_float), {&out}});  // pixels of one image: a chain
  CHECK(out.item() == 1);
  b->run(WeightedMeanForward{ones, tensor(shape, in_double), {&out}});
  CHECK(out.item() == 0);
  b->run(L1LossForward{tensor(shape, {1, 3, 4, 0}), Tensor::zeros(shape), {&out}});
  CHECK(out.item() == 2);

  // What there was comes last: 1 + ((1 + L) + (-L + 1)).
  Tensor old = Tensor::full(scalar_shape(), 1);
  b->run(Conv2dBackwardWeight{spec, ones, tensor(shape, in_float), {&old, Write::add}});
  CHECK(old.item() == 1);

  const Tensor one = Tensor::full(scalar_shape(), 1);
  const Tensor zero = Tensor::zeros(scalar_shape());
  Tensor mean(scalar_shape()), inv_std(scalar_shape()), y(shape);
  b->run(NormForward{1, tensor(shape, in_double), one, zero, 1e-5, {}, {&mean}, {&inv_std}, {&y}});
  CHECK(mean.item() == 0);
  Tensor dgamma(scalar_shape()), dbeta(scalar_shape()), none;
  for (const index groups : {1, 4}) {
    const Tensor zeros = Tensor::zeros({groups, 1, 1, 1});
    const Tensor unit = Tensor::full({groups, 1, 1, 1}, 1);
    b->run(NormBackward{groups,
                        ones,
                        one,
                        zeros,
                        unit,
                        none,
                        1,
                        tensor(shape, in_float),
                        {},
                        {&dgamma},
                        {&dbeta},
                        {}});
    CHECK(dgamma.item() == 0);
    CHECK(dbeta.item() == 0);
  }
}

TEST_CASE("losses: tree and chain differ, a case by hand", "[backend]") {
  // Images' sums B = 2^24 + 1, 0, h, h, where B + h rounds to B in double: the chain ends at B, the
  // tree at B + 2h. As floats that is 2^24 and 2^24 + 2.
  const auto b = make_backend("cpu");
  const Shape shape{4, 1, 2, 1};
  const Tensor zeros = Tensor::zeros(shape);
  const Tensor ones = Tensor::full(shape, 1);
  const double half = 0x1p-30;
  const Tensor terms = tensor(shape, {0x1p24, 1, 0, 0, half, half, half, half});
  const Tensor roots = tensor(shape, {0x1p12, 1, 0, 0, 0x1p-15, 0x1p-15, 0x1p-15, 0x1p-15});
  const float expected = (0x1p24F + 2) / 8;
  Tensor loss(scalar_shape());
  b->run(L1LossForward{terms, zeros, {&loss}});
  CHECK(loss.item() == expected);
  b->run(MseLossForward{roots, zeros, {&loss}});
  CHECK(loss.item() == expected);
  b->run(LeastSquaresLossForward{roots, 0, {&loss}});
  CHECK(loss.item() == expected);
  b->run(WeightedMeanForward{terms, ones, {&loss}});
  CHECK(loss.item() == expected);
}

TEST_CASE("the gradient of a batch is the tree of its images' gradients: convolutions",
          "[backend]") {
  const ThreadGuard guard;
  const auto cpu = make_backend("cpu");
  const auto ref = make_backend("ref");
  for (const Layer& layer : layers()) {
    for (const bool transposed : {false, true}) {
      for (const WinogradUse use : {WinogradUse::never, WinogradUse::always}) {
        const WinogradScope winograd(use);
        const Shape one{1, layer.h, layer.w, layer.cin};
        const ConvAlgorithm algorithm = conv_algorithm(layer.spec, one, layer.cout);
        if (use == WinogradUse::always && algorithm == ConvAlgorithm::direct) continue;
        const Shape map = conv2d_output_shape(layer.spec, one, layer.cout);
        const Shape weights{layer.spec.kernel_h, layer.spec.kernel_w, layer.cin, layer.cout};
        const Tensor images = noise({8, one.h, one.w, one.c}, 1);
        const Tensor maps = noise({8, map.h, map.w, map.c}, 2);
        const auto gradient = [&](const Backend& b, const Tensor& x, const Tensor& y, Write write) {
          Tensor dw = destination(weights, write);
          if (transposed) {
            b.run(ConvTranspose2dBackwardWeight{layer.spec, y, x, {&dw, write}, algorithm});
          } else {
            b.run(Conv2dBackwardWeight{layer.spec, x, y, {&dw, write}, algorithm});
          }
          return dw;
        };
        std::vector<Tensor> each;
        for (index n = 0; n < 8; ++n) {
          each.push_back(gradient(*cpu, image_of(images, n), image_of(maps, n), Write::set));
        }
        for (const index count : kBatches) {
          INFO(to_string(one) << " to " << layer.cout << ", batch " << count
                              << (transposed ? ", transposed" : "") << ", " << to_string(use));
          const Tensor x = Tensor::view(images, 0, {count, one.h, one.w, one.c});
          const Tensor y = Tensor::view(maps, 0, {count, map.h, map.w, map.c});
          const Tensor expected = joined({each.begin(), each.begin() + count});
          for (const int threads : {1, 2, 3, 4}) {
            set_threads(threads);
            CHECK(bits_equal(gradient(*cpu, x, y, Write::set), expected));
            if (count == 1) continue;
            const Tensor old = destination(weights, Write::add);
            CHECK(bits_equal(gradient(*cpu, x, y, Write::add), plus(old, expected)));
          }
          if (cpu::eigen_asked_for() || count == 4 || count == 8) continue;  // ref takes long
          const Tensor specified = gradient(*ref, x, y, Write::set);
          CHECK(doubles(specified) == doubles(expected));  // but for the sign of zeros
        }
      }
    }
  }
}

TEST_CASE("a single image's gradient is one chain from what is there", "[backend]") {
  if (cpu::eigen_asked_for()) return;
  const Shape shape{1, 7, 5, 2};
  const Tensor x = noise(shape, 1);
  const Tensor dy = noise(shape, 2);
  for (const char* name : {"cpu", "ref"}) {
    Tensor dw = destination({1, 1, 2, 2}, Write::add);
    Tensor expected = dw.clone();
    for (index at = 0; at < 4; ++at) {
      real& sum = expected.data()[at];
      for (index p = 0; p < shape.pixels(); ++p) {
        sum = std::fma(x.data()[2 * p + at / 2], dy.data()[2 * p + at % 2], sum);
      }
    }
    make_backend(name)->run(Conv2dBackwardWeight{{1, 1, 1, {}}, x, dy, {&dw, Write::add}});
    CHECK(bits_equal(dw, expected));
  }
}

TEST_CASE("the gradient of a batch is the tree of its images' gradients: vectors", "[backend]") {
  const auto b = make_backend(GENERATE(as<std::string>{}, "cpu", "ref"));
  constexpr index kChannels = 5;
  for (const index side : {1, 3, 60}) {  // 60: several parts an image
    const Tensor x = noise({8, side, side, kChannels}, 1);
    const Tensor dy = noise({8, side, side, kChannels}, 2);
    const Tensor y = noise({8, side, side, kChannels}, 3);
    const Tensor gamma = noise(vector_shape(kChannels), 4);
    const Tensor mean = noise(vector_shape(kChannels), 5);
    const Tensor inv_std = Tensor::full(vector_shape(kChannels), 0.7F);
    const auto run = [&](index first, index count, const auto& make) {
      const Shape s{count, side, side, kChannels};
      const auto batch = [&](const Tensor& t) {
        return Tensor::view(t, first * side * side * kChannels, s);
      };
      Tensor out(vector_shape(kChannels));
      make(batch(x), batch(dy), batch(y), Destination{&out});
      return out;
    };
    const auto repeated = [](const Tensor& t, index times) {
      Tensor all({times, 1, 1, t.numel()});
      for (index i = 0; i < all.numel(); ++i) all.data()[i] = t.data()[i % t.numel()];
      return all;
    };
    const auto check = [&](const auto& make) {
      std::vector<Tensor> each;
      for (index n = 0; n < 8; ++n) each.push_back(run(n, 1, make));
      for (const index count : kBatches) {
        INFO(b->name() << ", side " << side << ", batch " << count);
        CHECK(bits_equal(run(0, count, make), joined({each.begin(), each.begin() + count})));
      }
    };
    check([&](const Tensor&, const Tensor& g, const Tensor&, Destination db) {
      b->run(BiasBackward{g, db});
    });
    for (const bool instance : {false, true}) {
      const auto norm = [&](const Tensor& v, const Tensor& g, const Tensor& signs,
                            Destination dgamma, Destination dbeta) {
        const index groups = instance ? v.shape().n : 1;
        b->run(NormBackward{groups,
                            v,
                            gamma,
                            repeated(mean, groups),
                            repeated(inv_std, groups),
                            signs,
                            0.2,
                            g,
                            {},
                            dgamma,
                            dbeta,
                            {}});
      };
      check([&](const Tensor& v, const Tensor& g, const Tensor& signs, Destination d) {
        norm(v, g, signs, d, {});
      });
      check([&](const Tensor& v, const Tensor& g, const Tensor& signs, Destination d) {
        norm(v, g, signs, {}, d);
      });
    }
  }
}

TEST_CASE("losses and statistics of a batch add up its images in double", "[backend]") {
  const auto b = make_backend("cpu");
  for (const index count : kBatches) {
    INFO("batch " << count);
    // Few values an image, so that its sum is formed in double, in order. A part of 8 channels is a
    // float, and exact where there is one pixel.
    const Shape shape{count, 1, 1, 8};
    const Tensor x = noise(shape, 1);
    const Tensor t = noise(shape, 2);
    const auto mean = [&](const auto& value) {
      std::vector<double> sums;
      for (index n = 0; n < count; ++n) {
        double sum = 0;
        for (index i = 8 * n; i < 8 * n + 8; ++i) {
          sum += static_cast<double>(value(x.data()[i], t.data()[i]));
        }
        sums.push_back(sum);
      }
      const double total = joined(sums, [](double p, double q) { return p + q; });
      return static_cast<float>(total / static_cast<double>(shape.numel()));
    };
    Tensor loss(scalar_shape());
    b->run(L1LossForward{x, t, {&loss}});
    CHECK(loss.item() == mean([](float p, float q) { return std::fabs(p - q); }));
    b->run(MseLossForward{x, t, {&loss}});
    CHECK(loss.item() == mean([](float p, float q) { return (p - q) * (p - q); }));
    b->run(LeastSquaresLossForward{x, 1, {&loss}});
    CHECK(loss.item() == mean([](float p, float) { return (p - 1) * (p - 1); }));
    b->run(WeightedMeanForward{x, t, {&loss}});
    CHECK(loss.item() == mean([](float p, float q) { return p * q; }));

    Tensor mu(vector_shape(8)), inv_std(vector_shape(8)), y(shape);
    const Tensor ones = Tensor::full(vector_shape(8), 1);
    b->run(NormForward{1, x, ones, ones, 1e-5, {}, {&mu}, {&inv_std}, {&y}});
    for (index c = 0; c < 8; ++c) {
      std::vector<double> values, squares;
      const auto add = [](double p, double q) { return p + q; };
      for (index n = 0; n < count; ++n) values.push_back(static_cast<double>(x.at(n, 0, 0, c)));
      const auto m = static_cast<float>(joined(values, add) / static_cast<double>(count));
      for (index n = 0; n < count; ++n) {
        const float d = x.at(n, 0, 0, c) - m;
        squares.push_back(static_cast<double>(d * d));
      }
      CHECK(mu.data()[c] == m);
      const double variance = joined(squares, add) / static_cast<double>(count);
      CHECK(inv_std.data()[c] == static_cast<float>(1 / std::sqrt(variance + 1e-5)));
    }
  }
}

}  // namespace nn::testing
