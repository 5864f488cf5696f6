// What the header of one image says, as far as a scan needs it: a file of CT Image Storage, or one
// frame of an enhanced object, read the same way from its functional groups (PS3.3, C.7.6.16).
#pragma once

#include <array>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "data/dicom/dataset.h"
#include "data/volume/volume.h"

namespace data {

struct DicomImage {
  std::string file;
  nn::index frame = 0;  ///< in the file, from 0
  std::string sop_instance_uid;
  std::string study_instance_uid;
  std::string series_instance_uid;
  std::string series_number;
  std::string description;
  std::string frame_of_reference;
  std::string kernel;
  std::string image_type;  ///< the first three values, joined by backslashes
  // What tells phases of one place apart, as text; of an enhanced object the frame's own.
  std::string temporal_position;  ///< TemporalPositionIdentifier or TemporalPositionIndex
  std::string cardiac_phase;      ///< NominalPercentageOfCardiacPhase
  std::string trigger;            ///< TriggerTime or NominalCardiacTriggerDelayTime, ms
  std::string acquisition;        ///< AcquisitionNumber
  std::string acquired;           ///< AcquisitionDateTime
  std::string time;               ///< of the acquisition, else of the content
  std::string transfer_syntax;
  std::string window;
  /// SyntheticData (0008,001C) is YES, or it has the marks that ct2ct leaves (derived.h). A phantom
  /// is synthetic, but was not interpolated.
  bool interpolated = false;
  std::optional<double> instance_number;

  nn::index rows = 0;
  nn::index columns = 0;
  int bits_allocated = 16;
  int bits_stored = 16;
  int high_bit = 15;
  bool is_signed = false;
  bool monochrome1 = false;  ///< shown with low values white; stored values and HU are as ever
  /// Grey levels of at most 8 bits, or colour: no HU, and never in one series with images in HU.
  bool picture = false;
  std::string photometric;   ///< interpretation, for instance RGB
  int samples = 1;           ///< 3 of a colour picture, but 1 of one with a palette
  bool by_plane = false;     ///< colour planes one after the other, not pixel by pixel
  std::exception_ptr fault;  ///< of a picture: why it cannot be read; then little else is filled in

  /// Millimetres in DICOM's patient axes.
  std::optional<std::array<double, 3>> position;
  std::optional<std::array<double, 6>> orientation;    ///< row direction, column direction
  std::optional<std::array<double, 2>> pixel_spacing;  ///< between rows, between columns
  /// ImagerPixelSpacing: at the detector, so larger than in the patient.
  std::optional<std::array<double, 2>> detector_spacing;
  double thickness = 0;
  double tilt_tag = 0;

  double slope = 1;
  double intercept = 0;
  bool hu = true;
  /// Stored values that stand for "nothing was measured here", lowest and highest: from
  /// PixelPaddingValue (0028,0120) to PixelPaddingRangeLimit (0028,0121), both included and in
  /// either order, or the former alone (PS3.3, C.7.5.1.1.2).
  std::optional<std::array<double, 2>> padding;
};

/// The images of a parsed file, one a frame, or why there is none. Input error at `where` for a CT
/// image whose header cannot be right. The fault of a picture is kept in it instead: a damaged
/// screenshot beside a scan is no reason to refuse the scan.
std::variant<std::vector<DicomImage>, std::string> images_of(ParsedDicom& file,
                                                             const std::string& name,
                                                             const std::string& where);

/// The data set of one frame without its pixels; see DicomSlice::header.
std::shared_ptr<DcmDataset> header_of(DcmFileFormat& file, nn::index frame);

}  // namespace data
