#include "data/phantom/phantom.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "nn/core/parallel.h"
#include "tests/data/test_files.h"

using data::make_phantom;
using data::Volume;

namespace {

/// Threads as they were, whatever a test does.
struct KeepThreads {
  int before = nn::threads();
  ~KeepThreads() { nn::set_threads(before); }
};

/// PSNR in dB over -1024..2048 HU of Catmull-Rom interpolation (taps -1 9 9 -1 over 16) over the
/// even slices against the odd ones, averaged over slices.
double cubic_psnr(const Volume& v) {
  double sum = 0;
  int count = 0;
  for (nn::index k = 3; k + 3 < v.slices(); k += 2) {
    const nn::Tensor a = v.slice(k - 3);
    const nn::Tensor b = v.slice(k - 1);
    const nn::Tensor c = v.slice(k + 1);
    const nn::Tensor d = v.slice(k + 3);
    const nn::Tensor truth = v.slice(k);
    double squares = 0;
    for (nn::index i = 0; i < truth.numel(); ++i) {
      const double guess = (9.0 * (b.data()[i] + c.data()[i]) - a.data()[i] - d.data()[i]) / 16;
      const double wrong = std::clamp(guess, -1024.0, 2048.0) -
                           std::clamp(static_cast<double>(truth.data()[i]), -1024.0, 2048.0);
      squares += wrong * wrong;
    }
    sum += 10 * std::log10(3072.0 * 3072.0 * static_cast<double>(truth.numel()) / squares);
    ++count;
  }
  return sum / count;
}

}  // namespace

TEST_CASE("the phantom says what it is", "[phantom]") {
  const Volume v = make_phantom({.slices = 8, .size = 32, .seed = 3});
  CHECK(v.format == "phantom");
  CHECK(v.unit == data::Unit::hu);
  CHECK(v.type == data::StoredType::int16);
  CHECK(v.dims == std::array<nn::index, 3>{32, 32, 8});
  CHECK(v.spacing[0] == Approx(220.0 / 32));
  CHECK(v.spacing[2] == Approx(168.0 / 8));
  CHECK(v.slice_axis == 2);
  CHECK(v.warnings.empty());
  // The middle of the grid is the middle of the world.
  for (std::size_t r = 0; r < 3; ++r) {
    const double middle = v.affine[r][0] * 15.5 + v.affine[r][1] * 15.5 + v.affine[r][2] * 3.5;
    CHECK(middle + v.affine[r][3] == Approx(0).margin(1e-9));
  }
}

TEST_CASE("the same seed gives the same bits on any number of threads", "[phantom]") {
  const KeepThreads keep;
  const data::PhantomOptions options{.slices = 9, .size = 24, .seed = 11};
  nn::set_threads(1);
  const std::string one = make_phantom(options).sha256();
  for (const int threads : {2, 3, 8}) {
    nn::set_threads(threads);
    CHECK(make_phantom(options).sha256() == one);
  }
  // And on any machine. This number is the phantom's signature: a change of it is a change of the
  // demo, of every test that trains on it, and of published results.
  CHECK(one == "2f2265004726e3d9a431ead3459258de859e05cc44bc3296a15dcf5b3343231c");
}

TEST_CASE("every seed is another head", "[phantom]") {
  const auto head = [](std::uint64_t seed) {
    return make_phantom({.slices = 8, .size = 32, .seed = seed, .noise = 0});
  };
  const Volume a = head(1);
  for (const std::uint64_t seed : {2U, 3U, 4U}) {
    const Volume b = head(seed);
    double difference = 0;
    for (nn::index k = 0; k < 8; ++k) {
      const nn::Tensor x = a.slice(k);
      const nn::Tensor y = b.slice(k);
      for (nn::index i = 0; i < x.numel(); ++i) {
        difference += std::fabs(static_cast<double>(x.data()[i] - y.data()[i]));
      }
    }
    CHECK(difference / static_cast<double>(a.voxels()) > 30);  // HU: anatomy, not noise
  }
}

TEST_CASE("the phantom has a head's tissues", "[phantom][optimised]") {
  const std::uint64_t seed = GENERATE(1U, 7U, 8U);
  const Volume v = make_phantom({.slices = 96, .size = 96, .seed = seed, .noise = 0});
  std::array<double, 5> share{};  // air, fat, soft tissue, bone, teeth and metal
  for (nn::index k = 0; k < v.slices(); ++k) {
    const nn::Tensor s = v.slice(k);
    for (const nn::real hu : s.values()) {
      if (hu < -900) share[0] += 1;
      if (hu > -110 && hu < -60) share[1] += 1;
      if (hu > 0 && hu < 80) share[2] += 1;
      if (hu > 500) share[3] += 1;
      if (hu > 1800) share[4] += 1;
    }
  }
  for (double& x : share) x /= static_cast<double>(v.voxels());
  CHECK((share[0] > 0.4 && share[0] < 0.8));
  CHECK((share[1] > 0.01 && share[1] < 0.2));
  CHECK((share[2] > 0.1 && share[2] < 0.4));
  CHECK((share[3] > 0.015 && share[3] < 0.12));
  CHECK((share[4] > 0.0001 && share[4] < 0.01));
  // The corners of every slice are outside.
  CHECK(v.slice(48).at(0, 0, 0, 0) == -1000.0F);
  // The middle of the upper half is brain.
  const nn::real brain = v.slice(70).at(0, 50, 44, 0);
  CHECK((brain > 0 && brain < 80));
}

TEST_CASE("noise has the asked-for spread and leaves the anatomy alone", "[phantom]") {
  const Volume clean = make_phantom({.slices = 8, .size = 64, .seed = 2, .noise = 0});
  const Volume noisy = make_phantom({.slices = 8, .size = 64, .seed = 2, .noise = 20});
  double sum = 0;
  double squares = 0;
  double neighbours = 0;
  nn::index count = 0;
  for (nn::index k = 0; k < 8; ++k) {
    const nn::Tensor a = clean.slice(k);
    const nn::Tensor b = noisy.slice(k);
    double before = 0;
    for (nn::index i = 0; i < a.numel(); ++i) {
      const double n = static_cast<double>(b.data()[i] - a.data()[i]);
      if (a.data()[i] < -900 || a.data()[i] > 2900) continue;  // clamped there
      sum += n;
      squares += n * n;
      neighbours += n * before;
      before = n;
      ++count;
    }
  }
  const auto n = static_cast<double>(count);
  // Five standard errors of each estimate.
  CHECK(std::fabs(sum / n) < 5 * 20 / std::sqrt(n));
  CHECK(std::sqrt(squares / n) == Approx(20).epsilon(5 / std::sqrt(2 * n)));
  CHECK(std::fabs(neighbours / n) < 5 * 400 / std::sqrt(n));
}

TEST_CASE("slices are about as hard to interpolate as those of real heads",
          "[phantom][optimised]") {
  // Real heads at 1.25 to 2 mm: 32.2 to 34.0 dB (docs: quality protocol).
  const std::uint64_t seed = GENERATE(7U, 8U);
  const double psnr = cubic_psnr(make_phantom({.seed = seed}));
  CHECK(psnr > 30);
  CHECK(psnr < 36);
}
