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

#include "nn/core/error.h"
#include "tests/catch.h"

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

/// The bytes of values, lowest first.
template <class T>
std::string bytes_of_values(const std::vector<T>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
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

/// A NIfTI-1 header built byte by byte from the offsets in nifti1.h, not by the code under test.
class HeaderBytes {
 public:
  HeaderBytes(std::vector<std::int16_t> dims, std::int16_t datatype, std::int16_t bits,
              std::vector<float> spacing)
      : bytes_(352, '\0') {
    set<std::int32_t>(0, 348);
    set<std::int16_t>(40, static_cast<std::int16_t>(dims.size()));
    for (std::size_t i = 0; i < 7; ++i) {
      set<std::int16_t>(42 + 2 * i, i < dims.size() ? dims[i] : std::int16_t{1});
    }
    set<std::int16_t>(70, datatype);
    set<std::int16_t>(72, bits);
    set<float>(76, 1);  // pixdim[0] = qfac
    for (std::size_t i = 0; i < spacing.size(); ++i) set<float>(80 + 4 * i, spacing[i]);
    set<float>(108, 352);
    bytes_[123] = 2;  // mm
    bytes_.replace(344, 4, std::string("n+1\0", 4));
  }

  template <class T>
  HeaderBytes& set(std::size_t at, T value) {
    std::memcpy(bytes_.data() + at, &value, sizeof(T));
    return *this;
  }
  /// sform_code and its rows.
  HeaderBytes& sform(std::int16_t code, const std::vector<float>& rows) {
    set<std::int16_t>(254, code);
    for (std::size_t i = 0; i < rows.size(); ++i) set<float>(280 + 4 * i, rows[i]);
    return *this;
  }
  /// The header in the other byte order; only what the constructor and set() know is turned round.
  HeaderBytes& swap_bytes() {
    const auto turn = [&](std::size_t at, std::size_t width) {
      std::reverse(bytes_.begin() + static_cast<std::ptrdiff_t>(at),
                   bytes_.begin() + static_cast<std::ptrdiff_t>(at + width));
    };
    turn(0, 4);
    for (std::size_t at = 40; at < 56; at += 2) turn(at, 2);
    turn(70, 2);
    turn(72, 2);
    for (std::size_t at = 76; at < 120; at += 4) turn(at, 4);
    turn(252, 2);
    turn(254, 2);
    for (std::size_t at = 256; at < 328; at += 4) turn(at, 4);
    return *this;
  }
  const std::string& str() const { return bytes_; }

 private:
  std::string bytes_;
};

inline constexpr std::int16_t kUint8 = 2;
inline constexpr std::int16_t kInt16 = 4;
inline constexpr std::int16_t kInt32 = 8;
inline constexpr std::int16_t kFloat32 = 16;
inline constexpr std::int16_t kFloat64 = 64;

/// int16 voxels 0, 1, 2, ... of a 2 x 3 x 4 scan with spacing 0.5, 0.75, 2 mm.
inline HeaderBytes small_header() { return {{2, 3, 4}, kInt16, 16, {0.5F, 0.75F, 2}}; }
inline std::vector<std::int16_t> counting(std::int16_t count) {
  std::vector<std::int16_t> v;
  for (std::int16_t i = 0; i < count; ++i) v.push_back(i);
  return v;
}
inline std::string small_nifti() { return small_header().str() + bytes_of_values(counting(24)); }

}  // namespace data_test
