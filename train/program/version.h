// The version that files and reports carry.
#pragma once

namespace train {

extern const char* const kVersion;  // "0.2.0", from CMake's project()

}  // namespace train
