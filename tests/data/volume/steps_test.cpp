// Grids and runs of steps; expected values by hand, but for the first, from numpy.polyfit.
#include "data/volume/steps.h"

#include <cmath>

#include "data/volume/volume.h"
#include "tests/catch.h"

using data::fit_grid;
using data::Point;
using data::step_runs;
using data::StepRun;

namespace {

/// Slanted: the step of z and a third of it along y.
std::vector<Point> at(const std::vector<double>& heights) {
  std::vector<Point> positions;
  for (const double z : heights) positions.push_back({-4, z / 3, z});
  return positions;
}

std::vector<Point> along_z(const std::vector<double>& heights) {
  std::vector<Point> positions;
  for (const double z : heights) positions.push_back({0, 0, z});
  return positions;
}

/// Slices every `step` mm, rounded to `digits` decimals.
std::vector<Point> rounded(int slices, double step, int digits) {
  std::vector<double> heights;
  const double unit = std::pow(10, -digits);
  for (int k = 0; k < slices; ++k) heights.push_back(std::nearbyint(k * step / unit) * unit);
  return along_z(heights);
}

struct Expected {
  nn::index first, count;
  double mm;
};

void check_runs(const std::vector<double>& heights, const std::vector<Expected>& expected) {
  const std::vector<StepRun> runs = step_runs(along_z(heights));
  REQUIRE(runs.size() == expected.size());
  for (std::size_t i = 0; i < runs.size(); ++i) {
    CHECK(runs[i].first == expected[i].first);
    CHECK(runs[i].count == expected[i].count);
    CHECK(runs[i].mm == Approx(expected[i].mm));
  }
}

std::vector<double> usual_of(const std::vector<double>& heights) {
  return data::usual_steps(step_runs(along_z(heights)));
}

}  // namespace

TEST_CASE("a grid is fitted by least squares", "[steps]") {
  // numpy.polyfit(range(5), [0, 3.1, 5.9, 9, 12.2], 1) = [3.03, -0.02]
  const auto grid = fit_grid(at({0, 3.1, 5.9, 9, 12.2}));
  CHECK(grid.step[2] == Approx(3.03));
  CHECK(grid.step[1] == Approx(1.01));
  CHECK(grid.step[0] == 0);
  CHECK(grid.origin[2] == Approx(-0.02));
  CHECK(grid.origin[0] == -4);
  CHECK(grid.even);
  CHECK(grid.rounded);

  CHECK(fit_grid(std::vector<Point>{}).even);
  CHECK(fit_grid(at({7})).origin == at({7}).front());
  CHECK(fit_grid(at({7})).step == Point{0, 0, 0});
  const auto exact = fit_grid(along_z({1, 3.5, 6, 8.5}));
  CHECK(exact.step == Point{0, 0, 2.5});
  CHECK(exact.origin == Point{0, 0, 1});
  CHECK_FALSE(exact.rounded);
}

TEST_CASE("rounded positions are an even grid, missing slices and thirds are not", "[steps]") {
  for (const int digits : {1, 2, 3}) {
    const auto grid = fit_grid(rounded(40, 0.625, digits));
    INFO(digits << " decimals");
    CHECK(grid.even);
    CHECK(grid.step[2] == Approx(0.625).epsilon(5e-4));
    CHECK(grid.rounded == (digits == 1));
  }
  // 0.1 mm + 5 % of 3 mm is 0.25 mm: the third slice is off by 0.6 of what it is moved by.
  CHECK(fit_grid(along_z({0, 3, 6.3, 9, 12})).even);
  CHECK_FALSE(fit_grid(along_z({0, 3, 6.6, 9, 12})).even);
  // However small the steps: 0.1 mm would hide both.
  for (const double mm : {0.05, 0.3, 1.0, 3.0}) {
    for (int hole = 1; hole < 9; ++hole) {
      std::vector<double> heights;
      for (int k = 0; k < 10; ++k) heights.push_back(mm * (k < hole ? k : k + 1));
      CHECK_FALSE(fit_grid(along_z(heights)).even);
    }
    std::vector<double> thirds;
    for (int k = 0; k < 20; ++k) thirds.push_back(mm * (k / 2 + (k % 2 == 0 ? 1 : 2) / 3.0));
    CHECK_FALSE(fit_grid(along_z(thirds)).even);
  }
  // A slice that lies beside the line of the others.
  std::vector<Point> bent = along_z({0, 3, 6, 9, 12});
  bent[2][0] = 2;
  CHECK_FALSE(fit_grid(bent).even);
}

TEST_CASE("runs of equal steps", "[steps]") {
  CHECK(step_runs(std::vector<Point>{}).empty());
  CHECK(step_runs(at({1})).empty());
  check_runs({0, 3, 6, 9}, {{0, 3, 3}});
  check_runs({0, 2.5, 5, 7.5, 15, 22.5}, {{0, 3, 2.5}, {3, 2, 7.5}});
  check_runs({0, 4, 8, 9, 16, 23}, {{0, 2, 4}, {2, 1, 1}, {3, 2, 7}});
  // Rounded to 0.1 mm, with one slice missing after the sixth: 0.625 * 0..5 and 7..12.
  std::vector<double> heights;
  for (int k = 0; k < 13; ++k) {
    if (k != 6) heights.push_back(std::nearbyint(6.25 * k) / 10);
  }
  const std::vector<StepRun> runs = step_runs(along_z(heights));
  REQUIRE(runs.size() == 3);
  CHECK(runs[0].count == 5);
  CHECK(runs[0].mm == Approx(0.625).epsilon(0.02));
  CHECK(runs[1].mm == Approx(1.3));
  CHECK(runs[2].count == 5);
}

TEST_CASE("what a gap is compared with: its own range, those beside it, or the median", "[steps]") {
  using Steps = std::vector<double>;
  // 2.5 mm, then 7.5 mm: two ranges, none is wide.
  CHECK(usual_of({0, 2.5, 5, 7.5, 15, 22.5, 30}) == Steps{2.5, 7.5});
  // Two wide steps are no range.
  CHECK(usual_of({0, 2.5, 5, 7.5, 15, 22.5}) == Steps{2.5, 2.5});
  // Between two ranges the wider one counts.
  CHECK(usual_of({0, 2, 4, 6, 14, 22, 30, 38, 42, 44, 46, 48}) == Steps{2, 8, 8, 2});
  CHECK(usual_of({0, 2, 4, 6, 10, 18, 26, 34}) == Steps{2, 8, 8});
  // No range at all: steps of 3, 9, 3 mm, of which 3 is in the middle.
  CHECK(usual_of({0, 3, 6, 15, 18}) == Steps{3, 3, 3});
  CHECK(usual_of({0, 3}) == Steps{3});
  CHECK(usual_of({}).empty());
}

TEST_CASE("missing slices are whole steps", "[steps]") {
  CHECK(data::missing_slices(3, 3) == 0);
  CHECK(data::missing_slices(6, 3) == 1);
  CHECK(data::missing_slices(6.2, 3) == 1);  // 0.1 mm + 5 %
  CHECK(data::missing_slices(7.5, 3) == 0);
  CHECK(data::missing_slices(30, 3) == 9);
  CHECK(data::missing_slices(1.2, 0.625) == 1);
  CHECK(data::missing_slices(3, 0) == 0);
}
