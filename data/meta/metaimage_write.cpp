#include <cmath>

#include "data/files/atomic_file.h"
#include "data/meta/metaimage.h"
#include "data/meta/text_header.h"
#include "data/volume/mark.h"

namespace data {
namespace {

std::string meta_type_name(StoredType type) {
  switch (type) {
    case StoredType::uint8:
      return "MET_UCHAR";
    case StoredType::int8:
      return "MET_CHAR";
    case StoredType::uint16:
      return "MET_USHORT";
    case StoredType::int16:
      return "MET_SHORT";
    case StoredType::uint32:
      return "MET_UINT";
    case StoredType::int32:
      return "MET_INT";
    case StoredType::float32:
      return "MET_FLOAT";
    case StoredType::float64:
      break;
  }
  return "MET_DOUBLE";
}

std::string point_text(const Point& p) {
  return exact_text(p[0]) + " " + exact_text(p[1]) + " " + exact_text(p[2]);
}

/// Entries in the order in which MetaIO writes them. `bytes`: of the deflated voxels.
std::string meta_header_text(const Volume& v, const Provenance& provenance, std::size_t bytes,
                             const std::string& voxels) {
  std::string text = "ObjectType = Image\nNDims = 3\n";
  const auto entry = [&](const std::string& name, const std::string& value) {
    text += name;
    text += " = ";
    text += value;
    text += '\n';
  };
  if (holds_made_slices(v)) entry("Comment", interpolation_mark(v, provenance));
  entry("BinaryData", "True");
  entry("BinaryDataByteOrderMSB", "False");
  entry("CompressedData", "True");
  entry("CompressedDataSize", std::to_string(bytes));
  Point steps{};
  std::string matrix;
  for (std::size_t a = 0; a < 3; ++a) {
    const Point column = affine_column(v, a, kLps);
    steps[a] = length(column) > 0 ? length(column) : v.spacing[a];
    Point direction = times(1 / steps[a], column);
    for (double& x : direction) x += 0.0;
    matrix += (a > 0 ? " " : "") + point_text(direction);
  }
  if (v.oriented) entry("TransformMatrix", matrix);
  entry("Offset", point_text(affine_column(v, 3, kLps)));
  if (v.oriented) entry("AnatomicalOrientation", anatomical_orientation(v));
  entry("ElementSpacing", point_text(steps));
  entry("DimSize", std::to_string(v.dims[0]) + " " + std::to_string(v.dims[1]) + " " +
                       std::to_string(v.dims[2]));
  entry("ElementType", meta_type_name(v.type));
  entry("ElementDataFile", voxels.empty() ? "LOCAL" : voxels);
  return text;
}

}  // namespace

std::string anatomical_orientation(const Volume& v) {
  constexpr const char* kFrom[3] = {"LR", "PA", "SI"};  // where a falling and a rising axis begin
  std::string letters;
  for (std::size_t a = 0; a < 3; ++a) {
    const Point step = affine_column(v, a, kLps);
    std::size_t along = 0;
    for (std::size_t r = 1; r < 3; ++r) {
      if (std::fabs(step[r]) > std::fabs(step[along])) along = r;
    }
    letters += kFrom[along][step[along] > 0 ? 1 : 0];
  }
  return letters;
}

std::string metaimage_voxel_file(const std::string& path) {
  const std::string end = ".mhd";
  return path.ends_with(end) ? path.substr(0, path.size() - end.size()) + ".zraw" : "";
}

void check_metaimage(const std::string& path, const Volume& volume) {
  require_one_affine(path, volume, "MetaImage");
}

void write_metaimage(OutputSet& outputs, const std::string& path, const Volume& volume,
                     const Provenance& provenance) {
  check_metaimage(path, volume);
  const std::string voxels = metaimage_voxel_file(path);
  const std::string name = voxels.substr(voxels.find_last_of('/') + 1);
  const std::optional<Volume> unscaled = without_scaling(volume);
  const Volume& written = unscaled ? *unscaled : volume;
  const std::string bytes = deflated(written, false);
  const std::string text = meta_header_text(written, provenance, bytes.size(), name);
  AtomicFile& header = outputs.file(path);
  header.write(text.data(), text.size());
  AtomicFile& file = voxels.empty() ? header : outputs.file(voxels);
  file.write(bytes.data(), bytes.size());
}

}  // namespace data
