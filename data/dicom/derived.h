// One image of a derived CT series (PS3.3, A.3; the list of attributes with reasons is in
// docs/audit/dicom-rules.md). Only files of data/dicom/ include this.
#pragma once

#include <memory>
#include <string>

#include "data/dicom/dataset.h"
#include "data/dicom/dicom.h"
#include "data/dicom/values.h"
#include "data/volume/volume.h"

namespace data {

/// What all images of a derived series share.
struct DerivedSeries {
  const Volume* volume = nullptr;
  Provenance provenance;
  DicomClock clock;
  std::string key;          ///< what all UIDs are made of
  std::string study_uid;    ///< the source's
  std::string frame_uid;    ///< the source's
  std::string mark;         ///< what is said of it after the source's description, ASCII
  std::string charset;      ///< SpecificCharacterSet of its first image
  std::string description;  ///< of the series, in that character set
  bool even = true;         ///< all steps are the same
};

/// Reads what it needs of the volume, which must outlive the result.
DerivedSeries derived_series(const Volume& volume, const Provenance& provenance);

/// The image of slice k, pixels and all. Slices of one series may be made by several threads.
std::unique_ptr<DcmFileFormat> derived_image(const DerivedSeries& series, nn::index k);

// Which attributes of a source series go into a derived one. A list of what is kept, not of what is
// left out: private groups, overlays, icons, smallest and largest pixel values, signatures, and
// whatever else describes another object, are not in it. Only files of data/dicom/ include this.

/// Copies what a derived slice keeps of the headers of its neighbours; of a real slice both are its
/// own. A synthetic slice keeps what both agree on, and nothing about an acquisition of its own:
/// no time of acquisition. Exposure and dose are kept of none. Its window is that of `nearer`. What
/// the CT Image IOD wants even when nobody knows it (type 2) is there, empty. Values that their VR
/// does not allow are left out; decimal strings are shortened to 16 bytes.
void keep_attributes(DcmItem& a, DcmItem& c, DcmItem& nearer, DcmItem& to);

/// Sets an element of text; job error when DCMTK refuses it.
void put_text(DcmItem& to, const DcmTagKey& tag, const std::string& text);

}  // namespace data
