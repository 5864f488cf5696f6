// The entry of every test program. Exit code 77 says "skipped" to CTest, which runs one test case
// at a time: a test case that cannot run here calls skip().
#include "tests/skip.h"

namespace ct2ct_test {

int run(int argc, char** argv);  // session.cpp

}  // namespace ct2ct_test

int main(int argc, char** argv) {
  const int failed = ct2ct_test::run(argc, argv);
  return failed == 0 && ct2ct_test::skipped ? 77 : failed;
}
