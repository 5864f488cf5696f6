#include "data/measure/noise.h"

#include <cmath>
#include <numeric>

#include "data/measure/texture.h"
#include "nn/core/rng.h"
#include "tests/catch.h"

namespace {

using data::NoisePower;
using data::NoiseSpectrum;
using nn::real;
using nn::Tensor;

Tensor white(double sigma, std::uint32_t stream, nn::index side = 128) {
  nn::Rng rng(5, nn::Purpose::test, stream);
  Tensor t({1, side, side, 1});
  for (real& v : t.values()) v = static_cast<real>(40 + sigma * rng.normal());
  return t;
}

/// The mean of each pixel and its right neighbour: its spectrum is that of white noise times
/// cos^2(pi f / 16).
Tensor smoothed(const Tensor& slice) {
  Tensor t = slice.clone();
  for (nn::index i = 0; i + 1 < t.numel(); ++i) {
    t.data()[i] = (slice.data()[i] + slice.data()[i + 1]) / 2;
  }
  return t;
}

NoisePower power_of(const Tensor& slice) {
  NoiseSpectrum spectrum;
  for (const nn::index first : data::noise_patches({slice})) spectrum.add(slice, first);
  return spectrum.power();
}

}  // namespace

TEST_CASE("white noise has the same power at each frequency, its variance") {
  NoiseSpectrum spectrum;
  for (std::uint32_t n = 0; n < 6; ++n) {
    const Tensor slice = white(10, n);
    const auto patches = data::noise_patches({slice});
    CHECK(patches.size() == 64);
    for (const nn::index first : patches) spectrum.add(slice, first);
  }
  CHECK(spectrum.patches() == 6 * 64);
  const NoisePower p = spectrum.power();
  CHECK(data::noise_level(p) == Approx(10).epsilon(0.03));
  CHECK(p[5 * 16 + 3] == Approx(100).epsilon(0.25));
  CHECK(p[8 * 16 + 8] == Approx(100).epsilon(0.25));
}

TEST_CASE("a plane is no noise") {
  Tensor slice({1, 16, 16, 1});
  for (nn::index y = 0; y < 16; ++y) {
    for (nn::index x = 0; x < 16; ++x) slice.data()[y * 16 + x] = static_cast<real>(20 + 2 * x - y);
  }
  NoiseSpectrum spectrum;
  spectrum.add(slice, 0);
  CHECK(data::noise_level(spectrum.power()) < 1e-5);
  CHECK(data::noise_patches({slice}).size() == 1);
}

TEST_CASE("a patch with bone, an edge or another slice's edge is left out") {
  const Tensor even = white(5, 9, 32);
  CHECK(data::noise_patches({even, even}).size() == 4);
  Tensor bone = even.clone();
  bone.data()[0] = 700;
  CHECK(data::noise_patches({even, bone}).size() == 3);
  Tensor edge = even.clone();
  for (nn::index y = 0; y < 16; ++y) {
    for (nn::index x = 4; x < 16; ++x) edge.data()[y * 32 + x] += 60;
  }
  CHECK(data::noise_patches({edge}).size() == 3);
}

TEST_CASE("made noise has the power that it was made from") {
  NoisePower wanted{};
  NoiseSpectrum spectrum;
  for (std::uint32_t n = 0; n < 8; ++n) {
    const Tensor slice = smoothed(white(20, 20 + n));
    for (const nn::index first : data::noise_patches({slice})) spectrum.add(slice, first);
  }
  wanted = spectrum.power();
  const Tensor noise = data::made_noise(wanted, {1, 256, 256, 1}, 3, 1);
  CHECK(noise.shape() == nn::Shape{1, 256, 256, 1});
  double squares = 0;
  for (const real v : noise.values()) squares += static_cast<double>(v) * static_cast<double>(v);
  CHECK(std::sqrt(squares / (256.0 * 256)) == Approx(data::noise_level(wanted)).epsilon(0.02));
  const NoisePower made = power_of(noise);
  // Along columns it is smooth, along rows it is not.
  CHECK(made[0 * 16 + 8] < 0.1 * made[8 * 16 + 0]);
  CHECK(made[8 * 16 + 2] == Approx(wanted[8 * 16 + 2]).epsilon(0.3));
  // Another stream is other noise, the same one the same.
  const Tensor again = data::made_noise(wanted, {1, 256, 256, 1}, 3, 1);
  const Tensor other = data::made_noise(wanted, {1, 256, 256, 1}, 3, 2);
  CHECK(again.data()[777] == noise.data()[777]);
  CHECK(other.data()[777] != noise.data()[777]);
}

TEST_CASE("what is missing is what is wanted less what is there") {
  NoisePower wanted{}, there{};
  wanted.fill(100);
  there.fill(64);
  there[8 * 16 + 8] = 200;
  const NoisePower missing = data::missing_power(wanted, there);
  CHECK(missing[8 * 16 + 3] == 36);
  CHECK(missing[8 * 16 + 8] == 0);
  CHECK(missing[0] == 0);
  CHECK(missing[16 + 1] == 0);
  CHECK(missing[15 * 16 + 15] == 0);  // frequency -1, -1
  CHECK(missing[2] == 36);
}
