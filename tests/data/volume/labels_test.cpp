// Label maps between slices. Expected slices are worked out by hand from distances between pixel
// centres.
#include "data/volume/labels.h"

#include <cstdint>
#include <cstring>

#include "tests/data/test_files.h"

namespace {

/// A map of slices, each a text of rows of digits with a blank between rows; 1 mm pixels.
data::Volume map_of(const std::vector<std::string>& slices, double row_mm = 1) {
  data::Volume v;
  const std::string& first = slices.front();
  const auto width = static_cast<nn::index>(std::min(first.find(' '), first.size()));
  const auto height = (static_cast<nn::index>(first.size()) + 1) / (width + 1);
  v.dims = {width, height, static_cast<nn::index>(slices.size())};
  v.spacing = {1, row_mm, 4};
  v.affine = {{{1, 0, 0, 0}, {0, row_mm, 0, 0}, {0, 0, 4, 0}, {0, 0, 0, 1}}};
  v.type = data::StoredType::int16;
  for (const std::string& slice : slices) {
    for (const char c : slice) {
      if (c == ' ') continue;
      const auto value = static_cast<std::int16_t>(c - '0');
      const auto* bytes = reinterpret_cast<const std::byte*>(&value);
      v.stored.insert(v.stored.end(), bytes, bytes + sizeof(value));
    }
  }
  return v;
}

std::string text_of(const data::Volume& v, nn::index k) {
  const data::Voxels voxels(v);
  std::string text;
  for (nn::index i = 0; i < v.height(); ++i) {
    if (i > 0) text += ' ';
    for (nn::index j = 0; j < v.width(); ++j) {
      text += static_cast<char>('0' + static_cast<int>(voxels(k, i, j)));
    }
  }
  return text;
}

/// The map filled by this factor.
data::Volume filled(const data::Volume& map, nn::index factor) {
  return data::interpolated_labels(map, map.expanded(factor));
}

}  // namespace

TEST_CASE("labels: a shape that grows passes through the size half way") {
  // At column 3 the first slice has the label 1 mm away, the second holds it 2 mm deep: 0.5 mm.
  const data::Volume v = filled(map_of({"000010000", "001111100"}), 2);
  CHECK(text_of(v, 0) == "000010000");
  CHECK(text_of(v, 1) == "000111000");
  CHECK(text_of(v, 2) == "001111100");
  CHECK(v.origin(1).synthetic());
  CHECK(v.spacing[2] == 2);
}

TEST_CASE("labels: a disc that grows is a disc half way") {
  const auto disc = [](double radius) {
    std::string rows;
    for (int i = -5; i <= 5; ++i) {
      for (int j = -5; j <= 5; ++j) rows += i * i + j * j <= radius * radius ? '1' : '0';
      if (i < 5) rows += ' ';
    }
    return rows;
  };
  // Pixel (1, 2) is 1.41 mm outside of the first and 2 mm inside of the second: it is in. Pixels
  // (2, 2), 2.24 mm outside and 1.41 mm inside, and (0, 3), 2 mm and 1.41 mm, are not.
  const data::Volume v = filled(map_of({disc(1), disc(4)}), 2);
  CHECK(text_of(v, 0) == disc(1));
  CHECK(text_of(v, 1) == disc(2.24));
  CHECK(text_of(v, 2) == disc(4));
}

TEST_CASE("labels: distances are in mm, not in pixels") {
  // Rows are 3 mm apart. A pixel becomes a cross, whose bar is 3 mm deep but for its ends: half way
  // the pixels 1, 2 and 3 mm from the first one have 1, 0.5 and 0 mm, and those above and below it
  // (-3 + 1) / 2. In pixels the bar would be one deep, and have 0 at the most.
  const std::string before = "0000000 0001000 0000000";
  const std::string after = "0001000 1111111 0001000";
  CHECK(text_of(filled(map_of({before, after}, 3), 2), 1) == "0000000 0111110 0000000");
  CHECK(text_of(filled(map_of({before, after}, 1), 2), 1) == before);
}

