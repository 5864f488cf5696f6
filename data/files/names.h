// Names of files: their order, the numbers in them, and lists of them for people.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace data {

/// Digits count as numbers: "a2" < "a10"; equal numbers with more leading zeros come later. A total
/// order.
bool natural_less(const std::string& a, const std::string& b);

/// One line per place where naturally sorted names skip numbers, compared with their smallest step.
std::vector<std::string> numbering_gaps(const std::vector<std::string>& sorted_names);

/// "first.txt, second.txt and 7 more"
std::string shortened(const std::vector<std::string>& names);

inline bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// The run of digits that begins at s[i], or else the one character there.
std::string_view token_at(std::string_view s, std::size_t i);

/// Digits without their leading zeros; empty for zero.
std::string_view without_zeros(std::string_view digits);

}  // namespace data
