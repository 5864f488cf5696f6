// How far a model is ahead of interpolation without a network, or behind it: every method on every
// slice of a test, the means with confidence intervals, and pictures.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "data/files/output_set.h"
#include "data/io/read.h"
#include "data/measure/regions.h"
#include "data/volume/sides.h"
#include "data/volume/window.h"
#include "nn/core/tensor.h"
#include "train/evaluate/kept_slices.h"
#include "train/evaluate/lesions.h"
#include "train/evaluate/methods.h"
#include "train/predict/model_file.h"
#include "train/program/messages.h"
#include "train/self_check/self_check.h"

namespace train {

// A slice of a test to look at: what was known, what was true, what two methods made of it.

/// Six tensors of one shape (1,H,W,1) in HU, and a name for the block, such as "slice 37, from
/// slices 36 and 38, t = 0.50, 112.5 mm along the stack". `registered` may be empty.
struct ShownSlice {
  nn::Tensor a;
  nn::Tensor c;
  nn::Tensor truth;
  nn::Tensor prediction;
  nn::Tensor cubic;
  std::string title;
  nn::Tensor registered = {};
  data::SlicePlace place = {};
};

struct ScanReport {
  std::string scan;
  std::string protocol;  ///< as asked for; says so when the scan was trained on
  bool trained_on = false;
  bool hu = true;          ///< pictures have no soft tissue: only the full window counts
  nn::index factor = 2;    ///< every factor-th slice was known
  bool in_passes = false;  ///< more than one: the last were made from slices of earlier ones
  /// On the known slices alone; none under protocol seed, which hides no gaps.
  std::optional<SelfCheck> check;
  nn::index slices = 0;  ///< predicted and compared
  nn::index height = 0;  ///< of a slice as it was compared
  nn::index width = 0;
  double grey_unit = 0;                 ///< HU that a grey level was taken for; 0 for a scan in HU
  double spacing = 0;                   ///< mm from slice to slice, the median; 0: unknown
  data::HashedPath files;               ///< that the scan was read from
  std::string format;                   ///< Volume::format
  std::string sha256;                   ///< Volume::sha256()
  data::ShownWindow window;             ///< of the montage; of pictures their own levels
  std::vector<std::string> warnings;    ///< of the reader
  std::string untrained;                ///< why the model is not meant for the scan; empty: it is
  data::Regions regions;                ///< of the whole stack
  std::vector<SliceRow> rows;           ///< in the order of slices
  Methods methods;                      ///< over all of them
  std::vector<Part> regional;           ///< by region
  std::vector<Part> positions;          ///< by t; one at t = 0.5 for factor 2
  std::optional<LesionReport> lesions;  ///< if EvaluateOptions::lesions are put in
  /// Three, at a quarter, half and three quarters of the test; of pictures in the unit of a scan.
  std::vector<ShownSlice> shown;
  KeptSlices kept;  ///< as many as EvaluateOptions::kept_pixels says, in the order of rows
};

/// Least squares has weights for middles only, and not every test has a self-check.
inline bool shown(const ScanReport& report, std::size_t method) {
  if (method == kMethodChecked) return report.check.has_value();
  return method != kMethodLeastSquares || report.factor == 2;
}

struct EvaluateOptions {
  nn::index factor = 2;                    ///< every factor-th slice is known
  bool in_passes = false;                  ///< later slices from those made before
  nn::index size = 0;                      ///< in-plane size to resample to; 0: the scan's own
  std::optional<data::Protocol> protocol;  ///< the model's own by default
  nn::index lesions = 0;                   ///< how many are put in: measure_lesions(); 0: none
  data::ReadOptions read;
  std::optional<data::AskedWindow> window;  ///< of the montage; none: the scan's own
  double kept_pixels = 0;                   ///< for kept_slices(); 0: none are kept
  Messages* messages = nullptr;             ///< null: nothing is said
};

/// Evaluates a model on a scan.
ScanReport evaluate(const std::string& scan, const Model& model, const EvaluateOptions& options);

}  // namespace train
