// Writing NIfTI: what stays of a file that was read, field by field at the standard's byte offsets.
#include "data/nifti/nifti.h"

#include <cmath>
#include <cstring>

#include "tests/data/test_files.h"

using data::StoredType;
using data::Volume;
using data_test::bytes_of_values;
using data_test::check_input_error;
using data_test::counting;
using data_test::get;
using data_test::HeaderBytes;
using data_test::put;
using data_test::read_bytes;
using data_test::small_header;
using data_test::small_nifti;
using data_test::TempDir;
using data_test::warned;

namespace {

template <class T>
T field(const std::string& file, std::size_t at) {
  T value{};
  std::memcpy(&value, file.data() + at, sizeof(T));
  return value;
}

}  // namespace

TEST_CASE("the slices between alone: origin of sform and qform moved by half a step", "[nifti]") {
  const int axis = GENERATE(0, 1, 2);
  const auto a = static_cast<std::size_t>(axis);
  HeaderBytes h = small_header();
  h.sform(1, {0.5, 0.1F, 0.2F, 1, 0, 0.75, 0.3F, 2, 0.25F, 0, 2, 3});
  // Half a turn about x: the columns of the qform are (0.5, 0, 0), (0, -0.75, 0) and (0, 0, -2).
  h.set<std::int16_t>(252, 3).set<float>(256, 1).set<float>(268, 10).set<float>(272, 20);
  h.set<float>(276, 30);
  const std::string source = h.str() + bytes_of_values(counting(24));
  Volume v = read_bytes(source);
  v.slice_axis = axis;
  const TempDir dir;
  data::write_nifti(dir / "new.nii", v.expanded(2).only_synthetic(), false);
  const std::string out = get(dir / "new.nii");
  for (std::size_t b = 0; b < 3; ++b) {
    CHECK(field<std::int16_t>(out, 42 + 2 * b) == v.dims[b] - (b == a ? 1 : 0));
    CHECK(field<float>(out, 80 + 4 * b) == field<float>(source, 80 + 4 * b));
  }
  const std::array<float, 3> half{0.25F, -0.375F, -1};
  for (std::size_t row = 0; row < 3; ++row) {
    const float column = field<float>(source, 280 + 16 * row + 4 * a);
    CHECK(field<float>(out, 280 + 16 * row + 4 * a) == column);
    CHECK(field<float>(out, 292 + 16 * row) == field<float>(source, 292 + 16 * row) + column / 2);
    CHECK(field<float>(out, 268 + 4 * row) ==
          field<float>(source, 268 + 4 * row) + (row == a ? half[a] : 0));
  }
  CHECK(std::string(out.data() + 148) == "interpolated RESEARCH");
  const data::Position first = data::read_nifti(dir / "new.nii").position(0);
  CHECK(data::distance(first, v.expanded(2).position(1)) < 1e-6);
}

TEST_CASE("uneven slices do not fit into NIfTI", "[nifti]") {
  const Volume v = read_bytes(small_nifti());
  const TempDir dir;
  check_input_error(
      [&] {
        data::write_nifti(dir / "out.nii", v.refined(std::vector<nn::index>{1, 2, 1}), false);
      },
      {"out.nii", "not evenly spaced", "--out DIR/"});
  check_input_error(
      [&] { data::write_nifti(dir / "out.nii", v.expanded(3).only_synthetic(), false); },
      {"not evenly spaced"});
  CHECK(dir.entries() == 0);
}

