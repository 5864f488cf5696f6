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
  std::string key;          ///< the text from which all UIDs are made
  std::string study_uid;    ///< the source's
  std::string frame_uid;    ///< the source's
  std::string mark;         ///< added after the source's SeriesDescription, ASCII
  std::string charset;      ///< SpecificCharacterSet of the source's first image
  std::string description;  ///< SeriesDescription, in that character set
  bool even = true;         ///< all steps are the same
};

/// The series to be derived from `volume`, which must outlive the result.
DerivedSeries derived_series(const Volume& volume, const Provenance& provenance);

/// The complete image of slice k, pixels included. Several threads may make slices of one series.
std::unique_ptr<DcmFileFormat> derived_image(const DerivedSeries& series, nn::index k);

// A list in kept.cpp names the attributes that a derived series copies from its source. All others
// are left out: private groups, overlays, icons, smallest and largest pixel values, signatures, and
// everything else that describes another object.

/// Copies the kept attributes to a derived slice. `a` and `c` are the headers of its neighbours; a
/// real slice passes its own header as both. An attribute is kept if both have the same value.
/// Times of acquisition are kept in real slices only; exposure and dose never. The window comes
/// from `nearer`. Attributes that the CT Image IOD requires but may leave empty (type 2) are always
/// present. A value that its VR does not allow is left out; decimal strings are shortened to 16
/// bytes.
void keep_attributes(DcmItem& a, DcmItem& c, DcmItem& nearer, DcmItem& to);

/// Sets a text element; job error if DCMTK refuses the text.
void put_text(DcmItem& to, const DcmTagKey& tag, const std::string& text);

}  // namespace data
