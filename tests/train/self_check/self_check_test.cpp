#include "train/self_check/self_check.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "nn/core/error.h"
#include "nn/core/parallel.h"
#include "tests/catch.h"
#include "tests/data/measure/regions_scan.h"
#include "train/fill/self_check_text.h"

using namespace self_check_test;

TEST_CASE("errors of a hidden slice are those of its pixels, by what cubic sees") {
  // Slice 3 of 7: cubic from slices 0, 2, 4, 6, all without the 10 HU that slice 3 has.
  const data::Volume scan = scan_of_regions(7);
  const auto model =
      knows_the_truth(scan, [](nn::index, double hu) { return hu > 200 ? 4.0 : -3.0; });
  const std::vector<nn::index> hidden{1, 2, 3};
  std::vector<nn::index> calls;
  const auto all =
      train::hide_and_make(data::view_of(scan), hidden, model, train::Fallback::cubic,
                           train::Samples::none, [&](nn::index n) { calls.push_back(n); });
  REQUIRE(all.size() == 3);
  REQUIRE_FALSE(calls.empty());
  CHECK(calls.back() == 3);
  const HiddenSlice& h = all[2];
  CHECK(h.slice == 3);
  CHECK(h.pixels == 1024);
  CHECK(h.body[kBone] == 24 * 8);
  CHECK(h.body[kAir] == 10 * 6);
  CHECK(h.body[kSoft] == 24 * 16 - 10 * 6);
  CHECK(h.body_pixels() == 24 * 24);
  CHECK(h.baseline.absolute[kBone] == 192 * 10.0);
  CHECK(h.candidate.absolute[kBone] == 192 * 4.0);
  CHECK(h.candidate.absolute[kSoft] == 324 * 3.0);
  CHECK(h.baseline.squared[kAir] == (60 + 1024 - 576) * 100.0);  // air around the body counts here
  CHECK(h.mae_baseline() == 10.0);
  CHECK(h.mae({}) == Approx((192 * 4 + 384 * 3) / 576.0));
  CHECK(h.mae({false, false, true}) == Approx((192 * 10 + 384 * 3) / 576.0));
  CHECK(h.psnr_baseline() == Approx(10 * std::log10(3072.0 * 3072 / 100)));
  CHECK(h.psnr({}) == Approx(10 * std::log10(3072.0 * 3072 * 1024 / (192 * 16 + 832 * 9.0))));
}

TEST_CASE("a network that is nearer to the truth than cubic is used everywhere") {
  const auto check = checked(12, [](nn::index, double) { return 2.0; });
  CHECK(check.hidden.size() == 10);
  CHECK(check.decision.whole == Whole::candidate);
  CHECK(train::fallback_ranges(check.decision).empty());
  CHECK(check.decision.tissues == train::FromBaseline{});
  for (const auto& e : check.decision.expected) CHECK(e == Approx(2));
  const auto methods = train::checked_methods(check, train::method_without_network("linear"));
  CHECK(methods.methods[0].name == "linear");
  for (const auto& g : methods.gaps) CHECK(g.method == 0);
  const std::string text = train::to_text(check, all_gaps(12));
  CHECK(text.find("used: model\n") != std::string::npos);
  CHECK(text.find("10 of 10 inner slices") != std::string::npos);
  CHECK(text.find("expected error: 2.0 HU, an upper estimate") != std::string::npos);
}

TEST_CASE("a network that is worse than cubic everywhere is not used, and the table says so") {
  const auto check = checked(12, [](nn::index, double) { return 30.0; });
  CHECK(check.decision.whole == Whole::not_ahead);
  CHECK(check.decision.mae.count == 10);
  const auto methods = train::checked_methods(check, train::method_without_network("linear"));
  for (const auto& g : methods.gaps) {
    CHECK(methods.methods[g.method].name == "cubic (self-check)");
    REQUIRE(g.expected_error);
    CHECK(*g.expected_error >= 10);
    CHECK(*g.expected_error < 30);
  }
  const std::string text = train::to_text(check, all_gaps(12));
  CHECK(text.find("used: cubic for the whole scan (the model is not clearly better on it)") !=
        std::string::npos);
  CHECK(text.find("0/10") != std::string::npos);
  const auto json = train::to_self_check_json(check, all_gaps(12));
  CHECK(json["used"] == "cubic: model not clearly better");
  CHECK(json["slices"].size() == 10);
}

