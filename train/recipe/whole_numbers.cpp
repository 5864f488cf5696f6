#include "train/recipe/whole_numbers.h"

#include <nlohmann/json.hpp>

#include "nn/core/error.h"

namespace train {

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
