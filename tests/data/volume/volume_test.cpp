#include "data/volume/volume.h"

#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <span>
#include <vector>

#include "data/files/sha256.h"
#include "nn/core/rng.h"
#include "tests/data/test_files.h"

using data::StoredType;
using data::Volume;
using data_test::check_input_error;

namespace {

template <class T>
Volume make(StoredType type, std::array<nn::index, 3> dims, const std::vector<T>& values) {
  Volume v;
  v.source = "made";
  v.format = "test";
  v.type = type;
  v.dims = dims;
  const auto bytes = std::as_bytes(std::span(values));
  v.stored.assign(bytes.begin(), bytes.end());
  return v;
}

template <class T>
T value_at(const Volume& v, nn::index i, nn::index j, nn::index k) {
  T out{};
  const nn::index at = (k * v.dims[1] + j) * v.dims[0] + i;
  std::memcpy(&out, v.stored.data() + at * static_cast<nn::index>(sizeof(T)), sizeof(T));
  return out;
}

/// 2 x 3 x 4 voxels with value 100 i + 10 j + k.
Volume digits() {
  std::vector<std::int16_t> values;
  for (int k = 0; k < 4; ++k) {
    for (int j = 0; j < 3; ++j) {
      for (int i = 0; i < 2; ++i) values.push_back(static_cast<std::int16_t>(100 * i + 10 * j + k));
    }
  }
  return make(StoredType::int16, {2, 3, 4}, values);
}

}  // namespace

TEST_CASE("a slice has the slower of the other axes as rows, whichever axis is cut", "[volume]") {
  Volume v = digits();

  v.slice_axis = 2;
  REQUIRE(v.slices() == 4);
  nn::Tensor s = v.slice(3);
  REQUIRE(s.shape() == nn::Shape{1, 3, 2, 1});
  CHECK(s.at(0, 2, 1, 0) == 123.0F);
  CHECK(s.at(0, 1, 0, 0) == 13.0F);

  v.slice_axis = 1;
  REQUIRE(v.slices() == 3);
  s = v.slice(2);
  REQUIRE(s.shape() == nn::Shape{1, 4, 2, 1});
  CHECK(s.at(0, 3, 1, 0) == 123.0F);
  CHECK(s.at(0, 1, 0, 0) == 21.0F);

  v.slice_axis = 0;
  REQUIRE(v.slices() == 2);
  s = v.slice(1);
  REQUIRE(s.shape() == nn::Shape{1, 4, 3, 1});
  CHECK(s.at(0, 3, 2, 0) == 123.0F);
  CHECK(s.at(0, 1, 0, 0) == 101.0F);
}

TEST_CASE("slices go through slope and intercept and back to the same bytes", "[volume]") {
  const int axis = GENERATE(0, 1, 2);
  Volume v = digits();
  v.slice_axis = axis;
  v.slope = 0.25;
  v.intercept = -1024;
  CHECK(v.slice(0).at(0, 0, 1, 0) == Approx(0.25 * (axis == 0 ? 10 : 100) - 1024));
  Volume copy = v;
  std::fill(copy.stored.begin(), copy.stored.end(), std::byte{0x55});
  for (nn::index k = 0; k < v.slices(); ++k) copy.set_slice(k, v.slice(k));
  CHECK(copy.stored == v.stored);
}

TEST_CASE("storing rounds to nearest, ties to even, and clamps", "[volume]") {
  Volume v = make<std::int16_t>(StoredType::int16, {8, 1, 1}, std::vector<std::int16_t>(8));
  const std::vector<nn::real> in{0.5F, 1.5F, -0.5F, -1.5F, 2.49F, -2.51F, 40000, -1e6F};
  v.set_slice(0, nn::Tensor::from({1, 1, 8, 1}, in));
  const std::vector<int> expected{0, 2, 0, -2, 2, -3, 32767, -32768};
  for (nn::index i = 0; i < 8; ++i) {
    CHECK(value_at<std::int16_t>(v, i, 0, 0) == expected[static_cast<std::size_t>(i)]);
  }
}

