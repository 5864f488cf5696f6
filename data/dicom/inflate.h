// Deflated data sets (PS3.5, A.5: raw RFC 1951, without a header).
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace data {

struct Inflated {
  std::vector<std::byte> bytes;
  std::size_t used = 0;  ///< of the packed bytes
};

/// Input error at `where` for damaged or truncated data, and for more than 64 MiB and 64 times the
/// packed size: deflate can claim 1032 times as much, CT images do not come near.
Inflated inflated(std::span<const std::byte> packed, const std::string& where);

}  // namespace data
