// The self-check for people and programs: a line, two tables, JSON.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "data/draw/svg.h"
#include "train/self_check/error_map.h"
#include "train/self_check/self_check.h"

namespace train {

// Is a map of expected errors right?

/// Expected and observed mean error by tenths of the pixels of hidden slices that had no part in
/// the fit, for each method that is used.
data::Svg calibration_plot(const ErrorMap& map);

/// What was decided, in one line: "used: model; bone: cubic; slices 12 to 17: cubic".
std::string to_line(const SelfCheck& check);
/// Two short tables and what was decided, for a terminal.
std::string to_text(const SelfCheck& check, const std::vector<bool>& cut);
nlohmann::ordered_json to_self_check_json(const SelfCheck& check, const std::vector<bool>& cut);

}  // namespace train
