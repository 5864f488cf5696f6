#include "train/fill/match_noise.h"

#include <cmath>
#include <memory>
#include <nlohmann/json.hpp>

#include "data/measure/texture.h"
#include "data/phantom/phantom.h"
#include "data/slices/scan_view.h"
#include "nn/core/error.h"
#include "tests/catch.h"
#include "train/fill/fill_scan.h"

namespace {

data::Volume head() {
  data::PhantomOptions o;
  o.slices = 17;
  o.size = 160;
  o.noise = 12;
  return data::make_phantom(o);
}

/// The phantom doubled by cubic interpolation, with noise or without.
std::unique_ptr<train::ScanFill> doubled(bool noise) {
  train::FillOptions options;
  options.method = "cubic";
  options.match_noise = noise;
  auto fill = std::make_unique<train::ScanFill>(head(), nullptr, options);
  fill->self_check();
  fill->fill();
  return fill;
}

/// Standard deviation of a slice's noise over that of the real slice before it.
double noise_ratio(const data::Volume& scan, nn::index k) {
  const auto slice = [&](nn::index i) { return data::known_slice(scan, i); };
  const data::Texture t = data::texture(slice(k - 1), slice(k), slice(k - 1), slice(k + 1));
  REQUIRE(t.noise.pixels > 500);
  return std::sqrt(t.noise.prediction / t.noise.truth);
}

}  // namespace

TEST_CASE("synthetic slices get as much noise as real ones have") {
  const auto plain = doubled(false), noisy = doubled(true);
  for (const nn::index k : {15, 17, 19}) {
    CHECK(noise_ratio(plain->scan(), k) ==
          Approx(std::sqrt(82.0) / 16 * std::sqrt(2.0)).margin(0.06));
    CHECK(noise_ratio(noisy->scan(), k) == Approx(1).margin(0.08));
  }
  const auto said = noisy->result().at("noise").at(0);
  CHECK(said.at("method") == "cubic");
  CHECK(said.at("slices") == 16);
  CHECK(said.at("real_hu").get<double>() == Approx(12).margin(1.5));
  const double there = said.at("synthetic_hu"), added = said.at("added_hu");
  CHECK(std::hypot(there, added) == Approx(said.at("real_hu").get<double>()).epsilon(0.05));
  CHECK(plain->result().at("noise").is_null());
}

TEST_CASE("noise touches no real slice and no air, says so, and is the same each time") {
  const auto plain = doubled(false), noisy = doubled(true), again = doubled(true);
  CHECK(noisy->scan().origin(15).method == "cubic + noise");
  CHECK(plain->scan().origin(15).method == "cubic");
  nn::index changed = 0;
  for (nn::index k = 0; k < noisy->scan().slices(); ++k) {
    const nn::Tensor a = plain->scan().slice(k), b = noisy->scan().slice(k);
    const nn::Tensor c = again->scan().slice(k);
    for (nn::index i = 0; i < a.numel(); ++i) {
      CHECK_FALSE(b.data()[i] != c.data()[i]);
      if (a.data()[i] == b.data()[i]) continue;
      ++changed;
      if (a.data()[i] < -300 || k % 2 == 0) FAIL("slice " << k << ", pixel " << i);
    }
  }
  CHECK(changed > 10000);
}

TEST_CASE("noise is for scans in HU") {
  data::Volume pictures = head();
  pictures.unit = data::Unit::grey8;
  train::FillOptions options;
  options.method = "cubic";
  options.match_noise = true;
  CHECK_THROWS_AS(train::ScanFill(pictures, nullptr, options), nn::Error);
}
