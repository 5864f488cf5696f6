// Transfer syntaxes: how a data set is encoded, and how its pixels are compressed (PS3.5, 10 and
// annex A; the UIDs: PS3.6, table A-1). Only files of data/dicom/ include this.
#pragma once

#include <dcmtk/config/osconfig.h>  // before any other header of DCMTK

#include <dcmtk/dcmdata/dcxfer.h>

#include <string>

#include "data/dicom/structure.h"

namespace data {

/// What undoes the compression of a frame.
enum class Codec {
  none,       ///< pixels follow each other without any
  fragments,  ///< none either, but frames are cut into fragments (PS3.5, A.4.11)
  rle,
  jpeg,
  jpeg_ls,
  jpeg2000,  ///< high-throughput JPEG 2000 too
  unsupported
};

struct Syntax {
  std::string uid;
  std::string name;
  Encoding encoding = Encoding::explicit_little;
  bool deflated = false;
  Codec codec = Codec::none;
  /// What DCMTK parses the data set as, once it is inflated. DCMTK 3.6.7 does not know all
  /// syntaxes; those with fragments are parsed alike.
  E_TransferSyntax parsed_as = EXS_LittleEndianExplicit;
};

/// Input error at `where` for a UID that is not known: its data set could be encoded in any way.
Syntax syntax_of(const std::string& uid, const std::string& where);

/// The syntax of a file that names none.
Syntax syntax_of(Encoding encoding);

/// Input error at `where` that names a syntax whose pixels are not read.
[[noreturn]] void refuse_syntax(const Syntax& syntax, const std::string& where);

}  // namespace data
