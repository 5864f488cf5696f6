// The structure of a DICOM file, walked before DCMTK sees it (PS3.5, 7; PS3.10, 7): every length
// fits into what is left, sequences are not nested deeper than they can honestly be, and there are
// no more elements than an image has. DCMTK 3.6.7 takes lengths at their word, and recurses once
// for each level of nesting.
#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace data {

/// Input error at `where`, with the byte at which it was met. Deflated data sets are refused.
void check_dicom_structure(std::span<const std::byte> bytes, const std::string& where);

}  // namespace data
