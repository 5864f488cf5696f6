// Finding DICOM files: a folder with all that is below it, a zip, or a single file. Content
// decides; nothing here needs DCMTK, so a build without it can still say what it was given.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace data {

/// How many bytes of a file looks_like_dicom() wants.
inline constexpr std::size_t kDicomHeadBytes = 132;

/// Files named by their path below `source`, in natural order.
struct FileList {
  std::string source;              ///< what the user named
  std::vector<std::string> names;  ///< of a single file its name alone
  /// The first bytes of a file, or all of them. Input error when it cannot be read.
  std::function<std::vector<std::byte>(const std::string& name)> head;
  std::function<std::vector<std::byte>(const std::string& name)> load;
  bool single = false;  ///< `source` is the file itself

  /// For errors: the file as the user would name it.
  std::string where(const std::string& name) const;
};

/// True for "DICM" after a preamble (PS3.10, 7.1), and for a data set without one that begins with
/// a plausible element of group 0002 or 0008.
bool looks_like_dicom(std::span<const std::byte> head);

/// Links to folders are not followed. Names that begin with a dot are left out, and folders within
/// a zip's __MACOSX. Input error when the folder cannot be listed, or holds more than 65536 files.
FileList list_files(const std::string& path);

/// True when any of the files looks like DICOM.
bool holds_dicom(const FileList& files);

}  // namespace data
