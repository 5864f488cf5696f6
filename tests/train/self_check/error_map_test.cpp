#include "train/self_check/error_map.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "data/phantom/phantom.h"
#include "nn/core/error.h"
#include "nn/core/parallel.h"
#include "nn/core/rng.h"
#include "tests/catch.h"
#include "train/fill/self_check_text.h"

namespace {

using train::Calibration;
using train::Fallback;
using train::HiddenSlice;
using train::PixelSample;

/// Pixels whose first signal is 0, 1, ... 20 and whose error is `times` that.
std::vector<PixelSample> rising(float times) {
  std::vector<PixelSample> pixels;
  for (int s = 0; s <= 20; ++s) {
    const auto v = static_cast<float>(s);
    pixels.push_back({{v, 0, 0}, times * v});
  }
  return pixels;
}

/// A network is off by |C - A|, cubic interpolation by three times that.
train::SelfCheck self_check(nn::index slices, std::size_t hidden = 6) {
  train::SelfCheck check;
  check.slices = slices;
  for (std::size_t k = 0; k < hidden; ++k) {
    HiddenSlice h;
    h.candidate_pixels = rising(1);
    h.baseline_pixels = rising(3);
    check.hidden.push_back(h);
  }
  check.decision.whole = train::Whole::candidate;
  check.decision.baseline.assign(static_cast<std::size_t>(slices - 1), false);
  check.decision.expected.resize(static_cast<std::size_t>(slices - 1));
  return check;
}

constexpr nn::index kSize = 32;

/// From slice to slice soft tissue on the left and bone on the right rise by 8 HU; the first row is
/// padding.
data::Volume rising_scan(nn::index slices) {
  data::PhantomOptions o;
  o.slices = slices;
  o.size = kSize;
  data::Volume v = data::make_phantom(o);
  for (nn::index k = 0; k < slices; ++k) {
    nn::Tensor s({1, kSize, kSize, 1});
    for (nn::index y = 0; y < kSize; ++y) {
      for (nn::index x = 0; x < kSize; ++x) {
        const nn::index hu = (x < kSize / 2 ? 40 : 700) + 8 * k;
        s.at(0, y, x, 0) = y == 0 ? -2000 : static_cast<nn::real>(hu);
      }
    }
    v.set_slice(k, s);
  }
  return v;
}

/// The map of the scan cut in two.
data::Volume map_of(const data::Volume& scan, const train::SelfCheck& check) {
  const auto map = train::calibrated(check);
  const auto by = train::mapped_methods(check, train::method_without_network("linear"), map);
  data::Volume finer = scan.expanded(2);
  data::Volume errors = finer.blank(0.125);
  train::fill(finer, by.methods, by.gaps, {}, &errors);
  return errors;
}

}  // namespace

TEST_CASE("signals of a slice: neighbours, simpler method, both directions") {
  train::MissingSlice m;
  for (std::size_t i = 0; i < 4; ++i) {
    const auto v = static_cast<nn::real>(i * i * 8);  // 0, 8, 32, 72
    m.known[i] = nn::Tensor::full({1, 1, 3, 1}, v);
  }
  const nn::Tensor cubic = nn::Tensor::full({1, 1, 3, 1}, 18);
  const nn::Tensor linear = nn::Tensor::full({1, 1, 3, 1}, 20);
  const train::BothOrders made{nn::Tensor::full({1, 1, 3, 1}, 15),
                               nn::Tensor::full({1, 1, 3, 1}, 4)};
  const auto of_model = train::smoothed_at(train::signals_of(m, made, cubic), 1);
  CHECK(of_model == train::PixelSignals{24, 3, 4});
  const auto of_cubic = train::smoothed_at(train::signals_of_baseline(m, cubic, linear), 1);
  CHECK(of_cubic == train::PixelSignals{24, 2, 0});
}

