#include "data/dicom/headers.h"

#include <cstring>
#include <span>
#include <utility>

#include "data/dicom/structure.h"
#include "data/dicom/syntax.h"
#include "nn/core/error.h"

namespace data {
namespace {

using nn::Error;
using nn::Fault;

/// "<where>: <got>, expected <what>; <hint>" without the first part.
std::string without_where(const std::string& text, const std::string& where) {
  const std::string before = where + ": ";
  return text.starts_with(before) ? text.substr(before.size()) : text;
}

/// What the first part of a file says of itself, as far as it can be walked through; empty texts
/// where it does not.
struct Glimpse {
  std::string sop_class;
  std::string image_type;  ///< all values, joined by backslashes
  std::string series_instance_uid;
};

/// Of a file that may be damaged.
Glimpse glimpse_of(std::span<const std::byte> bytes) {
  Glimpse glimpse;
  ShortTexts seen;
  const std::string where = "a damaged file";
  try {
    const DicomStart start = dicom_start(bytes, where);
    glimpse.sop_class = start.sop_class;
    const Encoding encoding = start.syntax.empty() ? guessed_encoding(bytes.subspan(start.size))
                                                   : syntax_of(start.syntax, where).encoding;
    check_data_set(bytes, start.size, encoding, where, &seen);
  } catch (const Error&) {
    // What came before the fault is what is wanted.
  }
  if (!seen[0x00080016].empty()) glimpse.sop_class = seen[0x00080016];
  glimpse.image_type = seen[0x00080008];
  glimpse.series_instance_uid = seen[0x0020000E];
  return glimpse;
}

/// Why a damaged file is of no interest to any series of CT images; empty when it may be.
std::string reason_to_ignore(const Glimpse& glimpse) {
  if (glimpse.image_type.find("\\LOCALIZER") != std::string::npos) return "a localizer, damaged";
  const std::string& uid = glimpse.sop_class;
  const bool ct = uid.empty() || uid == UID_CTImageStorage || uid == UID_EnhancedCTImageStorage ||
                  uid == UID_LegacyConvertedEnhancedCTImageStorage;
  if (ct) return {};
  const char* kind = dcmFindNameOfUID(uid.c_str());
  return std::string(kind != nullptr ? std::string(kind) + ", no CT image" : "no CT image") +
         ", which cannot be read";
}

/// Reads one file after another into `headers`.
class Reader {
 public:
  Reader(const FileList& files, DicomHeaders& headers, std::vector<DicomSkipped>& skipped)
      : files_(files), headers_(headers), skipped_(skipped) {}

  void read(const std::string& name) {
    where_ = files_.where(name);
    std::vector<std::byte> bytes;
    bool sure = false;  // has the mark of DICOM; without, the file may be anything
    try {
      const std::vector<std::byte> head = files_.head(name);
      if (!looks_like_dicom(head)) {
        skipped_.push_back({name, head.empty() ? "an empty file" : "no DICOM file"});
        return;
      }
      sure = head.size() == kDicomHeadBytes && std::memcmp(&head[128], "DICM", 4) == 0;
      bytes = files_.load(name);
      const auto file = parse_dicom(bytes, where_);
      take(images_of(*file, name, where_), name);
    } catch (const Error& e) {
      if (e.fault() == Fault::job) throw;
      keep_fault(name, e, bytes, sure);
    }
  }

 private:
  void take(std::variant<std::vector<DicomImage>, std::string> found, const std::string& name) {
    if (const auto* reason = std::get_if<std::string>(&found)) {
      skipped_.push_back({name, *reason});
      return;
    }
    for (DicomImage& image : std::get<0>(found)) {
      if (!image.fault) {
        headers_.images.push_back(std::move(image));
        continue;
      }
      headers_.unread.push_back({name, image.series_instance_uid, image.picture, image.fault,
                                 "a picture, which holds no HU, and damaged"});
    }
  }

  void keep_fault(const std::string& name, const Error& e, const std::vector<std::byte>& bytes,
                  bool sure) {
    const Glimpse glimpse = glimpse_of(bytes);
    const std::string reason = reason_to_ignore(glimpse);
    const bool known = !glimpse.series_instance_uid.empty();
    if (files_.single || (reason.empty() && (sure || known || bytes.empty()))) {
      UnreadFile unread{name, {}, false, std::current_exception(), without_where(e.what(), where_)};
      if (known) unread.series_instance_uid = glimpse.series_instance_uid;
      headers_.unread.push_back(std::move(unread));
    } else {
      skipped_.push_back({name, reason.empty() ? "no DICOM file, or a damaged one" : reason});
    }
  }

  const FileList& files_;
  DicomHeaders& headers_;
  std::vector<DicomSkipped>& skipped_;
  std::string where_;
};

}  // namespace

DicomHeaders read_headers(const FileList& files, std::vector<DicomSkipped>& skipped) {
  DicomHeaders headers;
  Reader reader(files, headers, skipped);
  for (const std::string& name : files.names) reader.read(name);
  return headers;
}

}  // namespace data
