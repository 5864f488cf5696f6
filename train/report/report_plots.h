// The plots of one scan's report.
#pragma once

#include "data/draw/plot.h"
#include "train/evaluate/evaluate.h"

namespace train {

/// PSNR of each slice over the position along the stack, in the full window, with the regions.
data::Svg slice_plot(const ScanReport& report);

/// PSNR of the model minus that of cubic, slice by slice: above 0 the model is closer.
data::Svg gain_plot(const ScanReport& report);

/// Mean absolute error by tissue. For scans in HU.
data::Svg absolute_plot(const ScanReport& report);

/// Median signed error in pure tissue. For scans in HU.
data::Svg signed_plot(const ScanReport& report);

}  // namespace train
