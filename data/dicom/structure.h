// The structure of a DICOM file, walked before DCMTK sees it (PS3.5, 7; PS3.10, 7): every length
// fits into what is left, sequences are not nested deeper than they can honestly be, and there are
// no more elements than an image has. DCMTK 3.6.7 takes lengths at their word, and recurses once
// for each level of nesting.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>

namespace data {

/// The hint for what no writer of DICOM makes.
inline constexpr char kDamaged[] = "the file is damaged: copy or export it again";

/// How a data set is encoded: with or without the type of each element, and in which byte order.
enum class Encoding { implicit_little, explicit_little, explicit_big };

/// What stands before the data set: preamble and group 0002, each of which may be missing.
struct DicomStart {
  std::string syntax;     ///< TransferSyntaxUID; empty where none is given
  std::string sop_class;  ///< MediaStorageSOPClassUID, likewise
  std::size_t size = 0;   ///< in bytes; the data set follows
};

/// Input error at `where`, with the byte at which it was met.
DicomStart dicom_start(std::span<const std::byte> bytes, const std::string& where);

/// For a file that names no syntax. `data_set`: its bytes.
Encoding guessed_encoding(std::span<const std::byte> data_set);

struct DataSetExtent {
  std::size_t end = 0;     ///< byte after the last element; what follows is zero bytes
  bool fragments = false;  ///< the pixel data are fragments (PS3.5, A.4)
};

/// Short values of a data set's own elements, by group << 16 | element, as they are in the file.
using ShortTexts = std::map<std::uint32_t, std::string>;

/// Walks the data set that begins at byte `begin`. Input error at `where`, with the byte at which
/// it was met. `seen`, if given, gets what came before that, as far as it is short.
DataSetExtent check_data_set(std::span<const std::byte> bytes, std::size_t begin, Encoding encoding,
                             const std::string& where, ShortTexts* seen = nullptr);

}  // namespace data
