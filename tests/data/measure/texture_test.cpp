#include "data/measure/texture.h"

#include <cmath>

#include "models/interpolators.h"
#include "nn/core/error.h"
#include "nn/core/rng.h"
#include "tests/catch.h"

namespace {

using data::texture;
using nn::real;
using nn::Tensor;

/// 40 HU everywhere with noise of that standard deviation.
Tensor noisy(double sigma, std::uint32_t stream, nn::index side = 64) {
  nn::Rng rng(11, nn::Purpose::test, stream);
  Tensor t({1, side, side, 1});
  for (real& v : t.values()) v = static_cast<real>(40.0 + sigma * rng.normal());
  return t;
}

double noise_ratio(const data::Texture& t) { return std::sqrt(t.noise.prediction / t.noise.truth); }

}  // namespace

TEST_CASE("noise by hand: one pixel among 25") {
  // 7 x 7, so that only the pixel in the middle has all that it needs. The 5 x 5 mean of a single
  // 25 is 1: the high-pass value is 24, with 50 it is 48.
  const Tensor flat = Tensor::zeros({1, 7, 7, 1});
  Tensor truth = flat.clone();
  Tensor prediction = flat.clone();
  truth.data()[24] = 25;
  prediction.data()[24] = 50;
  const auto t = texture(truth, prediction, flat, flat);
  CHECK(t.noise.pixels == 1);
  CHECK(t.noise.truth == Approx(24.0 * 24.0));
  CHECK(t.noise.prediction == Approx(48.0 * 48.0));
}

TEST_CASE("gradient energy by hand") {
  // A ramp of 3 HU a column and 1 HU a row: central differences 6 and 2 everywhere, 12 and 4 in a
  // prediction with twice the contrast.
  Tensor truth({1, 5, 6, 1});
  for (nn::index y = 0; y < 5; ++y) {
    for (nn::index x = 0; x < 6; ++x) truth.data()[y * 6 + x] = static_cast<real>(3 * x + y);
  }
  Tensor prediction = truth.clone();
  for (real& v : prediction.values()) v *= 2;
  const auto t = texture(truth, prediction, truth, truth);
  CHECK(t.gradient.pixels == 3 * 4);
  CHECK(t.gradient.truth == Approx(12 * (36.0 + 4.0)));
  CHECK(t.gradient.prediction == Approx(4 * 12 * (36.0 + 4.0)));
  // The border of the body has a neighbour outside: here one more row and column on each side.
  for (nn::index i = 0; i < 6; ++i) truth.data()[i] = -1000;
  CHECK(texture(truth, prediction, truth, truth).gradient.pixels == 2 * 4);
}

TEST_CASE("interpolating between independent noise leaves what theory says") {
  const Tensor truth = noisy(10, 1);
  const Tensor a = noisy(10, 2);
  const Tensor c = noisy(10, 3);
  const Tensor outer0 = noisy(10, 4);
  const Tensor outer1 = noisy(10, 5);
  CHECK(noise_ratio(texture(truth, truth, a, c)) == 1);
  CHECK(noise_ratio(texture(truth, a, a, c)) == Approx(1.0).epsilon(0.03));
  CHECK(noise_ratio(texture(truth, models::linear(a, c, 0.5), a, c)) ==
        Approx(std::sqrt(0.5)).epsilon(0.03));
  // Taps -1 9 9 -1 over 16.
  CHECK(noise_ratio(texture(truth, models::cubic(outer0, a, c, outer1, 0.5), a, c)) ==
        Approx(std::sqrt(164.0) / 16.0).epsilon(0.03));
  CHECK(texture(truth, a, a, c).noise.pixels > 3000);
}

TEST_CASE("what is not flat soft tissue in all three slices is no place for noise") {
  const Tensor flat = Tensor::full({1, 24, 24, 1}, 40);
  CHECK(texture(flat, flat, flat, flat).noise.pixels == 18 * 18);
  const auto pixels_with = [&](auto&& change) {
    Tensor other = flat.clone();
    change(other);
    const nn::index as_truth = texture(other, flat, flat, flat).noise.pixels;
    CHECK(texture(flat, flat, other, flat).noise.pixels == as_truth);
    CHECK(texture(flat, flat, flat, other).noise.pixels == as_truth);
    return as_truth;
  };
  // A spot of bone in the middle spoils the 25 pixels around, and those whose mean it changes.
  CHECK(pixels_with([](Tensor& t) { t.data()[12 * 24 + 12] = 300; }) == 18 * 18 - 25 - 4 * 5);
  // A ramp of 6 HU a column is too steep, one of 4 is not.
  const auto ramp = [](double step) {
    return [step](Tensor& t) {
      for (nn::index i = 0; i < t.numel(); ++i) {
        t.data()[i] = static_cast<real>(step * static_cast<double>(i % 24));
      }
    };
  };
  CHECK(pixels_with(ramp(6)) == 0);
  CHECK(pixels_with(ramp(4)) == 18 * 18);
  CHECK(pixels_with([](Tensor& t) { t.fill(-150); }) == 0);
}

TEST_CASE("ignored pixels make no neighbourhood, and padding is clamped") {
  const Tensor flat = Tensor::full({1, 24, 24, 1}, 40);
  std::vector<std::uint8_t> ignored(24 * 24, 0);
  ignored[12 * 24 + 12] = 1;
  const auto t = texture(flat, flat, flat, flat, ignored);
  CHECK(t.noise.pixels == 18 * 18 - 25);
  CHECK(t.gradient.pixels == 22 * 22 - 5);
  Tensor padded = flat.clone();
  padded.data()[12 * 24 + 12] = -3024;
  Tensor clamped = flat.clone();
  clamped.data()[12 * 24 + 12] = -1024;
  CHECK(texture(flat, padded, flat, flat).gradient.prediction ==
        texture(flat, clamped, flat, flat).gradient.prediction);
}

TEST_CASE("texture refuses other shapes and values") {
  const Tensor good = Tensor::zeros({1, 12, 12, 1});
  const Tensor other = Tensor::zeros({1, 12, 13, 1});
  Tensor nan = good.clone();
  nan.data()[5] = std::nanf("");
  CHECK_THROWS_AS(texture(good, other, good, good), nn::Error);
  CHECK_THROWS_AS(texture(good, good, other, good), nn::Error);
  CHECK_THROWS_AS(texture(good, good, good, nan), nn::Error);
  CHECK_THROWS_AS(texture(good, good, good, good, std::vector<std::uint8_t>(3)), nn::Error);
  // Slices too small for a neighbourhood have no noise, not an error.
  const Tensor tiny = Tensor::zeros({1, 3, 3, 1});
  CHECK(texture(tiny, tiny, tiny, tiny).noise.pixels == 0);
}
