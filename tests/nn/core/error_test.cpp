#include "nn/core/error.h"

#include <string>

#include "tests/catch.h"

namespace nn {
namespace {

TEST_CASE("Error: reads as one sentence of where, got, expected and hint", "[core][error]") {
  CHECK(
      std::string(Error(Fault::input, "conv2d", "a 1x1 image", "4x4", "use a larger one").what()) ==
      "conv2d: a 1x1 image, expected 4x4; use a larger one");
  CHECK(std::string(Error(Fault::input, "conv2d", "a 1x1 image", "4x4").what()) ==
        "conv2d: a 1x1 image, expected 4x4");
  CHECK(std::string(Error(Fault::job, "out.nii", "no space", "", "free some").what()) ==
        "out.nii: no space; free some");
  CHECK(std::string(Error(Fault::job, "out.nii", "no space", "").what()) == "out.nii: no space");
}

TEST_CASE("Error: is one line whatever its parts hold", "[core][error]") {
  const Error e(Fault::input, "a\nfile", "two\r\nlines", "one\n", "really\r");
  const std::string text = e.what();
  CHECK(text == "a file: two  lines, expected one ; really ");
  CHECK(text.find_first_of("\r\n") == std::string::npos);
}

TEST_CASE("Error: the fault decides the exit code", "[core][error]") {
  CHECK(Error(Fault::job, "a", "b", "c").exit_code() == 1);
  CHECK(Error(Fault::input, "a", "b", "c").exit_code() == 2);
  CHECK(Error(Fault::input, "a", "b", "c").fault() == Fault::input);
}

TEST_CASE("require: throws an input error, and only where it must", "[core][error]") {
  CHECK_NOTHROW(require(true, "a", "b", "c"));
  try {
    require(false, "add", "2 and 3", "equal sizes", "check the mask");
    FAIL("nothing thrown");
  } catch (const Error& e) {
    CHECK(e.fault() == Fault::input);
    CHECK(std::string(e.what()) == "add: 2 and 3, expected equal sizes; check the mask");
  }
}

}  // namespace
}  // namespace nn
