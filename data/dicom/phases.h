// Several images at one place: the phases of a scan that was repeated (PS3.3, C.7.6.16.2.2.1 and
// C.7.6.18.1), or several reconstructions. Only files of data/dicom/ include this.
#pragma once

#include <vector>

#include "data/dicom/series.h"

namespace data {

/// Divides a group with different images at one place into parts without: by image type, thickness,
/// kernel or frame of reference; by temporal position, cardiac phase, acquisition number, trigger
/// time, or date and time of acquisition, of which a phase may be incomplete; else the first,
/// second
/// ... image of each place in the order of trigger time or time, if no phase begins before another
/// ends. `acquisition` of each says by what. A part that none of these divides is returned as it
/// is.
std::vector<DicomSequence> told_apart(const DicomSequence& s);

/// Divides a group without such places by image type, thickness or kernel where each part alone has
/// less than half as many changes of step: a second stack between the slices of the first. Else
/// the group itself.
std::vector<DicomSequence> unmixed(DicomSequence s);

}  // namespace data
