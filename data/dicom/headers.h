// The headers of all images below a folder, and which files have none that can be read: one odd
// file never stops the others. Only files of data/dicom/ include this.
#pragma once

#include <exception>
#include <optional>
#include <string>
#include <vector>

#include "data/dicom/dicom.h"
#include "data/dicom/image.h"
#include "data/files/files.h"

namespace data {

/// A DICOM file that cannot be read, or whose header cannot be right.
struct UnreadFile {
  std::string file;
  /// The series that it says it belongs to; nothing where it does not get that far.
  std::optional<std::string> series_instance_uid;
  bool picture = false;  ///< 8-bit or colour
  std::exception_ptr fault;
  std::string reason;  ///< the fault in words, without the file's name
};

struct DicomHeaders {
  std::vector<DicomImage> images;
  std::vector<UnreadFile> unread;
};

/// One file is in memory at a time. What is no CT image goes to `skipped`. Job errors are thrown.
DicomHeaders read_headers(const FileList& files, std::vector<DicomSkipped>& skipped);

}  // namespace data
