// One door for every scan that is written: decides the format, finds out what is wrong with a
// destination before the long work, and hands the scan to the writer that knows it.
#pragma once

#include <string>
#include <vector>

#include "data/dicom/dicom.h"
#include "data/pictures/picture.h"
#include "data/volume/volume.h"

namespace data {

enum class OutputFormat { nifti, nrrd, metaimage, png, dicom };

/// "nifti", "nrrd", "metaimage", "png" or "dicom"
std::string to_string(OutputFormat format);

/// `asked`: "dicom", "nifti", "nrrd", "metaimage" or "png", or empty for what name and scan say: a
/// name that ends in .nii or .nii.gz is NIfTI, in .nrrd or .nhdr NRRD, in .mha or .mhd MetaImage; a
/// name that ends in a slash, and any other for a scan that came from DICOM, a folder of DICOM; the
/// rest a folder of PNG. Input error for another format, and for a format of one file under a name
/// that its files do not have.
OutputFormat output_format(const std::string& asked, const std::string& path, const Volume& scan);

/// What outputs of a scan are called that nobody named: the last part of its path without the
/// endings of formats, "head" for "ct/head.nii.gz".
std::string output_stem(const std::string& input);

/// A name for such an output: `stem`, `suffix`, and the ending of the format `asked`. Without one,
/// a scan that was one file becomes a file of its format, a phantom NIfTI, and the rest a folder.
std::string output_named(const std::string& stem, const std::string& suffix,
                         const std::string& asked, const Volume& scan);

/// output_named() after output_stem().
std::string output_named_after(const std::string& input, const std::string& suffix,
                               const std::string& asked, const Volume& scan);

struct WriteOptions {
  OutputFormat format = OutputFormat::nifti;
  bool only_new = false;         ///< the synthetic slices alone
  Window window;                 ///< what pictures show of HU
  Provenance provenance;         ///< how synthetic slices were made
  bool straighten = false;       ///< straightened() before it is written; not for DICOM
  bool any_orientation = false;  ///< DICOM also where the scan does not say its orientation
};

/// The path of a file that describes an output and stands beside it, so that a folder of images
/// holds nothing but images. With the ending ".slices.csv": "c_x2.slices.csv" for the NIfTI file
/// "c_x2.nii.gz", "c_x2_dicom.slices.csv" and "c_x2_png.slices.csv" for the folder "c_x2/". A file
/// and a folder of one name therefore have two descriptions.
std::string beside(const std::string& output, OutputFormat format, const std::string& ending);

/// Places of the slices that will be written.
std::vector<Position> written_positions(const Volume& volume, bool only_new);

/// Every input error that writing `volume`, whose synthetic slices need not be filled yet, would
/// end in.
void check_output(const std::string& path, const Volume& volume, const WriteOptions& options,
                  bool force);

/// Writes the scan, and beside() it the table of its slices (below).
void write_volume(OutputSet& outputs, const std::string& path, const Volume& volume,
                  const WriteOptions& options);

// Label maps (data/volume/labels.h) are files of one format or another, without a table.

/// A name beside `out` for the label map of an output that was not given one: "c_x2_labels" with
/// the ending of the format in which the map was read, or of NIfTI.
std::string labels_named_after(const std::string& out, const Volume& labels);

/// Every input error that writing a map with slices at these positions would end in, by name,
/// places and what is there already.
void check_label_output(const std::string& path, const std::vector<Position>& positions,
                        bool force);

/// Writes a label map as NIfTI, NRRD or MetaImage, by the ending of its name.
void write_labels(OutputSet& outputs, const std::string& path, const Volume& labels,
                  const Provenance& provenance);

// Where every slice of an interpolated scan comes from, as a table for people and programs: CSV as
// in RFC 4180, one line a slice.

/// What a slice of the scan as it was read is called: its DICOM file or picture, else its number.
std::string source_name(const Volume& volume, nn::index slice);

/// Columns: index, x_mm, y_mm, z_mm (right, anterior, superior; empty for pictures without a known
/// spacing), kind (real or synthetic, with "resampled" after it where a scan was straightened, so
/// that no value is the source's), source and source_uid (of a real slice), before, before_uid,
/// after, after_uid, t and method (of a synthetic one: both neighbours, and how far from the first
/// to the second it lies), expected_error_hu (to 0.01 HU; empty where not known), program and
/// model_sha256 (of a synthetic slice: "ct2ct 1.0", and the model whose weights had a part in it).
/// Numbers have the shortest text that reads back as the same value.
std::string slice_table(const Volume& volume, const Provenance& provenance = {});

/// A path without slashes at its end, and without ".nii", ".nii.gz", ".nrrd", ".nhdr", ".mha" and
/// ".mhd".
std::string stem_of(const std::string& output);

}  // namespace data
