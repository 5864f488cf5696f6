// The entry of every test program. CTest runs one test case at a time; one that cannot run here
// calls skip(). Catch2 2 returns the number of failed checks, which may be that of "skipped".
#include "tests/skip.h"

namespace ct2ct_test {

int run(int argc, char** argv);  // session.cpp

}  // namespace ct2ct_test

int main(int argc, char** argv) {
  if (ct2ct_test::run(argc, argv) != 0) return ct2ct_test::kFailed;
  return ct2ct_test::skipped ? ct2ct_test::kSkipped : 0;
}
