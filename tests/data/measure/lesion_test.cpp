#include "data/measure/lesion.h"

#include <cmath>
#include <numbers>
#include <numeric>

#include "nn/core/error.h"
#include "tests/catch.h"

namespace {

using data::Lesion;
using data::LesionPatch;
using data::VoxelSize;
using nn::real;
using nn::Tensor;

const nn::Shape kSlice{1, 40, 50, 1};

double sum_of(const LesionPatch& p) { return std::accumulate(p.share.begin(), p.share.end(), 0.0); }

Tensor level(double hu) {
  Tensor t(kSlice);
  for (real& v : t.values()) v = static_cast<real>(hu);
  return t;
}

}  // namespace

TEST_CASE("a ball fills its volume, whatever the voxels are") {
  const VoxelSize voxel{0.5, 0.8, 1.25};
  const Lesion ball{10.3, 20.2, 24.7, 6, 25};
  double mm3 = 0;
  for (int k = 0; k < 20; ++k) {
    mm3 += sum_of(data::patch_of(ball, voxel, 1.25 * k, kSlice)) * 0.5 * 0.8 * 1.25;
  }
  CHECK(mm3 == Approx(std::numbers::pi / 6 * 6 * 6 * 6).epsilon(0.01));
}

TEST_CASE("a thick slice dilutes a ball, a slice beyond it does not touch it") {
  const Lesion ball{0, 20, 25, 4, 60};
  // A voxel in its middle: wholly inside a slice of 1 mm, 4 of 8 mm of a slice of 8 mm.
  CHECK(data::patch_of(ball, {1, 1, 1}, 0, kSlice).highest() == 1);
  CHECK(data::patch_of(ball, {0.1, 0.1, 8}, 0, kSlice).highest() == Approx(0.5));
  CHECK(data::patch_of(ball, {1, 1, 1}, 2.6, kSlice).highest() == 0);
}

TEST_CASE("a tube is as wide in every slice and moves as it leans") {
  const VoxelSize voxel{1, 1, 1};
  const Lesion tube{5, 20, 25, 6, 150, true, {0.5, 1}};
  for (const double z : {0.0, 5.0, 11.0}) {
    const LesionPatch p = data::patch_of(tube, voxel, z, kSlice);
    double row = 0, column = 0;
    for (nn::index r = 0; r < p.rows; ++r) {
      for (nn::index c = 0; c < p.columns; ++c) {
        const double s = p.share[static_cast<std::size_t>(r * p.columns + c)];
        row += s * static_cast<double>(p.row + r);
        column += s * static_cast<double>(p.column + c);
      }
    }
    CHECK(sum_of(p) == Approx(std::numbers::pi * 9).epsilon(0.02));
    CHECK(row / sum_of(p) == Approx(20 + 0.5 * (z - 5)).margin(0.02));
    CHECK(column / sum_of(p) == Approx(25 + (z - 5)).margin(0.02));
  }
}

TEST_CASE("a patch at the border keeps inside the slice") {
  const Lesion ball{0, 0, 49, 6, 60};
  const LesionPatch p = data::patch_of(ball, {1, 1, 1}, 0, kSlice);
  CHECK(p.row == 0);
  CHECK(p.column + p.columns == 50);
  Tensor slice = level(30);
  data::insert(slice, ball, p);
  CHECK(slice.values()[49] == 90);
  CHECK(data::patch_of({0, -20, 25, 6, 60}, {1, 1, 1}, 0, kSlice).rows == 0);
}

TEST_CASE("what is recovered of a lesion, by hand") {
  const VoxelSize voxel{1, 1, 1};
  const Lesion ball{0, 20, 25, 6, 60};
  const LesionPatch p = data::patch_of(ball, voxel, 0, kSlice);
  const Tensor without = level(30);
  Tensor half = without.clone();
  data::insert(half, {0, 20, 25, 6, 30}, p);
  const data::Recovered r = data::recovered(half, without, ball, p, voxel);
  CHECK(r.contrast == Approx(0.5));
  CHECK(r.volume == Approx(0.5));
  CHECK(data::recovered(without, without, ball, p, voxel).contrast == 0);
  // Beside the lesion a change is no contrast, but it is volume.
  Tensor beside = half.clone();
  beside.values()[20 * 50 + 25 + 5] += 60;
  const data::Recovered s = data::recovered(beside, without, ball, p, voxel);
  CHECK(s.contrast == Approx(r.contrast));
  CHECK(s.volume == Approx(0.5 + 1 / sum_of(p)));
  CHECK_THROWS_AS(
      data::recovered(half, without, ball, data::patch_of(ball, voxel, 9, kSlice), voxel),
      nn::Error);
}

TEST_CASE("places lie in soft tissue of all slices") {
  const VoxelSize voxel{1, 1, 1};
  Tensor slice = level(35);
  CHECK(data::soft_places({{slice, slice}}, voxel, 4, 5).size() == 7 * 9);
  Tensor bone = slice.clone();
  bone.values()[20 * 50 + 25] = 800;
  for (const data::Place& p : data::soft_places({{slice, bone}}, voxel, 4, 5)) {
    const auto y = static_cast<double>(p.row - 20), x = static_cast<double>(p.column - 25);
    CHECK(std::hypot(x, y) > 4);
  }
  CHECK(data::soft_places({{level(-80)}}, voxel, 4, 5).empty());
}

TEST_CASE("a spot is what is brighter than its surroundings") {
  const VoxelSize voxel{0.5, 0.5, 1};
  Tensor slice = level(35);
  CHECK(data::spot(slice, {20, 25}, voxel) == Approx(0));
  // A tube of the spot's diameter; the voxels at its border are filled in part.
  const Lesion tube{0, 20, 25, data::kSpot, 40, true};
  data::insert(slice, tube, data::patch_of(tube, voxel, 0, kSlice));
  CHECK(data::spot(slice, {20, 25}, voxel) == Approx(40).margin(5));
  // Everything brighter: no spot.
  for (real& v : slice.values()) v += 100;
  CHECK(data::spot(slice, {20, 25}, voxel) == Approx(40).margin(5));
}
