// Which method takes the network's place, and what follows from that.
#include "train/self_check/hidden.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "tests/catch.h"
#include "tests/data/measure/regions_scan.h"
#include "train/fill/self_check_text.h"
#include "train/self_check/error_map.h"

using namespace self_check_test;
using train::Fallback;

namespace {

constexpr nn::index kSide = 64;
constexpr nn::index kSlices = 9;

/// A round head that grows by `step` pixels from slice to slice: movement explains all of it.
data::Volume growing_scan(double step, data::Unit unit = data::Unit::hu) {
  data::PhantomOptions o;
  o.slices = kSlices;
  o.size = kSide;
  data::Volume v = data::make_phantom(o);
  v.unit = unit;
  const double low = unit == data::Unit::hu ? -1000 : 20;
  const double high = unit == data::Unit::hu ? 60 : 180;
  for (nn::index k = 0; k < kSlices; ++k) {
    nn::Tensor s({1, kSide, kSide, 1});
    const double radius = 14 + step * static_cast<double>(k);
    for (nn::index r = 0; r < kSide; ++r) {
      for (nn::index c = 0; c < kSide; ++c) {
        const double from_centre =
            std::hypot(static_cast<double>(r) - 31.5, static_cast<double>(c) - 31.5);
        const double inside = std::clamp(radius - from_centre + 0.5, 0.0, 1.0);
        s.at(0, r, c, 0) = static_cast<nn::real>(low + (high - low) * inside);
      }
    }
    v.set_slice(k, s);
  }
  return v;
}

train::SelfCheck check_of(const data::Volume& scan, const Method& model,
                          const std::vector<bool>& trained = {}) {
  return train::self_check(data::view_of(scan), all_gaps(kSlices), trained, model, {});
}

/// A network that is as good as this method.
Method as_good_as(const std::string& name) {
  Method model = train::method_without_network(name);
  model.name = "model";
  return model;
}

}  // namespace

TEST_CASE("registration is the fallback where it is clearly ahead of cubic, by both measures") {
  const auto fallback_of = [](std::size_t slices, double registered, double cubic) {
    std::vector<HiddenSlice> hidden;
    for (std::size_t k = 1; k <= slices; ++k) {
      hidden.push_back(soft_slice(static_cast<nn::index>(k), registered, cubic));
    }
    return train::choose_fallback(hidden);
  };
  CHECK(fallback_of(10, 8, 10) == Fallback::registered);
  CHECK(fallback_of(5, 8, 10) == Fallback::registered);
  CHECK(fallback_of(4, 8, 10) == Fallback::cubic);     // too little to judge
  CHECK(fallback_of(10, 9.9, 10) == Fallback::cubic);  // 0.09 dB
  CHECK(fallback_of(10, 10, 10) == Fallback::cubic);
  CHECK(fallback_of(10, 12, 10) == Fallback::cubic);
  CHECK(train::choose_fallback({}) == Fallback::cubic);
  std::vector<HiddenSlice> rare;  // better in the mean, but with large errors
  for (nn::index k = 1; k <= 10; ++k) {
    rare.push_back(soft_slice(k, 5, 10));
    rare.back().candidate.squared[kSoft] *= 100;
  }
  CHECK(train::choose_fallback(rare) == Fallback::cubic);
  std::vector<HiddenSlice> blurs;  // far better in bone, a little worse in soft tissue
  for (nn::index k = 1; k <= 10; ++k) {
    blurs.push_back(soft_slice(k, 8, 8));
    HiddenSlice& h = blurs.back();
    h.body[kBone] = 100;
    h.candidate.absolute[kBone] = 2000;
    h.baseline.absolute[kBone] = 4000;
    h.candidate.squared[kBone] = 40000;
    h.baseline.squared[kBone] = 160000;
  }
  CHECK(train::choose_fallback(blurs) == Fallback::cubic);
  for (HiddenSlice& h : blurs) h.candidate.absolute[kSoft] -= 1;
  CHECK(train::choose_fallback(blurs) == Fallback::registered);
}

