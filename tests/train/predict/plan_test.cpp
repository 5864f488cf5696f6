#include "train/predict/plan.h"

#include "data/phantom/phantom.h"
#include "tests/data/test_files.h"

using data_test::check_input_error;
using train::PlanOptions;
using Parts = std::vector<nn::index>;

namespace {

/// Slices at these heights, slanted: 5 mm of path for 4 mm of height.
data::Volume scan_at(const std::vector<double>& heights) {
  data::Volume v = data::make_phantom({static_cast<nn::index>(heights.size()), 16, 1, 0});
  v.source = "made";
  for (const double z : heights) v.positions.push_back({0, 0.75 * z, z});
  return v;
}

PlanOptions by_factor(nn::index n) { return {n, 0, false, {}}; }
PlanOptions by_spacing(double mm) { return {0, mm, false, {}}; }

}  // namespace

TEST_CASE("a factor cuts every gap alike") {
  const auto plan = train::plan(scan_at({0, 4, 8, 12}), by_factor(3));
  CHECK(plan.parts == Parts{3, 3, 3});
  CHECK(plan.synthetic() == 6);
  CHECK(plan.warnings.empty());
}

TEST_CASE("a spacing cuts each gap into as many steps as come closest to it") {
  // Gaps of 5, 5, 7.5, 6.25, 5 mm.
  const auto v = scan_at({0, 4, 8, 14, 19, 23});
  CHECK(train::plan(v, by_spacing(2.5)).parts == Parts{2, 2, 3, 3, 2});
  CHECK(train::plan(v, by_spacing(3.5)).parts == Parts{1, 1, 2, 2, 1});
  CHECK(train::plan(v, by_spacing(5)).parts == Parts{1, 1, 2, 1, 1});  // 1.5 is rounded up
  check_input_error([&] { train::plan(v, by_spacing(9)); }, {"no gap to cut", "--spacing"});
}

TEST_CASE(
    "a gap over 1.5 times the steps around it is left alone unless asked for, both ends named") {
  // Gaps of 5, 5, 7.5 (exactly 1.5 times), 10, 5 mm.
  const auto v = scan_at({0, 4, 8, 14, 22, 26});
  auto plan = train::plan(v, by_factor(2));
  CHECK(plan.parts == Parts{2, 2, 2, 1, 2});
  REQUIRE(plan.warnings.size() == 1);
  for (const char* text :
       {"10 mm", "(0.00, 10.50, 14.00)", "(0.00, 16.50, 22.00)", "5 mm", "--fill-gaps"}) {
    INFO(plan.warnings.front());
    CHECK(plan.warnings.front().find(text) != std::string::npos);
  }
  PlanOptions filling = by_spacing(2.5);
  filling.fill_gaps = true;
  plan = train::plan(v, filling);
  CHECK(plan.parts == Parts{2, 2, 3, 4, 2});
  CHECK(plan.warnings.empty());
}

TEST_CASE("a range with wider steps of its own is filled by its own gap") {
  // Steps of 5 mm, then of 15 mm: in two steps they are missing slices, in three a range.
  const std::vector<double> two{0, 4, 8, 12, 24, 36};
  CHECK(train::plan(scan_at(two), by_factor(2)).parts == Parts{2, 2, 2, 1, 1});
  std::vector<double> three = two;
  three.push_back(48);
  const auto plan = train::plan(scan_at(three), by_factor(2));
  CHECK(plan.parts == Parts{2, 2, 2, 2, 2, 2});
  CHECK(plan.warnings.empty());
  CHECK(train::plan(scan_at(three), by_spacing(2.5)).parts == Parts{2, 2, 2, 6, 6, 6});
  // Within the range, more than 1.5 times its own steps is too wide.
  three.push_back(72);  // 30 mm
  three.push_back(84);
  const auto hole = train::plan(scan_at(three), by_factor(2));
  CHECK(hole.parts == Parts{2, 2, 2, 2, 2, 2, 1, 2});
  REQUIRE(hole.warnings.size() == 1);
  CHECK(hole.warnings.front().find("1.5 times the steps of 15 mm beside") != std::string::npos);
  // What a model was trained for still holds.
  PlanOptions o = by_factor(2);
  o.trained = 7;
  CHECK(train::plan(scan_at(two), o).parts == Parts{2, 2, 2, 1, 1});
}

TEST_CASE("wide gaps of one width that follow each other are one warning") {
  // Gaps of 5, 5, 5, 10, 10, 15, 5 mm.
  const auto plan = train::plan(scan_at({0, 4, 8, 12, 20, 28, 40, 44}), by_factor(2));
  CHECK(plan.parts == Parts{2, 2, 2, 1, 1, 1, 2});
  REQUIRE(plan.warnings.size() == 2);
  CHECK(plan.warnings[0].find("2 gaps of 10 mm from (0.00, 9.00, 12.00) to "
                              "(0.00, 21.00, 28.00) mm are left alone") == 0);
  CHECK(plan.warnings[1].find("the gap of 15 mm") == 0);
}

TEST_CASE("a gap beyond the model's training is left alone, or the scan is refused") {
  const auto v = scan_at({0, 4, 8, 12.8, 16.8});  // 5, 5, 6, 5 mm
  PlanOptions o = by_factor(2);
  o.trained = 5.5;
  const auto plan = train::plan(v, o);
  CHECK(plan.parts == Parts{2, 2, 1, 2});
  REQUIRE(plan.warnings.size() == 1);
  CHECK(plan.warnings.front().find("trained for gaps up to 5.5 mm") != std::string::npos);
  o.trained = 4.96;  // within 1 % of 5
  CHECK(train::plan(v, o).parts == Parts{2, 2, 1, 2});
  o.trained = 4;
  check_input_error([&] { train::plan(v, o); }, {"made", "4 mm", "trained", "--fill-gaps"});
  o.fill_gaps = true;
  CHECK(train::plan(v, o).parts == Parts{2, 2, 2, 2});
  o = by_spacing(5.9);  // nothing would be made of the wide gap either: nothing to warn about
  o.trained = 5.5;
  check_input_error([&] { train::plan(v, o); }, {"no gap to cut", "--spacing"});
}

TEST_CASE("plans that cannot be are refused") {
  const auto v = scan_at({0, 4, 8});
  for (const nn::index n : {1, 11, -2}) {
    check_input_error([&] { train::plan(v, by_factor(n)); }, {"--factor", "2 to 10"});
  }
  for (const double mm : {0.0, -1.0, std::numeric_limits<double>::quiet_NaN()}) {
    check_input_error([&] { train::plan(v, by_spacing(mm)); }, {"--spacing"});
  }
  check_input_error([&] { train::plan(v, by_spacing(1e-300)); }, {"slices", "8192"});
  check_input_error([] { train::plan(scan_at({0}), by_factor(2)); }, {"1 slice"});
}
