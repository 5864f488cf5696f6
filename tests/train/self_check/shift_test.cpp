#include "train/self_check/shift.h"

#include <nlohmann/json.hpp>

#include "tests/catch.h"
#include "tests/data/measure/regions_scan.h"
#include "train/fill/self_check_text.h"

using namespace self_check_test;

TEST_CASE("even soft tissue needs no truth: what shifts it is found in the gaps to be filled") {
  // Of the 24 x 24 pixels those are even around which 5 x 5 are soft: rows 6 to 25 and columns 14
  // to 25, without rows 8 to 21 of columns 14 to 23, where the windows reach the air: 100 a gap.
  const data::Volume scan = scan_of_regions(12);
  const auto model = [&](nn::real shift) {
    return knows_the_truth(
        scan, [](nn::index, double) { return 2.0; }, shift);
  };
  data::ScanView known = data::view_of(scan);
  const auto gaps = train::gaps_to_probe(all_gaps(12));
  REQUIRE(gaps.size() == 11);
  std::vector<nn::index> calls;
  const auto shift =
      train::soft_shift(known, gaps, model(-3), nullptr, [&](nn::index n) { calls.push_back(n); });
  REQUIRE(shift);
  CHECK(shift->gaps == 11);
  CHECK(shift->pixels == 1100);
  CHECK(shift->median == Approx(-3).margin(1e-4));
  CHECK(calls == std::vector<nn::index>{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11});

  CHECK_FALSE(
      train::soft_shift(known, {0, 1, 2, 3, 4, 5, 6, 7, 8}, model(0), nullptr, {}));  // 900 pixels
  known.text.assign(32 * 32, 1);
  CHECK_FALSE(train::soft_shift(known, gaps, model(0), nullptr, {}));
  known.text.clear();
  known.unit = data::Unit::grey8;
  CHECK_FALSE(train::soft_shift(known, gaps, model(0), nullptr, {}));

  std::vector<bool> cut(100, true);
  cut[3] = false;
  const auto spread = train::gaps_to_probe(cut);
  REQUIRE(spread.size() == 16);
  CHECK(spread.front() == 4);  // of 99 gaps: 99 / 32 = 3, and gap 3 is not cut
  CHECK(spread.back() == 96);  // 31 * 99 / 32 = 95
}

TEST_CASE("a network that wins on hidden slices and shifts soft tissue elsewhere is not used") {
  const data::Volume scan = scan_of_regions(12);
  const auto by = [&](nn::real shift) {
    const auto model = knows_the_truth(
        scan, [](nn::index, double) { return 2.0; }, shift);
    return train::self_check(data::view_of(scan), all_gaps(12), {}, model, {});
  };
  CHECK(by(3.9F).decision.whole == Whole::candidate);
  const train::SelfCheck check = by(4.5F);
  CHECK(check.decision.whole == Whole::shifts);
  for (const bool fallback : check.decision.baseline) CHECK(fallback);
  CHECK(train::to_line(check) ==
        "used: cubic for the whole scan (the model shifts even soft tissue by 4.5 HU, more than "
        "4)");
  CHECK(train::to_self_check_json(check, all_gaps(12))["used"] ==
        "cubic: model shifts even soft tissue");
  CHECK(by(-4.5F).decision.whole == Whole::shifts);
  CHECK(train::to_text(by(3), all_gaps(12))
            .find("shift of even soft tissue in 11 gaps to be filled, model - cubic: 3.0 HU\n") !=
        std::string::npos);

  // It is the last word only where the network would be used.
  std::vector<HiddenSlice> hidden;
  for (nn::index k = 1; k <= 8; ++k) hidden.push_back(soft_slice(k, 10, 10));
  const train::SoftShift shift{11, 1100, 60};
  CHECK(decide(hidden, 10, train::kMargin, shift).whole == Whole::not_ahead);
  CHECK(decide(std::span(hidden).first(4), 10, train::kMargin, shift).whole == Whole::too_little);
}
