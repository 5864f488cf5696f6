// What training shows while it runs: fixed validation slices now and then, and the loss curve.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "train/fit/dataset.h"
#include "train/report/live_page.h"

namespace train {

struct SampleScores {
  bool measured = false;  ///< pictures that are no scan have no PSNR against cubic
  double model_psnr = 0;  ///< dB, full window, mean over the slices shown
  double cubic_psnr = 0;
  double linear_psnr = 0;  ///< at the middle, plain averaging of A and C
};

class SampleSheet {
 public:
  virtual ~SampleSheet() = default;
  /// Of registration, cubic and linear interpolation on the fixed slices, full window; empty for
  /// pictures that are no scan.
  virtual std::vector<FreeScore> without_network() const { return {}; }
  /// Predicts the fixed slices and writes the picture.
  virtual SampleScores draw(models::UNet& generator, const std::string& path) = 0;
};

/// A montage of validation slices, against cubic.
std::unique_ptr<SampleSheet> scan_sheet(const Recipe& recipe, const ScanDataset& data);
/// A montage input | output | truth.
std::unique_ptr<SampleSheet> pair_sheet(const Recipe& recipe, const PairDataset& data);

/// Plots losses.csv as SVG. A run without a line leaves no picture.
void draw_loss_curve(const std::string& csv, const std::string& path);
/// Plots validation.csv in the same way, with registration of `free` as a level line.
void draw_validation_curve(const std::string& csv, const std::vector<FreeScore>& free,
                           const std::string& path);

}  // namespace train