TEST_CASE("a network that beats cubic but not registration gives way to registration") {
  const data::Volume scan = growing_scan(1.5);
  // As good as registration, so far better than cubic: a tie is the simpler method's.
  const auto check = check_of(scan, as_good_as("registered"));
  REQUIRE(check.registered.size() == 7);
  REQUIRE(check.hidden.size() == 7);
  CHECK(check.fallback == Fallback::registered);
  CHECK(check.decision.whole == Whole::not_ahead);
  CHECK(check.registered.front().psnr({}) > check.registered.front().psnr_baseline() + 3);
  CHECK(check.hidden.front().psnr_baseline() == Approx(check.registered.front().psnr({})));
  const std::string text = train::to_text(check, all_gaps(kSlices));
  CHECK(text.find("registered - cubic [95 %]") != std::string::npos);
  CHECK(text.find("model - registered [95 %]") != std::string::npos);
  CHECK(
      text.find("used: registered for the whole scan (the model is not clearly better on it)\n") !=
      std::string::npos);
  CHECK(text.find("hidden") == text.rfind("inner slices hidden") + 13);  // said once
  const auto json = train::to_self_check_json(check, all_gaps(kSlices));
  CHECK(json["fallback"] == "registered");
  CHECK(json["used"] == "registered: model not clearly better");
  CHECK(json["registered"]["hidden"] == 7);
  CHECK(json["registered"]["measures"][0].contains("registered_minus_cubic"));
  CHECK(json["measures"][0]["model_minus_registered"]["mean"] == 0);
  CHECK(json["slices"][0].contains("mae_registered"));

  const auto by = train::checked_methods(check, as_good_as("linear"));
  data::Volume filled = scan.expanded(3);
  train::fill(filled, by.methods, by.gaps, {});
  data::Volume registered = scan.expanded(3);
  train::fill(registered, train::method_without_network("registered"), {});
  CHECK(filled.stored == registered.stored);
  CHECK(filled.origins[1].method == "registered (self-check)");
  CHECK_FALSE(filled.origins[1].weights);
  CHECK(filled.origins[1].expected_error);
}

TEST_CASE(
    "what the fallback gets wrong is known also where the network was trained on every slice") {
  for (const double step : {1.5, 0.0}) {
    const data::Volume scan = growing_scan(step);
    const auto check = check_of(scan, as_good_as("linear"), std::vector<bool>(kSlices, true));
    REQUIRE(check.hidden.empty());
    REQUIRE(check.registered.size() == 7);
    CHECK(check.decision.whole == Whole::too_little);
    const bool moves = step > 0;
    CHECK(check.fallback == (moves ? Fallback::registered : Fallback::cubic));
    double sum = 0;
    for (std::size_t k = 1; k <= 6; ++k) {  // slices 2 to 7, three on each side of gap 4
      const HiddenSlice& h = check.registered[k];
      sum += moves ? h.mae({}) : h.mae_baseline();
    }
    REQUIRE(check.decision.expected[4]);
    CHECK(*check.decision.expected[4] == Approx(sum / 6));
    CHECK(train::to_text(check, all_gaps(kSlices)).find("expected error: ") != std::string::npos);
    CHECK(train::checked_methods(check, as_good_as("linear")).gaps[0].expected_error);
  }
}

TEST_CASE("where nothing moves cubic stays the fallback, and a better network is used either way") {
  CHECK(check_of(growing_scan(0), as_good_as("linear")).fallback == Fallback::cubic);
  const data::Volume scan = growing_scan(1.5);
  const auto check = check_of(scan, knows_the_truth(scan, [](nn::index, double) { return 0.1; }));
  CHECK(check.fallback == Fallback::registered);
  CHECK(train::to_line(check) == "used: model");
}

