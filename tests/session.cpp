// Catch2 itself, compiled once.
#define CATCH_CONFIG_RUNNER
#include "tests/catch.h"

namespace ct2ct_test {

int run(int argc, char** argv);

int run(int argc, char** argv) { return Catch::Session().run(argc, argv); }

}  // namespace ct2ct_test
