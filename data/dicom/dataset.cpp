#include "data/dicom/dataset.h"

#include <dcmtk/dcmdata/dcistrmb.h>
#include <dcmtk/dcmdata/dcrledrg.h>
#include <dcmtk/dcmjpeg/djdecode.h>
#include <dcmtk/dcmjpls/djdecode.h>
#include <dcmtk/oflog/oflog.h>

#include <cmath>
#include <mutex>

#include "data/dicom/structure.h"
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

std::unique_ptr<DcmFileFormat> parse_dicom(std::span<const std::byte> bytes,
                                           const std::string& where) {
  prepare_dcmtk();
  check_dicom_structure(bytes, where);
  // The stream wants an even number of bytes.
  std::vector<std::byte> padded;
  if (bytes.size() % 2 != 0) {
    padded.assign(bytes.begin(), bytes.end());
    padded.push_back(std::byte{0});
    bytes = padded;
  }
  DcmInputBufferStream stream;
  stream.setBuffer(bytes.data(), static_cast<offile_off_t>(bytes.size()));
  stream.setEos();
  auto file = std::make_unique<DcmFileFormat>();
  file->transferInit();
  const OFCondition result = file->read(stream, EXS_Unknown, EGL_noChange);
  file->transferEnd();
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
