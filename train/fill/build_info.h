// What this program was built from, and what the run uses of it: `ct2ct --version --json` prints
// it, and records of outputs and runs carry it.
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
  std::string build_type;       ///< of CMake
  std::string flags;            ///< of the compiler, for every source of ours
  std::string system;           ///< for which it was built: name and processor
  std::map<std::string, bool> options;   ///< CMake options that change what the program does
  std::vector<data::Library> libraries;  ///< of others, that our sources call
  std::vector<std::string> loaded;       ///< file names of all shared libraries in this process
  std::vector<std::string> kernels;      ///< instruction sets that micro-kernels were built for
  std::string kernel;                    ///< the one that this run uses
  std::string default_model_sha256;      ///< of the model in the box, see sha256_of_model()
};

/// Reads nothing but the program itself.
BuildInfo build_info();

/// One object with the names of the fields above; `changed` is null where it is not known, and a
/// library is {"name", "version", "how"}.
void to_json(nlohmann::json& j, const BuildInfo& b);
void from_json(const nlohmann::json& j, BuildInfo& b);

/// In what two builds differ that could change a result, in words; empty when in nothing.
std::string difference(const BuildInfo& a, const BuildInfo& b);

/// The same in lines, for `ct2ct --version`; those of no interest to most users are left out.
std::string text_of(const BuildInfo& b);

}  // namespace train
