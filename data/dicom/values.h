// Numbers as DICOM writes them, and identifiers and times that the same command makes again.
// Nothing here needs DCMTK.
#pragma once

#include <string>

#include "data/dicom/dataset.h"

namespace data {

// Text beyond ASCII (PS3.3, C.12.1.1.2; PS3.5, 6.1): kept byte by byte where it goes into another
// data set, converted to UTF-8 where people read it. Only files of data/dicom/ include this.

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

/// "2.25." and the decimal value of a UUID (PS3.5, B.2) that is made of the SHA-256 of `text`:
/// version 8, "custom", of RFC 9562, 5.8. The same text gives the same UID.
std::string uid_of(const std::string& text);

/// A date and a time as DICOM writes them.
struct DicomClock {
  std::string date;  ///< YYYYMMDD
  std::string time;  ///< HHMMSS
};

/// The local wall clock; where SOURCE_DATE_EPOCH is set (seconds since 1970, as
/// reproducible-builds.org defines it) that time in UTC. Input error when that is no number.
DicomClock clock_now();

/// The shortest text of at most 16 bytes that reads back as `value`; where none does, the closest
/// (PS3.5, 6.2: decimal string).
std::string decimal_string(double value);

}  // namespace data