TEST_CASE("signals are means over five by five pixels, one by one and all together") {
  train::Signals s;
  for (nn::Tensor& t : s) t = nn::Tensor::zeros({1, 7, 6, 1});
  s[1].at(0, 2, 3, 0) = 50;
  const train::Signals all = train::smoothed(s);
  for (nn::index i = 0; i < 42; ++i) CHECK(train::smoothed_at(s, i)[1] == all[1].data()[i]);
  CHECK(all[1].at(0, 2, 3, 0) == 2);                 // 25 pixels
  CHECK(all[1].at(0, 0, 5, 0) == Approx(50 / 9.0));  // 3 rows and 3 columns lie inside
  CHECK(all[1].at(0, 5, 3, 0) == 0);
}

TEST_CASE("errors that follow the signals are found again, and no weight is negative") {
  std::vector<PixelSample> pixels;
  std::vector<PixelSample> against;
  for (int i = 0; i < 400; ++i) {
    const auto a = static_cast<float>(i % 20);
    const auto b = static_cast<float>(i / 20);
    pixels.push_back({{a, b, 0}, 2 * a + 3 * b + 1});
    against.push_back({{a, b, 0}, 40 - a + 3 * b});
  }
  const Calibration c = train::calibrate(pixels);
  CHECK(c.weights[0] == Approx(2));
  CHECK(c.weights[1] == Approx(3));
  CHECK(c.weights[2] == 0);
  CHECK(c.expected({7, 9, 0}) == Approx(2 * 7 + 3 * 9 + 1).margin(0.5));
  CHECK(c.expected({7, 9, 100}) == c.expected({7, 9, 0}));
  const Calibration one = train::calibrate(against);
  CHECK(one.weights[0] == 0);
  CHECK(one.weights[1] == Approx(3));
}

TEST_CASE("the line from score to error by hand: what descends is pooled, the ends are level") {
  // Slope by least squares 7 / 5; the second error is above the third.
  const std::vector<PixelSample> pixels{
      {{1, 0, 0}, 1}, {{2, 0, 0}, 3}, {{3, 0, 0}, 2}, {{4, 0, 0}, 6}};
  const Calibration c = train::calibrate(pixels);
  CHECK(c.weights[0] == Approx(1.4));
  REQUIRE(c.score.size() == 4);
  for (std::size_t i = 0; i < 4; ++i) CHECK(c.score[i] == Approx(1.4 * static_cast<double>(i + 1)));
  CHECK(c.error == std::vector<double>{1, 2.5, 2.5, 6});
  CHECK(c.expected({1.5, 0, 0}) == Approx(1.75));
  CHECK(c.expected({3.5, 0, 0}) == Approx(4.25));
  CHECK(c.expected({0, 0, 0}) == 1);
  CHECK(c.expected({99, 0, 0}) == 6);
  // Nearer to a known slice: the noise, 1, and of the rest 4 t (1 - t).
  CHECK(c.expected({3.5, 0, 0}, 0.25) == Approx(1 + 0.75 * 3.25));
  CHECK(c.expected({99, 0, 0}, 0.9) == Approx(1 + 0.36 * 5));
  CHECK(c.expected({0, 0, 0}, 0.1) == 1);
}

TEST_CASE("signals that say nothing: everywhere the mean error") {
  std::vector<PixelSample> pixels;
  for (int i = 1; i <= 6; ++i) pixels.push_back({{0, 0, 0}, static_cast<float>(i)});
  const Calibration c = train::calibrate(pixels);
  CHECK(c.score.size() == 1);
  CHECK(c.expected({0, 0, 0}) == 3.5);
  CHECK(c.expected({9, 9, 9}) == 3.5);
  CHECK_THROWS_AS(train::calibrate({}), nn::Error);
}

TEST_CASE("an expected error never falls when a signal rises") {
  nn::Rng rng(3, nn::Purpose::test);
  const auto random = [&] { return static_cast<float>(20 * rng.uniform()); };
  std::vector<PixelSample> pixels;
  for (int i = 0; i < 3000; ++i) {
    const float a = random();
    pixels.push_back({{a, random(), random()}, std::fabs(a + random() - random())});
  }
  const Calibration c = train::calibrate(pixels);
  CHECK(c.score.size() == train::kKnots);
  for (int i = 0; i < 500; ++i) {
    const train::PixelSignals from{random(), random(), random()};
    for (std::size_t s = 0; s < train::kSignals; ++s) {
      train::PixelSignals to = from;
      to[s] += random();
      CHECK(c.expected(to) >= c.expected(from));
    }
  }
}

