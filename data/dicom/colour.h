// Images of a CT series that hold no HU: 8-bit grey, or colour. Only files of data/dicom/ include
// this.
#pragma once

#include <string>

#include "data/dicom/image.h"
#include "data/pictures/picture.h"

namespace data {

/// The image as a picture file of it would be read. Grey levels of fewer than 8 bits are stretched
/// to 0..255. Signed grey levels begin at their lowest value. MONOCHROME1 is inverted, since a
/// picture is what is shown (PS3.3, C.7.6.3.1.2). YBR (full range) and palettes become RGB
/// first (PS3.3, C.7.6.3.1.2 and C.7.6.3.1.5), of palettes with 16 bits the upper 8. Errors of
/// samples_of(), and an input error at `where` for a palette that is missing, damaged, or stored in
/// segments.
GreyPicture picture_of(ParsedDicom& file, const DicomImage& image, const std::string& where);

}  // namespace data
