#include "data/io/write.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "data/files/atomic_file.h"
#include "data/io/read.h"
#include "data/meta/metaimage.h"
#include "data/meta/nrrd.h"
#include "data/nifti/nifti.h"
#include "data/pictures/pictures.h"
#include "data/volume/placement.h"
#include "data/volume/steps.h"
#include "data/volume/straighten.h"
#include "nn/core/error.h"

namespace data {
namespace {

/// Formats whose output is one file, and the endings of its name. An output that nobody named gets
/// the first ending.
struct FileFormat {
  OutputFormat format;
  const char* name;
  std::array<const char*, 2> endings;
};
constexpr std::array<FileFormat, 3> kFileFormats{
    {{OutputFormat::nifti, "NIfTI", {".nii.gz", ".nii"}},
     {OutputFormat::nrrd, "NRRD", {".nrrd", ".nhdr"}},
     {OutputFormat::metaimage, "MetaImage", {".mha", ".mhd"}}}};

bool named_as(const FileFormat& f, const std::string& path) {
  return path.ends_with(f.endings[0]) || path.ends_with(f.endings[1]);
}

/// The format of a file, by its name; input error for another name.
const FileFormat& file_format_of(const std::string& path) {
  for (const FileFormat& f : kFileFormats) {
    if (named_as(f, path)) return f;
  }
  throw nn::Error(nn::Fault::input, path, "an unknown kind of label map",
                  "a name that ends in .nii.gz, .nii, .nrrd, .nhdr, .mha or .mhd");
}

/// The file beside a header into which the voxels go; empty where they follow the header.
std::string voxel_file(OutputFormat format, const std::string& path) {
  if (format == OutputFormat::nrrd) return nrrd_voxel_file(path);
  return format == OutputFormat::metaimage ? metaimage_voxel_file(path) : "";
}

void write_scan(OutputSet& outputs, const std::string& path, const Volume& volume,
                const WriteOptions& options) {
  switch (options.format) {
    case OutputFormat::nifti:
      return write_nifti(outputs, path, volume, options.provenance);
    case OutputFormat::nrrd:
      return write_nrrd(outputs, path, volume, options.provenance);
    case OutputFormat::metaimage:
      return write_metaimage(outputs, path, volume, options.provenance);
    case OutputFormat::png:
      return write_png_folder(outputs, path, volume, options.window);
    case OutputFormat::dicom:
      return write_dicom(outputs, path, volume, options.provenance);
  }
}

std::string slices_path(const std::string& path, const WriteOptions& options) {
  return beside(path, options.format, ".slices.csv");
}

/// Whether a file can be written, and the one beside it.
void check_file(const std::string& path, const Volume& volume, const WriteOptions& options,
                bool force) {
  const AtomicFile probe(path, force);
  const std::string voxels = voxel_file(options.format, path);
  if (!voxels.empty()) const AtomicFile second(voxels, force);
  const auto file = std::find_if(kFileFormats.begin(), kFileFormats.end(),
                                 [&](const FileFormat& f) { return f.format == options.format; });
  require_even_steps(path, written_positions(volume, options.only_new), file->name,
                     options.straighten ? "write DICOM without --straighten: --out DIR/"
                                        : "write DICOM instead: --out DIR/");
}

}  // namespace

std::string to_string(OutputFormat format) {
  switch (format) {
    case OutputFormat::nifti:
      return "nifti";
    case OutputFormat::nrrd:
      return "nrrd";
    case OutputFormat::metaimage:
      return "metaimage";
    case OutputFormat::png:
      return "png";
    case OutputFormat::dicom:
      break;
  }
  return "dicom";
}

std::string beside(const std::string& output, OutputFormat format, const std::string& ending) {
  const char* kind = format == OutputFormat::dicom ? "_dicom"
                     : format == OutputFormat::png ? "_png"
                                                   : "";
  return stem_of(output) + kind + ending;
}

std::vector<Position> written_positions(const Volume& volume, bool only_new) {
  std::vector<Position> positions;
  for (nn::index k = 0; k < volume.slices(); ++k) {
    if (only_new && !volume.origin(k).synthetic()) continue;
    positions.push_back(volume.position(k));
  }
  return positions;
}

OutputFormat output_format(const std::string& asked, const std::string& path, const Volume& scan) {
  bool known = asked.empty() || asked == "png" || asked == "dicom";
  for (const FileFormat& f : kFileFormats) {
    const bool wanted = asked == to_string(f.format);
    known = known || wanted;
    const bool named = named_as(f, path);
    nn::require(!wanted || named, path, "another name than " + std::string(f.name) + " files have",
                std::string("a name that ends in ") + f.endings[1] + " or " + f.endings[0]);
    if (wanted || (asked.empty() && named)) return f.format;
  }
  nn::require(known, "--format", "'" + asked + "'", "dicom, nifti, nrrd, metaimage or png");
  // DICOM pictures hold no HU, so no CT series can be made of them.
  const bool dicom = scan.dicom != nullptr && scan.unit != Unit::grey8;
  const bool folder_of_dicom = path.ends_with("/") || dicom;
  return asked == "dicom" || (asked.empty() && folder_of_dicom) ? OutputFormat::dicom
                                                                : OutputFormat::png;
}

std::string output_stem(const std::string& input) {
  std::string name = name_of(input);
  for (const char* ending :
       {".gz", ".nii", ".hdr", ".img", ".zip", ".nrrd", ".nhdr", ".mha", ".mhd", ".tif", ".tiff"}) {
    if (name.ends_with(ending)) name.resize(name.size() - std::string_view(ending).size());
  }
  std::replace(name.begin(), name.end(), ':', '_');  // phantom:7
  return name;
}

std::string output_named(const std::string& stem, const std::string& suffix,
                         const std::string& asked, const Volume& scan) {
  const std::string own = scan.format == "phantom" ? "NIfTI" : scan.format;
  for (const FileFormat& f : kFileFormats) {
    if (asked == to_string(f.format) || (asked.empty() && own == f.name)) {
      return stem + suffix + f.endings[0];
    }
  }
  return stem + suffix;
}

std::string output_named_after(const std::string& input, const std::string& suffix,
                               const std::string& asked, const Volume& scan) {
  return output_named(output_stem(input), suffix, asked, scan);
}

void check_output(const std::string& path, const Volume& volume, const WriteOptions& options,
                  bool force) {
  switch (options.format) {
    case OutputFormat::nifti:
    case OutputFormat::nrrd:
    case OutputFormat::metaimage:
      check_file(path, volume, options, force);
      break;
    case OutputFormat::png: {
      const AtomicFolder probe(path, "slice_", ".png", force);
      break;
    }
    case OutputFormat::dicom: {
      const AtomicFolder probe(path, "slice_", ".dcm", force);
      check_dicom(volume);
      nn::require(!options.straighten, "--straighten", "DICOM output", "NIfTI or PNG",
                  "leave it out: DICOM says of each slice where it lies, tilt included");
      nn::require(
          options.any_orientation || volume.oriented, volume.source,
          "a scan that does not say where left and right are, to be written as DICOM, which "
          "must say it",
          "an orientation",
          "write NIfTI: --out NAME.nii.gz, or give --any-orientation to take the axes for "
          "right, anterior and superior");
      break;
    }
  }
  if (options.straighten) check_straighten(volume);
  const AtomicFile table(slices_path(path, options), force);
}

std::string labels_named_after(const std::string& out, const Volume& labels) {
  std::string ending = kFileFormats[0].endings[0];
  for (const FileFormat& f : kFileFormats) {
    if (labels.format == f.name) ending = f.endings[0];
  }
  return stem_of(out) + "_labels" + ending;
}

void check_label_output(const std::string& path, const std::vector<Position>& positions,
                        bool force) {
  const FileFormat& file = file_format_of(path);
  const AtomicFile probe(path, force);
  const std::string voxels = voxel_file(file.format, path);
  if (!voxels.empty()) const AtomicFile second(voxels, force);
  require_even_steps(path, positions, file.name, "leave --labels out");
}

void write_labels(OutputSet& outputs, const std::string& path, const Volume& labels,
                  const Provenance& provenance) {
  WriteOptions options;
  options.format = file_format_of(path).format;
  options.provenance = provenance;
  write_scan(outputs, path, labels, options);
}

void write_volume(OutputSet& outputs, const std::string& path, const Volume& volume,
                  const WriteOptions& options) {
  if (options.only_new) {
    WriteOptions rest = options;
    rest.only_new = false;
    return write_volume(outputs, path, volume.only_synthetic(), rest);
  }
  if (options.straighten && is_sheared(volume)) {
    WriteOptions rest = options;
    rest.straighten = false;
    return write_volume(outputs, path, straightened(volume), rest);
  }
  write_scan(outputs, path, volume, options);
  outputs.put(slices_path(path, options), slice_table(volume, options.provenance));
}

}  // namespace data
