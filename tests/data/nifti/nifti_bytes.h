// NIfTI files built byte by byte from the offsets in the standard, not by the code under test.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

namespace data_test {

/// The bytes of values, lowest first.
template <class T>
std::string bytes_of_values(const std::vector<T>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
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

/// A NIfTI-2 header with its four bytes about extensions, for int16 voxels: all zero but for what
/// must be there.
inline std::string nifti2_header(std::int64_t nx, std::int64_t ny, std::int64_t nz) {
  std::string b(544, '\0');
  const auto set = [&](std::size_t at, auto value) {
    std::memcpy(b.data() + at, &value, sizeof(value));
  };
  set(0, std::int32_t{540});
  b.replace(4, 8, std::string("n+2\0\r\n\x1a\n", 8));
  set(12, kInt16);
  set(16, std::int64_t{3});
  set(24, nx);
  set(32, ny);
  set(40, nz);
  return b;
}
inline std::string small_nifti2() { return nifti2_header(2, 3, 4); }

}  // namespace data_test
