#include <cmath>
#include <cstring>
#include <utility>

#include "data/meta/nrrd.h"
#include "data/meta/nrrd_header.h"
#include "data/meta/text_header.h"
#include "data/volume/mark.h"
#include "data/volume/voxel_bytes.h"
#include "nn/core/error.h"

namespace data {
namespace {

constexpr std::string_view kMagic = "NRRD000";

/// Of the world's axes to the right, front and head; none for a world that is not the patient's.
std::optional<Signs> signs_of(const std::string& space, const std::string& path) {
  nn::require(space.find("time") == std::string::npos, path, "space '" + space + "'",
              "a space of three dimensions", "leave the time axis out of it");
  if (space == "right-anterior-superior" || space == "ras") return Signs{1, 1, 1};
  if (space == "left-anterior-superior" || space == "las") return Signs{-1, 1, 1};
  if (space == "left-posterior-superior" || space == "lps") return kLps;
  return std::nullopt;
}

double millimetres(const std::string& unit) {
  if (unit == "m" || unit == "meters") return 1000;
  if (unit == "cm") return 10;
  if (unit == "um" || unit == "\xC2\xB5m" || unit == "micron" || unit == "microns") return 0.001;
  return 1;
}

/// Steps of the axes by `space directions`; false where there are none.
bool read_directions(Volume& v, const NrrdHeader& h, const NrrdAxes& axes, const Signs& signs) {
  if (h.field("spacedirections").empty()) return false;
  const auto vectors = vectors_of(h.field("spacedirections"));
  const bool whole = vectors && vectors->size() == axes.count;
  std::array<Point, 3> steps{};
  Point origin{};
  const auto take = [&](const std::vector<double>& from, const std::vector<std::string>& units,
                        Point& to) {
    nn::require(from.size() == 3, v.source,
                "a vector of " + std::to_string(from.size()) + " numbers in the header", "3");
    for (std::size_t r = 0; r < 3; ++r) {
      to[r] = from[r] * (units.size() == 3 ? millimetres(units[r]) : 1);
    }
  };
  nn::require(whole, v.source, "space directions: " + h.field("spacedirections"),
              std::to_string(axes.count) + " vectors (x,y,z)", "the header is damaged");
  const std::vector<std::string> units = quoted_texts(h.field("spaceunits"));
  for (std::size_t a = 0; a < 3; ++a) take((*vectors)[axes.of[a]], units, steps[a]);
  if (!h.field("spaceorigin").empty()) {
    const auto at = vectors_of(h.field("spaceorigin"));
    nn::require(at && at->size() == 1, v.source, "space origin: " + h.field("spaceorigin"),
                "one vector (x,y,z)", "the header is damaged");
    take(at->front(), units, origin);
  }
  set_affine(v, steps, origin, signs);
  for (std::size_t a = 0; a < 3; ++a) {
    v.spacing[a] = length(steps[a]);
    nn::require(std::isfinite(v.spacing[a]) && v.spacing[a] > 0, v.source,
                "an axis whose voxels lie " + exact_text(v.spacing[a]) + " mm apart",
                "a step above 0", "the header is damaged");
  }
  return true;
}

/// Steps by `spacings`; 1 mm, with a warning, where they say nothing.
void read_spacings(Volume& v, const NrrdHeader& h, const NrrdAxes& axes) {
  const auto mm = numbers_of(h.field("spacings"));
  const std::vector<std::string> units = quoted_texts(h.field("units"));
  for (std::size_t a = 0; a < 3; ++a) {
    const std::size_t of = axes.of[a];
    double step = mm && mm->size() == axes.count ? std::fabs((*mm)[of]) : 0;
    if (units.size() == axes.count) step *= millimetres(units[of]);
    if (!(std::isfinite(step) && step > 0)) {
      step = 1;
      v.warnings.push_back("the header gives no spacing along axis " + std::to_string(a) +
                           ": 1 mm is assumed");
    }
    v.spacing[a] = step;
    v.affine[a][a] = step;
  }
}

/// Lines of the stored bytes that stand before the voxels, as in a PGM file used as it is.
std::size_t bytes_of_lines(const std::string& path, std::size_t from, nn::index lines) {
  std::ifstream file(path, std::ios::binary);
  file.seekg(static_cast<std::streamoff>(from));
  std::size_t bytes = 0;
  char c = 0;
  while (lines > 0 && file.get(c)) {
    ++bytes;
    if (c == '\n') --lines;
  }
  nn::require(lines == 0, path, "a file that ends within the lines to be skipped", "voxels");
  return bytes;
}

nn::index skip_of(const NrrdHeader& h, const std::string& name, const std::string& path,
                  nn::index least) {
  const std::string text = h.field(name);
  if (text.empty()) return 0;
  const auto numbers = numbers_of(text);
  const bool one = numbers && numbers->size() == 1;
  const double n = one ? numbers->front() : 0;
  nn::require(one && n == std::floor(n) && n >= static_cast<double>(least) && n <= 1e9, path,
              name + ": " + text, std::to_string(least) + " to 1e9", "the header is damaged");
  return static_cast<nn::index>(n);
}

VoxelPlace nrrd_place_of(const Volume& v, const NrrdHeader& h, const ElementType& element) {
  const std::string& path = v.source;
  const std::string encoding = lower_case(h.field("encoding"));
  VoxelPlace place;
  place.compressed = encoding == "gzip" || encoding == "gz";
  nn::require(place.compressed || encoding == "raw", path,
              "voxels with the encoding '" + h.field("encoding") + "'", "raw or gzip",
              "unu save -f nrrd -e gzip -i IN.nrrd -o OUT.nrrd converts it");
  const std::string endian = lower_case(h.field("endian"));
  place.big_endian = endian == "big";
  nn::require(element.width == 1 || place.big_endian || endian == "little", path,
              endian.empty() ? "a header without endian" : "endian: " + endian, "little or big",
              "the header is damaged");
  place.file = h.field("datafile");
  nn::require(
      !lower_case(place.file).starts_with("list") && place.file.find('%') == std::string::npos,
      path, "voxels in several files (data file: " + place.file + ")", "one file",
      "unu save -f nrrd -i IN.nhdr -o OUT.nrrd makes one");
  const std::string voxels = place.file.empty() ? path : path_beside(path, place.file);
  if (place.file.empty()) place.offset = h.bytes;
  const nn::index lines = skip_of(h, "lineskip", path, 0);
  if (lines > 0) place.offset += bytes_of_lines(voxels, place.offset, lines);
  const nn::index bytes = skip_of(h, "byteskip", path, -1);
  nn::require(bytes >= 0 || !place.compressed, path, "byte skip: -1 of compressed voxels",
              "0 or more", "the header is damaged");
  place.at_end = bytes == -1;
  if (bytes > 0) place.skipped = static_cast<std::size_t>(bytes);  // after decompression
  return place;
}

}  // namespace

bool looks_like_nrrd(std::span<const std::byte> head) {
  return head.size() > kMagic.size() &&
         std::memcmp(head.data(), kMagic.data(), kMagic.size()) == 0 &&
         head[kMagic.size()] >= std::byte{'1'} && head[kMagic.size()] <= std::byte{'9'};
}

nn::index nrrd_volumes(const std::string& path) {
  return axes_of(read_nrrd_header(path), path).volumes;
}

Volume read_nrrd(const std::string& path, const NrrdOptions& options) {
  const NrrdHeader h = read_nrrd_header(path);
  Volume v;
  v.source = path;
  v.format = "NRRD";
  const NrrdAxes axes = axes_of(h, path);
  const ElementType element = element_of(h, path);
  v.dims = axes.dims;
  v.type = element.type;
  checked_bytes(v.dims, v.type, path);
  nn::require(h.field("oldmin").empty() && h.field("oldmax").empty(), path,
              "quantised values (old min, old max)", "values as they were measured",
              "unu unquantize -i IN.nrrd -o OUT.nrrd undoes it");
  const auto signs = signs_of(lower_case(h.field("space")), path);
  v.oriented = signs.has_value() && read_directions(v, h, axes, *signs);
  if (!v.oriented && !read_directions(v, h, axes, signs.value_or(Signs{1, 1, 1}))) {
    read_spacings(v, h, axes);
  }
  VoxelPlace place = nrrd_place_of(v, h, element);
  place.volumes = axes.volumes;
  place.volume = chosen_volume(options.volume, axes.volumes, path);
  read_placed_voxels(v, element, place);
  for (const auto& [key, value] : h.pairs) {
    if (value.find(kInterpolatedMark) != std::string::npos) v.interpolated_by = key;
  }
  const std::size_t others = h.pairs.size() - h.pairs.count("ct2ct");
  if (others > 0) {
    v.warnings.push_back("the header's key/value pairs (" + std::to_string(others) +
                         ") are not carried over to outputs");
  }
  finish_geometry(v, options.axis);
  return v;
}

}  // namespace data
