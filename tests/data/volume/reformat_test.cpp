// Where voxels lie and what a flat picture through them shows. tests/tools/look_check.py compares
// whole pictures with nibabel's affines.
#include "data/volume/reformat.h"

#include "data/volume/sides.h"

#include <cmath>
#include <cstring>

#include "tests/data/test_files.h"

using data::Affine;
using data::Placement;
using data::Plane;
using data::Point;
using data::Volume;
using data_test::check_input_error;

namespace {

/// 4 x 3 x 5 voxels of 1, 2 and 3 mm; value 100 slice + 10 row + column.
Volume small(const Affine& affine) {
  Volume v;
  v.source = "made up";
  v.dims = {4, 3, 5};
  v.spacing = {1, 2, 3};
  v.affine = affine;
  for (std::int16_t k = 0; k < 5; ++k) {
    for (std::int16_t j = 0; j < 3; ++j) {
      for (std::int16_t i = 0; i < 4; ++i) {
        const auto value = static_cast<std::int16_t>(100 * k + 10 * j + i);
        const auto* bytes = reinterpret_cast<const std::byte*>(&value);
        v.stored.insert(v.stored.end(), bytes, bytes + 2);
      }
    }
  }
  return v;
}

constexpr Affine kLps{{{-1, 0, 0, 10}, {0, -2, 0, 20}, {0, 0, 3, 30}, {0, 0, 0, 1}}};
/// The same with a gantry tilt: each slice 0.75 mm further back.
constexpr Affine kTilted{{{-1, 0, 0, 10}, {0, -2, -0.75, 20}, {0, 0, 3, 30}, {0, 0, 0, 1}}};

float value(const data::Section& s, nn::index x, nn::index y) {
  return s.values[static_cast<std::size_t>(y * s.width + x)];
}

}  // namespace

TEST_CASE("placement: forth and back through straight and tilted affines", "[reformat]") {
  for (const Affine& affine : {kLps, kTilted}) {
    for (const int axis : {0, 1, 2}) {
      Volume v = small(affine);
      v.slice_axis = axis;
      const Placement p(v);
      const Point there = p.at(1, 0.25, 1.5);
      CHECK(p.nearest_slice(data::dot(p.normal(), there)) == 1);
      const auto [row, column] = p.row_column(1, there);
      CHECK(row == Approx(0.25));
      CHECK(column == Approx(1.5));
      CHECK(p.nearest_slice(p.depth(0) - 0.51 * p.step()) == -1);
      CHECK(p.nearest_slice(p.depth(p.slices() - 1) + 0.49 * p.step()) == p.slices() - 1);
    }
  }
  const Placement tilted(small(kTilted));
  CHECK(tilted.normal() == Point{0, 0, 1});
  CHECK(tilted.step() == 3);
  CHECK(tilted.origin(-1) == Point{10, 20.75, 27});
  CHECK(tilted.origin(5) == Point{10, 16.25, 45});
  CHECK(tilted.oriented());
  CHECK_FALSE(tilted.mirrored());
  Affine mirrored = kLps;
  mirrored[0][0] = 1;
  CHECK(Placement(small(mirrored)).mirrored());
}

TEST_CASE("placement: positions replace the affine along the slices", "[reformat]") {
  Volume v = small(kLps);
  v.positions = {{10, 20, 0}, {10, 20, 4}, {10, 20, 11}, {10, 19, 15}, {10, 20, 19}};
  const Placement p(v);
  CHECK(p.at(2, 1, 1) == Point{9, 18, 11});
  CHECK(p.nearest_slice(7.4) == 1);
  CHECK(p.nearest_slice(7.6) == 2);
  CHECK(p.step() == 4);
  CHECK(p.corners().size() == 5 * 8);
  v.positions[3] = v.positions[2];
  check_input_error([&] { const Placement q(v); }, {"slices 2 and 3", "made up"});
  v.positions.pop_back();
  CHECK_THROWS_AS(Placement(v), nn::Error);
}

TEST_CASE("placement: affines without volume are refused", "[reformat]") {
  Affine flat = kLps;
  flat[1][1] = 0;
  check_input_error([&] { const Placement p(small(flat)); }, {"do not span a plane"});
  Affine within = kLps;
  within[2][2] = 0;
  check_input_error([&] { const Placement p(small(within)); }, {"slices 0 and 1"});
  Affine endless = kLps;
  endless[0][3] = std::nan("");
  check_input_error([&] { const Placement p(small(endless)); }, {"slices 0 and 1"});
}

TEST_CASE("placement: pictures are shown as they are and know no right", "[reformat]") {
  Volume v = small({{{1, 0, 0, 0}, {0, 1, 0, 0}, {0, 0, 1, 0}, {0, 0, 0, 1}}});
  v.unit = data::Unit::grey8;
  v.oriented = false;
  const Placement p(v);
  CHECK_FALSE(p.oriented());
  const data::Frame f = data::frame_around(data::view_of(Plane::slices, p), {p}, 600);
  const data::Section s = data::section(v, p, f, p.depth(0));
  CHECK(value(s, 0, 0) == 0);
  CHECK(value(s, f.width - 1, 0) == 3);
  CHECK(value(s, 0, f.height - 1) == 20);
}

