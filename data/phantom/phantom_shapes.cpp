#include "data/phantom/phantom_shapes.h"

#include <algorithm>
#include <cmath>

#include "nn/core/math.h"

namespace data::phantom {

Rotation rotation(double about_x, double about_y, double about_z) {
  const auto turn = [](double degrees, const Point& p, int axis) -> Point {
    const double angle = degrees * (nn::math::kPi / 180);
    const double c = nn::math::cos(angle);
    const double s = nn::math::sin(angle);
    switch (axis) {
      case 0:
        return {p.x, c * p.y - s * p.z, s * p.y + c * p.z};
      case 1:
        return {c * p.x + s * p.z, p.y, c * p.z - s * p.x};
      default:
        return {c * p.x - s * p.y, s * p.x + c * p.y, p.z};
    }
  };
  Rotation r{Point{1, 0, 0}, Point{0, 1, 0}, Point{0, 0, 1}};
  for (Point& column : r) {
    column = turn(about_z, turn(about_y, turn(about_x, column, 0), 1), 2);
  }
  return r;
}

bool Solid::contains(const Point& p) const {
  const Point d = p - a;
  if (kind != Kind::tube) {
    const Point u{dot(rows[0], d), dot(rows[1], d), dot(rows[2], d)};
    if (kind == Kind::ellipsoid) return dot(u, u) <= 1;
    return u.x * u.x + u.y * u.y <= 1 && std::fabs(u.z) <= 1;
  }
  const Point axis = b - a;
  const double length2 = dot(axis, axis);
  const double t = length2 > 0 ? std::clamp(dot(d, axis) / length2, 0.0, 1.0) : 0;
  const Point off = d - t * axis;
  const double radius = ra + (rb - ra) * t;
  return dot(off, off) <= radius * radius;
}

Solid ellipsoid(double hu, const Point& centre, const Point& half_axes, const Rotation& turn) {
  Solid s;
  s.hu = hu;
  s.a = centre;
  s.rows = {(1 / half_axes.x) * turn[0], (1 / half_axes.y) * turn[1], (1 / half_axes.z) * turn[2]};
  // The box of a turned ellipsoid: root of the sum of squares of the turned half axes.
  const Point ux = half_axes.x * turn[0];
  const Point uy = half_axes.y * turn[1];
  const Point uz = half_axes.z * turn[2];
  const Point reach{std::sqrt(ux.x * ux.x + uy.x * uy.x + uz.x * uz.x),
                    std::sqrt(ux.y * ux.y + uy.y * uy.y + uz.y * uz.y),
                    std::sqrt(ux.z * ux.z + uy.z * uy.z + uz.z * uz.z)};
  s.low = centre - reach;
  s.high = centre + reach;
  return s;
}

Solid drum(double hu, const Point& centre, const Point& half_axes, const Rotation& turn) {
  Solid s = ellipsoid(hu, centre, half_axes, turn);
  s.kind = Solid::Kind::drum;
  const Point ux = half_axes.x * turn[0];
  const Point uy = half_axes.y * turn[1];
  const Point uz = half_axes.z * turn[2];
  const Point reach{std::sqrt(ux.x * ux.x + uy.x * uy.x) + std::fabs(uz.x),
                    std::sqrt(ux.y * ux.y + uy.y * uy.y) + std::fabs(uz.y),
                    std::sqrt(ux.z * ux.z + uy.z * uy.z) + std::fabs(uz.z)};
  s.low = centre - reach;
  s.high = centre + reach;
  return s;
}

Solid tube(double hu, const Point& a, const Point& b, double ra, double rb) {
  Solid s;
  s.kind = Solid::Kind::tube;
  s.hu = hu;
  s.a = a;
  s.b = b;
  s.ra = ra;
  s.rb = rb;
  s.low = {std::min(a.x - ra, b.x - rb), std::min(a.y - ra, b.y - rb),
           std::min(a.z - ra, b.z - rb)};
  s.high = {std::max(a.x + ra, b.x + rb), std::max(a.y + ra, b.y + rb),
            std::max(a.z + ra, b.z + rb)};
  return s;
}

}  // namespace data::phantom
