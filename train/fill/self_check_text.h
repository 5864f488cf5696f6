// The result of the self-check as one line, as two tables, and as JSON.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "data/draw/svg.h"
#include "train/self_check/error_map.h"
#include "train/self_check/self_check.h"

namespace train {

/// Plots expected and observed mean error for each method that is used. The pixels come from hidden
/// slices that were not used for the fit; they are cut into tenths by expected error.
data::Svg calibration_plot(const ErrorMap& map);

/// The decision in one line: "used: model; bone: cubic; slices 12 to 17: cubic".
std::string to_line(const SelfCheck& check);
/// Two short tables and the decision, for a terminal.
std::string to_text(const SelfCheck& check, const std::vector<bool>& cut);
nlohmann::ordered_json to_self_check_json(const SelfCheck& check, const std::vector<bool>& cut);

}  // namespace train
