// Outputs that exist as a whole or not at all: written under a temporary name in the destination's
// own folder, flushed to the disk, then renamed. An existing output is kept unless `force`, and
// what is neither a file nor a folder of ours is never replaced, not even then.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace data {

class AtomicFile {
 public:
  /// Input error when `path` exists and not `force`, when it is no plain file, or when its folder
  /// does not exist or may not be written to.
  AtomicFile(const std::string& path, bool force);
  /// Removes the temporary file unless committed.
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  /// Job error when the disk is full.
  void write(const void* bytes, std::size_t count);
  void commit();
  /// commit() of one of several outputs that belong together (data/files/output_set.h): until this
  /// object goes, undo() takes it back, and what stood there before is there again.
  void commit_revocably();
  void undo();

  const std::string& path() const { return path_; }
  /// Where the bytes stand before commit().
  const std::string& temporary() const { return temporary_; }

 private:
  void close_file();
  void rename();

  std::string path_;
  std::string before_;  ///< another name of what stood there before commit_revocably()
  std::string temporary_;
  bool force_;
  int descriptor_ = -1;
};

/// Removes what processes that were killed have left of an output, a file or a folder, of the name
/// `path`. What a living process writes stays, and so does everything on a file system without
/// locks; names of leftovers begin with a dot and are never read. Throws nothing.
void remove_leftovers(const std::string& path);

/// Input error unless the name of a file to be written ends in one of these, as ".png", so that it
/// says what is in it.
void require_ending(const std::string& path, const std::vector<std::string>& endings);

/// Input error if the name of a folder to be written ends like a file's, as "out.jpg". The user
/// probably expects a file. A slash at the end says that a folder is meant.
void require_folder_name(const std::string& path);

/// Writes a whole file.
void write_file(const std::string& path, const void* bytes, std::size_t count, bool force);

/// A folder of outputs. Files are written into folder() by any means, then commit() renames it.
class AtomicFolder {
 public:
  /// The error of require_folder_name(), and one when `path` exists, unless it is an empty folder,
  /// or `force` is given and every entry is a plain file named `prefix`NUMBER`suffix`: a folder
  /// with anything else in it is not ours to delete.
  AtomicFolder(const std::string& path, const std::string& prefix, const std::string& suffix,
               bool force);
  /// The same where our files are those of these names.
  AtomicFolder(const std::string& path, const std::vector<std::string>& names, bool force);
  ~AtomicFolder();
  AtomicFolder(const AtomicFolder&) = delete;
  AtomicFolder& operator=(const AtomicFolder&) = delete;

  const std::string& path() const { return path_; }
  /// Where the files stand before commit().
  const std::string& folder() const { return temporary_; }
  void commit();
  /// As AtomicFile's.
  void commit_revocably();
  void undo();

 private:
  using Ours = std::function<bool(const std::string& name)>;
  AtomicFolder(const std::string& path, Ours ours, const std::string& expected, bool force);
  void check_destination() const;

  std::string path_;
  std::string before_;  ///< where the folder is that stood there before commit_revocably()
  std::string temporary_;
  Ours ours_;
  std::string expected_;
  bool force_;
  int descriptor_ = -1;  ///< of the folder that is written
};

}  // namespace data