TEST_CASE(
    "tissues and ranges that the network loses are registration's where that is the fallback") {
  const data::Volume scan = growing_scan(1.5);
  const auto check = check_of(scan, knows_the_truth(scan, [](nn::index, double hu) {
                                return hu > -100 && hu < 200 ? 30.0 : 0.1;
                              }));
  REQUIRE(check.fallback == Fallback::registered);
  CHECK(check.decision.tissues == train::FromBaseline{false, true, false});
  CHECK(train::to_line(check).find("; soft: registered") != std::string::npos);
  const auto by = train::checked_methods(check, as_good_as("nearest"));
  CHECK(by.methods[0].name == "model with registered in soft (self-check)");
  train::MissingSlice m;
  for (std::size_t i = 0; i < 4; ++i) m.known[i] = scan.slice(static_cast<nn::index>(2 + i));
  const nn::Tensor made = by.methods[0].predict({&m, 1}).front();
  const nn::Tensor registered = method_of(Fallback::registered, data::Unit::hu).predict({&m, 1})[0];
  const nn::Tensor nearest = train::method_without_network("nearest").predict({&m, 1})[0];
  nn::index soft = 0;
  for (nn::index i = 0; i < made.numel(); ++i) {
    const bool is_soft =
        data::tissue_of(static_cast<double>(registered.data()[i])) == data::Tissue::soft;
    soft += is_soft ? 1 : 0;
    CHECK(made.data()[i] == (is_soft ? registered : nearest).data()[i]);
  }
  CHECK(soft > 500);
}

TEST_CASE("what a network was trained on says much of registration and nothing of the network") {
  const data::Volume scan = growing_scan(1.5);
  const auto check = check_of(scan, as_good_as("cubic"),
                              std::vector<bool>(static_cast<std::size_t>(kSlices), true));
  CHECK(check.registered.size() == 7);
  CHECK(check.hidden.empty());
  CHECK(check.fallback == Fallback::registered);
  const std::string text = train::to_text(check, all_gaps(kSlices));
  CHECK(text.find("self-check: 7 of 7 inner slices") != std::string::npos);
  CHECK(text.find("self-check: 0 of 7 inner slices") != std::string::npos);
  CHECK(text.find("used: registered for the whole scan (0 slices to judge by, fewer than 5, since "
                  "the model was trained on this scan)") != std::string::npos);
  for (const auto& gap : train::checked_methods(check, as_good_as("cubic")).gaps) {
    CHECK(gap.method == 1);
  }
}

TEST_CASE("without the network, registration has to win against cubic as a network has to") {
  const auto check_without = [](const data::Volume& scan, nn::index slices = kSlices) {
    return train::self_check_without_network(data::view_of(scan), all_gaps(slices), {});
  };
  const data::Volume scan = growing_scan(1.5);
  const auto check = check_without(scan);
  REQUIRE(check.hidden.size() == 7);
  CHECK(check.registered.empty());
  CHECK(check.decision.whole == train::Whole::candidate);
  CHECK_FALSE(train::is_model_alone(check));
  CHECK(check.hidden[3].psnr({}) > check.hidden[3].psnr_baseline() + 3);
  CHECK(train::to_line(check) == "used: registered (the model was not trained for such scans)");
  const std::string text = train::to_text(check, all_gaps(kSlices));
  CHECK(text.find("self-check: 7 of 7") == 0);
  CHECK(text.find("registered - cubic [95 %]") != std::string::npos);
  CHECK(text.find("model - ") == std::string::npos);
  const auto json = train::to_self_check_json(check, all_gaps(kSlices));
  CHECK(json["checked"] == "registered");
  CHECK(json["registered"].is_null());
  CHECK(json["used"] == "registered");
  CHECK(json["measures"][0].contains("registered_minus_cubic"));
  const auto by = train::checked_methods(check, as_good_as("registered"));
  data::Volume filled = scan.expanded(2);
  train::fill(filled, by.methods, by.gaps, {});
  data::Volume registered = scan.expanded(2);
  train::fill(registered, train::method_without_network("registered"), {});
  CHECK(filled.stored == registered.stored);
  CHECK(filled.origins[1].method == "model (not trained for this)");  // the name that was given

  const auto still = check_without(growing_scan(0));
  CHECK(train::to_line(still) ==
        "used: cubic for the whole scan (the model was not trained for such scans; registration is "
        "not clearly better on it)");
  CHECK(train::to_self_check_json(still, all_gaps(kSlices))["used"] ==
        "cubic: registered not clearly better");
  const auto by_cubic = train::checked_methods(still, as_good_as("registered"));
  for (const auto& gap : by_cubic.gaps)
    CHECK(by_cubic.methods[gap.method].name == "cubic (not trained for this)");

  std::vector<HiddenSlice> few;  // of a scan of 6 slices
  for (nn::index k = 1; k <= 4; ++k) few.push_back(soft_slice(k, 1, 10));
  train::SelfCheck little;
  little.network = false;
  little.hidden = few;
  little.decision = train::decide(few, 6);
  CHECK(train::to_line(little) ==
        "used: cubic for the whole scan (the model was not trained for such scans; of 4 slices to "
        "judge registration by 5 are needed)");
}

