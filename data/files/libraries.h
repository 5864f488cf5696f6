// Which libraries of others this room is built from, with their versions.
#pragma once

#include <string>
#include <vector>

namespace data {

struct Library {
  std::string name;
  std::string version;  ///< by the library's own function where it has one, else of its header
  std::string how;      ///< "linked" (shared), "compiled in" (static, or source) or "header-only"
};

/// Those of pictures, NIfTI, zip, gzip and SHA-256.
std::vector<Library> libraries();

}  // namespace data
