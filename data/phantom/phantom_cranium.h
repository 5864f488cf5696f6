// The cranium of the phantom as one formula: scalp, skull with its tables and diploe, sutures, and
// a brain with sulci, falx and tentorium. What has a simple shape is painted over it afterwards.
#pragma once

#include <cstdint>
#include <vector>

#include "data/phantom/phantom_shapes.h"
#include "nn/core/rng.h"

namespace data::phantom {

// HU of what the cranium and the parts painted over it share.
inline constexpr double kSkin = 45;
inline constexpr double kCsf = 6;

/// Smooth random field on a periodic lattice of 32 x 32 x 32 values in [-1, 1], blended by
/// smoothstep: continuous with its gradient ("value noise").
class Field {
 public:
  explicit Field(nn::Rng& rng);
  /// At p / cell.
  double at(const Point& p, double cell) const;

 private:
  std::vector<float> lattice_;
};

/// Means of the adult head that the phantom varies about.
struct Cranium {
  Point centre{0, 4, 12};
  Point half_axes{70, 87, 60};  ///< of the skull's outer surface
  double thickness = 6.5;       ///< of the skull
  double scalp = 5.5;
  double floor_shift = 0;  ///< of the skull base, along z
  double sulci = 1;        ///< width of the furrows
  double asymmetry = 0;    ///< bulge of the left side against the right

  /// HU at `p` in head coordinates, where `outside` is what lies there without a cranium.
  double hu(const Point& p, double outside, const Field& field) const;

 private:
  double floor_height(const Point& p) const;
  double bone(const Point& p, double depth, double thick, const Field& field) const;
  double brain(const Point& p, double depth, const Field& field) const;
};

// One made-up head: its place in the scanner, its cranium and everything painted around and into
// it.

struct Head {
  Frame frame;
  Cranium cranium;
  Field field;
  std::vector<Solid> under;  ///< face and neck, painted before the cranium; scanner coordinates
  std::vector<Solid> over;   ///< what is painted after it; scanner coordinates
};

/// The head of this seed.
Head make_head(std::uint64_t seed);

}  // namespace data::phantom