TEST_CASE("every stored type reads and writes its own range", "[volume]") {
  const auto check = [](auto zero, StoredType type) {
    using T = decltype(zero);
    INFO(data::to_string(type));
    CHECK(data::bytes_of(type) == sizeof(T));
    Volume v = make<T>(type, {3, 1, 1}, {T{0}, T{100}, std::numeric_limits<T>::max()});
    const nn::Tensor s = v.slice(0);
    CHECK(s.at(0, 0, 1, 0) == 100.0F);
    v.set_slice(0, nn::Tensor::from({1, 1, 3, 1}, std::vector<nn::real>{7, -1e30F, 1e30F}));
    CHECK(value_at<T>(v, 0, 0, 0) == T{7});
    if constexpr (std::is_integral_v<T>) {
      CHECK(value_at<T>(v, 1, 0, 0) == std::numeric_limits<T>::lowest());
      CHECK(value_at<T>(v, 2, 0, 0) == std::numeric_limits<T>::max());
    } else {
      CHECK(value_at<T>(v, 2, 0, 0) == static_cast<T>(1e30F));
    }
  };
  check(std::uint8_t{}, StoredType::uint8);
  check(std::int8_t{}, StoredType::int8);
  check(std::uint16_t{}, StoredType::uint16);
  check(std::int16_t{}, StoredType::int16);
  check(std::uint32_t{}, StoredType::uint32);
  check(std::int32_t{}, StoredType::int32);
}

TEST_CASE("NaN and infinity are an input error that names the voxel", "[volume]") {
  const float bad =
      GENERATE(std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity());
  std::vector<float> values(24, 1.0F);
  values[(3 * 3 + 2) * 2 + 1] = bad;  // (1, 2, 3)
  Volume v = make(StoredType::float32, {2, 3, 4}, values);
  for (const int axis : {0, 1, 2}) {
    v.slice_axis = axis;
    CHECK_NOTHROW(v.slice(0));
    check_input_error([&] { v.slice(v.slices() - 1); }, {"made", "(1, 2, 3)"});
  }
}

TEST_CASE("a value that cannot be stored and a wrong shape are not stored in silence", "[volume]") {
  Volume v = digits();
  nn::Tensor s = v.slice(0);
  s.at(0, 1, 1, 0) = std::numeric_limits<nn::real>::quiet_NaN();
  CHECK_THROWS_AS(v.set_slice(0, s), nn::Error);
  CHECK_THROWS_AS(v.set_slice(0, nn::Tensor::zeros({1, 2, 3, 1})), nn::Error);
  CHECK_THROWS_AS(v.set_slice(4, v.slice(0)), nn::Error);
  CHECK_THROWS_AS(v.slice(-1), nn::Error);
}

TEST_CASE("expanding keeps real slices byte for byte and where they were", "[volume]") {
  const int axis = GENERATE(0, 1, 2);
  const nn::index factor = GENERATE(1, 2, 3, 10);
  Volume v = digits();
  v.slice_axis = axis;
  v.spacing = {0.5, 0.75, 2};
  // A sheared affine: nothing about it may be assumed.
  v.affine = {{{0.5, 0.1, 0.3, -10}, {0.02, 0.75, -0.4, 20}, {0, 0.05, 2, 7}, {0, 0, 0, 1}}};
  v.warnings = {"w"};
  const auto a = static_cast<std::size_t>(axis);

  const Volume out = v.expanded(factor);
  CHECK(out.slices() == (v.slices() - 1) * factor + 1);
  CHECK(out.height() == v.height());
  CHECK(out.width() == v.width());
  CHECK(out.stored.size() == static_cast<std::size_t>(out.voxels()) * 2);
  CHECK(out.spacing[a] == Approx(v.spacing[a] / static_cast<double>(factor)));
  CHECK(out.spacing[(a + 1) % 3] == v.spacing[(a + 1) % 3]);
  CHECK(out.refinement[a] == factor);
  CHECK(out.source == v.source);
  CHECK(out.warnings == v.warnings);
  for (nn::index k = 0; k < out.slices(); ++k) {
    const nn::Tensor got = out.slice(k);
    const nn::Tensor expected =
        k % factor == 0 ? v.slice(k / factor) : nn::Tensor::zeros(got.shape());
    CHECK(std::equal(got.values().begin(), got.values().end(), expected.values().begin()));
  }
  // Voxel k * factor lies where voxel k was.
  for (std::size_t row = 0; row < 3; ++row) {
    const double before = v.affine[row][a] * 1.0 + v.affine[row][3];
    const double after = out.affine[row][a] * static_cast<double>(factor) + out.affine[row][3];
    CHECK(after == Approx(before).margin(1e-12));
    CHECK(out.affine[row][(a + 1) % 3] == v.affine[row][(a + 1) % 3]);
  }
  // Twice: factors multiply.
  CHECK(out.expanded(2).refinement[a] == 2 * factor);
}

