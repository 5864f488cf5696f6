// Triplets A, B, C: from two known slices, and the two beyond them, a slice between. A triplet lies
// inside one scan; none crosses from one scan into the next.
//
//   outer0        A      B         C        outer1
//   A - gap   B-before   B      B+after    C + gap       gap = before + after, in slices
//
// The known slices are `gap` slices apart, as they are when every gap-th slice of a scan is known;
// with before = after = 1, B lies in the middle of two neighbours.
// Where an outer slice would lie outside the scan, its inner neighbour stands in for it. So it does
// in an unevenly spaced scan where an outer slice is much closer or farther than A and C are from
// each other: every method takes the four slices for equal steps, and a slope that was taken over
// another distance would bend the curve between A and C.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "data/volume/volume.h"
#include "nn/core/rng.h"

namespace data {

struct Triplet {
  nn::index scan = 0;
  nn::index target = 0;  ///< B
  nn::index before = 1;  ///< slices from A to B
  nn::index after = 1;   ///< slices from B to C

  nn::index a() const { return target - before; }
  nn::index c() const { return target + after; }
  nn::index gap() const { return before + after; }  ///< slices from A to C
  friend bool operator==(const Triplet&, const Triplet&) = default;
};

/// Indices of outer0, A, C, outer1 in a scan of that many slices. With the positions of an unevenly
/// spaced scan, an outer slice counts where outer_counts() says so.
std::array<nn::index, 4> known_slices(const Triplet& t, nn::index slices,
                                      std::span<const Position> positions = {});

/// How far a distance may be from another and still pass for an equal step.
inline constexpr double kMostUneven = 1.5;

/// Whether a slice `outer` mm beyond A or C, which are `gap` mm apart, is of use to interpolate
/// between them: at most kMostUneven times as far, and not closer than the inverse of that.
bool outer_counts(double outer, double gap);

/// Where B lies: t of the way from A to C, 0 < t < 1. A ratio of whole numbers where the positions
/// agree with even steps within max(0.01 mm, 1 %), so that a middle is exactly 0.5; else the ratio
/// of the distances.
double position_between(const Triplet& t, std::span<const Position> positions);

/// The gaps that a network is trained to fill at any position: 2 to 10 slices wide, but no wider
/// than 4 slices or this, whichever is more.
inline constexpr nn::index kWidestGapSlices = 10;
inline constexpr double kWidestGapMm = 15;

/// The widest of those gaps, in slices, in a scan with steps of so many mm.
nn::index widest_gap_slices(double spacing);

/// The same target between other known slices: each gap of 2 to `widest` slices that fits into the
/// scan is as likely as any other, and in it each place of A. With `step` 2 only every second slice
/// is used (protocol self).
Triplet elsewhere(const Triplet& t, nn::index slices, nn::index widest, nn::index step,
                  nn::Rng& rng);

/// What is trained on and what it says: docs/audit/protocols.md.
enum class Protocol {
  unseen,  ///< train on all of other scans: what a user may expect
  self,    ///< train on the even slices of the same scan only, at twice the gap
  seed,    ///< the original's shuffled split of one scan's triplets: neighbours leak
};

Protocol protocol_from(const std::string& name);  ///< input error for an unknown name
std::string to_string(Protocol protocol);

struct Split {
  std::vector<Triplet> train;
  std::vector<Triplet> validation;
};

/// Splits the triplets of scans with `slices[i]` slices.
/// unseen: middles of gaps of 2 and 4 slices; targets 8, 24, 40, ... are kept for validation and
/// never trained on.
/// self: even targets, middles of 4 slices (known slices are even as well); validation as above.
/// seed: middles of 2 slices; all triplets shuffled by `seed`, 80 % for training, 20 % for
/// validation. Throws an input error when nothing is left to train on.
Split split_triplets(const std::vector<nn::index>& slices, Protocol protocol, std::uint64_t seed);

/// The test of unseen and self: every factor-th slice is known, and those between two of them are
/// the truth. With factor 2, even slices are known and odd ones the truth.
std::vector<Triplet> thinned_targets(nn::index slices, nn::index factor);

/// A permutation of 0..count-1 (Fisher-Yates), from the seed and a number such as the epoch.
std::vector<nn::index> shuffled(nn::index count, std::uint64_t seed, std::uint32_t number);

}  // namespace data
