// NRRD and MetaImage files as text and bytes, by the pages of the formats.
#pragma once

#include <string>

#include "tests/data/nifti/nifti_bytes.h"

namespace data_test {

/// int16 voxels 0, 1, 2, ... of a 2 x 3 x 4 scan; axis 0 runs to the left, 1 to the back, 2 to the
/// head, with steps of 0.5, 0.75 and 2 mm.
inline std::string nrrd_header(const std::string& more = "") {
  return "NRRD0004\n"
         "# a comment\n"
         "type: short\n"
         "dimension: 3\n"
         "space: left-posterior-superior\n"
         "sizes: 2 3 4\n"
         "space directions: (0.5,0,0) (0,0.75,0) (0,0,2)\n"
         "kinds: domain domain domain\n"
         "endian: little\n"
         "encoding: raw\n"
         "space origin: (10,-20,30)\n" +
         more + "\n";
}
inline std::string small_nrrd() { return nrrd_header() + bytes_of_values(counting(24)); }

/// The same scan.
inline std::string metaimage_header(const std::string& file = "LOCAL",
                                    const std::string& more = "") {
  return "ObjectType = Image\n"
         "NDims = 3\n"
         "BinaryData = True\n"
         "BinaryDataByteOrderMSB = False\n"
         "TransformMatrix = 1 0 0 0 1 0 0 0 1\n"
         "Offset = 10 -20 30\n"
         "CenterOfRotation = 0 0 0\n"
         "AnatomicalOrientation = RAI\n"
         "ElementSpacing = 0.5 0.75 2\n"
         "DimSize = 2 3 4\n"
         "ElementType = MET_SHORT\n" +
         more + "ElementDataFile = " + file + "\n";
}
inline std::string small_metaimage() { return metaimage_header() + bytes_of_values(counting(24)); }

/// `text` with the first `from` in it replaced.
inline std::string with(std::string text, const std::string& from, const std::string& to) {
  return text.replace(text.find(from), from.size(), to);
}

}  // namespace data_test