TEST_CASE("an interpolated file keeps its header but for the refined axis", "[nifti]") {
  const int axis = GENERATE(0, 1, 2);
  const auto a = static_cast<std::size_t>(axis);
  HeaderBytes h = small_header();
  h.sform(1, {0.5, 0.1F, 0.2F, 1, 0, 0.75, 0.3F, 2, 0.25F, 0, 2, 3});
  h.set<std::int16_t>(252, 3).set<float>(256, 0.1F).set<float>(260, 0.2F).set<float>(264, 0.3F);
  h.set<float>(268, 10).set<float>(112, 0.5F).set<float>(116, -7).set<float>(124, 1234);
  h.set<char>(122, 3).set<std::int16_t>(120, 3);  // slice_code, slice_end
  const std::string source = h.str() + bytes_of_values(counting(24));
  Volume v = read_bytes(source);
  v.slice_axis = axis;
  const Volume finer = v.expanded(3);
  const TempDir dir;
  data::write_nifti(dir / "out.nii", finer, false);
  const std::string out = get(dir / "out.nii");

  CHECK(out.size() == 352 + finer.stored.size());
  CHECK(std::memcmp(out.data() + 352, finer.stored.data(), finer.stored.size()) == 0);
  for (std::size_t b = 0; b < 3; ++b) {
    const nn::index n = v.dims[b];
    CHECK(field<std::int16_t>(out, 42 + 2 * b) == (b == a ? (n - 1) * 3 + 1 : n));
    const float mm = field<float>(source, 80 + 4 * b);
    CHECK(field<float>(out, 80 + 4 * b) == Approx(b == a ? mm / 3 : mm).epsilon(1e-7));
    for (std::size_t row = 0; row < 3; ++row) {
      const std::size_t at = 280 + 16 * row + 4 * b;
      const float s = field<float>(source, at);
      CHECK(field<float>(out, at) == Approx(b == a ? s / 3 : s).epsilon(1e-7));
    }
  }
  CHECK(std::string(out.data() + 148) == "x3 interpolated RESEARCH");
  // Origin, quaternion and sform_code; datatype; scaling; cal_max. The sform is sheared.
  CHECK(field<std::int16_t>(out, 252) == 0);
  CHECK(out.substr(254, 26) == source.substr(254, 26));
  for (const std::size_t at : {292U, 308U, 324U}) CHECK(out.substr(at, 4) == source.substr(at, 4));
  CHECK(out.substr(70, 4) == source.substr(70, 4));
  CHECK(out.substr(112, 8) == source.substr(112, 8));
  CHECK(out.substr(124, 4) == source.substr(124, 4));
  CHECK(out[122] == 0);  // slice timing is meaningless now
  CHECK(field<float>(out, 108) == 352);

  const Volume back = data::read_nifti(dir / "out.nii");
  CHECK(back.dims == finer.dims);
  CHECK(back.stored == finer.stored);
  CHECK(back.slope == v.slope);
  // The file's world: voxel (i, j, 3 k) is where (i, j, k) was.
  for (std::size_t row = 0; row < 3; ++row) {
    CHECK(3 * back.affine[row][a] == Approx(v.affine[row][a]).epsilon(1e-6).margin(1e-9));
    CHECK(back.affine[row][3] == v.affine[row][3]);
  }
}

TEST_CASE("a qform that cannot say what the sform says is switched off", "[nifti]") {
  const TempDir dir;
  // Of 4 slices 2 mm apart the last is shifted by 3 * `shift` mm; the columns keep their lengths.
  const auto codes = [&](float shift, std::int16_t q, std::int16_t s) {
    HeaderBytes h = small_header();
    h.sform(s, {0.5, 0, 0, 0, 0, 0.75, shift, 0, 0, 0, std::sqrt(4 - shift * shift), 0});
    h.set<std::int16_t>(252, q);
    const Volume v = read_bytes(h.str() + bytes_of_values(counting(24)));
    data::write_nifti(dir / "a.nii", v.expanded(2), true);
    const std::string out = get(dir / "a.nii");
    return std::pair(field<std::int16_t>(out, 252), field<std::int16_t>(out, 254));
  };
  using Codes = std::pair<std::int16_t, std::int16_t>;
  CHECK(codes(0.5F, 1, 1) == Codes(0, 1));
  CHECK(codes(0.5F, 1, 2) == Codes(0, 2));
  CHECK(codes(-0.5F, 2, 2) == Codes(0, 2));
  CHECK(codes(0.04F, 1, 1) == Codes(0, 1));  // 0.12 mm
  CHECK(codes(0.03F, 1, 1) == Codes(1, 1));  // 0.09 mm: rounding
  CHECK(codes(0, 1, 1) == Codes(1, 1));
  CHECK(codes(0.5F, 1, 4) == Codes(1, 4));  // a standard space beside the scanner's
  CHECK(codes(0.5F, 4, 4) == Codes(0, 4));  // both in it
  CHECK(codes(0.5F, 1, 0) == Codes(1, 0));  // without a code the rows say nothing
}