TEST_CASE("a network that is worse in half of the slices is used in the other half") {
  const auto check = checked(22, [](nn::index k, double) { return k < 11 ? 1.0 : 13.0; });
  REQUIRE(check.decision.whole == Whole::candidate);
  // Each gap looks at three hidden slices on each side: of the gap from 9 to 10, slices 7 to 12.
  // In that from 12 to 13 one of six is good: the mean error is 11 HU and cubic's 10, but that one
  // gains 20 dB, and the other five lose 2.3 each.
  using Range = std::pair<nn::index, nn::index>;
  const auto ranges = train::fallback_ranges(check.decision);
  REQUIRE(ranges.size() == 1);
  CHECK(ranges.front() == Range{13, 21});
  CHECK(check.decision.expected[0] == Approx(1));
  CHECK(check.decision.expected[7] == Approx(1));
  CHECK(check.decision.expected[8] == Approx((5 * 1 + 13) / 6.0));
  CHECK(check.decision.expected[9] == Approx((4 * 1 + 2 * 13) / 6.0));
  CHECK(check.decision.expected[15] == Approx(10).margin(2));
  CHECK(train::to_text(check, all_gaps(22)).find("used: model; slices 13 to 21: cubic") !=
        std::string::npos);
}

TEST_CASE("a network that is worse in bone only leaves bone to cubic") {
  const auto check = checked(12, [](nn::index, double hu) { return hu > 200 ? 25.0 : 1.0; });
  CHECK(check.decision.whole == Whole::candidate);
  CHECK(check.decision.tissues == train::FromBaseline{false, false, true});
  const std::string text = train::to_text(check, all_gaps(12));
  CHECK(text.find("with bone by cubic: error -6.00 [-6.00, -6.00] HU, PSNR ") != std::string::npos);
  CHECK(text.find("used: model; bone: cubic\n") != std::string::npos);
  CHECK(check.decision.expected[5] == Approx((192 * 10 + 384) / 576.0));

  const data::Volume scan = scan_of_regions(12);
  const Method sevens{
      "model", true,
      [](std::span<const MissingSlice> missing) {
        return std::vector<nn::Tensor>(missing.size(), nn::Tensor::full({1, 32, 32, 1}, 7));
      },
      false, true};
  const auto methods = train::checked_methods(check, sevens);
  data::Volume finer = scan.expanded(2);
  train::fill(finer, methods.methods, methods.gaps, {});
  const data::SliceOrigin& made = finer.origins[11];
  CHECK(made.method == "model with cubic in bone (self-check)");
  CHECK(made.weights);
  CHECK(made.expected_error == Approx((192 * 10 + 384) / 576.0));
  const nn::Tensor s = finer.slice(11);
  CHECK(s.at(0, 10, 20, 0) == 7);
  CHECK(s.at(0, 0, 0, 0) == 7);
  CHECK(s.at(0, 8, 8, 0) == 705);
}

