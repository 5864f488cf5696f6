// What a folder holds, at a glance, so that a list of folders can say which of them are scans.
#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>

namespace train::app {

/// Files that lie in the folder itself, not below it.
struct Holdings {
  std::size_t dicom = 0;     ///< by name, if the first of them begins as DICOM does
  std::size_t pictures = 0;  ///< PNG and JPEG, by name
  bool folders = false;
};

/// Whether the reader may take a file of this name: by its ending, or because it has none, as files
/// of DICOM often do.
bool may_be_scan(const std::string& name);

/// Looks at most at `names` entries, which it counts down. Hidden entries and links do not count.
Holdings holdings_of(const std::string& folder, std::size_t& names);

/// {dicom, pictures, folders}
nlohmann::ordered_json to_json(const Holdings& holdings);

}  // namespace train::app
