#include "data/draw/number.h"

#include <array>
#include <charconv>

#include "nn/core/error.h"

namespace data {

std::string fixed(double value, int decimals) {
  std::array<char, 400> text{};
  const std::to_chars_result end = std::to_chars(text.data(), text.data() + text.size(), value,
                                                 std::chars_format::fixed, decimals);
  nn::require(end.ec == std::errc{}, "fixed", std::to_string(decimals) + " decimals", "0 to 80");
  const std::string out(text.data(), end.ptr);
  const bool zero = out.find_first_not_of("-0.") == std::string::npos;
  return zero && out.front() == '-' ? out.substr(1) : out;
}

}  // namespace data
