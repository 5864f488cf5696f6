// A test case that cannot run here: skipped, and counted as such.
#pragma once

#include <string>

#include "tests/catch.h"

namespace ct2ct_test {

/// What a test program ends with: kSkipped if all its checks held and a test case called skip().
/// CTest is told to count kSkipped as skipped. It is the exit code for that of Catch2 3 itself,
/// whose CMake functions tell CTest so and suffer no other.
inline constexpr int kFailed = 1;
inline constexpr int kSkipped = 4;

/// Set by skip().
inline bool skipped = false;

/// A test case that cannot run here says why and returns. SKIP() came with Catch2 3.3, Debian 12
/// has 2.13.
inline void skip(const std::string& why) {
  WARN("skipped: " << why);
  skipped = true;
}

}  // namespace ct2ct_test
