// What a generator sees for one missing slice; the same in training, evaluation and interpolation.
#pragma once

#include <array>
#include <optional>

#include "data/slices/scan_view.h"
#include "models/registration.h"
#include "nn/core/tensor.h"
#include "train/recipe/recipe.h"

namespace train {

/// A slice to be made: what is known around it, and where it lies.
struct MissingSlice {
  data::KnownSlices known;
  double t = 0.5;  ///< t of the way from A to C, 0 < t < 1
  double gap = 1;  ///< mm from A to C
  /// Of the same gap, where one was made before: a recipe with registration finds by it what moved.
  std::optional<models::Waypoint> way = {};
  /// By as_seen(): takes longer to find than all else here.
  std::optional<models::Registered> registered = {};

  /// The same slice of the scan read from the other end.
  MissingSlice reversed() const;
};

/// What is known around a target of a scan.
MissingSlice missing_slice(const data::ScanView& scan, const data::Triplet& t);

struct NetworkInput {
  /// (1,H,W,in_channels), network units, slices clipped to the recipe's window. Four slices are
  /// outer0, A, C, outer1, or with a gain g of differences: g (outer0 - A), cubic interpolation,
  /// g (C - A), g (outer1 - C). The same information; but what neighbours of a head have in common
  /// is six times their difference (root mean squares), and a network that has to subtract them
  /// first learns slowly (LeCun, Bottou, Orr, Mueller, "Efficient BackProp", 1998, section 4.3:
  /// inputs uncorrelated, of one scale).
  /// A recipe with registration has these of the moved slices and its own base, and g times what
  /// cubic interpolation of the slices as they are differs from that by.
  /// A recipe with positions has two planes more, each of one value: position_value() and
  /// gap_value().
  nn::Tensor input;
  /// (1,H,W,1), what the network corrects, in network units: cubic interpolation, or with
  /// registration models::Registered::slice; empty unless residual.
  nn::Tensor base;
};

/// Registered, if the recipe asks for it. Whoever asks for both orders does it once.
MissingSlice as_seen(const Recipe& recipe, const MissingSlice& missing);

/// 2t - 1: reversing the slices changes its sign.
nn::real position_value(double t);
/// log2(gap / 4 mm) / 2, cut to [-2, 2]: -1 for 1 mm, 0 for 4 mm, 1 for 16 mm.
nn::real gap_value(double gap);

/// Throws an input error for input Picture, which knows no slices, and for Identity, which
/// would need the slice that is asked for; a job error for another t than 0.5 where the recipe
/// knows no position.
NetworkInput network_input(const Recipe& recipe, const MissingSlice& missing);

}  // namespace train
