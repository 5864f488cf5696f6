// A DICOM file in memory as a DCMTK data set, and its values as plain C++. Only files of
// data/dicom/ include this.
#pragma once

#include <dcmtk/config/osconfig.h>  // before any other header of DCMTK

#include <dcmtk/dcmdata/dctk.h>

#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "data/dicom/syntax.h"

namespace data {

/// Once per process: DCMTK's loggers are silent, its decoders registered, its dictionary checked (a
/// job error when it is missing: implicit-VR files would lose their pixels in silence), and
/// SyntheticData (0008,001C) known, which 3.6.7's dictionary lacks.
void prepare_dcmtk();

inline const DcmTagKey kSyntheticData{0x0008, 0x001C};

/// A parsed file: DCMTK's, and what DCMTK does not keep of it.
class ParsedDicom : public DcmFileFormat {
 public:
  Syntax syntax;
  bool fragments = false;       ///< the pixel data are fragments, whatever the syntax says
  bool joined = false;          ///< they are one a frame by now
  std::size_t zeros_after = 0;  ///< zero bytes after the data set
};

/// Parses a whole file. Input error at `where` for what is no DICOM file, is truncated or damaged,
/// or has a transfer syntax that is not known. Zero bytes after the data set are left out; other
/// bytes there are an error, since they may be what is left of another element.
std::unique_ptr<ParsedDicom> parse_dicom(std::span<const std::byte> bytes,
                                         const std::string& where);

/// Text of an element, blanks trimmed, all but printable ASCII replaced by '?'; empty when absent.
std::string text_of(DcmItem& item, const DcmTagKey& tag);
/// One value of an element of several texts, from 0.
std::string text_of(DcmItem& item, const DcmTagKey& tag, unsigned long at);
/// One number; nothing when absent or not finite.
std::optional<double> number_of(DcmItem& item, const DcmTagKey& tag, unsigned long at = 0);

/// All numbers of an element that must have exactly N; nothing when absent or not finite.
template <std::size_t N>
std::optional<std::array<double, N>> numbers_of(DcmItem& item, const DcmTagKey& tag) {
  std::array<double, N> values{};
  for (std::size_t i = 0; i < N; ++i) {
    const std::optional<double> value = number_of(item, tag, i);
    if (!value) return std::nullopt;
    values[i] = *value;
  }
  if (number_of(item, tag, N)) return std::nullopt;
  return values;
}

}  // namespace data
