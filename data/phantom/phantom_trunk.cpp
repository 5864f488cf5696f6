#include "data/phantom/phantom_trunk.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace data::phantom {
namespace {

constexpr double kSkinHu = 40;
constexpr double kFatHu = -106;

struct Knot {
  double z = 0;
  std::array<double, 4> values{};
};

/// Values between knots, of falling z, smooth at the knots.
template <std::size_t N>
std::array<double, 4> between(const std::array<Knot, N>& knots, double z) {
  if (z >= knots.front().z) return knots.front().values;
  for (std::size_t i = 0; i + 1 < N; ++i) {
    const Knot& up = knots[i];
    const Knot& low = knots[i + 1];
    if (z < low.z) continue;
    const double t = (up.z - z) / (up.z - low.z);
    const double s = t * t * (3 - 2 * t);
    std::array<double, 4> v{};
    for (std::size_t k = 0; k < 4; ++k) v[k] = up.values[k] + (low.values[k] - up.values[k]) * s;
    return v;
  }
  return knots.back().values;
}

double ramp(double t) {
  const double c = std::clamp(t, 0.0, 1.0);
  return c * c * (3 - 2 * c);
}

double squared(double v) { return v * v; }

/// Depth in mm below the surface of a cross section that is squarer than an ellipse, to first
/// order.
double depth_in(double x, double y, double half_x, double half_y) {
  const double u = x / half_x;
  const double v = y / half_y;
  if (std::fabs(u) > 1 || std::fabs(v) > 1) return -std::max(half_x, half_y);
  const double r2 = u * u + v * v - 0.35 * u * u * v * v;
  const double r = std::sqrt(std::max(r2, 0.0));
  if (r < 0.05) return std::min(half_x, half_y);
  const double g = std::sqrt(squared(u / half_x) + squared(v / half_y)) / r;
  return (1 - r) / std::max(g, 1e-6);
}

}  // namespace

Outline trunk_at(double z) {
  static constexpr std::array<Knot, 9> kKnots{{{260, {172, 88, 8, 0}},
                                               {190, {168, 104, 4, 0}},
                                               {70, {158, 114, 0, 0}},
                                               {-60, {150, 110, 0, 0}},
                                               {-130, {146, 104, 0, 0}},
                                               {-210, {160, 106, 2, 0}},
                                               {-300, {176, 110, 6, 0}},
                                               {-370, {178, 104, 8, 0}},
                                               {-410, {172, 92, 8, 0}}}};
  const auto v = between(kKnots, z);
  return {v[0], v[1], v[2]};
}

Leg leg_at(double z) {
  static constexpr std::array<Knot, 6> kKnots{{{-360, {86, 8, 84, 0}},
                                               {-450, {88, 6, 84, 0}},
                                               {-600, {84, 4, 70, 0}},
                                               {-700, {80, 6, 58, 0}},
                                               {-760, {80, 16, 55, 0}},
                                               {-860, {78, 22, 58, 0}}}};
  const auto v = between(kKnots, z);
  return {{v[0], v[1], z}, v[2]};
}

double Trunk::muscle(const Point& p, const Field& field) const {
  // Fat between muscles is where a random field is near zero; it is drawn out along z.
  const Point along{p.x, p.y, 0.25 * p.z};
  const double sheet = std::fabs(field.at(along, 27));
  if (sheet < 0.045) return -70;
  return kTrunkMuscle + 5 * field.at(p, 7) + 5 * field.at(along, 3) - (sheet < 0.09 ? 25 : 0);
}

double Trunk::diaphragm(const Point& p) const {
  const double side = p.x < 0 ? 0 : -16;  // the liver lifts the right side
  const double x = std::max(std::fabs(p.x) - 55, 0.0) / 72;
  const double y = (p.y + 12) / 98;
  return dome + side - 62 * x * x - (p.y > -12 ? 80 : 42) * y * y;
}