TEST_CASE("the interval decides, not the mean alone, and PSNR has a say") {
  // One slice is far better, the others a little worse: the mean is in favour, the interval is not.
  std::vector<HiddenSlice> one;
  for (nn::index k = 1; k <= 10; ++k)
    one.push_back(soft_slice(k, k == 4 ? 1 : 11, k == 4 ? 40 : 10));
  CHECK(decide(one, 12).mae.mean < 0);
  CHECK(decide(one, 12).whole == Whole::not_ahead);
  // Smaller errors on average, but rare large ones.
  std::vector<HiddenSlice> rare;
  for (nn::index k = 1; k <= 10; ++k) {
    rare.push_back(soft_slice(k, 5, 10));
    rare.back().candidate.squared[kSoft] *= 100;
  }
  CHECK(decide(rare, 12).mae.hi < 0);
  CHECK(decide(rare, 12).whole == Whole::not_ahead);
  // A win by 0.09 dB may be gone at half the gap, one by 0.18 dB is taken.
  std::vector<HiddenSlice> close;
  std::vector<HiddenSlice> clear;
  for (nn::index k = 1; k <= 10; ++k) {
    close.push_back(soft_slice(k, 9.9, 10));
    clear.push_back(soft_slice(k, 9.8, 10));
  }
  CHECK(decide(close, 12).whole == Whole::not_ahead);
  CHECK(decide(clear, 12).whole == Whole::candidate);
  // A network that was not trained for so narrow gaps must win by 0.5 dB.
  std::vector<HiddenSlice> nearly;
  std::vector<HiddenSlice> by_more;
  for (nn::index k = 1; k <= 10; ++k) {
    nearly.push_back(soft_slice(k, 9.5, 10));   // 0.45 dB
    by_more.push_back(soft_slice(k, 9.4, 10));  // 0.54 dB
  }
  CHECK(decide(nearly, 12).whole == Whole::candidate);
  CHECK(decide(nearly, 12, train::kMarginUntrained).whole == Whole::not_ahead);
  train::SelfCheck said;
  said.hidden = nearly;
  said.decision = decide(nearly, 12, train::kMarginUntrained);
  CHECK(train::to_line(said).find("not better by 0.5 dB") != std::string::npos);
  CHECK(train::to_self_check_json(said, all_gaps(12))["margin_db"] == 0.5);
  CHECK(decide(by_more, 12, train::kMarginUntrained).whole == Whole::candidate);
  // Equal errors are no win.
  std::vector<HiddenSlice> equal;
  for (nn::index k = 1; k <= 10; ++k) equal.push_back(soft_slice(k, 10, 10));
  CHECK(decide(equal, 12).whole == Whole::not_ahead);
}

TEST_CASE("gaps narrower than those of the training need a clearer win") {
  const data::Volume scan = scan_of_regions(9);  // steps of 2 mm
  const auto margin = [&](std::optional<double> narrowest) {
    train::Method method = knows_the_truth(scan, [](nn::index, double) { return 2.0; });
    method.narrowest_gap = narrowest;
    return train::self_check(data::view_of(scan), all_gaps(9), {}, method, {}).decision.margin;
  };
  const double step = scan.slice_spacing();
  CHECK(margin(std::nullopt) == train::kMargin);
  CHECK(margin(step) == train::kMargin);
  CHECK(margin(1.005 * step) == train::kMargin);
  CHECK(margin(1.02 * step) == train::kMarginUntrained);
}

TEST_CASE("too few hidden slices: cubic, with its error where one is known") {
  std::vector<HiddenSlice> four;
  for (nn::index k = 1; k <= 4; ++k) four.push_back(soft_slice(k, 1, 8));
  const auto d = decide(four, 6);
  CHECK(d.whole == Whole::too_little);
  for (const bool fallback : d.baseline) CHECK(fallback);
  for (const auto& e : d.expected) CHECK(e == Approx(8));
  CHECK_FALSE(decide({}, 2).expected[0]);
  four.push_back(soft_slice(5, 1, 8));
  CHECK(decide(four, 7).whole == Whole::candidate);

  const auto check = checked(5, [](nn::index, double) { return 1.0; });
  const std::string text = train::to_text(check, all_gaps(5));
  CHECK(text.find("used: cubic for the whole scan (3 slices to judge by, fewer than 5)") !=
        std::string::npos);
}

TEST_CASE("hidden are slices between gaps that are cut and that training did not see") {
  data::ScanView scan;
  for (nn::index k = 0; k < 10; ++k) scan.positions.push_back({0, 0, static_cast<double>(k)});
  using Slices = std::vector<nn::index>;
  std::vector<bool> cut = all_gaps(10);
  cut[4] = false;
  CHECK(train::slices_to_hide(scan, cut, {}, true) == Slices{1, 2, 3, 6, 7, 8});
  std::vector<bool> trained(10, false);
  trained[2] = trained[7] = true;
  CHECK(train::slices_to_hide(scan, cut, trained, true) == Slices{1, 3, 6, 8});
  // Positions 0, 1, 2, 4, 5, ...: slices 2 and 3 are not in the middle of their neighbours.
  for (std::size_t k = 3; k < 10; ++k) scan.positions[k][2] += 1;
  CHECK(train::slices_to_hide(scan, all_gaps(10), {}, true) == Slices{1, 4, 5, 6, 7, 8});
  CHECK(train::slices_to_hide(scan, all_gaps(10), {}, false).size() == 8);
}

