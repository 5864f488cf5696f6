// Tilted stacks made rectangular: shifts and values by hand, places by the affine.
#include "data/volume/straighten.h"

#include <cmath>
#include <cstring>
#include <functional>

#include "data/files/output_set.h"
#include "data/io/read.h"
#include "data/io/write.h"
#include "data/volume/placement.h"
#include "tests/data/test_files.h"

using data::Point;
using data::StoredType;
using data::Volume;
using data_test::check_input_error;
using data_test::TempDir;
using data_test::warned;

namespace {

/// Of `slices` slices of 5 rows and 6 columns, 2 mm pixels, 3 mm apart along the normal and shifted
/// by (rows, columns) mm from one to the next; cut across `axis`.
Volume tilted(nn::index slices, double rows, double columns, int axis = 2,
              StoredType type = StoredType::int16) {
  Volume v;
  v.source = "tilted";
  v.type = type;
  v.slice_axis = axis;
  const auto s = static_cast<std::size_t>(axis);
  const auto r = static_cast<std::size_t>(v.row_axis());
  const auto c = static_cast<std::size_t>(v.column_axis());
  v.dims[s] = slices;
  v.dims[r] = 5;
  v.dims[c] = 6;
  v.stored.resize(static_cast<std::size_t>(v.voxels()) * data::bytes_of(type));
  v.affine = {};
  v.affine[3][3] = 1;
  v.affine[0][c] = -2;
  v.affine[1][r] = -2;
  v.affine[0][s] = -columns;
  v.affine[1][s] = -rows;
  v.affine[2][s] = 3;
  v.affine[0][3] = 100;
  v.affine[1][3] = 50;
  v.affine[2][3] = -7;
  v.spacing[r] = v.spacing[c] = 2;
  v.spacing[s] = std::sqrt(rows * rows + columns * columns + 9);
  return v;
}

Point world(const Volume& v, nn::index k, nn::index y, nn::index x) {
  return data::Placement(v).at(k, static_cast<double>(y), static_cast<double>(x));
}

void fill(Volume& v, const std::function<double(const Point&)>& f) {
  const data::Placement place(v);
  for (nn::index k = 0; k < v.slices(); ++k) {
    nn::Tensor s({1, v.height(), v.width(), 1});
    for (nn::index y = 0; y < v.height(); ++y) {
      for (nn::index x = 0; x < v.width(); ++x) {
        s.at(0, y, x, 0) =
            static_cast<nn::real>(f(place.at(k, static_cast<double>(y), static_cast<double>(x))));
      }
    }
    v.set_slice(k, s);
  }
}

}  // namespace

TEST_CASE("a shear is measured in mm over the whole stack", "[straighten]") {
  const int axis = GENERATE(0, 1, 2);
  CHECK(data::shear_mm(tilted(4, 0, 0, axis)) == Approx(0).margin(1e-12));
  CHECK(data::shear_mm(tilted(4, 0.5, 0, axis)) == Approx(1.5));
  CHECK(data::shear_mm(tilted(4, -0.3, 0.4, axis)) == Approx(1.5));
  CHECK(data::shear_mm(tilted(1, 3, 4, axis)) == Approx(0).margin(1e-12));
  CHECK(data::is_sheared(tilted(4, 0.034, 0, axis)));
  CHECK_FALSE(data::is_sheared(tilted(4, 0.033, 0, axis)));
  Volume flat = tilted(4, 0, 0, axis);
  flat.affine = {};
  CHECK(data::shear_mm(flat) == 0);  // damaged, and said elsewhere
}

TEST_CASE("shifts by whole pixels keep every value", "[straighten]") {
  const int axis = GENERATE(0, 1, 2);
  // One row up and two columns on with every slice: rows 0..2 and columns 0..4 are added.
  Volume v = tilted(3, -2, 4, axis);
  v.slope = 0.5;
  v.intercept = -3;
  for (std::size_t i = 0; i < v.stored.size() / 2; ++i) {
    const auto value = static_cast<std::int16_t>(i + 10);
    std::memcpy(&v.stored[2 * i], &value, 2);
  }
  const Volume out = data::straightened(v);
  CHECK(out.resampled);
  CHECK(out.height() == 5 + 2);
  CHECK(out.width() == 6 + 4);
  CHECK(out.slices() == 3);
  CHECK(out.slice_spacing() == Approx(3));
  CHECK(data::shear_mm(out) == Approx(0).margin(1e-12));
  const data::Voxels from(v);
  const data::Voxels to(out);
  for (nn::index k = 0; k < 3; ++k) {
    for (nn::index y = 0; y < 7; ++y) {
      for (nn::index x = 0; x < 10; ++x) {
        const nn::index row = y - 2 + k;
        const nn::index column = x - 2 * k;
        const bool inside = row >= 0 && row < 5 && column >= 0 && column < 6;
        CHECK(to(k, y, x) == (inside ? from(k, row, column) : 10));  // the lowest value
        if (inside) CHECK(data::distance(world(out, k, y, x), world(v, k, row, column)) < 1e-9);
      }
    }
  }
}

