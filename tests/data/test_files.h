// What the tests of data/ share: a folder that cleans up after itself, hand-built files, and the
// check that an error is an input error of one line that names what it should.
#pragma once

#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "data/nifti/nifti.h"
#include "nn/core/error.h"
#include "tests/catch.h"
#include "tests/data/nifti/nifti_bytes.h"

namespace data_test {

/// An empty folder of its own, removed with everything in it.
class TempDir {
 public:
  TempDir() {
    static int counter = 0;
    path_ = std::filesystem::temp_directory_path() /
            ("ct2ct_test_" + std::to_string(::getpid()) + "_" + std::to_string(counter++));
    std::filesystem::create_directory(path_);
  }
  ~TempDir() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  std::string operator/(const std::string& name) const { return (path_ / name).string(); }
  std::string str() const { return path_.string(); }
  /// Names of everything in the folder, hidden files too: what a failed writer left behind.
  std::size_t entries() const {
    const std::filesystem::directory_iterator all(path_);
    return static_cast<std::size_t>(std::distance(begin(all), end(all)));
  }

 private:
  std::filesystem::path path_;
};

inline void put(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

inline std::string get(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// Runs `f`, which must throw an input error of one line that contains every one of `texts`.
template <class F>
void check_input_error(const F& f, const std::vector<std::string>& texts) {
  try {
    f();
    FAIL_CHECK("no error, expected one about '" << texts.front() << "'");
  } catch (const nn::Error& e) {
    const std::string what = e.what();
    INFO(what);
    CHECK(e.fault() == nn::Fault::input);
    CHECK(what.find('\n') == std::string::npos);
    for (const std::string& text : texts) {
      INFO("looking for: " << text);
      CHECK(what.find(text) != std::string::npos);
    }
  }
}

inline data::Volume read_bytes(const std::string& bytes, const std::string& name = "a.nii") {
  const TempDir dir;
  put(dir / name, bytes);
  return data::read_nifti(dir / name);
}

/// Whether one of the scan's warnings holds `text`.
inline bool warned(const data::Volume& v, const std::string& text) {
  return std::any_of(v.warnings.begin(), v.warnings.end(),
                     [&](const std::string& w) { return w.find(text) != std::string::npos; });
}

}  // namespace data_test
