// Is a map of expected errors right?
#pragma once

#include "data/draw/svg.h"
#include "train/self_check/error_map.h"

namespace train {

/// Expected and observed mean error by tenths of the pixels of hidden slices that had no part in
/// the fit, for each method that is used.
data::Svg calibration_plot(const ErrorMap& map);

}  // namespace train