TEST_CASE("without the network, a tissue that registration loses is cubic's") {
  std::vector<HiddenSlice> hidden;  // far better in bone, a little worse in soft tissue
  for (nn::index k = 1; k <= 7; ++k) {
    hidden.push_back(soft_slice(k, 8.1, 8));
    HiddenSlice& h = hidden.back();
    h.body[kBone] = 100;
    h.candidate.absolute[kBone] = 2000;
    h.baseline.absolute[kBone] = 4000;
    h.candidate.squared[kBone] = 40000;
    h.baseline.squared[kBone] = 160000;
  }
  train::SelfCheck check;
  check.network = false;
  check.hidden = hidden;
  check.decision = train::decide(hidden, kSlices);
  CHECK(train::to_line(check) ==
        "used: registered (the model was not trained for such scans); soft: cubic");
  const auto by = train::checked_methods(check, method_of(Fallback::registered, data::Unit::hu));
  CHECK(by.methods[0].name == "registered with cubic in soft (not trained for this)");
}

TEST_CASE("pictures are registered by their own range of values") {
  const data::Volume scan = growing_scan(1.5, data::Unit::grey8);
  const auto check = check_of(scan, as_good_as("linear"));
  CHECK(check.fallback == Fallback::registered);
  const auto by = train::checked_methods(check, as_good_as("linear"));
  data::Volume filled = scan.expanded(2);
  train::fill(filled, by.methods, by.gaps, {});
  data::Volume registered = scan.expanded(2);
  train::fill(registered, train::method_without_network("registered", data::Unit::grey8), {});
  CHECK(filled.stored == registered.stored);
}

TEST_CASE("a map of expected errors knows registration as it knows cubic") {
  const data::Volume scan = growing_scan(1.5);
  const auto check = train::self_check(data::view_of(scan), all_gaps(kSlices), {},
                                       as_good_as("cubic"), {}, {train::Samples::kept});
  REQUIRE(check.fallback == Fallback::registered);
  CHECK(check_of(scan, as_good_as("cubic")).hidden.front().baseline_pixels.empty());
  const auto map = train::calibrated(check);
  CHECK(map.baseline.name == "registered");
  CHECK(map.baseline.used);
  CHECK_FALSE(map.candidate.used);
  const auto by = train::mapped_methods(check, as_good_as("cubic"), map);
  train::MissingSlice m;
  for (std::size_t i = 0; i < 4; ++i) m.known[i] = scan.slice(static_cast<nn::index>(2 + i));
  for (const double t : {0.5, 0.25}) {
    m.t = t;
    const train::Estimate made = by.methods[1].estimate({&m, 1}).front();
    const auto slice_by = [&](const char* name) {
      return train::method_without_network(name).predict({&m, 1}).front();
    };
    const nn::Tensor registered = slice_by("registered");
    for (nn::index i = 0; i < made.slice.numel(); ++i) {
      CHECK(made.slice.data()[i] == registered.data()[i]);
    }
    // Its signals: how far the neighbours differ, and how far it is from cubic.
    const train::Signals signals = train::signals_of_baseline(m, registered, slice_by("cubic"));
    for (const nn::index i : {kSide * 10 + 31, kSide * 31 + 14, kSide * 31 + 31}) {
      CHECK(made.error.data()[i] == static_cast<nn::real>(map.baseline.calibration.expected(
                                        train::smoothed_at(signals, i), t)));
    }
  }
}
