#include "data/files/atomic_file.h"
#include "data/meta/nrrd.h"
#include "data/meta/text_header.h"
#include "data/volume/mark.h"

namespace data {
namespace {

std::string nrrd_type_name(StoredType type) {
  switch (type) {
    case StoredType::float32:
      return "float";
    case StoredType::float64:
      return "double";
    default:
      break;
  }
  return to_string(type);  // "int16" and the like are names of the format, too
}

std::string vector_text(const Point& p) {
  return "(" + exact_text(p[0]) + "," + exact_text(p[1]) + "," + exact_text(p[2]) + ")";
}

std::string nrrd_header_text(const Volume& v, const Provenance& provenance,
                             const std::string& voxels) {
  const Signs signs = v.oriented ? kLps : Signs{1, 1, 1};
  std::string text = "NRRD0004\n";
  const auto field = [&](const std::string& name, const std::string& value) {
    text += name;
    text += ": ";
    text += value;
    text += '\n';
  };
  const std::string mark = holds_made_slices(v) ? interpolation_mark(v, provenance) : "";
  if (!mark.empty()) field("content", mark);
  field("type", nrrd_type_name(v.type));
  field("dimension", "3");
  field(v.oriented ? "space" : "space dimension", v.oriented ? "left-posterior-superior" : "3");
  field("sizes", std::to_string(v.dims[0]) + " " + std::to_string(v.dims[1]) + " " +
                     std::to_string(v.dims[2]));
  field("space directions", vector_text(affine_column(v, 0, signs)) + " " +
                                vector_text(affine_column(v, 1, signs)) + " " +
                                vector_text(affine_column(v, 2, signs)));
  field("kinds", "domain domain domain");
  if (bytes_of(v.type) > 1) field("endian", "little");
  field("encoding", "gzip");
  field("space origin", vector_text(affine_column(v, 3, signs)));
  if (!mark.empty()) text += "ct2ct:=" + mark + "\n";
  if (!voxels.empty()) field("data file", voxels);
  return text + "\n";
}

}  // namespace

std::string nrrd_voxel_file(const std::string& path) {
  const std::string end = ".nhdr";
  return path.ends_with(end) ? path.substr(0, path.size() - end.size()) + ".raw.gz" : "";
}

void check_nrrd(const std::string& path, const Volume& volume) {
  require_one_affine(path, volume, "NRRD");
}

void write_nrrd(OutputSet& outputs, const std::string& path, const Volume& volume,
                const Provenance& provenance) {
  check_nrrd(path, volume);
  const std::string voxels = nrrd_voxel_file(path);
  const std::string name = voxels.substr(voxels.find_last_of('/') + 1);
  const std::optional<Volume> unscaled = without_scaling(volume);
  const Volume& written = unscaled ? *unscaled : volume;
  const std::string text = nrrd_header_text(written, provenance, name);
  const std::string bytes = deflated(written, true);
  AtomicFile& header = outputs.file(path);
  header.write(text.data(), text.size());
  AtomicFile& file = voxels.empty() ? header : outputs.file(voxels);
  file.write(bytes.data(), bytes.size());
}

}  // namespace data
