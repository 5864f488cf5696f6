#include "data/dicom/values.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <ctime>

#include "data/files/files.h"
#include "data/files/sha256.h"

namespace data {
namespace {

/// A number of 128 bits, highest byte first, in decimal: long division by 10.
std::string decimal(std::array<std::uint8_t, 16> number) {
  std::string digits;
  while (std::any_of(number.begin(), number.end(), [](std::uint8_t b) { return b != 0; })) {
    unsigned rest = 0;
    for (std::uint8_t& byte : number) {
      const unsigned value = rest * 256 + byte;
      byte = static_cast<std::uint8_t>(value / 10);
      rest = value % 10;
    }
    digits.insert(digits.begin(), static_cast<char>('0' + rest));
  }
  return digits;
}

}  // namespace

std::string uid_of(const std::string& text) {
  const std::string hash = sha256_of(text.data(), text.size());
  std::array<std::uint8_t, 16> uuid{};
  for (std::size_t i = 0; i < uuid.size(); ++i) {
    std::from_chars(hash.data() + 2 * i, hash.data() + 2 * i + 2, uuid[i], 16);
  }
  uuid[6] = static_cast<std::uint8_t>((uuid[6] & 0x0FU) | 0x80U);  // version 8
  uuid[8] = static_cast<std::uint8_t>((uuid[8] & 0x3FU) | 0x80U);  // variant 10
  return "2.25." + decimal(uuid);
}

DicomClock clock_now() {
  const std::optional<std::time_t> fixed = fixed_time();
  const std::time_t now = fixed.value_or(std::time(nullptr));
  std::tm parts{};
  if (fixed) {
    ::gmtime_r(&now, &parts);
  } else {
    ::localtime_r(&now, &parts);
  }
  char text[32];
  std::strftime(text, sizeof(text), "%Y%m%d%H%M%S", &parts);
  return {std::string(text, 8), std::string(text + 8, 6)};
}

std::string decimal_string(double value) {
  constexpr std::size_t kMostBytes = 16;
  if (value == 0) return "0";  // no "-0"
  char text[40];
  const auto shortest = std::to_chars(text, text + sizeof(text), value);
  std::string result(text, shortest.ptr);
  for (int digits = 16; result.size() > kMostBytes && digits > 0; --digits) {
    std::snprintf(text, sizeof(text), "%.*g", digits, value);
    result = text;
  }
  return result;
}

}  // namespace data
