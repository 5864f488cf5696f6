// Which files of this computer the page may see and write: those below a few folders. Links are
// followed before a path is judged, so none leads out of them.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace train::app {

/// What a folder is listed for.
enum class Purpose { scan, model, save };

/// "", "model" or "save". Refused with 400 for another word.
Purpose purpose_from(const std::string& word);

/// A name below a dropped folder: no empty part, no "." or "..", no slash at its begin, no control
/// character, at most 1024 bytes and 32 parts.
bool is_relative_path(std::string_view path);
/// One part of such a path that does not begin with a dot, at most 200 bytes.
bool is_file_name(std::string_view name);

/// "phantom:1234": a made-up head, which is no file. 1 to 10 digits.
bool is_phantom(std::string_view path);

class Places {
 public:
  /// `folders`: the only places, or empty for the home of the user, the current folder and mounted
  /// media, as far as they exist. Input error for one of `folders` that is none.
  explicit Places(const std::vector<std::string>& folders);

  /// The path without links, "." and "..", or a phantom. Refused: 403 outside of all places, 404
  /// where nothing stands there.
  std::string allowed(const std::string& path) const;
  /// The same, also for what stands below `own`, a folder of ours.
  std::string allowed_or_below(const std::string& path, const std::string& own) const;
  /// The same for a folder to write to; 400 for a file.
  std::string allowed_folder(const std::string& path) const;

  /// [{name, path}]
  nlohmann::ordered_json roots() const;
  /// {path, holds, parent, entries: [{name, path, kind, bytes, modified, holds}], truncated}: at
  /// most 2000 entries, folders first, then files that a reader may take. Hidden ones are left out,
  /// and so are links that lead out of all places. `holds` of folders is of holdings.h, where a
  /// scan is looked for.
  nlohmann::ordered_json list(const std::string& path, Purpose purpose) const;

 private:
  bool holds(const std::string& canonical) const;

  std::vector<std::string> roots_;
};

}  // namespace train::app
