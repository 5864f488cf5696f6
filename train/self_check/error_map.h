// A map of expected errors for the slices that are made: the methods of a self-check, calibrated on
// the slices that it has hidden. Maths, worth and limits: docs/audit/uncertainty.md.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "train/self_check/calibrate.h"
#include "train/self_check/self_check.h"

namespace train {

/// One of the two methods that make pixels.
struct CalibratedMaker {
  std::string name;  ///< "model", "registered" or "cubic"
  bool used = false;
  Calibration calibration;  ///< fitted to all hidden slices: this one makes the map
  CalibrationCheck check;   ///< of another, fitted to every second, on the slices between
};

struct ErrorMap {
  nn::index hidden = 0;   ///< slices
  nn::index checked = 0;  ///< of these, those that the check was made on
  CalibratedMaker candidate, baseline;
};

/// Input error for a scan that is not in HU and for fewer than kFewestHidden hidden slices.
ErrorMap calibrated(const SelfCheck& check);

/// What to give to fill() to get a map: the methods of checked_methods(), each with its estimate.
/// A pixel has the expected error of the method that makes it.
CheckedMethods mapped_methods(const SelfCheck& check, const Method& candidate, const ErrorMap& map);

/// What the check found, two or three lines for a terminal.
std::string to_text(const ErrorMap& map);
nlohmann::ordered_json to_error_map_json(const ErrorMap& map);

}  // namespace train
