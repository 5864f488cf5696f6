// Numbers as DICOM writes them, and identifiers and times that the same command makes again.
// Nothing here needs DCMTK.
#pragma once

#include <string>

namespace data {

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