TEST_CASE("labels: one that ends shrinks to its core and is gone half way") {
  // Three pixels: 1, 2 and 1 mm deep, so the other slice has -2 mm. A quarter of the way they have
  // 0.25, 1 and 0.25 mm, at three eighths -0.125, 0.5 and -0.125, half way 0 at the most.
  const data::Volume v = filled(map_of({"0022200", "0000000"}), 8);
  CHECK(text_of(v, 1) == "0022200");
  CHECK(text_of(v, 2) == "0022200");
  CHECK(text_of(v, 3) == "0002000");
  CHECK(text_of(v, 4) == "0000000");
  CHECK(text_of(v, 7) == "0000000");
  // Another label far away changes nothing.
  CHECK(text_of(filled(map_of({"00222000000003", "00000000000003"}), 8), 2) == "00222000000003");
  // One that begins does the same from the other side.
  const data::Volume begins = filled(map_of({"0000000", "0022200"}), 8);
  for (nn::index k = 0; k <= 8; ++k) CHECK(text_of(begins, k) == text_of(v, 8 - k));
}

TEST_CASE("labels: two that touch keep one edge, without a gap and without an overlap") {
  const data::Volume v = filled(map_of({"11122222", "11111112"}), 2);
  CHECK(text_of(v, 1) == "11111222");
  // A tie, at the pixel of the edge, is the lower number's: 1 and 2 are both 0 mm there.
  CHECK(text_of(filled(map_of({"1222", "1112"}), 2), 1) == "1122");
  CHECK(text_of(filled(map_of({"12222", "11112"}), 2), 1) == "11122");
  CHECK(text_of(filled(map_of({"2111", "2221"}), 2), 1) == "2211");
}

TEST_CASE("labels: what is not cut keeps its slices, and origins say what was made") {
  const data::Volume map = map_of({"0110", "0110", "0000"});
  const data::Volume scan = map.refined(std::vector<nn::index>{1, 3});
  const data::Volume v = data::interpolated_labels(map, scan);
  REQUIRE(v.slices() == 5);
  CHECK(text_of(v, 1) == "0110");
  CHECK(v.origin(2).method == "shapes");
  CHECK(v.origin(2).t == Approx(1.0 / 3));
  CHECK_THROWS_AS(data::interpolated_labels(map_of({"0110", "0110"}), scan), nn::Error);
}

TEST_CASE("labels: a map that covers a slice, and labels across another axis") {
  CHECK(text_of(filled(map_of({"111", "000"}), 4), 1) == "111");
  CHECK(text_of(filled(map_of({"111", "000"}), 4), 3) == "000");
  data::Volume across = map_of({"0000", "0110"});
  across.slice_axis = 1;
  across.dims = {4, 2, 1};
  across.spacing = {1, 4, 1};
  across.affine = {{{1, 0, 0, 0}, {0, 4, 0, 0}, {0, 0, 1, 0}, {0, 0, 0, 1}}};
  const data::Volume v = filled(across, 4);
  CHECK(text_of(v, 1) == "0000");
  CHECK(text_of(v, 3) == "0110");
}

TEST_CASE("labels: another grid than the scan's is an input error") {
  const data::Volume scan = map_of({"0000", "0000"});
  data::Volume map = scan;
  data::require_labels_of(map, scan);
  map.affine[0][3] = 0.005;
  data::require_labels_of(map, scan);
  map.affine[0][3] = 0.5;
  data_test::check_input_error([&] { data::require_labels_of(map, scan); },
                               {"0.5", "mm beside the scan", "resample"});
  map = scan;
  map.affine[2][2] = 4.5;
  data_test::check_input_error([&] { data::require_labels_of(map, scan); }, {"mm beside the scan"});
  map = map_of({"0000", "0000", "0000"});
  data_test::check_input_error([&] { data::require_labels_of(map, scan); },
                               {"4 x 1 x 3", "4 x 1 x 2"});
  map = scan;
  map.slice_axis = 1;
  data_test::check_input_error([&] { data::require_labels_of(map, scan); }, {"axis 1"});
  map = scan;
  map.type = data::StoredType::float32;
  data_test::check_input_error([&] { data::require_labels_of(map, scan); }, {"float32"});
  map = scan;
  map.slope = 0.5;
  data_test::check_input_error([&] { data::require_labels_of(map, scan); }, {"with a scale"});
}
