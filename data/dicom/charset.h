// Text beyond ASCII (PS3.3, C.12.1.1.2; PS3.5, 6.1): kept byte by byte where it goes into another
// data set, converted to UTF-8 where people read it. Only files of data/dicom/ include this.
#pragma once

#include <string>

#include "data/dicom/dataset.h"

namespace data {

/// SpecificCharacterSet as it stands in the data set, values separated by backslashes; empty for
/// ASCII alone.
std::string charset_of(DcmItem& item);

/// The bytes of a text of one value, blanks at both ends trimmed.
std::string bytes_of_text(DcmItem& item, const DcmTagKey& tag);

/// The text in UTF-8, without control characters. Where the bytes are no text in the data set's
/// character set, or this build of DCMTK cannot convert it, text_of() with the name of that set.
std::string readable_text(DcmItem& item, const DcmTagKey& tag);

/// `text`, in the character set `charset`, and then `ascii`, which is active again before it where
/// escape sequences have left it (PS3.5, 6.1.2.5.3). At most `most` characters: what is too long is
/// cut from the end of `text`, between two characters. Bytes of escape sequences count as
/// characters, so no reader counts more.
std::string with_ascii(const std::string& text, const std::string& charset,
                       const std::string& ascii, std::size_t most);

}  // namespace data