TEST_CASE("each gap is cut into its own parts, new slices on the line between their neighbours",
          "[volume]") {
  Volume v = digits();
  v.slice_axis = GENERATE(1, 2);
  const auto axis = static_cast<std::size_t>(v.slice_axis);
  v.positions = {{0, 0, 0}, {0, 1, 3}, {0, 2, 6}, {0, 4, 12}};
  v.positions.resize(static_cast<std::size_t>(v.slices()));
  v.spacing = {1, 7, 7};
  const bool four = v.slices() == 4;
  const std::vector<nn::index> parts =
      four ? std::vector<nn::index>{2, 1, 3} : std::vector<nn::index>{2, 1};
  const Volume out = v.refined(parts);
  const std::vector<data::SliceOrigin> origins{
      {0, 0, 0}, {0, 1, 0.5}, {1, 1, 0}, {2, 2, 0}, {2, 3, 1.0 / 3}, {2, 3, 2.0 / 3}, {3, 3, 0}};
  const std::vector<data::Position> positions{{0, 0, 0}, {0, 0.5, 1.5},   {0, 1, 3},
                                              {0, 2, 6}, {0, 8.0 / 3, 8}, {0, 10.0 / 3, 10},
                                              {0, 4, 12}};
  REQUIRE(out.slices() == (four ? 7 : 4));
  for (std::size_t k = 0; k < static_cast<std::size_t>(out.slices()); ++k) {
    CHECK(out.origins[k] == origins[k]);
    for (std::size_t i = 0; i < 3; ++i) CHECK(out.positions[k][i] == Approx(positions[k][i]));
    const nn::Tensor got = out.slice(static_cast<nn::index>(k));
    const nn::Tensor expected =
        origins[k].synthetic() ? nn::Tensor::zeros(got.shape()) : v.slice(origins[k].before);
    CHECK(std::equal(got.values().begin(), got.values().end(), expected.values().begin()));
  }
  // The affine says the mean step: from the first slice to the last.
  const auto steps = static_cast<double>(out.slices() - 1);
  const data::Position last = v.positions.back();
  for (std::size_t row = 0; row < 3; ++row) {
    CHECK(out.affine[row][axis] == Approx(last[row] / steps));
    CHECK(out.affine[row][3] == v.positions[0][row]);
  }
  CHECK(out.spacing[axis] == Approx(std::hypot(last[1], last[2]) / steps));
  CHECK(out.refinement[axis] == 1);

  CHECK_THROWS_AS(v.refined(std::vector<nn::index>{2}), nn::Error);
  std::vector<nn::index> many(parts.size(), 1);
  many[0] = 9000;
  check_input_error([&] { v.refined(many); }, {"made", "8192", "factor"});
}

TEST_CASE("unequal parts of even steps need positions, equal parts of given positions keep them",
          "[volume]") {
  Volume v = digits();
  v.spacing = {1, 1, 2};
  v.affine = {{{1, 0, 0, 5}, {0, 1, 0.5, 6}, {0, 0, 2, 7}, {0, 0, 0, 1}}};
  const Volume uneven = v.refined(std::vector<nn::index>{1, 2, 1});
  REQUIRE(uneven.positions.size() == 5);
  CHECK(uneven.positions[2] == data::Position{5, 6.75, 10});
  CHECK(uneven.positions[4] == v.position(3));
  CHECK_FALSE(data::evenly_spaced(uneven.positions));

  v.positions = {{5, 6, 7}, {5, 6.5, 9}, {5, 7, 11}, {5, 7.5, 13}};
  const Volume even = v.expanded(4);
  REQUIRE(even.positions.size() == 13);
  CHECK(even.positions[5] == data::Position{5, 6.625, 9.5});
  CHECK(even.affine[2][2] == 0.5);
  CHECK(even.affine[1][2] == 0.125);
  CHECK(data::evenly_spaced(even.positions));
  CHECK(data::median_gap(even) == Approx(std::hypot(0.5, 0.125)));
  // Cut again: origins name slices of the scan as it was read.
  CHECK(even.expanded(2).origins[11] == data::SliceOrigin{1, 2, 0.375});
  CHECK(even.expanded(2).origins[8] == data::SliceOrigin{1, 1, 0});
}

