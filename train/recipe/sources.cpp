#include "train/recipe/sources.h"

#include <nlohmann/json.hpp>

#include "nn/core/error.h"

namespace train {

void to_json(nlohmann::json& j, const SourceInfo& s) {
  j = {{"name", s.name},     {"sha256", s.sha256}, {"slices", s.slices},
       {"height", s.height}, {"width", s.width},   {"slice_spacing", s.slice_spacing},
       {"unit", s.unit}};
  if (s.profile) j["profile"] = *s.profile;
}

void from_json(const nlohmann::json& j, SourceInfo& s) {
  require_whole_numbers(SourceInfo(), j);
  j.at("name").get_to(s.name);
  j.at("sha256").get_to(s.sha256);
  j.at("slices").get_to(s.slices);
  j.at("height").get_to(s.height);
  j.at("width").get_to(s.width);
  j.at("slice_spacing").get_to(s.slice_spacing);
  j.at("unit").get_to(s.unit);
  if (j.contains("profile")) s.profile = j.at("profile").get<ScanProfile>();
}

void require_whole_numbers(const nlohmann::json& like, const nlohmann::json& given) {
  if (!like.is_object() || !given.is_object()) return;  // another kind of value has another error
  for (const auto& [key, value] : like.items()) {
    const auto entry = given.find(key);
    if (entry == given.end()) continue;
    nn::require(!value.is_number_integer() || entry->is_number_integer(), "entry '" + key + "'",
                entry->dump().substr(0, 40), "a whole number");
    require_whole_numbers(value, *entry);
  }
}

}  // namespace train
