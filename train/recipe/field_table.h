// The table of a recipe's settings: name, meaning, limits, and how each is read and written. What
// is made of it is in fields.h.
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "train/recipe/recipe.h"

namespace train {

/// What values a setting takes, whatever its limits.
struct Kind {
  std::string expected;             ///< in words
  std::vector<std::string> choice;  ///< of a choice, all names
  bool text = false;                ///< JSON has it in quotes
  std::function<bool(const nlohmann::json&)> fits;
};

struct Limits {
  double least = 0, most = 0;
};

/// One setting. A limit, and what `set` does, may depend on the settings above it in the table.
struct Field {
  std::string name;
  std::string meaning;
  std::function<std::optional<Limits>(const Recipe&)> limits;
  Kind kind;
  std::function<nlohmann::json(const Recipe&)> get;
  std::function<void(Recipe&, const nlohmann::json&)> set;
  nlohmann::json in_older_files =
      {};                ///< files older than the setting mean this; null: every file has it
  bool derived = false;  ///< follows from the input: stored, compared, never set
  bool rare = false;     ///< stored only where it is not what older files mean

  Field older(const nlohmann::json& value) && {
    in_older_files = value;
    return std::move(*this);
  }
  Field stored_if_not(const nlohmann::json& value) && {
    rare = true;
    return std::move(*this).older(value);
  }
};

/// All settings, in the order in which they are read: limits may depend on those above.
const std::vector<Field>& fields();

}  // namespace train