TEST_CASE("of a long scan a fixed number of slices is hidden, evenly spread") {
  data::ScanView scan;
  for (const nn::index slices : {34, 35, 1000}) {
    scan.positions.clear();
    for (nn::index k = 0; k < slices; ++k) scan.positions.push_back({0, 0, 2.0 * double(k)});
    const auto hidden = train::slices_to_hide(scan, all_gaps(slices), {}, true);
    CHECK(hidden.size() == 32);
    const double even = static_cast<double>(slices - 2) / 32;
    for (std::size_t i = 1; i < hidden.size(); ++i) {
      CHECK(std::fabs(static_cast<double>(hidden[i] - hidden[i - 1]) - even) <= 1);
    }
    CHECK(hidden.front() >= 1);
    CHECK(hidden.back() <= slices - 2);
  }
}

TEST_CASE("an uneven slice is made where it lies, and nothing is asked of slices without a body") {
  data::Volume scan = scan_of_regions(8);
  for (nn::index k = 0; k < 8; ++k) {
    scan.positions.push_back({0, 0, static_cast<double>(k < 4 ? 2 * k : 3 * k - 4)});
  }
  scan.set_slice(5, nn::Tensor::full({1, 32, 32, 1}, -1000));
  std::vector<double> asked;
  std::vector<double> gaps;
  const Method spy{"model", false, [&](std::span<const MissingSlice> missing) {
                     std::vector<nn::Tensor> slices;
                     for (const MissingSlice& m : missing) {
                       asked.push_back(m.t);
                       gaps.push_back(m.gap);
                       slices.push_back(m.known[1]);
                     }
                     return slices;
                   }};
  const auto check = train::self_check(data::view_of(scan), all_gaps(8), {}, spy, {});
  // Slice 5 is left out. A network that has lost is not asked for the middles of the gaps.
  CHECK(gaps == std::vector<double>{4, 4, 4, 5, 6});
  REQUIRE(asked.size() == 5);
  CHECK(asked[0] == 0.5);
  CHECK(asked[3] == Approx(0.4));  // slices 3, 4 and 5 lie at 6, 8 and 11 mm
  CHECK(check.hidden.size() == 5);
}

TEST_CASE("pictures are judged in grey levels over the whole picture but its text") {
  data::Volume scan = scan_of_regions(9);
  scan.unit = data::Unit::grey8;
  for (nn::index k = 0; k < 9; ++k) {
    scan.set_slice(k, nn::Tensor::full({1, 32, 32, 1}, k % 2 == 1 ? 30.0F : 20.0F));
  }
  data::ScanView known = data::view_of(scan);
  known.text.assign(1024, 0);
  known.text[5] = 1;
  const auto check = train::self_check(
      known, all_gaps(9), {}, knows_the_truth(scan, [](nn::index, double) { return 2.0; }), {});
  REQUIRE(check.hidden.size() == 7);
  CHECK(check.hidden[0].body_pixels() == 1023);
  CHECK(check.hidden[0].mae({}) == 2);
  CHECK(check.hidden[0].psnr({}) == Approx(10 * std::log10(255.0 * 255 / 4)));
  CHECK(check.decision.whole == Whole::candidate);
  const auto methods = train::checked_methods(check, train::method_without_network("linear"));
  CHECK_FALSE(methods.gaps[0].expected_error);  // the column is in HU
}

