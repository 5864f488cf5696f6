// How far a model is ahead of interpolation without a network, or behind it: every method on every
// slice of a test, the means with confidence intervals, and pictures.
#pragma once

#include <array>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "data/read.h"
#include "train/evaluate/metrics.h"
#include "train/evaluate/montage.h"
#include "train/evaluate/summary.h"
#include "train/predict/model_file.h"

namespace train {

/// The network first, then what it has to beat.
inline constexpr std::array<const char*, 5> kMethods{"model", "nearest", "linear", "cubic",
                                                     "least_squares"};
inline constexpr std::size_t kMethodModel = 0;
inline constexpr std::size_t kMethodCubic = 3;
inline constexpr std::size_t kMethodLeastSquares = 4;

/// One method over the slices of a scan.
struct MethodReport {
  std::array<Summary, kWindowCount> psnr;  ///< dB, in the order of kWindows
  std::array<Summary, kWindowCount> ssim;
  std::optional<Summary> mae_body;  ///< HU (grey levels for pictures); none without a body
  std::array<std::optional<double>, kTissueCount> signed_error;  ///< HU
  nn::index slices_won = 0;                                      ///< against cubic, full window
  Summary over_cubic;  ///< PSNR, full window, paired difference to cubic in dB
};

/// The slices at one position between the known ones.
struct PositionReport {
  double t = 0.5;
  nn::index slices = 0;
  Summary model, cubic;  ///< PSNR, full window, dB
  Summary over_cubic;    ///< paired difference
  nn::index slices_won = 0;
};

struct ScanReport {
  std::string scan;
  std::string protocol;  ///< as asked for; says so when the scan was trained on
  bool trained_on = false;
  bool hu = true;        ///< pictures have no soft tissue: only the full window counts
  nn::index factor = 2;  ///< every factor-th slice was known
  bool recursive = false;
  nn::index slices = 0;  ///< predicted and compared
  std::array<MethodReport, kMethods.size()> methods;
  std::vector<PositionReport> positions;  ///< by t; one at t = 0.5 for factor 2
  Canvas montage{1, 1, {}};
};

struct EvaluateOptions {
  nn::index factor = 2;                    ///< every factor-th slice is known
  bool recursive = false;                  ///< Method::recursive
  nn::index size = 0;                      ///< in-plane size to resample to; 0: the scan's own
  std::optional<data::Protocol> protocol;  ///< the model's own by default
  data::ReadOptions read;
  bool quiet = false;
};

/// What a scan is tested on. Protocols unseen and self: every factor-th slice known, those between
/// the truth. seed, with factor 2 alone: of all triplets that training left out, those of this
/// scan, which it knows by its SHA-256; an input error for a scan that was not trained on, or not
/// across this axis.
std::vector<data::Triplet> test_triplets(data::Protocol protocol, nn::index factor,
                                         const TrainingRecord& training, const std::string& scan,
                                         const SourceInfo& info);

/// Evaluates a model on a scan.
ScanReport evaluate(const std::string& scan, const Model& model, const EvaluateOptions& options);

nlohmann::ordered_json to_report_json(const std::vector<ScanReport>& scans);
/// A table in Markdown that reads well on a terminal, too.
std::string to_report_text(const std::vector<ScanReport>& scans);

}  // namespace train