TEST_CASE("a scan without a header writes one step, and a qform only where it is true", "[nifti]") {
  const TempDir dir;
  Volume v;
  v.source = "made";
  v.dims = {2, 3, 4};
  v.stored.resize(48);
  v.slice_axis = GENERATE(0, 1, 2);
  const auto a = static_cast<std::size_t>(v.slice_axis);
  const bool tilted = GENERATE(false, true);
  v.spacing = {2, 2, 2};
  v.affine = {{{-2, 0, 0, 10}, {0, -2, 0, 20}, {0, 0, 2, -5}, {0, 0, 0, 1}}};
  // 3.9 mm along the axis, although the spacing says 2: what is written is what the places say.
  for (std::size_t r = 0; r < 3; ++r) v.affine[r][a] *= 1.95;
  if (tilted) v.affine[(a + 1) % 3][a] = 1.2;
  data::write_nifti(dir / "a.nii", v, true);
  const std::string out = get(dir / "a.nii");
  CHECK(field<std::int16_t>(out, 252) == (tilted ? 0 : 2));
  CHECK(field<std::int16_t>(out, 254) == 2);
  CHECK(field<float>(out, 80 + 4 * a) == Approx(tilted ? std::hypot(3.9, 1.2) : 3.9));
  CHECK(out[39] == static_cast<char>((a + 1) << 4));
  const Volume back = data::read_nifti(dir / "a.nii");
  CHECK_FALSE(warned(back, "orientation matrix says"));
  CHECK(back.spacing[a] == Approx(tilted ? std::hypot(3.9, 1.2) : 3.9));
}

TEST_CASE("a tilt below what counts leaves a qform that is right to a tenth of a millimetre",
          "[nifti]") {
  const TempDir dir;
  Volume v;
  v.dims = {512, 512, 50};
  v.type = StoredType::uint8;
  v.stored.resize(512UL * 512 * 50);
  v.spacing = {0.5, 0.5, 3};
  v.affine = {{{-0.5, 0, 0, 120}, {0, -0.5, 0.0019, 130}, {0, 0, 3, -5}, {0, 0, 0, 1}}};
  data::write_nifti(dir / "a.nii", v, false);
  std::string bytes = get(dir / "a.nii");
  CHECK(field<std::int16_t>(bytes, 252) == 2);
  bytes.replace(254, 2, std::string(2, '\0'));
  const Volume by_qform = read_bytes(bytes);
  for (const double i : {0.0, 511.0}) {
    for (const double k : {0.0, 49.0}) {
      for (std::size_t r = 0; r < 3; ++r) {
        const auto at = [&](const data::Affine& m) {
          return m[r][0] * i + m[r][1] * i + m[r][2] * k + m[r][3];
        };
        CHECK(std::fabs(at(by_qform.affine) - at(v.affine)) < 0.1);
      }
    }
  }
}

TEST_CASE("a header without a spacing is written with the one that was used", "[nifti]") {
  const TempDir dir;
  HeaderBytes h({2, 3, 4}, data_test::kInt16, 16, {0.0005F, 0.00075F, 0});
  h.set<char>(123, 1).set<std::int16_t>(252, 1);  // in metres
  h.sform(1, {0.0005F, 0, 0, 0, 0, 0.00075F, 0, 0, 0, 0, 0.003F, 0});
  const Volume v = read_bytes(h.str() + bytes_of_values(counting(24)));
  for (const Volume& finer : {v, v.expanded(2), v.expanded(2).only_synthetic()}) {
    data::write_nifti(dir / "a.nii", finer, true);
    const std::string out = get(dir / "a.nii");
    CHECK(field<float>(out, 88) == Approx(finer.spacing[2] / 1000));
    CHECK(field<float>(out, 320) == Approx(finer.spacing[2] / 1000));
    const Volume back = data::read_nifti(dir / "a.nii");
    CHECK(back.warnings.empty());
  }
}

