#include "data/files/files.h"

#include <algorithm>
#include <cstdint>

namespace data {
namespace {

/// -1, 0 or 1; numbers of any length.
int compare_numbers(std::string_view a, std::string_view b) {
  a = without_zeros(a);
  b = without_zeros(b);
  if (a.size() != b.size()) return a.size() < b.size() ? -1 : 1;
  const int order = a.compare(b);
  return order < 0 ? -1 : static_cast<int>(order > 0);
}

/// How far apart the numbers are where two names differ first: "s3.png", "s5.png" give 2. -1 when
/// the names differ otherwise, or in numbers too long to be slice numbers.
std::int64_t number_step(const std::string& a, const std::string& b) {
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < a.size() && j < b.size()) {
    const std::string_view ta = token_at(a, i);
    const std::string_view tb = token_at(b, j);
    i += ta.size();
    j += tb.size();
    if (ta == tb) continue;
    constexpr std::size_t kMostDigits = 9;
    if (!is_digit(ta[0]) || !is_digit(tb[0]) || ta.size() > kMostDigits ||
        tb.size() > kMostDigits) {
      return -1;
    }
    if (a.substr(i) != b.substr(j)) return -1;
    return std::stoll(std::string(tb)) - std::stoll(std::string(ta));
  }
  return -1;
}

}  // namespace

std::string_view token_at(std::string_view s, std::size_t i) {
  std::size_t end = i + 1;
  while (is_digit(s[i]) && end < s.size() && is_digit(s[end])) ++end;
  return s.substr(i, end - i);
}

std::string_view without_zeros(std::string_view digits) {
  const std::size_t first = digits.find_first_not_of('0');
  return first == std::string_view::npos ? digits.substr(digits.size()) : digits.substr(first);
}

bool natural_less(const std::string& a, const std::string& b) {
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < a.size() && j < b.size()) {
    const std::string_view ta = token_at(a, i);
    const std::string_view tb = token_at(b, j);
    if (is_digit(ta[0]) && is_digit(tb[0])) {
      const int order = compare_numbers(ta, tb);
      if (order != 0) return order < 0;
    } else if (ta != tb) {
      return ta < tb;
    }
    i += ta.size();
    j += tb.size();
  }
  if (i < a.size() || j < b.size()) return j < b.size();
  // Equal but for leading zeros: shorter first, so that the order is total.
  return a.size() != b.size() ? a.size() < b.size() : a < b;
}

std::vector<std::string> numbering_gaps(const std::vector<std::string>& names) {
  std::vector<std::int64_t> steps;
  for (std::size_t i = 1; i < names.size(); ++i)
    steps.push_back(number_step(names[i - 1], names[i]));
  std::int64_t smallest = 0;
  for (const std::int64_t s : steps) {
    if (s > 0 && (smallest == 0 || s < smallest)) smallest = s;
  }
  std::vector<std::string> gaps;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    if (steps[i] > smallest) {
      gaps.push_back("numbering jumps from " + names[i] + " to " + names[i + 1] +
                     ": slices may be missing there");
    } else if (steps[i] == 0) {
      gaps.push_back(names[i] + " and " + names[i + 1] + " have the same number");
    }
  }
  return gaps;
}

std::string shortened(const std::vector<std::string>& names) {
  constexpr std::size_t kShown = 3;
  std::string text;
  for (std::size_t i = 0; i < std::min(names.size(), kShown); ++i) {
    text += (i == 0 ? "" : ", ") + names[i];
  }
  if (names.size() > kShown) text += " and " + std::to_string(names.size() - kShown) + " more";
  return text;
}

}  // namespace data
