// The entry of every test program. Exit code 77 says "skipped" to CTest, which runs one test case
// at a time: for real-data tests when CT2CT_REAL_DATA does not name the folder of scans, and for a
// test case that called skip().
#define CATCH_CONFIG_RUNNER
#include <cstdio>
#include <cstdlib>
#include <string>

#include "tests/skip.h"

int main(int argc, char** argv) {
#ifdef CT2CT_REAL_TESTS
  const bool listing = argc > 1 && std::string(argv[1]).rfind("--list", 0) == 0;
  const char* folder = std::getenv("CT2CT_REAL_DATA");
  if (!listing && (folder == nullptr || *folder == '\0')) {
    std::puts("skipped: CT2CT_REAL_DATA is not set");
    return 77;
  }
#endif
  const int failed = Catch::Session().run(argc, argv);
  return failed == 0 && ct2ct_test::skipped ? 77 : failed;
}
