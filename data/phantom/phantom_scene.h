// What a phantom is made of: a formula, and solids that are painted before and after it.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "data/phantom/phantom.h"
#include "data/phantom/phantom_shapes.h"
#include "nn/core/rng.h"

namespace data::phantom {

inline constexpr double kAir = -1000;  ///< HU

/// Smooth random field on a periodic lattice of 32 x 32 x 32 values in [-1, 1], blended by
/// smoothstep: continuous with its gradient ("value noise").
class Field {
 public:
  explicit Field(nn::Rng& rng);
  /// At p / cell, for p within 1000 cells of the origin.
  double at(const Point& p, double cell) const;

 private:
  std::vector<float> lattice_;
};

/// All in the scanner's coordinates, whose origin is the middle of the scan.
struct Scene {
  double field_of_view = 0;  ///< mm, rows and columns
  double coverage = 0;       ///< mm along z
  std::vector<Solid> under;  ///< painted before the formula
  /// HU at a point, where `outside` is what is there without it.
  std::function<double(const Point&, double outside, const Field&)> formula;
  std::vector<Solid> over;  ///< painted after the formula
  Field field;              ///< texture of the formula and of the solids
};

/// The head of this seed.
Scene head_scene(std::uint64_t seed);
/// The body of this seed, as far as this part of it shows.
Scene body_scene(PhantomPart part, std::uint64_t seed);

/// Adds bleeds, dark spots, calcifications and vessels of 2 to 10 mm.
void add_lesions(Scene& scene, PhantomPart part, std::uint64_t seed);
/// Adds clips, screws, plates, electrodes and tubes.
void add_metal(Scene& scene, PhantomPart part, std::uint64_t seed);

}  // namespace data::phantom
