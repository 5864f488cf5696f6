// JSON that others may have written, before it is converted.
#pragma once

#include <nlohmann/json_fwd.hpp>

namespace train {

/// The JSON library converts 1e300 to a whole number unchecked, which is undefined, and 4.9 to 4.
/// Throws an input error that names the entry of `given` that is no whole number where `like`, the
/// JSON of some value of the same type, has one. Entries that one of them lacks are passed over.
void require_whole_numbers(const nlohmann::json& like, const nlohmann::json& given);

}  // namespace train
