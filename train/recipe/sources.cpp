#include "train/recipe/sources.h"

#include <nlohmann/json.hpp>

#include "train/recipe/whole_numbers.h"

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

}  // namespace train
