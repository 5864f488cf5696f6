#include "data/phantom/phantom_painter.h"

#include <cmath>

namespace data::phantom {
namespace {

constexpr int kCells = 32;  // a power of two: the lattice wraps by masking

}  // namespace

Field::Field(nn::Rng& rng) {
  lattice_.reserve(kCells * kCells * kCells);
  for (int i = 0; i < kCells * kCells * kCells; ++i) {
    lattice_.push_back(static_cast<float>(2 * rng.uniform() - 1));
  }
}

double Field::at(const Point& p, double cell) const {
  const double inverse = 1 / cell;
  const auto split = [inverse](double v, int* whole) {
    const double u = v * inverse + 1024;  // positive for all of the head
    *whole = static_cast<int>(u);
    const double f = u - *whole;
    return f * f * (3 - 2 * f);
  };
  int x = 0;
  int y = 0;
  int z = 0;
  const double fx = split(p.x, &x);
  const double fy = split(p.y, &y);
  const double fz = split(p.z, &z);
  const auto lattice = [&](int cx, int cy, int cz) {
    constexpr int kMask = kCells - 1;
    const int at = ((cz & kMask) * kCells + (cy & kMask)) * kCells + (cx & kMask);
    return static_cast<double>(lattice_[static_cast<std::size_t>(at)]);
  };
  const auto row = [&](int dy, int dz) {
    const double a = lattice(x, y + dy, z + dz);
    const double b = lattice(x + 1, y + dy, z + dz);
    return a + (b - a) * fx;
  };
  const double near = row(0, 0) + (row(1, 0) - row(0, 0)) * fy;
  const double far = row(0, 1) + (row(1, 1) - row(0, 1)) * fy;
  return near + (far - near) * fz;
}

Point Painter::within(const Point& low, const Point& high) {
  const double x = rng_.uniform();
  const double y = rng_.uniform();
  const double z = rng_.uniform();
  const Point d = high - low;
  return low + Point{x * d.x, y * d.y, z * d.z};
}

Point Painter::place(const Point& p, double spread) {
  const Point moved{p.x + vary(spread), p.y + vary(spread), p.z + vary(spread)};
  return frame_.to_scanner(scaled(moved));
}

Rotation Painter::turned(const Point& angles) const {
  const Rotation local = rotation(angles.x, angles.y, angles.z);
  Rotation turned;
  for (std::size_t i = 0; i < 3; ++i) turned[i] = apply(frame_.turn, local[i]);
  return turned;
}

void Painter::put(Solid solid) {
  solid.only_above = low_;
  solid.only_below = high_;
  list_->push_back(solid);
}

void Painter::ball(double hu, const Point& c, const Point& axes, double spread, double turn) {
  // One draw after the other: C++ leaves the order of arguments to the compiler.
  const Point angles{vary(turn), vary(turn), vary(turn)};
  const double size = 1 + vary(spread > 0 ? 0.06 : 0);
  put(ellipsoid(hu, place(c, spread), size * scaled(axes), turned(angles)));
}

void Painter::turned_ball(double hu, const Point& c, const Point& axes, const Point& angles) {
  put(ellipsoid(hu, frame_.to_scanner(scaled(c)), scaled(axes), turned(angles)));
}

void Painter::drum(double hu, const Point& c, const Point& axes, double tilt) {
  put(data::phantom::drum(hu, frame_.to_scanner(scaled(c)), scaled(axes), turned({tilt, 0, 0})));
}

void Painter::rod(double hu, const Point& a, const Point& b, double ra, double rb, double spread) {
  const double size = (scale_.x + scale_.y + scale_.z) / 3 * (1 + vary(spread > 0 ? 0.06 : 0));
  const Point from = place(a, spread);
  const Point to = place(b, spread);
  put(tube(hu, from, to, ra * size, rb * size));
}

void Painter::chain(double hu, const std::vector<Point>& points, double first, double last) {
  const auto n = static_cast<double>(points.size() - 1);
  for (std::size_t i = 0; i + 1 < points.size(); ++i) {
    const auto t = static_cast<double>(i);
    const Point from = place(points[i], 0);
    const Point to = place(points[i + 1], 0);
    put(tube(hu, from, to, first + (last - first) * t / n, first + (last - first) * (t + 1) / n));
  }
}

std::vector<Piece> Painter::tree(const Point& a, const Point& b, double radius, int forks) {
  std::vector<Piece> pieces{{a, b, radius, 0.86 * radius}};
  std::size_t first = 0;
  for (int level = 0; level < forks; ++level) {
    const std::size_t end = pieces.size();
    for (std::size_t i = first; i < end; ++i) {
      const Piece parent = pieces[i];
      const Point along = parent.b - parent.a;
      const double length = std::sqrt(dot(along, along));
      for (int child = 0; child < 2; ++child) {
        const double bend = child == 0 ? 0.35 : 0.75;
        const Point off = within(Point{-1, -1, -1}, Point{1, 1, 1});
        const Point to = parent.b + 0.8 * along + bend * length * off;
        pieces.push_back({parent.b, to, (child == 0 ? 0.86 : 0.7) * parent.ra, 0.6 * parent.ra});
      }
    }
    first = end;
  }
  return pieces;
}

void Painter::pieces(double hu, const std::vector<Piece>& tree, double wider) {
  for (const Piece& p : tree) rod(hu, p.a, p.b, p.ra + wider, p.rb + wider, 0);
}

void Painter::mask(double low, double high) {
  low_ = low;
  high_ = high;
}

void Painter::texture(double hu, double cell) {
  list_->back().texture = hu;
  list_->back().cell = cell;
}

}  // namespace data::phantom
