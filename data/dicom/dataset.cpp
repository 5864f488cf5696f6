#include "data/dicom/dataset.h"

#include <dcmtk/dcmdata/dcistrmb.h>
#include <dcmtk/dcmdata/dcrledrg.h>
#include <dcmtk/dcmjpeg/djdecode.h>
#include <dcmtk/dcmjpls/djdecode.h>
#include <dcmtk/oflog/oflog.h>

#include <algorithm>
#include <cmath>
#include <mutex>

#include "data/dicom/plain.h"
#include "nn/core/error.h"

namespace data {

void prepare_dcmtk() {
  static std::once_flag once;
  std::call_once(once, [] {
    OFLog::configure(OFLogger::OFF_LOG_LEVEL);
    DcmRLEDecoderRegistration::registerCodecs();
    DJDecoderRegistration::registerCodecs();
    DJLSDecoderRegistration::registerCodecs();
    if (!dcmDataDict.isDictionaryLoaded()) return;
    dcmDataDict.wrlock().addEntry(new DcmDictEntry(0x0008, 0x001C, DcmVR(EVR_CS), "SyntheticData",
                                                   1, 1, "DICOM", OFTrue, nullptr));
    dcmDataDict.wrunlock();
  });
  if (!dcmDataDict.isDictionaryLoaded()) {
    throw nn::Error(nn::Fault::job, "DICOM", "DCMTK finds no data dictionary", "its dicom.dic",
                    "install the package libdcmtk17, or set DCMDICTPATH to the file");
  }
}

std::unique_ptr<ParsedDicom> parse_dicom(std::span<const std::byte> bytes,
                                         const std::string& where) {
  prepare_dcmtk();
  auto file = std::make_unique<ParsedDicom>();
  const DicomStart start = dicom_start(bytes, where);
  std::size_t begin = start.size;
  file->syntax = start.syntax.empty() ? syntax_of(guessed_encoding(bytes.subspan(begin)))
                                      : syntax_of(start.syntax, where);
  if (!start.sop_class.empty()) {
    file->getMetaInfo()->putAndInsertString(DCM_MediaStorageSOPClassUID, start.sop_class.c_str());
  }
  std::vector<std::byte> own;
  std::string what = where;
  if (file->syntax.deflated) {
    const std::span<const std::byte> packed = bytes.subspan(begin);
    Inflated unpacked = inflated(packed, where);
    const auto after = packed.subspan(unpacked.used);
    nn::require(
        std::all_of(after.begin(), after.end(), [](std::byte b) { return b == std::byte{0}; }),
        where, "bytes after the deflated data set", "zeros or nothing", kDamaged);
    file->zeros_after = after.size();
    own = std::move(unpacked.bytes);
    bytes = own;
    begin = 0;
    what += ", inflated";
  }
  const DataSetExtent extent = check_data_set(bytes, begin, file->syntax.encoding, what);
  file->fragments = extent.fragments;
  // One byte pads to an even number, and is no news.
  if (bytes.size() - extent.end > 1) file->zeros_after += bytes.size() - extent.end;
  bytes = bytes.subspan(begin, extent.end - begin);
  // The stream wants an even number of bytes.
  if (bytes.size() % 2 != 0) {
    std::vector<std::byte> even(bytes.begin(), bytes.end());
    even.push_back(std::byte{0});
    own = std::move(even);
    bytes = own;
  }
  DcmInputBufferStream stream;
  stream.setBuffer(bytes.data(), static_cast<offile_off_t>(bytes.size()));
  stream.setEos();
  DcmDataset& data_set = *file->getDataset();
  data_set.transferInit();
  const OFCondition result = data_set.read(stream, file->syntax.parsed_as, EGL_noChange);
  data_set.transferEnd();
  nn::require(result.good(), where, "cannot be read as DICOM (" + std::string(result.text()) + ")",
              "a whole DICOM file", "copy or export it again");
  return file;
}

std::string text_of(DcmItem& item, const DcmTagKey& tag, unsigned long at) {
  OFString value;
  if (item.findAndGetOFString(tag, value, at).bad()) return {};
  std::string text(value.c_str(), value.size());
  for (char& c : text) {
    if (c < ' ' || c > '~') c = '?';
  }
  const std::size_t first = text.find_first_not_of(' ');
  if (first == std::string::npos) return {};
  return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

std::string text_of(DcmItem& item, const DcmTagKey& tag) {
  std::string all;
  DcmElement* element = nullptr;
  if (item.findAndGetElement(tag, element).bad()) return {};
  const unsigned long count = std::min(element->getVM(), 16UL);
  for (unsigned long i = 0; i < count; ++i) all += (i > 0 ? "\\" : "") + text_of(item, tag, i);
  return all;
}

std::optional<double> number_of(DcmItem& item, const DcmTagKey& tag, unsigned long at) {
  DcmElement* element = nullptr;
  if (item.findAndGetElement(tag, element).bad() || at >= element->getVM()) return std::nullopt;
  // Which getter fits depends on the VR; a text of digits has the last one.
  Float64 number = 0;
  Uint16 whole = 0;
  Sint16 whole_signed = 0;
  Sint32 text = 0;
  if (element->getFloat64(number, at).good()) {
    if (std::isfinite(number)) return number;
    return std::nullopt;
  }
  if (element->getUint16(whole, at).good()) return whole;
  if (element->getSint16(whole_signed, at).good()) return whole_signed;
  if (element->getSint32(text, at).good()) return text;
  return std::nullopt;
}

}  // namespace data
