#include "data/files/sha256.h"

#include <string>

#include "tests/data/test_files.h"

TEST_CASE("SHA-256 of the examples in FIPS 180-4", "[sha256]") {
  CHECK(data::sha256_of("", 0) ==
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(data::sha256_of("abc", 3) ==
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  const std::string long_text = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
  data::Sha256 parts;
  parts.update(long_text.data(), 10);
  parts.update(long_text.data() + 10, long_text.size() - 10);
  CHECK(parts.hex() == "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

TEST_CASE("SHA-256 of a file", "[sha256]") {
  const data_test::TempDir dir;
  data_test::put(dir / "million", std::string(1000000, 'a'));
  CHECK(data::sha256_of_file(dir / "million") ==
        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
  data_test::check_input_error([&] { data::sha256_of_file(dir / "none"); }, {"none"});
  data_test::check_input_error([&] { data::sha256_of_file(dir.str()); }, {dir.str()});
}
