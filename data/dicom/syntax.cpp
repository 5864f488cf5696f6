#include "data/dicom/syntax.h"

#include <dcmtk/dcmdata/dcuid.h>

#include <algorithm>
#include <iterator>
#include <string_view>

#include "nn/core/error.h"

namespace data {
namespace {

constexpr char kRead[] =
    "no compression, deflate, RLE, JPEG, JPEG-LS, JPEG 2000 or high-throughput JPEG 2000";

struct Row {
  std::string_view uid;
  Codec codec;
  std::string_view name;  ///< empty: DCMTK's
};

// Syntaxes that are read, and the names of those that DCMTK 3.6.7 does not know. All of these are
// encoded as explicit VR little-endian.
constexpr Row kRows[] = {
    {"1.2.840.10008.1.2.1.98", Codec::fragments,
     "Encapsulated Uncompressed Explicit VR Little Endian"},
    {"1.2.840.10008.1.2.5", Codec::rle, ""},
    {"1.2.840.10008.1.2.4.50", Codec::jpeg, ""},
    {"1.2.840.10008.1.2.4.51", Codec::jpeg, ""},
    {"1.2.840.10008.1.2.4.53", Codec::jpeg, ""},
    {"1.2.840.10008.1.2.4.55", Codec::jpeg, ""},
    {"1.2.840.10008.1.2.4.57", Codec::jpeg, ""},
    {"1.2.840.10008.1.2.4.70", Codec::jpeg, ""},
    {"1.2.840.10008.1.2.4.80", Codec::jpeg_ls, ""},
    {"1.2.840.10008.1.2.4.81", Codec::jpeg_ls, ""},
    {"1.2.840.10008.1.2.4.90", Codec::jpeg2000, ""},
    {"1.2.840.10008.1.2.4.91", Codec::jpeg2000, ""},
    {"1.2.840.10008.1.2.4.201", Codec::jpeg2000, "High-Throughput JPEG 2000 (Lossless only)"},
    {"1.2.840.10008.1.2.4.202", Codec::jpeg2000,
     "High-Throughput JPEG 2000 with RPCL (Lossless only)"},
    {"1.2.840.10008.1.2.4.203", Codec::jpeg2000, "High-Throughput JPEG 2000"},
    {"1.2.840.10008.1.2.4.204", Codec::unsupported, "JPIP HTJ2K Referenced"},
    {"1.2.840.10008.1.2.4.110", Codec::unsupported, "JPEG XL Lossless"},
    {"1.2.840.10008.1.2.4.111", Codec::unsupported, "JPEG XL JPEG Recompression"},
    {"1.2.840.10008.1.2.4.112", Codec::unsupported, "JPEG XL"},
    {"1.2.840.10008.1.2.4.100.1", Codec::unsupported,
     "Fragmentable MPEG2 Main Profile @ Main Level"},
    {"1.2.840.10008.1.2.4.101.1", Codec::unsupported,
     "Fragmentable MPEG2 Main Profile @ High Level"},
    {"1.2.840.10008.1.2.4.102.1", Codec::unsupported,
     "Fragmentable MPEG-4 AVC/H.264 High Profile / Level 4.1"},
    {"1.2.840.10008.1.2.4.103.1", Codec::unsupported,
     "Fragmentable MPEG-4 AVC/H.264 BD-compatible High Profile / Level 4.1"},
    {"1.2.840.10008.1.2.4.104.1", Codec::unsupported,
     "Fragmentable MPEG-4 AVC/H.264 High Profile / Level 4.2 For 2D Video"},
    {"1.2.840.10008.1.2.4.105.1", Codec::unsupported,
     "Fragmentable MPEG-4 AVC/H.264 High Profile / Level 4.2 For 3D Video"},
    {"1.2.840.10008.1.2.4.106.1", Codec::unsupported,
     "Fragmentable MPEG-4 AVC/H.264 Stereo High Profile / Level 4.2"},
    {"1.2.840.10008.1.2.7.1", Codec::unsupported,
     "SMPTE ST 2110-20 Uncompressed Progressive Active Video"},
    {"1.2.840.10008.1.2.7.2", Codec::unsupported,
     "SMPTE ST 2110-20 Uncompressed Interlaced Active Video"},
    {"1.2.840.10008.1.2.7.3", Codec::unsupported, "SMPTE ST 2110-30 PCM Digital Audio"},
    {"1.2.840.10008.1.2.8.1", Codec::unsupported, "Deflated Image Frame Compression"},
};

const Row* row_of(std::string_view uid) {
  const auto* row =
      std::find_if(std::begin(kRows), std::end(kRows), [&](const Row& r) { return r.uid == uid; });
  return row == std::end(kRows) ? nullptr : row;
}

/// As it may stand in a message: a damaged file can hold anything there.
std::string shown(const std::string& uid) {
  std::string text = uid.substr(0, 64);  // the longest that PS3.5, 9.1 allows
  for (char& c : text) {
    if (c <= ' ' || c > '~') c = '?';
  }
  return text;
}

}  // namespace

Syntax syntax_of(const std::string& uid, const std::string& where) {
  const Row* row = row_of(uid);
  const DcmXfer dcmtk(uid.c_str());
  if (row == nullptr && dcmtk.getXfer() == EXS_Unknown) {
    const std::string name = dcmFindNameOfUID(uid.c_str(), "");
    throw nn::Error(nn::Fault::input, where,
                    "the transfer syntax " + shown(uid) + (name.empty() ? "" : " (" + name + ")") +
                        ", which is not supported",
                    kRead, "export the series without compression");
  }
  Syntax s;
  s.uid = uid;
  s.name = row != nullptr && !row->name.empty() ? std::string(row->name) : dcmtk.getXferName();
  s.encoding = dcmtk.getXfer() == EXS_Unknown ? Encoding::explicit_little
               : dcmtk.isImplicitVR()         ? Encoding::implicit_little
               : dcmtk.isBigEndian()          ? Encoding::explicit_big
                                              : Encoding::explicit_little;
  s.deflated = dcmtk.getStreamCompression() == ESC_zlib;
  const bool plain = uid == UID_LittleEndianImplicitTransferSyntax ||
                     uid == UID_LittleEndianExplicitTransferSyntax ||
                     uid == UID_BigEndianExplicitTransferSyntax || s.deflated;
  s.codec = row != nullptr ? row->codec : plain ? Codec::none : Codec::unsupported;
  const bool decoded_here = s.codec == Codec::jpeg2000 || s.codec == Codec::fragments;
  s.parsed_as = s.deflated                                       ? EXS_LittleEndianExplicit
                : decoded_here || dcmtk.getXfer() == EXS_Unknown ? EXS_JPEG2000
                                                                 : dcmtk.getXfer();
  return s;
}

Syntax syntax_of(Encoding encoding) {
  return syntax_of(encoding == Encoding::implicit_little ? UID_LittleEndianImplicitTransferSyntax
                   : encoding == Encoding::explicit_big  ? UID_BigEndianExplicitTransferSyntax
                                                         : UID_LittleEndianExplicitTransferSyntax,
                   "DICOM");
}

void refuse_syntax(const Syntax& syntax, const std::string& where) {
  // GE's is no compression at all, but an order of bytes of its own.
  const bool dcmtk_converts = syntax.encoding == Encoding::implicit_little;
  throw nn::Error(nn::Fault::input, where,
                  "pixel data in " + syntax.name + " (" + syntax.uid + "), which is not supported",
                  kRead,
                  dcmtk_converts ? "convert each file with dcmconv +te, of the package dcmtk"
                                 : "export the series without compression");
}

}  // namespace data