TEST_CASE("half a pixel is Keys' cubic convolution, with the edges repeated", "[straighten]") {
  Volume v = tilted(2, 0, 1);  // half a pixel to the right
  v.type = StoredType::float32;
  v.stored.resize(2 * 5 * 6 * 4);
  const std::array<float, 6> line{100, 20, -50, 70, 400, 300};
  for (std::size_t i = 0; i < 60; ++i) std::memcpy(&v.stored[4 * i], &line[i % 6], 4);
  const Volume out = data::straightened(v);
  CHECK(out.width() == 7);
  CHECK(out.height() == 5);
  const nn::Tensor first = out.slice(0);
  const nn::Tensor second = out.slice(1);
  for (nn::index x = 0; x < 6; ++x) {
    CHECK(first.at(0, 2, x, 0) == line[static_cast<std::size_t>(x)]);
    // Weights at t = 1/2: -1/16, 9/16, 9/16, -1/16; pixel x lies between x - 1 and x.
    const auto at = [&](nn::index i) {
      return line[static_cast<std::size_t>(std::clamp<nn::index>(i, 0, 5))];
    };
    const float expected = (9 * (at(x - 1) + at(x)) - at(x - 2) - at(x + 1)) / 16;
    CHECK(second.at(0, 2, x, 0) == Approx(expected).margin(1e-4));
  }
  CHECK(first.at(0, 2, 6, 0) == -50);   // outside: the lowest value
  CHECK(second.at(0, 2, 6, 0) == -50);  // half a pixel beyond the last centre
}

TEST_CASE("a quadratic pattern stays where it was in the patient", "[straighten]") {
  const int axis = GENERATE(0, 1, 2);
  const bool placed = GENERATE(false, true);
  Volume v = tilted(5, 0.7, -0.45, axis, StoredType::float32);
  if (placed) {  // as DICOM, with steps that are only nearly the mean one
    std::vector<Point> positions;
    for (nn::index k = 0; k < 5; ++k) {
      positions.push_back(v.position(k));
      positions.back()[1] += k % 2 == 0 ? 0.004 : -0.004;
    }
    v.positions = positions;
  }
  // Keys' kernel of a = -1/2 is exact for squares, away from the edges.
  const auto pattern = [](const Point& p) {
    return 3 * p[0] - 2 * p[1] + 0.5 * p[2] + 0.1 * p[0] * p[1] - 0.05 * p[1] * p[1];
  };
  fill(v, pattern);
  const Volume out = data::straightened(v);
  CHECK(out.slice_spacing() == Approx(3));
  CHECK(out.positions.size() == v.positions.size());
  nn::index seen = 0;
  const data::Placement before(v);
  for (nn::index k = 0; k < 5; ++k) {
    const nn::Tensor s = out.slice(k);
    for (nn::index y = 0; y < out.height(); ++y) {
      for (nn::index x = 0; x < out.width(); ++x) {
        const Point p = world(out, k, y, x);
        const auto [row, column] = before.row_column(k, p);
        CHECK(std::fabs(before.depth(k) - data::dot(before.normal(), p)) < 1e-9);
        if (row < 1 || row > 3 || column < 1 || column > 4) continue;
        ++seen;
        CHECK(static_cast<double>(s.at(0, y, x, 0)) == Approx(pattern(p)).margin(2e-3));
      }
    }
  }
  CHECK(seen > 30);
  // Nothing is cut: each pixel's place is within the new slice.
  const data::Placement after(out);
  for (nn::index k = 0; k < 5; ++k) {
    for (const nn::index y : {nn::index{0}, nn::index{4}}) {
      const auto [row, column] = after.row_column(k, world(v, k, y, y + y / 4));
      CHECK(row > -1e-6);
      CHECK(row < static_cast<double>(out.height()) - 1 + 1e-6);
      CHECK(column > -1e-6);
      CHECK(column < static_cast<double>(out.width()) - 1 + 1e-6);
    }
  }
}

