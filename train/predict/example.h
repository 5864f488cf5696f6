// The input of a generator for one missing slice. Training, evaluation and interpolation use it.
#pragma once

#include <array>
#include <optional>

#include "data/slices/scan_view.h"
#include "models/registration.h"
#include "nn/core/tensor.h"
#include "train/recipe/recipe.h"

namespace train {

/// A slice to be made: its position and the known slices around it.
struct MissingSlice {
  data::KnownSlices known;
  double t = 0.5;  ///< t of the way from A to C, 0 < t < 1
  double gap = 1;  ///< mm from A to C
  /// A slice already made in this gap; registration uses it as a guide.
  std::optional<models::Waypoint> way = {};
  /// The result of registration, set by as_seen(); the most expensive part of an example.
  std::optional<models::Registered> registered = {};
  /// What the network makes of it, where that is known already.
  std::optional<nn::Tensor> made = {};

  /// The same slice of the scan read from the other end.
  MissingSlice reversed() const;
};

/// The target of triplet `t`, with the known slices around it.
MissingSlice missing_slice(const data::ScanView& scan, const data::Triplet& t);

struct NetworkInput {
  /// (1,H,W,in_channels) in network units; slices are clipped to the recipe's window. The channels
  /// of four slices are outer0, A, C, outer1. With a gain g of differences they are g (outer0 - A),
  /// cubic interpolation, g (C - A), g (outer1 - C). Both forms hold the same information. But
  /// neighbouring slices of a head are alike: their common part is six times their difference (root
  /// mean squares), and a network that must first subtract them learns slowly (LeCun, Bottou, Orr,
  /// Mueller, "Efficient BackProp", 1998, section 4.3: inputs uncorrelated, of one scale).
  /// With registration, the slices are the moved ones, the base replaces cubic interpolation, and
  /// one channel is added: g (cubic interpolation of the unmoved slices - base).
  /// A recipe with positions adds two constant channels: position_value() and gap_value().
  nn::Tensor input;
  /// (1,H,W,base_channels()). First, in network units, the image that the network corrects: cubic
  /// interpolation, or with registration models::Registered::slice. A movement head is given A, C
  /// and Registered::movement as well (models/movement_head.h). Empty for the tanh head.
  nn::Tensor base;
};

/// The slice with `registered` set, if the recipe uses registration. Call it once for both orders.
MissingSlice as_seen(const Recipe& recipe, const MissingSlice& missing);

/// 2t - 1: reversing the slices changes its sign.
nn::real position_value(double t);
/// log2(gap / 4 mm) / 2, cut to [-2, 2]: -1 for 1 mm, 0 for 4 mm, 1 for 16 mm.
nn::real gap_value(double gap);

/// Input and base for a missing slice. Input error for the inputs Picture, which has no slices, and
/// Identity, which would need the missing slice itself. Job error if t is not 0.5 and the recipe
/// has no positions.
NetworkInput network_input(const Recipe& recipe, const MissingSlice& missing);

}  // namespace train