TEST_CASE("a test's self-check sees known slices only, and its decisions hold between them") {
  const data::Volume even = scan_of_regions(12);
  data::ScanView scan;
  std::vector<nn::Tensor> slices;
  for (nn::index k = 0; k < 23; ++k) {
    scan.positions.push_back({0, 0, static_cast<double>(k) * even.slice_spacing() / 2});
    // Hidden slices are nothing that any method would come near.
    slices.push_back(k % 2 == 0 ? even.slice(k / 2) : nn::Tensor::full({1, 32, 32, 1}, 3000));
  }
  scan.slice = [&](nn::index k) { return slices[at(k)]; };
  const data::ScanView known = scan.thinned(2);
  const Method model =
      knows_the_truth(even, [](nn::index, double hu) { return hu > 200 ? 25.0 : 1.0; });
  const auto check_of = [&](const std::vector<bool>& trained) {
    return train::self_check(known, all_gaps(known.slices()), data::every_nth(trained, 2), model,
                             {});
  };
  const auto check = check_of({});
  CHECK(check.hidden.size() == 10);
  CHECK(train::to_line(check) == "used: model; bone: cubic");
  // Targets of the training count by their place in the whole scan.
  std::vector<bool> trained(23, false);
  for (std::size_t k = 0; k < 20; k += 2) trained[k] = true;
  const auto little = check_of(trained);
  CHECK(little.hidden.size() == 1);
  CHECK(little.decision.whole == Whole::too_little);

  nn::Tensor made = nn::Tensor::full({1, 1, 2, 1}, 7);
  nn::Tensor cubic = nn::Tensor::full({1, 1, 2, 1}, 100);
  cubic.at(0, 0, 1, 0) = 300;
  const nn::Tensor used = train::checked_slice(check, 3, made, cubic);
  CHECK(used.at(0, 0, 0, 0) == 7);
  CHECK(used.at(0, 0, 1, 0) == 300);
  CHECK(made.at(0, 0, 1, 0) == 7);
  CHECK(train::checked_slice(little, 3, made, cubic).at(0, 0, 0, 0) == 100);
}

TEST_CASE("the self-check is the same on any number of threads") {
  const int before = nn::threads();
  const auto run = [&](int threads) {
    nn::set_threads(threads);
    return train::to_self_check_json(
               checked(20, [](nn::index k, double hu) { return hu > 0 ? double(k) : 3.3; }),
               all_gaps(20))
        .dump();
  };
  const std::string one = run(1);
  CHECK(run(2) == one);
  CHECK(run(3) == one);
  nn::set_threads(before);
}

TEST_CASE("gaps may be filled by different methods, in passes or at once, and say by which") {
  data::Volume scan = scan_of_regions(6);
  for (nn::index k = 0; k < 6; ++k) {
    scan.set_slice(k, nn::Tensor::full({1, 32, 32, 1}, k % 3 == 0 ? 900.0F : 0.0F));
  }
  const Method middle{"model", true,
                      [](std::span<const MissingSlice> missing) {
                        std::vector<nn::Tensor> slices;
                        for (const MissingSlice& m : missing) {
                          CHECK(m.t == 0.5);
                          slices.push_back(models::linear(m.known[0], m.known[3], 0.5));
                        }
                        return slices;
                      },
                      true, true};
  const std::vector<Method> methods{middle, train::method_without_network("cubic")};
  const std::vector<train::GapMethod> gaps{{0, 3.5}, {1, 2.5}, {1, {}}, {0, {}}, {0, {}}};
  data::Volume mixed = scan.expanded(4);
  train::fill(mixed, methods, gaps, {});
  data::Volume cubic = scan.expanded(4);
  train::fill(cubic, methods[1], {});
  data::Volume model = scan.expanded(4);
  train::fill(model, methods[0], {});
  const auto same = [](const data::Volume& a, const data::Volume& b, nn::index k) {
    const nn::Tensor x = a.slice(k);
    const nn::Tensor y = b.slice(k);
    return std::equal(x.data(), x.data() + x.numel(), y.data());
  };
  for (nn::index k = 5; k < 12; ++k) CHECK(same(mixed, cubic, k));
  // The half of a gap knows real slices only, whatever made the gap beside it.
  for (const nn::index k : {2, 14, 18}) CHECK(same(mixed, model, k));
  CHECK(mixed.origins[1].method == "model");
  CHECK(mixed.origins[1].weights);
  CHECK(mixed.origins[1].expected_error == Approx(3.5));
  CHECK(mixed.origins[6].method == "cubic");
  CHECK_FALSE(mixed.origins[6].weights);
  CHECK(mixed.origins[4].method.empty());
  CHECK_THROWS_AS(train::fill(mixed, methods, std::span(gaps).first(4), {}), nn::Error);
}
