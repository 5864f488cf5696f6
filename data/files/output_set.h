// Several outputs that appear together or not at all, and what was written, by its hash.
#pragma once

#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "data/files/atomic_file.h"

namespace data {

/// A file with the SHA-256 of its bytes.
struct HashedFile {
  std::string name;  ///< relative to the folder it is said of
  std::string sha256;
};

/// What can be named in one hash although it may be a folder. `sha256` of a file is that of its
/// bytes; of a folder that of the text which `sha256sum` prints for its files, sorted by name: a
/// line "SHA256  NAME" each.
struct HashedPath {
  std::string path;
  std::string sha256;
  std::vector<HashedFile> files;  ///< of a folder, sorted by name; empty for a file
};

/// That text's hash. Sorts `files` by the bytes of their names.
std::string sha256_of_list(std::vector<HashedFile>& files);

/// Files below `folder`, hashed side by side. Input error for one that cannot be read.
std::vector<HashedFile> hashed_files(const std::string& folder,
                                     const std::vector<std::string>& names);

class OutputSet {
 public:
  /// `force`: existing outputs are replaced.
  explicit OutputSet(bool force) : force_(force) {}

  /// To be written into and not to be committed; it lives as long as the set. The errors of
  /// AtomicFile and AtomicFolder.
  AtomicFile& file(const std::string& path);
  AtomicFolder& folder(const std::string& path, const std::string& prefix,
                       const std::string& suffix);
  AtomicFolder& folder(const std::string& path, const std::vector<std::string>& names);

  /// A whole file at once.
  void put(const std::string& path, const std::string& bytes);

  /// Of everything that was written so far, in the order in which it was begun.
  std::vector<HashedPath> hashed() const;

  /// Gives all outputs their names, the one that was begun first last: what describes it is there
  /// before it is. Where one cannot be named those before it are taken back, and what stood there
  /// is there again.
  void commit();

 private:
  using File = std::unique_ptr<AtomicFile>;
  using Folder = std::unique_ptr<AtomicFolder>;

  bool force_;
  std::vector<std::variant<File, Folder>> outputs_;
};

}  // namespace data
