// The entry of every test program. A program of real-data tests says "skipped" (exit code 77, which
// CTest counts as skipped) when CT2CT_REAL_DATA does not name the folder of scans.
#define CATCH_CONFIG_RUNNER
#include <cstdio>
#include <cstdlib>
#include <string>

#include "tests/catch.h"

int main(int argc, char** argv) {
#ifdef CT2CT_REAL_TESTS
  const bool listing = argc > 1 && std::string(argv[1]).rfind("--list", 0) == 0;
  const char* folder = std::getenv("CT2CT_REAL_DATA");
  if (!listing && (folder == nullptr || *folder == '\0')) {
    std::puts("skipped: CT2CT_REAL_DATA is not set");
    return 77;
  }
#endif
  return Catch::Session().run(argc, argv);
}