TEST_CASE("reformat: pixels are square and the patient's right is on the left", "[reformat]") {
  const Volume v = small(kLps);
  const Placement p(v);
  const auto cut = [&](Plane plane, double at) {
    // Ten pixels a millimetre: the longest side is 15, 15 or 6 mm.
    const data::View view = data::view_of(plane, p);
    const data::Frame f = data::frame_around(view, {p}, plane == Plane::axial ? 60 : 150);
    CHECK(f.pixel == Approx(0.1));
    return data::section(v, p, f, at);
  };
  // Column 0 is rightmost (x = 10), row 0 foremost, slice 4 uppermost.
  const data::Section coronal = cut(Plane::coronal, 18);  // row 1
  CHECK(coronal.width == 40);
  CHECK(coronal.height == 150);
  CHECK(value(coronal, 0, 0) == 410);
  CHECK(value(coronal, 39, 0) == 413);
  CHECK(value(coronal, 0, 149) == 10);
  // Thick slices stay whole: 30 pixels of each, no mixtures.
  CHECK(value(coronal, 0, 29) == 410);
  CHECK(value(coronal, 0, 30) == 310);
  // Within a slice values are linear: centres of columns 0 and 1 are at pixels 4.5 and 14.5.
  CHECK(value(coronal, 9, 0) == Approx(410.45));

  const data::Section sagittal = cut(Plane::sagittal, 9);  // column 1
  CHECK(sagittal.width == 60);
  CHECK(value(sagittal, 0, 0) == 401);
  CHECK(value(sagittal, 59, 0) == 421);
  CHECK(value(sagittal, 0, 149) == 1);

  const data::Section axial = cut(Plane::axial, 33);  // slice 1
  CHECK(axial.width == 40);
  CHECK(axial.height == 60);
  CHECK(value(axial, 0, 0) == 100);
  CHECK(value(axial, 39, 0) == 103);
  CHECK(value(axial, 0, 59) == 120);
}

TEST_CASE("reformat: a tilted scan is upright, and nothing is made up beside it", "[reformat]") {
  const Volume v = small(kTilted);
  const Placement p(v);
  const data::Frame f = data::frame_around(data::view_of(Plane::sagittal, p), {p}, 150);
  // 15 mm high; 6 mm deep and 4 * 0.75 mm of shear.
  CHECK(f.height == 150);
  CHECK(f.width == 90);
  const data::Section s = data::section(v, p, f, 10);
  for (nn::index k = 0; k < 5; ++k) {
    const nn::index y = 150 - 30 * k - 15;
    // Row 0 of slice k lies 0.75 k mm further back than that of slice 0, half a voxel is 1 mm.
    const auto x = static_cast<nn::index>(std::lround(7.5 * static_cast<double>(k)));
    CHECK(value(s, x + 5, y) == static_cast<float>(100 * k));
    CHECK(value(s, x + 20, y) == Approx(100 * k + 5).margin(0.51));
    CHECK(std::isnan(value(s, 0, y)) == (k > 0));
    CHECK(std::isnan(value(s, 89, y)) == (k < 4));
  }
}

TEST_CASE("reformat: projections show the largest value of their slab", "[reformat]") {
  const Volume v = small(kLps);
  const Placement p(v);
  const data::Frame f = data::frame_around(data::view_of(Plane::axial, p), {p}, 60);
  CHECK(value(data::section(v, p, f, 36, 6), 0, 0) == 300);
  CHECK(value(data::section(v, p, f, 36, 100), 0, 0) == 400);
  CHECK(value(data::section(v, p, f, 33, 3), 0, 0) == 100);
  Volume falling = v;
  falling.slope = -1;
  CHECK(value(data::section(falling, p, f, 36, 100), 0, 0) == 0);
}

TEST_CASE("reformat: a scan that is not finite is refused where it is met", "[reformat]") {
  Volume v = small(kLps);
  v.type = data::StoredType::float32;
  const std::vector<float> values(60, std::nanf(""));
  v.stored.assign(reinterpret_cast<const std::byte*>(values.data()),
                  reinterpret_cast<const std::byte*>(values.data() + values.size()));
  const Placement p(v);
  const data::Frame f = data::frame_around(data::view_of(Plane::axial, p), {p}, 60);
  check_input_error([&] { data::section(v, p, f, 33); }, {"slice 1", "not finite"});
  check_input_error([&] { data::frame_around(f.view, {p}, 5000); }, {"16 to 4096"});
  check_input_error([] { data::plane_named("oblique"); }, {"--plane", "oblique"});
}

TEST_CASE("reformat: letters and directions of slices", "[reformat]") {
  CHECK(data::direction_letters({-1, 0, 0}) == "L");
  CHECK(data::direction_letters({0, 0.96, 0.28}) == "AH");
  CHECK(data::direction_letters({0, 0.99, -0.14}) == "A");
  // Stored as sagittal slices, columns to the head and rows to the back.
  Volume v = small({{{0, 0, 3, 0}, {0, -2, 0, 0}, {1, 0, 0, 0}, {0, 0, 0, 1}}});
  const data::View view = data::view_of(Plane::slices, Placement(v));
  CHECK(data::direction_letters(view.right) == "P");
  CHECK(data::direction_letters(view.down) == "F");

  // The slices themselves, and resampled to half as many columns.
  const data::SlicePlace place = data::slice_place(v, v.width());
  CHECK(place.column_mm == v.spacing[static_cast<std::size_t>(v.column_axis())]);
  CHECK(data::slice_place(v, v.width() / 2).column_mm ==
        Approx(place.column_mm * static_cast<double>(v.width()) /
               static_cast<double>(v.width() / 2)));
  const data::Sides stored = place.sides;
  CHECK(stored.left + stored.right + stored.top + stored.bottom == "FHAP");
  v.oriented = false;
  v.unit = data::Unit::grey8;
  CHECK(data::slice_place(v, 1).sides.left.empty());
  CHECK(data::slice_place(v, 1).column_mm == 0);
}
