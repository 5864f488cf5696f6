#include "train/recipe/fields.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>

#include "nn/core/error.h"
#include "train/recipe/field_table.h"

namespace train {
namespace {

using nlohmann::json;

std::vector<std::string> keys_of(const std::string& name) {
  std::vector<std::string> keys;
  std::stringstream in(name);
  for (std::string key; std::getline(in, key, '.');) keys.push_back(key);
  return keys;
}

void put(json& j, const std::string& name, const json& value) {
  json* at = &j;
  for (const std::string& key : keys_of(name)) at = &(*at)[key];
  *at = value;
}

/// The entry, or null where there is none.
const json* entry_of(const json& j, const std::string& name) {
  const json* at = &j;
  for (const std::string& key : keys_of(name)) {
    if (!at->is_object() || !at->contains(key)) return nullptr;
    at = &at->at(key);
  }
  return at;
}

/// In printable characters, whatever it holds.
std::string shown(const json& value) {
  return value.dump(-1, ' ', /*ensure_ascii=*/true, json::error_handler_t::replace).substr(0, 40);
}

std::string text_of(double v) { return (std::ostringstream() << v).str(); }

/// A newer program may have written an entry that changes what a network is given. Whoever passes
/// over it predicts nonsense, and the self-test of the network does not notice.
void require_known_entries(const json& like, const json& given) {
  if (!like.is_object() || !given.is_object()) return;
  for (const auto& [key, value] : given.items()) {
    const auto known = like.find(key);
    nn::require(known != like.end(), "recipe", "an entry " + shown(key),
                "those that this version knows", "use the version that wrote it, or a newer one");
    require_known_entries(*known, value);
  }
}

void take(const Field& f, const json& value, Recipe& r) {
  const std::string where = "recipe, entry '" + f.name + "'";
  nn::require(f.kind.fits(value), where, shown(value), f.kind.expected);
  if (const auto limits = f.limits(r)) {
    const auto number = value.get<double>();
    nn::require(number >= limits->least && number <= limits->most, where, shown(value),
                text_of(limits->least) + " to " + text_of(limits->most));
  }
  f.set(r, value);
}

}  // namespace

void to_json(json& j, const Recipe& r) {
  j = json::object();
  for (const Field& f : fields()) {
    if (!f.rare || f.get(r) != f.in_older_files) put(j, f.name, f.get(r));
  }
}

void from_json(const json& j, Recipe& r) {
  json known = json::object();
  for (const Field& f : fields()) put(known, f.name, f.get(Recipe()));
  require_known_entries(known, j);
  Recipe made;
  for (const Field& f : fields()) {
    const json* entry = entry_of(j, f.name);
    nn::require(entry != nullptr || !f.in_older_files.is_null(), "recipe",
                "no entry '" + f.name + "'", "one", "the file is of another program, or damaged");
    take(f, entry != nullptr ? *entry : f.in_older_files, made);
  }
  r = made;
}

std::vector<Setting> settings_of(const Recipe& r) {
  std::vector<Setting> all;
  for (const Field& f : fields()) {
    const json value = f.get(r);
    Setting s{f.name, value.is_string() ? value.get<std::string>() : value.dump(), "", f.meaning};
    for (const std::string& name : f.kind.choice) s.limits += (s.limits.empty() ? "" : ", ") + name;
    if (const auto l = f.limits(r)) s.limits = text_of(l->least) + ".." + text_of(l->most);
    all.push_back(std::move(s));
  }
  return all;
}

std::string settings_text(const Recipe& r) {
  const std::vector<Setting> all = settings_of(r);
  const auto widest = [&](std::string Setting::*part) {
    std::size_t width = 0;
    for (const Setting& s : all) width = std::max(width, (s.*part).size());
    return width;
  };
  const std::size_t name_width = widest(&Setting::name);
  const std::size_t value_width = widest(&Setting::value);
  std::string text;
  for (const Setting& s : all) {
    text += s.name + std::string(name_width + 2 - s.name.size(), ' ') + s.value +
            std::string(value_width + 2 - s.value.size(), ' ') + s.meaning +
            (s.limits.empty() ? "" : " (" + s.limits + ")") + "\n";
  }
  return text;
}

void set_entry(Recipe& r, const std::string& assignment) {
  const std::size_t equals = assignment.find('=');
  const std::string name = assignment.substr(0, equals);
  const std::string text = equals == std::string::npos ? "" : assignment.substr(equals + 1);
  const auto f = std::find_if(fields().begin(), fields().end(),
                              [&](const Field& of) { return of.name == name; });
  nn::require(f != fields().end(), "--set", "no entry '" + name + "'",
              "an entry of 'recipe' in config.json",
              "for instance --set generator.norm.kind=none; --settings lists all");
  const json value = f->kind.text ? json(text) : json::parse(text, nullptr, false);
  nn::require(f->kind.fits(value), "--set " + name, "'" + text + "'", f->kind.expected);
  if (f->derived) {
    nn::require(value == f->get(r), "--set " + name, "'" + text + "'",
                f->get(r).dump() + ", which follows from the input");
  }
  // Read anew as a whole: other limits may depend on this setting. Channels follow.
  json all = r;
  put(all, name, value);
  Recipe changed = r;
  for (const Field& each : fields()) {
    const json* entry = entry_of(all, each.name);
    if (!each.derived) take(each, entry != nullptr ? *entry : each.in_older_files, changed);
  }
  r = changed;
}

}  // namespace train
