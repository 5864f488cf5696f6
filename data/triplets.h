// Triplets A, B, C: from two known slices, and the two beyond them, the slice in the middle. A
// triplet lies inside one scan; none crosses from one scan into the next.
//
//   outer0      A       B       C      outer1
//   B-3*gap  B-gap      B    B+gap    B+3*gap
//
// The known slices are 2*gap apart, as they are when every second slice of a scan is known (gap 1).
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

#include "data/volume.h"

namespace data {

struct Triplet {
  nn::index scan = 0;
  nn::index target = 0;  ///< B
  nn::index gap = 1;
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

/// Whether B lies in the middle of A and C: both distances agree within max(0.01 mm, 1 %).
bool in_the_middle(const Triplet& t, std::span<const Position> positions);

/// What is trained on and what it says: docs/protocols.md.
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
/// unseen: gaps 1 and 2; targets 8, 24, 40, ... are kept for validation and never trained on.
/// self: even targets at gap 2 (known slices are even as well); validation as above.
/// seed: gap 1; all triplets shuffled by `seed`, 80 % for training, 20 % for validation.
/// Throws an input error when nothing is left to train on.
Split split_triplets(const std::vector<nn::index>& slices, Protocol protocol, std::uint64_t seed);

/// The test of unseen and self: even slices are known, odd slices with two neighbours the truth.
std::vector<Triplet> odd_targets(nn::index slices);

/// A permutation of 0..count-1 (Fisher-Yates), from the seed and a number such as the epoch.
std::vector<nn::index> shuffled(nn::index count, std::uint64_t seed, std::uint32_t number);

}  // namespace data
