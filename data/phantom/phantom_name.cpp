#include <algorithm>
#include <charconv>
#include <string_view>
#include <vector>

#include "data/phantom/phantom.h"
#include "nn/core/error.h"

namespace data {
namespace {

template <class T>
T number(std::string_view text, const std::string& whole) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  nn::require(error == std::errc() && end == text.data() + text.size(), "phantom:" + whole,
              "'" + std::string(text) + "'", kPhantomForm);
  return value;
}

bool is_number(std::string_view text) {
  return !text.empty() && ((text[0] >= '0' && text[0] <= '9') || text[0] == '-');
}

/// The word's option is set; false for an unknown word and for one that was there before.
bool take_word(std::string_view word, PhantomOptions& o) {
  const auto turn_on = [](bool& option) {
    const bool was = option;
    option = true;
    return !was;
  };
  if (word == "lesions") return turn_on(o.lesions);
  if (word == "metal") return turn_on(o.metal);
  if (word == "thick") return turn_on(o.thick);
  for (const PhantomKernel k : {PhantomKernel::soft, PhantomKernel::sharp}) {
    if (word != name_of(k) || o.kernel != PhantomKernel::none) continue;
    o.kernel = k;
    return true;
  }
  return false;
}

}  // namespace

std::string name_of(PhantomPart part) {
  constexpr const char* kNames[] = {"head", "chest", "abdomen", "pelvis", "legs"};
  return kNames[static_cast<std::size_t>(part)];
}

std::string name_of(PhantomKernel kernel) {
  constexpr const char* kNames[] = {"none", "soft", "sharp"};
  return kNames[static_cast<std::size_t>(kernel)];
}

PhantomPart phantom_part(const std::string& word) {
  for (const PhantomPart part : kPhantomParts) {
    if (word == name_of(part)) return part;
  }
  nn::require(false, "--part", "'" + word + "'", "head, chest, abdomen, pelvis or legs");
  return PhantomPart::head;
}

PhantomKernel phantom_kernel(const std::string& word) {
  for (const PhantomKernel k : {PhantomKernel::none, PhantomKernel::soft, PhantomKernel::sharp}) {
    if (word == name_of(k)) return k;
  }
  nn::require(false, "--kernel", "'" + word + "'", "none, soft or sharp");
  return PhantomKernel::none;
}

std::string phantom_name(const PhantomOptions& o) {
  std::string name = "phantom:";
  if (o.part != PhantomPart::head) name += name_of(o.part) + ":";
  name += std::to_string(o.seed) + ":" + std::to_string(o.slices) + ":" + std::to_string(o.size);
  if (o.lesions) name += ":lesions";
  if (o.metal) name += ":metal";
  if (o.thick) name += ":thick";
  if (o.kernel != PhantomKernel::none) name += ":" + name_of(o.kernel);
  return name;
}

PhantomOptions parse_phantom(const std::string& text) {
  std::vector<std::string_view> parts;
  std::string_view rest(text);
  while (true) {
    const std::size_t colon = rest.find(':');
    parts.push_back(rest.substr(0, colon));
    if (colon == std::string_view::npos) break;
    rest.remove_prefix(colon + 1);
  }
  PhantomOptions o;
  std::size_t at = 0;
  if (!is_number(parts[0])) {
    const bool known = std::any_of(kPhantomParts.begin(), kPhantomParts.end(),
                                   [&](PhantomPart p) { return parts[0] == name_of(p); });
    nn::require(known, "phantom:" + text, "'" + std::string(parts[0]) + "'", kPhantomForm);
    o.part = phantom_part(std::string(parts[0]));
    at = 1;
  }
  nn::require(at < parts.size(), "phantom:" + text, "no seed", kPhantomForm);
  o.seed = number<std::uint64_t>(parts[at++], text);
  const std::size_t numbers = at;
  while (at < parts.size() && is_number(parts[at])) ++at;
  nn::require(at - numbers <= 3, "phantom:" + text, std::to_string(at - numbers + 1) + " numbers",
              kPhantomForm);
  if (numbers < at) o.slices = number<nn::index>(parts[numbers], text);
  if (numbers + 1 < at) o.size = number<nn::index>(parts[numbers + 1], text);
  if (numbers + 2 < at) o.noise = static_cast<double>(number<nn::index>(parts[numbers + 2], text));
  for (; at < parts.size(); ++at) {
    nn::require(take_word(parts[at], o), "phantom:" + text, "'" + std::string(parts[at]) + "'",
                kPhantomForm);
  }
  return o;
}

}  // namespace data
