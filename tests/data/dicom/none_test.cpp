// A build without DICOM says how to switch it on.
#include "data/io/read.h"
#include "tests/data/test_files.h"

using data_test::check_input_error;

TEST_CASE("a build without DICOM refuses it in one line that says how to switch it on", "[dicom]") {
  const data_test::TempDir dir;
  std::filesystem::create_directory(dir / "series");
  data_test::put(dir / "series/IM1", std::string(128, '\0') + "DICM....");
  for (const std::string& path : {dir / "series", dir / "series/IM1"}) {
    check_input_error([&] { data::read_volume(path); }, {path, "DICOM", "-DCT2CT_DICOM=ON"});
  }
}
