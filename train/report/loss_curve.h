// The losses and the validation of a run as curves.
#pragma once

#include <string>
#include <vector>

#include "data/draw/plot.h"

namespace train {

/// First line of a run's losses.csv, which the trainer writes and loss_series() reads.
inline constexpr const char* kLossesHeader =
    "step,epoch,generator,l1,adversarial,real,fake,learning_rate,examples";

/// Generator L1 and, where a discriminator was at work, both adversarial losses over steps, from
/// losses.csv. A long run comes as means over at most 400 equal ranges of lines: Series::raw. From
/// 40 of them on, y is smoothed: the mean of the points within a fortieth of the run on both sides,
/// so that it does not lag. Lines that are no losses are left out; no series without a line, or
/// where the file is none of ours.
std::vector<data::Series> loss_series(const std::string& csv);

/// First line of a run's validation.csv.
inline constexpr const char* kValidationHeader =
    "step,epoch,model_psnr_full,cubic_psnr_full,linear_psnr_full";

/// Network, cubic and linear interpolation over steps, from validation.csv; as loss_series()
/// otherwise.
std::vector<data::Series> validation_series(const std::string& csv);

/// Both throw as line_plot() does: for no series.
data::Svg loss_plot(const std::vector<data::Series>& series);
data::Svg validation_plot(const std::vector<data::Series>& series);

}  // namespace train