TEST_CASE("writing what was read gives the same bytes", "[nifti]") {
  HeaderBytes h = small_header();
  h.set<char>(38, 'r').sform(1, {0.5, 0, 0, 1, 0, 0.75, 0, 2, 0, 0, 2, 3});
  std::string source = h.str() + bytes_of_values(counting(24));
  source.replace(148, 5, "brain");
  const Volume v = read_bytes(source);
  const TempDir dir;
  data::write_nifti(dir / "a.nii", v, false);
  CHECK(get(dir / "a.nii") == source);
  data::write_nifti(dir / "a.nii.gz", v, false);
  data::write_nifti(dir / "b.nii.gz", v, false);
  CHECK(get(dir / "a.nii.gz") == get(dir / "b.nii.gz"));
  CHECK(get(dir / "a.nii.gz").substr(0, 10) == std::string("\x1f\x8b\x08\0\0\0\0\0\0\x03", 10));
  CHECK(data::read_nifti(dir / "a.nii.gz").stored == v.stored);
  // A file in the other byte order is written in this machine's.
  CHECK(dir.entries() == 3);
}

TEST_CASE("a scan without a NIfTI header gets one", "[nifti]") {
  Volume v;
  v.source = "made";
  v.type = StoredType::uint16;
  v.dims = {2, 3, 4};
  v.spacing = {0.5, 0.75, 2};
  v.affine = {{{-0.5, 0, 0, 10}, {0, -0.75, 0, 20}, {0, 0, 2, -5}, {0, 0, 0, 1}}};
  v.slope = 0.5;
  v.intercept = -3;
  v.stored.resize(48, std::byte{7});
  const TempDir dir;
  data::write_nifti(dir / "a.nii.gz", v.expanded(2), false);
  const Volume back = data::read_nifti(dir / "a.nii.gz");
  CHECK(back.dims == std::array<nn::index, 3>{2, 3, 7});
  CHECK(back.spacing == std::array<double, 3>{0.5, 0.75, 1});
  CHECK(back.affine == v.expanded(2).affine);
  CHECK(back.slope == 0.5);
  CHECK(back.intercept == -3);
  CHECK(data::says_interpolated(*back.nifti));

  // The qform must say the same as the sform, for readers that look at it first.
  data::write_nifti(dir / "b.nii", v, false);
  std::string bytes = get(dir / "b.nii");
  bytes.replace(254, 2, std::string(2, '\0'));
  const Volume by_qform = read_bytes(bytes);
  for (std::size_t r = 0; r < 3; ++r) {
    for (std::size_t c = 0; c < 4; ++c) {
      CHECK(by_qform.affine[r][c] == Approx(v.affine[r][c]).margin(1e-6));
    }
  }
}

TEST_CASE("outputs that cannot be are refused and leave nothing", "[nifti]") {
  const TempDir dir;
  Volume v;
  v.dims = {2, 3, 4};
  v.stored.resize(48);
  check_input_error([&] { data::write_nifti(dir / "a.img", v, false); }, {"a.img", ".nii.gz"});
  check_input_error([&] { data::write_nifti(dir / "none/a.nii", v, false); }, {"folder"});
  put(dir / "a.nii", "precious");
  check_input_error([&] { data::write_nifti(dir / "a.nii", v, false); }, {"a.nii", "--force"});
  CHECK(get(dir / "a.nii") == "precious");
  CHECK_NOTHROW(data::write_nifti(dir / "a.nii", v, true));
  v.dims = {1, 1, 40000};
  v.stored.resize(80000);
  check_input_error([&] { data::write_nifti(dir / "b.nii", v, false); }, {"40000", "32767"});
  CHECK(dir.entries() == 1);
}