TEST_CASE("the check by tenths and by multiples, by hand") {
  const Calibration same{{1, 0, 0}, {0, 100}, {0, 100}};  // the signal is the expected error
  std::vector<PixelSample> pixels;
  for (int i = 20; i >= 1; --i) {  // errors of half, once, and three halves of it by turns
    const auto v = static_cast<float>(i);
    pixels.push_back({{v, 0, 0}, v * static_cast<float>(i % 3 + 1) / 2});
  }
  const auto check = train::check_calibration(same, pixels);
  CHECK(check.pixels == 20);
  CHECK(check.expected[0] == Approx(1.5));
  CHECK(check.observed[0] == Approx((1 * 1 + 2 * 1.5) / 2));
  CHECK(check.expected[9] == Approx(19.5));
  CHECK(check.observed[9] == Approx((19 * 1 + 20 * 1.5) / 2));
  CHECK(check.within[0] == Approx(13 / 20.0));  // 2, 5, ... 20 have three halves
  CHECK(check.within[1] == 1);
  CHECK_THROWS_AS(train::check_calibration(same, std::span(pixels).first(9)), nn::Error);
}

TEST_CASE("a map has each pixel's error by the method that makes it, and 0 where nothing is made") {
  train::SelfCheck check = self_check(4);
  check.decision.tissues = {false, false, true};  // bone is cubic's
  check.decision.baseline[1] = true;              // and so is the second gap
  const data::Volume scan = rising_scan(4);
  const data::Volume errors = map_of(scan, check);
  CHECK(errors.dims == scan.expanded(2).dims);
  const nn::index left = 5;
  const nn::index right = kSize - 5;
  for (const nn::index k : {0, 2, 4, 6}) {
    const nn::Tensor s = errors.slice(k);
    for (const nn::real v : s.values()) CHECK(v == 0);
  }
  CHECK(errors.slice(1).at(0, 16, left, 0) == 8);
  CHECK(errors.slice(1).at(0, 16, right, 0) == 24);
  CHECK(errors.slice(3).at(0, 16, left, 0) == 24);
  CHECK(errors.slice(3).at(0, 16, right, 0) == 24);
  CHECK(errors.slice(5).at(0, 0, left, 0) == 0);  // padding
  CHECK(errors.slice(5).at(0, 16, left, 0) == 8);
  const auto map = train::calibrated(check);
  CHECK(map.candidate.used);
  CHECK(map.baseline.used);
  CHECK(map.checked == 3);
}

TEST_CASE("nearer to a known slice a network's pixel is expected to be less off") {
  const train::SelfCheck check = self_check(4);
  train::ErrorMap map = train::calibrated(check);
  map.candidate.calibration = {{1, 0, 0}, {0, 100}, {2, 102}};
  const auto by = train::mapped_methods(check, train::method_without_network("linear"), map);
  train::MissingSlice m;
  for (std::size_t i = 0; i < 4; ++i) {
    m.known[i] = nn::Tensor::full({1, kSize, kSize, 1}, i < 2 ? 0.0F : 40.0F);
  }
  const auto error_at = [&](double t) {
    m.t = t;
    return by.methods[0].estimate({&m, 1}).front().error.at(0, 16, 16, 0);
  };
  CHECK(error_at(0.5) == 42);
  CHECK(error_at(0.25) == 32);
  CHECK(error_at(0.75) == 32);
}

