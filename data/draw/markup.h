// Text as it may stand in HTML and SVG.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace data {

// Numbers as text.

/// Fixed number of decimals with a point, whatever the locale; "-0.00" becomes "0.00".
std::string fixed(double value, int decimals);

/// The Unicode code point at the start of a UTF-8 text that is not empty, which is removed from the
/// text. Of bytes that are no UTF-8, one is removed, and U+FFFD returned.
char32_t next_character(std::string_view& text);

/// & < > " ' as entities. Bytes that are no UTF-8, and characters that no document may hold (C0
/// controls but tab and line ends), become U+FFFD.
std::string escaped(std::string_view text);

/// RFC 4648, section 4, with padding, without line ends.
std::string base64(std::span<const unsigned char> bytes);

}  // namespace data