TEST_CASE("the median step is one that occurs", "[volume]") {
  using Positions = std::vector<data::Position>;
  CHECK(data::median_step(Positions{}) == 0);
  CHECK(data::median_step(Positions{{1, 2, 3}}) == 0);
  CHECK(data::median_step(Positions{{0, 0, 0}, {3, 0, 4}}) == 5);
  // Steps of 7, 4, 7, 4 mm.
  CHECK(data::median_step(Positions{{0, 0, 0}, {0, 0, 7}, {0, 0, 11}, {0, 0, 18}, {0, 0, 22}}) ==
        4);
}

TEST_CASE("only the synthetic slices: factor 2 moves the origin by half a step", "[volume]") {
  Volume v = digits();
  v.affine = {{{1, 0, 0.5, 5}, {0, 1, 0.25, 6}, {0, 0, 2, 7}, {0, 0, 0, 1}}};
  v.spacing = {1, 1, 2};
  Volume finer = v.expanded(2);
  for (nn::index k = 1; k < 7; k += 2) {
    finer.set_slice(k, nn::Tensor::full({1, 3, 2, 1}, static_cast<float>(k)));
  }
  const Volume only = finer.only_synthetic();
  REQUIRE(only.slices() == 3);
  CHECK(only.positions.empty());
  CHECK(only.slice(1).at(0, 2, 1, 0) == 3);
  CHECK(only.position(0) == data::Position{5.25, 6.125, 8});
  CHECK(only.position(2) == finer.position(5));
  CHECK(only.affine[2][2] == 2);
  CHECK(only.spacing == v.spacing);
  CHECK(only.refinement == v.refinement);
  CHECK(only.moved == std::array<double, 3>{0, 0, 0.5});
  CHECK(only.origins == std::vector<data::SliceOrigin>{{0, 1, 0.5}, {1, 2, 0.5}, {2, 3, 0.5}});

  const Volume thirds = v.expanded(3).only_synthetic();
  REQUIRE(thirds.positions.size() == 6);
  CHECK_FALSE(data::evenly_spaced(thirds.positions));
  check_input_error([&] { v.expanded(1).only_synthetic(); }, {"no synthetic slice"});
}

TEST_CASE("expanding by less than 1 is refused", "[volume]") {
  check_input_error([] { digits().expanded(0); }, {"interpolation factor", "0"});
}

TEST_CASE("the hash covers dims, type, scaling and values, and nothing else", "[volume]") {
  const Volume v = digits();
  const std::string hash = v.sha256();
  CHECK(hash.size() == 64);
  Volume other = v;
  other.source = "elsewhere";
  other.warnings = {"w"};
  CHECK(other.sha256() == hash);
  other.stored[5] ^= std::byte{1};
  CHECK(other.sha256() != hash);
  other = v;
  other.dims = {3, 2, 4};
  CHECK(other.sha256() != hash);
  other = v;
  other.type = StoredType::uint16;
  CHECK(other.sha256() != hash);
  other = v;
  other.slope = 2;
  CHECK(other.sha256() != hash);
  other = v;
  other.intercept = -1;
  CHECK(other.sha256() != hash);
}

TEST_CASE("sizes are checked before memory is asked for", "[volume]") {
  CHECK(data::checked_bytes({2, 3, 4}, StoredType::float64, "x") == 192);
  check_input_error(
      [] {
        data::checked_bytes({0, 3, 4}, StoredType::int16, "f.nii");
      },
      {"f.nii", "0 x 3 x 4"});
  check_input_error([] { data::checked_bytes({-5, 3, 4}, StoredType::int16, "f.nii"); }, {"-5"});
  check_input_error(
      [] {
        data::checked_bytes({8193, 1, 1}, StoredType::int16, "f.nii");
      },
      {"larger than allowed", "8192"});
  check_input_error(
      [] {
        data::checked_bytes({8192, 8192, 60}, StoredType::int16, "f.nii");
      },
      {"larger than allowed", "4000000000"});
}

TEST_CASE("one slice is too few to interpolate, and the message says along which axis",
          "[volume]") {
  Volume v = make<std::int16_t>(StoredType::int16, {2, 2, 1}, {1, 2, 3, 4});
  check_input_error([&] { data::require_slices(v, 2, "predict"); },
                    {"predict", "made has 1 slice along axis 2", "at least 2", "--axis"});
  v.slice_axis = 0;
  CHECK_NOTHROW(data::require_slices(v, 2, "predict"));
}
