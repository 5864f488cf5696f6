// The result of the self-check as one line, as two tables, as JSON, and as a sentence for everybody
// with the colour of a traffic light.
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

/// What became of the network, in one sentence.
struct NetworkVerdict {
  std::string light;  ///< "green", "amber" or "red"
  /// "used" everywhere, "some" of it, "rejected", or "not_judged": there was no check, or too
  /// little to judge by
  std::string word;
  std::string en, es;  ///< the sentence in English and in Spanish
};
NetworkVerdict verdict_of(const SelfCheck& check);
/// Of a scan that was filled by `method` without a self-check; `untrained`: cubic interpolation
/// replaced a network that was not trained for such scans.
NetworkVerdict verdict_without_check(const std::string& method, bool untrained);
nlohmann::ordered_json to_verdict_json(const NetworkVerdict& verdict);

}  // namespace train
