// The solids that phantoms are painted with, and where the body stands in the scanner.
// Millimetres; x to the patient's left, y to the back, z to the head.
#pragma once

#include <array>
#include <vector>

namespace data::phantom {

struct Point {
  double x = 0;
  double y = 0;
  double z = 0;
};

inline Point operator+(const Point& a, const Point& b) { return {a.x + b.x, a.y + b.y, a.z + b.z}; }
inline Point operator-(const Point& a, const Point& b) { return {a.x - b.x, a.y - b.y, a.z - b.z}; }
inline Point operator*(double s, const Point& p) { return {s * p.x, s * p.y, s * p.z}; }
inline double dot(const Point& a, const Point& b) { return a.x * b.x + a.y * b.y + a.z * b.z; }

/// Columns of a rotation matrix.
using Rotation = std::array<Point, 3>;

/// Turns about x, then y, then z; angles in degrees.
Rotation rotation(double about_x, double about_y, double about_z);
inline Point apply(const Rotation& r, const Point& p) {
  return p.x * r[0] + p.y * r[1] + p.z * r[2];
}
inline Point apply_inverse(const Rotation& r, const Point& p) {
  return {dot(r[0], p), dot(r[1], p), dot(r[2], p)};
}

/// Scanner = turn * body + shift. The body is a head or a part of the trunk.
struct Frame {
  Rotation turn{Point{1, 0, 0}, Point{0, 1, 0}, Point{0, 0, 1}};
  Point shift;

  Point to_scanner(const Point& body) const { return apply(turn, body) + shift; }
  Point to_body(const Point& scanner) const { return apply_inverse(turn, scanner - shift); }
};

/// Ellipsoid, tapered tube, or drum (a piece of an elliptic cylinder along its third axis). Solids
/// are painted in order, later over earlier.
struct Solid {
  enum class Kind { ellipsoid, tube, drum };
  Kind kind = Kind::ellipsoid;
  double hu = 0;
  double texture = 0;        ///< HU of a random field that is added; 0: one value
  double cell = 1;           ///< mm of the field's grain
  bool adds = false;         ///< adds `hu` to the value so far instead of replacing it
  double only_above = -1e9;  ///< paints only where the value so far is at least this
  double only_below = 1e9;   ///< and at most this
  Point low;                 ///< bounding box
  Point high;
  // Ellipsoid: |rows * (p - a)| <= 1. Drum: so for the first two rows, and for the third alone.
  std::array<Point, 3> rows{};
  // Tube: from a with radius ra to b with radius rb. Others: a is the centre.
  Point a;
  Point b;
  double ra = 0;
  double rb = 0;

  bool contains(const Point& p) const;
};

Solid ellipsoid(double hu, const Point& centre, const Point& half_axes, const Rotation& turn);
Solid drum(double hu, const Point& centre, const Point& half_axes, const Rotation& turn);
Solid tube(double hu, const Point& a, const Point& b, double ra, double rb);

}  // namespace data::phantom
