// DICOM series of CT images (PS3.3, A.3 CT Image IOD) in and out, on DCMTK, with OpenJPEG for
// JPEG 2000. A build without them (CT2CT_DICOM=OFF) has the same functions, which refuse in one
// line that says how to switch DICOM on.
//
// Coordinates. DICOM's patient axes are left, posterior, superior; the Volume's are right,
// anterior, superior: x and y change sign, which is a rotation, so handedness stays. Slices are
// ordered so that their index grows along the normal, row direction x column direction (PS3.3,
// C.7.6.2.1.1); the affine's three columns are therefore always right-handed, whatever the
// scanner's order was.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "data/files/files.h"
#include "data/files/libraries.h"
#include "data/files/output_set.h"
#include "data/pictures/picture_stacks.h"
#include "data/volume/source.h"
#include "data/volume/steps.h"
#include "data/volume/volume.h"
#include "data/volume/window.h"

namespace data {

struct DicomOptions {
  /// SeriesInstanceUID or number in the listing from 1; empty: the largest that holds neither
  /// pictures nor interpolated slices, where there is one.
  std::string series;
  /// Order by InstanceNumber when, and only when, positions do not tell the order: there are none,
  /// or no orientation, or all images lie at one place.
  bool by_instance_number = false;
  /// Join series of one study whose images make one even grid together.
  bool merge_series = false;
  /// mm between columns, rows and slices, for what the images do not say.
  std::optional<std::array<double, 3>> spacing;
};

/// A file that belongs to no series of CT images, cannot be read, or holds a picture beside one,
/// and why it was left out.
using DicomSkipped = SkippedFile;

/// One group of images that could be a scan: data/dicom/series.h says what belongs together.
/// Lengths in mm; zeros where the files do not say.
struct DicomGroup {
  std::string series_instance_uid;
  std::string series_number;
  std::string description;
  std::string image_type;  ///< its first three values
  std::string kernel;
  std::string acquisition;      ///< what tells it from others of its series, "temporal position 2"
  std::string transfer_syntax;  ///< of its first file
  std::string first_file;
  /// The deepest folder that holds all of its images, below the one that was read; empty for that.
  std::string folder;
  nn::index files = 0;   ///< images found
  nn::index slices = 0;  ///< images left when duplicates are dropped
  nn::index rows = 0;
  nn::index columns = 0;
  std::array<double, 2> pixel_spacing{0, 0};  ///< between rows, between columns
  double thickness = 0;
  std::string window;   ///< "centre/width" of the first file, as it says
  double tilt_tag = 0;  ///< GantryDetectorTilt in degrees, as the first file says
  double tilt = 0;      ///< degrees between the slices' normal and the step, from the positions
  std::vector<StepRun> steps;           ///< between voxels (0, 0, k) and (0, 0, k + 1)
  std::vector<std::string> duplicates;  ///< files left out as copies
  bool pictures = false;                ///< 8-bit or colour: no HU
  bool chosen = false;
  nn::index interpolated = 0;         ///< images that say they were interpolated
  nn::index joined_series = 1;        ///< series that were joined on request
  nn::index frames_of_reference = 1;  ///< that its images name
  std::string problem;                ///< why it cannot be read, if so
  std::string remedy;                 ///< what to do about that; empty: choose another series
};

/// What a folder or a zip holds.
struct DicomListing {
  std::vector<DicomGroup> groups;
  std::vector<DicomSkipped> skipped;
  std::vector<PictureStack> stacks;  ///< where there is no DICOM: see choose_stack()
};

/// Reads one series from a folder with all below it, a zip, or a single file. Stored values stay as
/// they are (uint16 or int16) with the series' rescale in the Volume; where slices differ in
/// rescale, HU are stored, as int16 if all are whole and fit, else as float32. slice_axis is 2,
/// dims are columns, rows, slices. Positions on an even grid give spacing[2] and the affine's third
/// column by the step that fits them (data/volume/steps.h); others the median step, and the mean
/// one. Volume::positions is filled where two or more slices have positions, unless they are an
/// even grid's in rounded numbers.
///
/// A file that cannot be read is left out with its reason, unless a slice of the chosen series
/// would be missing: the file names that series, or it names none and the series has a hole. Then
/// the file's own error is thrown. The same holds for a file that is the only one.
///
/// CT images of at most 8 bits or in colour (RGB, YBR, PALETTE COLOR) are pictures: Unit::grey8,
/// uint8, grey by the luma of data/pictures/picture.h, the format "DICOM pictures", with the
/// geometry that they have and with their burned-in text (data/pictures/overlay.h). Such a series
/// is read only where there is no other, or where it is named. `listing`, if given, gets what was
/// found, also when an error is thrown afterwards. Throws an input error, one line that names the
/// file, for what is damaged, and for a choice that must be the user's.
Volume read_dicom(const std::string& path, const DicomOptions& options = {},
                  DicomListing* listing = nullptr);

/// What read_dicom() would find, by the headers alone: no series is chosen, none is read. What
/// holds no CT image has no groups. Input error when the folder cannot be listed.
DicomListing list_dicom(const std::string& path, const DicomOptions& options = {});

/// Every input error that writing this volume as a CT series would end in, whatever its synthetic
/// slices will hold: pictures, slices without a place in space, axes that are not at right angles,
/// real values that no CT image holds exactly.
void check_dicom(const Volume& volume);

/// Writes a new series of CT images (CT Image Storage, Explicit VR Little Endian), slice_0000.dcm,
/// slice_0001.dcm, ..., into a new folder that appears when it is complete. With `force`, a folder
/// that holds only such files is replaced. Attributes: docs/audit/dicom-rules.md. Real slices keep
/// their stored values; synthetic ones are marked as such. The same volume and provenance give the
/// same bytes except dates and times, which the clock gives unless SOURCE_DATE_EPOCH is set. Throws
/// the errors of check_dicom(), and a job error if the disk is full.
void write_dicom(OutputSet& outputs, const std::string& path, const Volume& volume,
                 const Provenance& provenance);
/// The same alone.
void write_dicom(const std::string& path, const Volume& volume, const Provenance& provenance,
                 bool force);

/// Libraries of others that read and write DICOM; none in a build without it.
std::vector<Library> dicom_libraries();

}  // namespace data
