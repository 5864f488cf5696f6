// The settings of a recipe by name. field_table.h has them as one table. The JSON of a recipe, its
// limits, --set, --settings and the page docs/use/settings.md are all made from it or checked
// against it.
#pragma once

#include <string>
#include <vector>

#include "train/recipe/recipe.h"

namespace train {

/// A setting as a reader sees it.
struct Setting {
  std::string name;     ///< the entry in config.json and for --set: "generator.norm.kind"
  std::string value;    ///< as JSON, text without quotes
  std::string limits;   ///< "0..1", or all names, or empty
  std::string meaning;  ///< one line
};

/// All settings in the order of the table.
std::vector<Setting> settings_of(const Recipe& r);

/// The same, one line each, in columns.
std::string settings_text(const Recipe& r);

/// Changes one setting: "generator.norm.kind=none". Input error for an unknown name, a value of
/// another kind, and a value outside the limits.
void set_entry(Recipe& r, const std::string& assignment);

}  // namespace train
