#include "data/io/read.h"

#include <algorithm>
#include <filesystem>

#include "data/files/sha256.h"
#include "data/volume/source.h"

namespace data {
namespace {

namespace fs = std::filesystem;

/// By header name; an image may be compressed where the header is not.
std::vector<std::string> pair_of(const std::string& header) {
  std::string stem = fs::path(header).filename().string();
  for (const std::string end : {".hdr.gz", ".hdr"}) {
    if (!stem.ends_with(end)) continue;
    stem.resize(stem.size() - end.size());
    std::vector<std::string> names{fs::path(header).filename().string()};
    for (const char* image : {".img", ".img.gz"}) {
      std::error_code ignored;
      if (fs::exists(fs::path(header).parent_path() / (stem + image), ignored)) {
        names.push_back(stem + image);
        break;
      }
    }
    return names;
  }
  return {};
}

HashedPath listed(const std::string& path, const std::string& folder,
                  const std::vector<std::string>& names) {
  HashedPath hashed{path, "", hashed_files(folder, names)};
  hashed.sha256 = sha256_of_list(hashed.files);
  return hashed;
}

HashedPath hashed_path(const std::string& path, std::vector<std::string> names) {
  std::error_code ignored;
  if (fs::is_directory(path, ignored)) {
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());  // frames of one file
    return listed(path, path, names);
  }
  if (!fs::exists(path, ignored)) return {path, "", {}};
  if (const auto pair = pair_of(path); !pair.empty()) {
    const fs::path parent = fs::path(path).parent_path();
    return listed(path, parent.empty() ? "." : parent.string(), pair);
  }
  return {path, sha256_of_file(path), {}};
}

}  // namespace

HashedPath input_files(const Volume& scan) {
  std::vector<std::string> names = scan.names;
  if (scan.dicom) {
    for (const DicomSlice& s : scan.dicom->slices) names.push_back(s.file);
  }
  if (!scan.voxel_file.empty()) {  // a header whose voxels are beside it
    const fs::path header = scan.source;
    const std::string folder = header.parent_path().string();
    return listed(scan.source, folder.empty() ? "." : folder,
                  {header.filename().string(), scan.voxel_file});
  }
  return hashed_path(scan.source, std::move(names));
}

HashedPath input_files(const PictureList& list, const std::string& path) {
  return hashed_path(path, list.names);
}

}  // namespace data
