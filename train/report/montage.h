// Slices side by side for the eye: what was known, what was true, what each method made of it, and
// where each of them is wrong. One block for each slice:
//
//   A               truth                C                  numbers
//   cubic           registered           network            greys in HU
//   cubic - truth   registered - truth   network - truth    errors in HU
//
// All error panels share one scale, or else the comparison would mean nothing. Panels of slices
// carry a scale bar in mm and the patient's sides, where the scan knows them, and SYNTHETIC where a
// method made them.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "data/draw/canvas.h"
#include "train/evaluate/evaluate.h"
#include "train/predict/model_file.h"

namespace train {

// Translated pictures for the eye: a row for each, input | output | truth.

/// Pictures of any sizes, grey or colour; those with a side above 512 pixels are shown smaller.
data::Canvas pair_montage(std::span<const Translation> rows);

struct MontageStyle {
  std::string title;                        ///< above everything; empty: none
  std::string note;                         ///< a line below it; empty: none
  std::string prediction_name = "network";  ///< how the method is called in the labels
  double lo = -160.0;                       ///< HU drawn black
  double hi = 240.0;                        ///< HU drawn white
  double error_limit = 100.0;               ///< HU at the ends of the error colours
  /// What numbers and colour bars are written in: a value v is (v - unit_zero) / unit_size of it.
  std::string unit = "HU";
  double unit_zero = 0;
  double unit_size = 1;
  int scale = 0;  ///< magnification; 0: panels of at least 256 pixels
};

/// The numbers are those of metrics.h, and values are clamped as there. Slices of different scans
/// may differ in size; each has at least 11 x 11 pixels. Throws nn::Error for no slices, tensors of
/// one slice with unequal shapes, an empty window and values that are not finite.
data::Canvas montage(std::span<const ShownSlice> slices, const MontageStyle& style);

/// The slices of a report that it keeps for looking at, as a PNG file.
struct MontageFile {
  nn::index width = 0;
  nn::index height = 0;
  std::vector<unsigned char> png;
};
MontageFile montage_file(const ScanReport& report);

}  // namespace train
