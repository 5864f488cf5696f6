// The time that outputs carry, which a user can fix so that the same command gives the same bytes.
#pragma once

#include <ctime>
#include <optional>
#include <string>

namespace data {

/// SOURCE_DATE_EPOCH: seconds since 1970, as reproducible-builds.org defines it; none where it is
/// not set. Input error when it is no number, or one from the year 10000 on.
std::optional<std::time_t> fixed_time();

/// That time, or the clock's: "2026-11-30T13:36:44Z" (ISO 8601, UTC).
std::string utc_now();

}  // namespace data