TEST_CASE("a slice is the same with a map as without, and a map on any number of threads") {
  const train::SelfCheck check = self_check(4);
  const data::Volume scan = rising_scan(4);
  const train::Method model = train::method_without_network("linear");
  const auto plain = train::checked_methods(check, model);
  const auto mapped = train::mapped_methods(check, model, train::calibrated(check));
  data::Volume without = scan.expanded(3);
  train::fill(without, plain.methods, plain.gaps, {});
  data::Volume with = scan.expanded(3);
  data::Volume errors = with.blank(0.125);
  train::fill(with, mapped.methods, mapped.gaps, {}, &errors);
  CHECK(with.stored == without.stored);
  CHECK(with.origins == without.origins);

  const int before = nn::threads();
  nn::set_threads(1);
  const auto one = map_of(scan, check).stored;
  nn::set_threads(3);
  CHECK(map_of(scan, check).stored == one);
  nn::set_threads(before);
}

TEST_CASE("errors are learned from hidden slices in HU, five at least") {
  CHECK_THROWS_AS(train::calibrated(self_check(9, 4)), nn::Error);
  train::SelfCheck grey = self_check(9);
  grey.hu = false;
  CHECK_THROWS_AS(train::calibrated(grey), nn::Error);
  CHECK_FALSE(train::calibrated(self_check(9)).baseline.used);
  train::SelfCheck cubic = self_check(9, 5);
  cubic.decision.whole = train::Whole::not_ahead;
  cubic.decision.baseline.assign(8, true);
  const auto map = train::calibrated(cubic);
  CHECK_FALSE(map.candidate.used);
  CHECK(map.baseline.used);
  CHECK(map.checked == 2);
}

TEST_CASE("pixels of a hidden slice: of its body, a bounded number, with their errors") {
  const data::Volume scan = rising_scan(7);
  const std::vector<nn::index> hidden{3};
  const auto all =
      train::hide_and_make(data::view_of(scan), hidden, train::method_without_network("nearest"),
                           Fallback::cubic, train::Samples::kept, {});
  REQUIRE(all.size() == 1);
  CHECK(all[0].candidate_pixels.size() == static_cast<std::size_t>(kSize * (kSize - 1)));
  // Far from the padding: A and C are 16 HU apart, nearest is A, 8 HU below the truth and cubic.
  const PixelSample& p = all[0].candidate_pixels[10 * kSize];
  CHECK(p.signals == train::PixelSignals{16, 8, 0});
  CHECK(p.error == 8);
  CHECK(all[0].baseline_pixels[10 * kSize].error == Approx(0).margin(1e-4));

  data::PhantomOptions o;
  o.slices = 5;
  o.size = 192;
  const auto large = train::hide_and_make(
      data::view_of(data::make_phantom(o)), std::vector<nn::index>{2},
      train::method_without_network("nearest"), Fallback::cubic, train::Samples::kept, {});
  REQUIRE(large.size() == 1);
  const auto kept = static_cast<nn::index>(large[0].candidate_pixels.size());
  CHECK(large[0].body_pixels() > train::kMostSamples);
  CHECK(kept <= train::kMostSamples);
  CHECK(kept > train::kMostSamples / 2);
}

TEST_CASE("what a check of the map found: lines, JSON, and a plot") {
  train::SelfCheck check = self_check(9);
  check.decision.baseline[2] = true;
  const auto map = train::calibrated(check);
  const std::string text = train::to_text(map);
  CHECK(text.find("uncertainty, model: expected 0.5 / 8.8 / 19 HU") != std::string::npos);
  CHECK(text.find("uncertainty, cubic: expected 1.5 / ") != std::string::npos);
  const auto json = train::to_error_map_json(map);
  CHECK(json.at("hidden") == 6);
  CHECK(json.at("methods").size() == 2);
  CHECK(json.at("methods")[0].at("weights").at("difference of neighbours").get<double>() ==
        Approx(1));
  CHECK(json.at("methods")[1].at("check").at("observed_by_tenths").size() == 10);
  const std::string svg = train::calibration_plot(map).file();
  CHECK(svg.find("cubic, expected") != std::string::npos);
  CHECK(svg.find("on 3 hidden slices") != std::string::npos);
}