double Trunk::chest(const Point& p, const Field& field) const {
  // Mediastinum: wide where the heart is.
  const double heart = ramp((95 - p.z) / 60);
  const double middle = 4 + 16 * heart * ramp((30 - p.y) / 60);
  const double wide = 24 + 30 * heart * ramp((40 - p.y) / 50) - 8 * ramp((p.z - 150) / 60) -
                      9 * ramp((-60 - p.y) / 20);
  if (std::fabs(p.x - middle) < wide + 3 * field.at(p, 20)) return kCavityFat;
  if (std::fabs(p.z - 60 + 0.9 * p.y + 5 * field.at(p, 33)) < 0.7) return lung + 220;  // fissure
  const double air = lung + 45 * field.at(p, 23) + 40 * field.at(p, 3.6) + 0.35 * p.y;
  return std::max(air, kLungAbove);
}

double Trunk::belly(const Point& p, const Field& field) const {
  if (p.z > -190) {
    const auto inside = [&](const Point& c, const Point& axes, double bumps) {
      const double r2 = squared((p.x - c.x) / (axes.x * liver_size.x)) +
                        squared((p.y - c.y) / (axes.y * liver_size.y)) +
                        squared((p.z - c.z) / (axes.z * liver_size.z));
      return r2 < 1 + bumps * field.at(p, 28);
    };
    // The liver ends at a sloping edge below; its left lobe lies in front.
    const bool right = inside({-62, 2, -45}, {82, 92, 92}, 0.12);
    const bool left = inside({8, -48, -28}, {78, 42, 38}, 0.12);
    const bool hollow = inside({-20, 40, -95}, {46, 62, 50}, 0.2);  // where kidney and gut press
    if ((right && !hollow) || left) return liver + 3 * field.at(p, 13) + 3 * field.at(p, 3.5);
    if (inside({98, 46, -38}, {30, 44, 50}, 0.15)) return spleen + 3 * field.at(p, 6);
  }
  return kCavityFat;
}

double Trunk::hu(const Point& p, double outside, const Field& field) const {
  double leg_depth = -1;
  Point in_leg{};
  if (p.z < -355) {
    const Leg leg = leg_at(p.z);
    in_leg = {std::fabs(p.x) - leg.middle.x, p.y - leg.middle.y, p.z};
    leg_depth = depth_in(in_leg.x, in_leg.y, leg.radius, 0.96 * leg.radius);
  }
  const Outline o = trunk_at(p.z);
  double depth = leg_depth;
  bool trunk = false;
  if (p.z > -410) {
    const double end = std::min(1.0, (p.z + 410) / 25);  // the crotch is round
    const double d = depth_in(p.x, p.y - o.middle_y, o.x, o.y) - 60 * squared(1 - end);
    trunk = d > depth;
    depth = std::max(d, depth);
  }
  if (depth <= 0) return outside;
  const double uneven = field.at(p, 37);
  depth += 1.5 * uneven;
  if (depth < 2) return kSkinHu;
  const double back = ramp((p.y - 20) / 80);
  double under_skin = (fat + 2) * (1 + 0.3 * field.at(p, 70) - 0.35 * back);
  if (!trunk) under_skin *= 0.6 + 0.25 * ramp((p.z + 600) / 200);
  if (depth < under_skin) {
    return std::fabs(field.at(p, 8)) < 0.06 ? -65 : kFatHu + 6 * field.at(p, 11);
  }
  if (!trunk) return muscle(p, field);
  // The wall is thick at the back, at the shoulders and at the hips.
  const double hips = ramp((-185 - p.z) / 70);
  const double shoulders = ramp((p.z - 130) / 100);
  const double front = ramp((-20 - p.y) / 60);
  const double cage = ramp((p.z + 90) / 60);
  double wall = 9 + 8 * cage + 14 * back;
  wall += hips * (46 * (1 - 0.85 * front) - 5) + 44 * shoulders * (1 - 0.7 * front);
  if (depth < under_skin + wall) return muscle(p, field);
  if (p.z < -190 && p.z < -345 - 0.15 * p.y) return muscle(p, field);  // pelvic floor
  const double under = diaphragm(p);
  if (p.z > 238) return kCavityFat;
  if (p.z > under) return chest(p, field);
  return p.z > under - 3.5 ? kTrunkMuscle : belly(p, field);
}

}  // namespace data::phantom
