#include <algorithm>
#include <cstdio>
#include <map>

#include "data/io/write.h"
#include "train/app/scans.h"

namespace train::app {
namespace {

constexpr const char* kVolume = "volume:";  // a key that --volume takes

std::string text_at(const Json& j, const char* name) {
  const auto at = j.find(name);
  return at != j.end() && at->is_string() ? at->get<std::string>() : "";
}

std::string joined(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& p : parts) {
    if (!p.empty()) text += (text.empty() ? "" : ", ") + p;
  }
  return text;
}

/// The step that most slices have; 0 where there is none.
double usual_step(const Json& steps) {
  double mm = 0;
  long most = 0;
  for (const Json& s : steps) {
    if (s.at("count").get<long>() > most) {
      most = s.at("count").get<long>();
      mm = s.at("mm").get<double>();
    }
  }
  return mm;
}

Json spacing_of(const Json& group) {
  const Json& pixel = group.at("pixel_spacing_mm");
  const double row = pixel.at(0).get<double>(), column = pixel.at(1).get<double>();
  return Json::array({column, row, usual_step(group.at("steps"))});
}

/// What the page can also say in another language: by `code`, with `value` in it.
Json coded(const char* code, const std::string& text, const Json& value = nullptr) {
  return {{"code", code}, {"value", value}, {"text", text}};
}

Json warnings_of_group(const Json& g) {
  Json warnings = Json::array();
  const double tilt = g.at("tilt_degrees").get<double>();
  if (tilt > 0.1 || tilt < -0.1) {
    char text[64];
    std::snprintf(text, sizeof text, "the slices are tilted by %.1f degrees", tilt);
    warnings.push_back(coded("tilt", text, tilt));
  }
  if (g.at("steps").size() > 1)
    warnings.push_back(coded("steps", "the steps between slices differ"));
  if (g.at("interpolated").get<long>() > 0) {
    warnings.push_back(coded("interpolated",
                             g.at("interpolated").dump() + " slices were interpolated before",
                             g.at("interpolated")));
  }
  return warnings;
}

Json item_of_group(const Json& g, bool alone, bool uid_tells) {
  const std::string uid = text_at(g, "series_instance_uid");
  const std::string problem = text_at(g, "problem");
  const bool few = g.at("slices").get<long>() < 2;
  const Json& size = g.at("size");
  return {{"key", alone       ? Json()
                  : uid_tells ? Json(uid)
                              : Json(g.at("number").dump())},
          {"text",
           joined({text_at(g, "description"), text_at(g, "kernel"), text_at(g, "acquisition")})},
          {"modality", g.at("pictures").get<bool>() ? "" : "CT"},
          {"slices", g.at("slices")},
          {"size", {size.at(1), size.at(0)}},
          {"spacing", spacing_of(g)},
          {"unit", g.at("pictures").get<bool>() ? "grey" : "HU"},
          {"thumbnail", nullptr},
          {"warnings", warnings_of_group(g)},
          {"usable", problem.empty() && !few},
          {"why_not", !problem.empty() ? Json(joined({problem, text_at(g, "remedy")}))
                      : few            ? coded("single", "a single slice")
                                       : Json()}};
}

/// The scan that was read, when it is the only one.
Json item_of_scan(const Json& info) {
  const auto& dims = info.at("slice_size");
  const long axis = info.at("slice_axis").get<long>();
  const Json& mm = info.at("spacing_mm");
  const std::size_t x = axis == 0 ? 1 : 0, y = axis == 2 ? 1 : 2;
  const bool few = info.at("slices").get<long>() < 2;
  return {{"key", nullptr},
          {"text", ""},
          {"modality", info.at("unit") == "HU" ? "CT" : ""},
          {"slices", info.at("slices")},
          {"size", {dims.at(1), dims.at(0)}},
          {"spacing", {mm.at(x), mm.at(y), info.at("slice_spacing_mm")}},
          {"unit", info.at("unit")},
          {"thumbnail", nullptr},
          {"warnings", Json::array()},
          {"usable", !few},
          {"why_not", few ? coded("single", "a single slice") : Json()}};
}

/// Stacks of pictures, or volumes over time, of which one is chosen by a name or a number.
Json item_of_choice(const Json& info, const std::string& key, const std::string& text,
                    const Json& slices) {
  Json item{{"key", key},       {"text", text},         {"modality", ""},
            {"slices", slices}, {"size", nullptr},      {"spacing", nullptr},
            {"unit", nullptr},  {"thumbnail", nullptr}, {"warnings", Json::array()},
            {"usable", true},   {"why_not", nullptr}};
  if (info.contains("slices")) {
    const Json one = item_of_scan(info);
    for (const char* same : {"slices", "size", "spacing", "unit"}) item[same] = one.at(same);
  }
  return item;
}

Json items_of(const Json& info) {
  Json items = Json::array();
  if (info.contains("series") && !info["series"].empty()) {
    const Json& groups = info["series"];
    std::map<std::string, int> uids;
    for (const Json& g : groups) ++uids[text_at(g, "series_instance_uid")];
    for (const Json& g : groups) {
      const std::string uid = text_at(g, "series_instance_uid");
      items.push_back(item_of_group(g, groups.size() == 1, !uid.empty() && uids[uid] == 1));
    }
  } else if (info.contains("stacks") && info["stacks"].size() > 1) {
    for (const Json& s : info["stacks"]) {
      items.push_back(
          item_of_choice(info, text_at(s, "name"), text_at(s, "name"), s.at("pictures")));
    }
  } else if (info.contains("volumes")) {
    for (const Json& v : info["volumes"]) {
      const std::string number = v.at("number").dump();
      items.push_back(item_of_choice(info, kVolume + number, number, nullptr));
    }
  } else {
    items.push_back(item_of_scan(info));
  }
  return items;
}

}  // namespace

Json scan_from_info(const Json& info, const std::string& scan) {
  Json items = items_of(info);
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (items[i].at("usable").get<bool>()) {
      items[i]["thumbnail"] = "/scans/" + scan + "/" + std::to_string(i) + ".png";
    }
  }
  Json warnings = info.contains("warnings") ? info["warnings"] : Json::array();
  const std::string format = text_at(info, "format");
  return {{"format", format.empty() ? "scan" : format},
          {"series", std::move(items)},
          {"warnings", std::move(warnings)}};
}

std::vector<std::string> series_options(const std::optional<std::string>& key) {
  if (!key) return {};
  const std::string volume = kVolume;
  if (key->starts_with(volume)) return {"--volume=" + key->substr(volume.size())};
  return {"--series=" + *key};
}

std::string stem_from(const std::string& path) {
  std::string stem;
  for (const char c : data::output_stem(path)) {
    const auto code = static_cast<unsigned char>(c);
    stem += code < 0x20 || code == 0x7F || c == '/' ? '_' : c;
  }
  while (stem.starts_with('.')) stem.erase(0, 1);
  if (stem.size() > 100) stem.resize(100);
  return stem.empty() ? "scan" : stem;
}

}  // namespace train::app
