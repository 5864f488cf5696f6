// How this program was built, and which instruction set the run uses. `ct2ct --version --json`
// prints it; records of outputs and runs contain it.
#pragma once

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "data/files/libraries.h"

namespace train {

struct BuildInfo {
  std::string version;          ///< kVersion
  std::string commit;           ///< 40 hexadecimal digits, or "unknown": built without git
  std::optional<bool> changed;  ///< whether tracked files differed from the commit; none if unknown
  std::string compiler;         ///< name and version
  std::string build_type;       ///< CMAKE_BUILD_TYPE
  std::string flags;            ///< compiler flags, the same for every source of ours
  std::string system;           ///< the target: name and processor
  std::map<std::string, bool> options;   ///< CMake options that change what the program does
  std::vector<data::Library> libraries;  ///< third-party libraries that our sources call
  std::vector<std::string> loaded;       ///< file names of all shared libraries in this process
  std::vector<std::string> kernels;      ///< instruction sets of the micro-kernels in the program
  std::string kernel;                    ///< the instruction set that this run uses
  std::string cuda;                      ///< its version and the GPUs it was built for, or empty
  std::string default_model_sha256;      ///< SHA-256 of the model in the box, sha256_of_model()
};

/// Describes the running program. Reads no file of the user.
BuildInfo build_info();

/// One object with the names of the fields above. `changed` is null if it is not known; a library
/// is {"name", "version", "how"}.
void to_json(nlohmann::json& j, const BuildInfo& b);
void from_json(const nlohmann::json& j, BuildInfo& b);

/// Names, in words, the differences between two builds that could change a result; empty if there
/// are none.
std::string difference(const BuildInfo& a, const BuildInfo& b);

/// The lines that `ct2ct --version` prints. Fields that few users need are left out.
std::string text_of(const BuildInfo& b);

}  // namespace train
