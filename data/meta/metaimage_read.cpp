#include <algorithm>
#include <cmath>
#include <map>

#include "data/meta/metaimage.h"
#include "data/meta/text_header.h"
#include "data/volume/mark.h"
#include "data/volume/voxel_bytes.h"
#include "nn/core/error.h"

namespace data {
namespace {

/// Entries by their names in lower case.
struct MetaHeader {
  std::map<std::string, std::string> entries;
  std::size_t bytes = 0;
  std::string path;

  /// The first of several names for the same thing that is there; else empty.
  std::string entry(std::initializer_list<const char*> names) const {
    for (const char* name : names) {
      const auto at = entries.find(name);
      if (at != entries.end()) return at->second;
    }
    return "";
  }
  bool is_true(std::initializer_list<const char*> names) const {
    const std::string text = lower_case(entry(names));
    return text.starts_with('t') || text.starts_with('1');  // as MetaIO takes it
  }
  /// `count` numbers, or none where the entry is not there.
  std::optional<std::vector<double>> numbers(std::initializer_list<const char*> names,
                                             std::size_t count) const {
    const std::string text = entry(names);
    if (text.empty()) return std::nullopt;
    auto all = numbers_of(text);
    nn::require(all && all->size() == count, path, std::string(*names.begin()) + " = " + text,
                std::to_string(count) + " numbers", "the header is damaged");
    return all;
  }
};

MetaHeader read_meta_header(const std::string& path) {
  const auto name_in = [](const std::string& line) {
    return lower_case(trimmed(std::string_view(line).substr(0, line.find('='))));
  };
  const HeaderLines read = read_header_lines(path, [&](const std::string& line) {
    return line.find('=') != std::string::npos && name_in(line) == "elementdatafile";
  });
  nn::require(read.ended, path, "a MetaImage header without ElementDataFile",
              "the file with the voxels, or LOCAL", "the file is truncated or damaged");
  MetaHeader header;
  header.path = path;
  header.bytes = read.bytes;
  for (const std::string& line : read.lines) {
    if (trimmed(line).empty()) continue;
    const std::size_t at = line.find('=');
    nn::require(at != std::string::npos, path,
                "the line '" + line.substr(0, std::min<std::size_t>(line.size(), 40)) + "'",
                "Name = value", "the header is damaged");
    header.entries[name_in(line)] = std::string(trimmed(line.substr(at + 1)));
  }
  return header;
}

struct MetaSize {
  std::array<nn::index, 3> dims{};
  nn::index volumes = 1;
  std::size_t dimensions = 3;
};

MetaSize meta_size_of(const MetaHeader& h) {
  const std::string text = h.entry({"ndims"});
  nn::require(text == "3" || text == "4", h.path, "an image with NDims = '" + text + "'",
              "3, or 4 for several volumes");
  MetaSize size;
  size.dimensions = text == "4" ? 4 : 3;
  const auto numbers = h.numbers({"dimsize"}, size.dimensions);
  nn::require(numbers.has_value(), h.path, "a header without DimSize", "the size of each axis",
              "the header is damaged");
  const std::vector<nn::index> sizes = sizes_of(*numbers, h.path);
  std::copy_n(sizes.begin(), 3, size.dims.begin());
  if (size.dimensions == 4) size.volumes = sizes[3];
  constexpr nn::index kMostVolumes = 1'000'000;
  nn::require(size.volumes <= kMostVolumes, h.path,
              "a 4-D image with " + std::to_string(size.volumes) + " volumes",
              "at most " + std::to_string(kMostVolumes), "the header is damaged");
  return size;
}

ElementType meta_element_of(const MetaHeader& h) {
  static const std::map<std::string, ElementType> types{
      {"met_char", {StoredType::int8, 1}},     {"met_ascii_char", {StoredType::int8, 1}},
      {"met_uchar", {StoredType::uint8, 1}},   {"met_short", {StoredType::int16, 2}},
      {"met_ushort", {StoredType::uint16, 2}}, {"met_int", {StoredType::int32, 4}},
      {"met_uint", {StoredType::uint32, 4}},   {"met_long", {StoredType::int32, 4}},
      {"met_ulong", {StoredType::uint32, 4}},  {"met_long_long", {StoredType::int32, 8, true}},
      {"met_float", {StoredType::float32, 4}}, {"met_ulong_long", {StoredType::int32, 8, false}},
      {"met_double", {StoredType::float64, 8}}};
  const std::string channels = h.entry({"elementnumberofchannels"});
  nn::require(channels.empty() || channels == "1", h.path, channels + " values per voxel",
              "one value per voxel");
  const auto type = types.find(lower_case(h.entry({"elementtype"})));
  nn::require(type != types.end(), h.path, "voxels of type '" + h.entry({"elementtype"}) + "'",
              "integers, or floating point of 32 or 64 bits",
              "convert it to MET_SHORT or MET_FLOAT");
  return type->second;
}

double unit_in_mm(const std::string& unit) {
  if (unit == "m") return 1000;
  if (unit == "cm") return 10;
  if (unit == "um") return 0.001;
  return 1;
}

/// The direction of the axis that begins where the letter says.
std::optional<Point> direction_from(char letter) {
  switch (letter) {
    case 'R':
      return Point{1, 0, 0};
    case 'L':
      return Point{-1, 0, 0};
    case 'A':
      return Point{0, 1, 0};
    case 'P':
      return Point{0, -1, 0};
    case 'I':
      return Point{0, 0, 1};
    case 'S':
      return Point{0, 0, -1};
    default:
      return std::nullopt;
  }
}

/// Directions by AnatomicalOrientation; none where it says nothing of three different axes.
std::optional<std::array<Point, 3>> directions_by_letters(const std::string& letters) {
  if (letters.size() != 3) return std::nullopt;
  std::array<Point, 3> d{};
  for (std::size_t a = 0; a < 3; ++a) {
    const auto one = direction_from(letters[a]);
    if (!one) return std::nullopt;
    d[a] = *one;
  }
  if (dot(cross(d[0], d[1]), d[2]) == 0) return std::nullopt;
  return d;
}

void read_meta_geometry(Volume& v, const MetaHeader& h, std::size_t dimensions) {
  const double unit = unit_in_mm(lower_case(h.entry({"distanceunits"})));
  const auto spacing = h.numbers({"elementspacing", "elementsize"}, dimensions);
  for (std::size_t a = 0; a < 3; ++a) {
    v.spacing[a] = spacing ? std::fabs((*spacing)[a]) * unit : 0;
    if (std::isfinite(v.spacing[a]) && v.spacing[a] > 0) continue;
    v.spacing[a] = 1;
    v.warnings.push_back("the header gives no spacing along axis " + std::to_string(a) +
                         ": 1 mm is assumed");
  }
  std::array<Point, 3> directions{Point{1, 0, 0}, Point{0, 1, 0}, Point{0, 0, 1}};
  const std::string letters = h.entry({"anatomicalorientation"});
  const auto by_letters = directions_by_letters(letters);
  const auto matrix =
      h.numbers({"transformmatrix", "rotation", "orientation"}, dimensions * dimensions);
  v.oriented = matrix.has_value() || by_letters.has_value();
  if (by_letters) directions = *by_letters;
  for (std::size_t a = 0; matrix && a < 3; ++a) {
    for (std::size_t r = 0; r < 3; ++r) directions[a][r] = (*matrix)[a * dimensions + r];
  }
  std::array<Point, 3> steps{};
  for (std::size_t a = 0; a < 3; ++a) steps[a] = times(v.spacing[a], directions[a]);
  const auto at = h.numbers({"offset", "position", "origin"}, dimensions);
  set_affine(v, steps, at ? times(unit, {(*at)[0], (*at)[1], (*at)[2]}) : Point{}, kLps);
  if (matrix && by_letters && anatomical_orientation(v) != letters) {
    v.warnings.push_back("AnatomicalOrientation says " + letters + " but the matrix says " +
                         anatomical_orientation(v) + ": the matrix is taken");
  }
}

VoxelPlace meta_place_of(const MetaHeader& h) {
  VoxelPlace place;
  const std::string name = h.entry({"elementdatafile"});
  nn::require(!name.starts_with("LIST") && name.find('%') == std::string::npos, h.path,
              "voxels in several files (ElementDataFile = " + name + ")", "one file",
              "open it in 3D Slicer or ITK and save it as .mha");
  const std::string binary = h.entry({"binarydata"});
  nn::require(binary.empty() || h.is_true({"binarydata"}), h.path, "voxels as text",
              "BinaryData = True", "open it in 3D Slicer or ITK and save it as .mha");
  place.compressed = h.is_true({"compresseddata"});
  place.big_endian = h.is_true({"binarydatabyteordermsb", "elementbyteordermsb"});
  const bool local = name == "LOCAL" || name == "Local" || name == "local";
  if (local) {
    place.offset = h.bytes;
  } else {
    place.file = name;
  }
  const auto size = h.numbers({"headersize"}, 1);
  const double header = size ? size->front() : 0;
  nn::require(header == std::floor(header) && header >= -1 && header <= 1e9, h.path,
              "HeaderSize = " + exact_text(header), "-1 to 1e9", "the header is damaged");
  nn::require(header != -1 || !place.compressed, h.path, "HeaderSize = -1 of compressed voxels",
              "0 or more", "the header is damaged");
  place.at_end = header == -1;
  if (header > 0) place.offset += static_cast<std::size_t>(header);
  return place;
}

void refuse_scaling(const MetaHeader& h) {
  const auto slope = h.numbers({"elementtointensityfunctionslope"}, 1);
  const auto offset = h.numbers({"elementtointensityfunctionoffset"}, 1);
  nn::require((!slope || slope->front() == 1) && (!offset || offset->front() == 0), h.path,
              "values to be scaled (ElementToIntensityFunctionSlope or Offset)",
              "stored values that are HU", "most programs overlook the scaling: convert it first");
}

}  // namespace

bool looks_like_metaimage(std::span<const std::byte> head) {
  const std::string_view text(reinterpret_cast<const char*>(head.data()), head.size());
  const std::size_t at = text.find('=');
  if (at == std::string_view::npos) return false;
  const std::string name = lower_case(trimmed(text.substr(0, at)));
  return name == "objecttype" || name == "objectsubtype" || name == "ndims";
}

nn::index metaimage_volumes(const std::string& path) {
  return meta_size_of(read_meta_header(path)).volumes;
}

Volume read_metaimage(const std::string& path, const MetaImageOptions& options) {
  const MetaHeader h = read_meta_header(path);
  const std::string kind = lower_case(h.entry({"objecttype"}));
  nn::require(kind.empty() || kind == "image", path, "a MetaIO file of ObjectType '" + kind + "'",
              "Image");
  Volume v;
  v.source = path;
  v.format = "MetaImage";
  const MetaSize size = meta_size_of(h);
  const ElementType element = meta_element_of(h);
  v.dims = size.dims;
  v.type = element.type;
  checked_bytes(v.dims, v.type, path);
  refuse_scaling(h);
  read_meta_geometry(v, h, size.dimensions);
  VoxelPlace place = meta_place_of(h);
  place.volumes = size.volumes;
  place.volume = chosen_volume(options.volume, size.volumes, path);
  read_placed_voxels(v, element, place);
  if (h.entry({"comment"}).find(kInterpolatedMark) != std::string::npos) {
    v.interpolated_by = "Comment";
  }
  finish_geometry(v, options.axis);
  return v;
}

}  // namespace data