TEST_CASE("padding stays padding and is air to its neighbours", "[straighten]") {
  const bool tagged = GENERATE(false, true);
  const double pad = tagged ? -500 : -3024;
  Volume v = tilted(2, 0, 0.5);  // a quarter of a pixel
  if (tagged) v.padding = data::ValueRange{-500, -500};
  fill(v, [&](const Point& p) { return p[0] > 95 ? pad : 40.0; });  // columns 0, 1, 2
  const Volume out = data::straightened(v);
  const nn::Tensor s = out.slice(1);
  CHECK(out.width() == 7);
  for (nn::index y = 0; y < 5; ++y) {
    for (nn::index x = 0; x < 3; ++x) CHECK(s.at(0, y, x, 0) == static_cast<nn::real>(pad));
    // Column 3 lies at 2.75 of the slice: nearest to 40. t = 3/4: the weights of the two columns of
    // air are -0.0234375 + 0.2265625, of the two others 0.8671875 - 0.0703125.
    CHECK(s.at(0, y, 3, 0) == std::nearbyint(0.203125 * -1024 + 0.796875 * 40));
    CHECK(s.at(0, y, 5, 0) == 40);
    CHECK(s.at(0, y, 6, 0) == static_cast<nn::real>(pad));  // outside
  }
}

TEST_CASE("no value falls below air by overshoot, where it would count as padding",
          "[straighten]") {
  Volume v = tilted(2, 0, 1);
  fill(v, [](const Point& p) { return p[0] > 95 ? -1024.0 : 3000.0; });
  const Volume out = data::straightened(v);
  const nn::Tensor s = out.slice(1);
  CHECK(*std::min_element(s.values().begin(), s.values().end()) == -1024);
  CHECK(*std::max_element(s.values().begin(), s.values().end()) > 3000);
}

TEST_CASE("what stands upright comes back as it is, and what cannot be mended is refused",
          "[straighten]") {
  Volume v = tilted(3, 0, 0);
  fill(v, [](const Point& p) { return p[0]; });
  const Volume same = data::straightened(v);
  CHECK_FALSE(same.resampled);
  CHECK(same.stored == v.stored);
  CHECK(same.dims == v.dims);
  CHECK_NOTHROW(data::check_straighten(v));
  v = tilted(3, 1, 1);
  v.affine[1][0] = 0.2;  // columns lean on rows
  check_input_error([&] { data::check_straighten(v); }, {"tilted", "right angles"});
  check_input_error([&] { data::straightened(v); }, {"right angles", "--straighten"});
  v = tilted(3, 1e6, 0);
  check_input_error([&] { data::check_straighten(v); }, {"tilted", "8192"});
}

TEST_CASE("a straightened scan says so in its header and its table", "[straighten][nifti]") {
  const TempDir dir;
  const bool from_nifti = GENERATE(false, true);
  Volume v = tilted(3, 1, 0.5);
  fill(v, [](const Point& p) { return p[0] + p[1]; });
  if (from_nifti) {
    data::write_nifti(dir / "tilted.nii", v, false);
    v = data::read_nifti(dir / "tilted.nii");
    CHECK(warned(v, "tilted by"));
  }
  data::WriteOptions options;
  options.straighten = true;
  const Volume finer = v.expanded(2);
  const auto write = [&](const std::string& path) {
    data::OutputSet outputs(false);
    data::write_volume(outputs, path, finer, options);
    outputs.commit();
  };
  data::check_output(dir / "out.nii", finer, options, false);
  write(dir / "out.nii");
  const std::string bytes = data_test::get(dir / "out.nii");
  CHECK(std::string(bytes.data() + 148) ==
        "x2 interpolated RESEARCH, straightened: all slices resampled");
  CHECK(bytes[252] == 2);  // the qform says it all
  CHECK(bytes[254] == 2);
  const Volume back = data::read_nifti(dir / "out.nii");
  CHECK(back.warnings.empty());
  CHECK_FALSE(data::interpolated_before(back).empty());
  CHECK(back.spacing[2] == Approx(1.5));
  CHECK(back.slices() == 5);
  const std::string table = data_test::get(dir / "out.slices.csv");
  CHECK(table.find("\r\n0,100,50,-7,real resampled,0,") != std::string::npos);
  CHECK(table.find(",synthetic resampled,,,0,,1,,0.5,") != std::string::npos);

  options.only_new = true;
  write(dir / "new.nii");
  CHECK(data::read_nifti(dir / "new.nii").slices() == 2);
  options.only_new = false;
  // Uneven steps stay impossible, and DICOM needs no straightening.
  check_input_error(
      [&] {
        data::check_output(dir / "no.nii", v.refined(std::vector<nn::index>{1, 2}), options, false);
      },
      {"not evenly spaced", "without --straighten"});
}
