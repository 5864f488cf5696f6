#include "data/files/clock.h"

#include <charconv>
#include <cstdlib>
#include <cstring>

#include "nn/core/error.h"

namespace data {

std::optional<std::time_t> fixed_time() {
  const char* text = std::getenv("SOURCE_DATE_EPOCH");
  if (text == nullptr) return std::nullopt;
  std::time_t seconds = 0;
  const char* end = text + std::strlen(text);
  const auto result = std::from_chars(text, end, seconds);
  nn::require(
      result.ec == std::errc() && result.ptr == end && seconds >= 0 && seconds < 253402300800,
      "SOURCE_DATE_EPOCH", std::string("'") + text + "'",
      "seconds since 1970, before the year 10000", "unset it for the wall clock");
  return seconds;
}

std::string utc_now() {
  const std::time_t now = fixed_time().value_or(std::time(nullptr));
  std::tm parts{};
  ::gmtime_r(&now, &parts);
  char text[32];
  std::strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text;
}

}  // namespace data
