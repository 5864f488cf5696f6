#include "data/io/write.h"

#include <algorithm>

#include "data/files/atomic_file.h"
#include "data/io/read.h"
#include "data/nifti/nifti.h"
#include "data/pictures/pictures.h"
#include "data/volume/placement.h"
#include "data/volume/straighten.h"
#include "nn/core/error.h"

namespace data {
namespace {

bool named_nifti(const std::string& path) {
  return path.ends_with(".nii") || path.ends_with(".nii.gz");
}

void write_scan(OutputSet& outputs, const std::string& path, const Volume& volume,
                const WriteOptions& options) {
  switch (options.format) {
    case OutputFormat::nifti:
      return write_nifti(outputs, path, volume, options.provenance);
    case OutputFormat::png:
      return write_png_folder(outputs, path, volume, options.window);
    case OutputFormat::dicom:
      return write_dicom(outputs, path, volume, options.provenance);
  }
}

std::string slices_path(const std::string& path, const WriteOptions& options) {
  return beside(path, options.format, ".slices.csv");
}

}  // namespace

std::string to_string(OutputFormat format) {
  switch (format) {
    case OutputFormat::nifti:
      return "nifti";
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
  nn::require(asked.empty() || asked == "nifti" || asked == "png" || asked == "dicom", "--format",
              "'" + asked + "'", "dicom, nifti or png");
  if (asked == "nifti" || (asked.empty() && named_nifti(path))) {
    nn::require(named_nifti(path), path, "another name than NIfTI files have",
                "a name that ends in .nii or .nii.gz");
    return OutputFormat::nifti;
  }
  // DICOM pictures hold no HU, so no CT series can be made of them.
  const bool dicom = scan.dicom != nullptr && scan.unit != Unit::grey8;
  const bool folder_of_dicom = path.ends_with("/") || dicom;
  return asked == "dicom" || (asked.empty() && folder_of_dicom) ? OutputFormat::dicom
                                                                : OutputFormat::png;
}

std::string output_stem(const std::string& input) {
  std::string name = name_of(input);
  for (const char* ending : {".gz", ".nii", ".hdr", ".img", ".zip"}) {
    if (name.ends_with(ending)) name.resize(name.size() - std::string_view(ending).size());
  }
  std::replace(name.begin(), name.end(), ':', '_');  // phantom:7
  return name;
}

std::string output_named(const std::string& stem, const std::string& suffix,
                         const std::string& asked, const Volume& scan) {
  const bool nifti = scan.format == "NIfTI" || scan.format == "phantom";
  return stem + suffix + (asked == "nifti" || (asked.empty() && nifti) ? ".nii.gz" : "");
}

std::string output_named_after(const std::string& input, const std::string& suffix,
                               const std::string& asked, const Volume& scan) {
  return output_named(output_stem(input), suffix, asked, scan);
}

void check_output(const std::string& path, const Volume& volume, const WriteOptions& options,
                  bool force) {
  switch (options.format) {
    case OutputFormat::nifti: {
      const AtomicFile probe(path, force);
      const std::vector<Position> positions = written_positions(volume, options.only_new);
      if (options.straighten) {
        require_nifti_steps(path, positions, "write DICOM without --straighten: --out DIR/");
      } else {
        require_nifti_steps(path, positions);
      }
      break;
    }
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
