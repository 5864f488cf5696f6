// Zips that are made for the tests.
#pragma once

#include <zip.h>

#include <string>
#include <utility>
#include <vector>

#include "tests/catch.h"

namespace data_test {

using Entries = std::vector<std::pair<std::string, std::string>>;

/// Names that end in a slash are folders.
inline void make_zip(const std::string& path, const Entries& entries, bool encrypted = false) {
  int code = 0;
  zip_t* z = zip_open(path.c_str(), ZIP_CREATE | ZIP_TRUNCATE, &code);
  REQUIRE(z != nullptr);
  for (const auto& [name, bytes] : entries) {
    if (name.ends_with("/")) {
      zip_dir_add(z, name.c_str(), 0);
      continue;
    }
    zip_source_t* source = zip_source_buffer(z, bytes.data(), bytes.size(), 0);
    const zip_int64_t at = zip_file_add(z, name.c_str(), source, 0);
    REQUIRE(at >= 0);
    if (encrypted) {
      zip_file_set_encryption(z, static_cast<zip_uint64_t>(at), ZIP_EM_AES_256, "secret");
    }
  }
  REQUIRE(zip_close(z) == 0);
}

}  // namespace data_test
