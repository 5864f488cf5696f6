// The version that files and reports carry.
#pragma once

namespace train {

inline constexpr const char* kVersion = CT2CT_VERSION;  // from CMake's project()

}  // namespace train
