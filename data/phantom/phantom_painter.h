// The brush of the phantoms: places solids in the coordinates of a mean body.
#pragma once

#include <vector>

#include "data/phantom/phantom_scene.h"

namespace data::phantom {

/// A piece of a vessel or of an airway.
struct Piece {
  Point a;
  Point b;
  double ra = 0;
  double rb = 0;
};

/// Paints in the coordinates of a mean body. The size and place of the body are added here, and for
/// every part with a `spread` above 0 a displacement of up to that many mm, another size and
/// another turn.
class Painter {
 public:
  Painter(nn::Rng& rng, const Frame& frame, const Point& scale)
      : rng_(rng), frame_(frame), scale_(scale) {}

  /// Uniform within +-`spread`.
  double vary(double spread) { return spread * (2 * rng_.uniform() - 1); }
  double uniform() { return rng_.uniform(); }
  /// Uniform in the box.
  Point within(const Point& low, const Point& high);

  void paint_into(std::vector<Solid>* list) { list_ = list; }

  void ball(double hu, const Point& c, const Point& axes, double spread = 1, double turn = 6);
  /// A ball turned by given angles in degrees, not displaced.
  void turned_ball(double hu, const Point& c, const Point& axes, const Point& angles);
  void drum(double hu, const Point& c, const Point& axes, double tilt);
  void rod(double hu, const Point& a, const Point& b, double ra, double rb, double spread = 1);
  /// Tubes from point to point, not displaced, so that they stay joined.
  void chain(double hu, const std::vector<Point>& points, double first, double last);

  /// A tree that forks `forks` times, from `a` towards `b`. Pieces shrink and turn at each fork.
  std::vector<Piece> tree(const Point& a, const Point& b, double radius, int forks);
  /// `wider` mm are added to the radius.
  void pieces(double hu, const std::vector<Piece>& tree, double wider = 0);

  /// The last solid paints only over values of at least `hu`.
  void only_above(double hu) { list_->back().only_above = hu; }
  /// From now on, solids paint only over values from `low` to `high`.
  void mask(double low, double high);
  void no_mask() { mask(-1e9, 1e9); }
  /// The last solid gets a random texture of `hu` with grains of `cell` mm.
  void texture(double hu, double cell);
  /// The last solid is added to what is there.
  void adds() { list_->back().adds = true; }

 private:
  Point scaled(const Point& p) const { return {p.x * scale_.x, p.y * scale_.y, p.z * scale_.z}; }
  Point place(const Point& p, double spread);
  Rotation turned(const Point& angles) const;
  void put(Solid solid);

  nn::Rng& rng_;
  const Frame& frame_;
  Point scale_;
  std::vector<Solid>* list_ = nullptr;
  double low_ = -1e9;
  double high_ = 1e9;
};

}  // namespace data::phantom
