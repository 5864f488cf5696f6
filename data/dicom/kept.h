// Which attributes of a source series go into a derived one. A list of what is kept, not of what is
// left out: private groups, overlays, icons, smallest and largest pixel values, signatures, and
// whatever else describes another object, are not in it. Only files of data/dicom/ include this.
#pragma once

#include <string>

#include "data/dicom/dataset.h"

namespace data {

/// Copies what a derived slice keeps of the headers of its neighbours; of a real slice both are its
/// own. A synthetic slice keeps what both agree on, and nothing about an acquisition of its own:
/// no time of acquisition. Exposure and dose are kept of none. Its window is that of `nearer`. What
/// the CT Image IOD wants even when nobody knows it (type 2) is there, empty. Values that their VR
/// does not allow are left out; decimal strings are shortened to 16 bytes.
void keep_attributes(DcmItem& a, DcmItem& c, DcmItem& nearer, DcmItem& to);

/// Sets an element of text; job error when DCMTK refuses it.
void put_text(DcmItem& to, const DcmTagKey& tag, const std::string& text);

}  // namespace data
