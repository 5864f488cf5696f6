#include "data/phantom/phantom_cranium.h"

#include <algorithm>
#include <cmath>

namespace data::phantom {
namespace {

// HU of tissues without contrast medium.
constexpr double kScalpFat = -85;
constexpr double kGrey = 38;
constexpr double kWhite = 28;
constexpr double kDura = 56;

/// 1 at 0, 0 from 1 on, smooth.
double bump(double t) {
  const double s = 1 - t * t;
  return s > 0 ? s * s : 0;
}

double mix(double a, double b, double t) { return a + (b - a) * std::clamp(t, 0.0, 1.0); }

}  // namespace

/// Height of the skull base: three steps from the forehead down to the back of the head, with the
/// hollows of the middle fossae at both sides.
double Cranium::floor_height(const Point& p) const {
  double z = 0;
  if (p.y < -32) {
    z = mix(-6, -13, (p.y + 75) / 43);
  } else if (p.y < -2) {
    z = mix(-13, -20, (p.y + 32) / 30);
  } else {
    z = mix(-20, -47, (p.y + 2) / 22);
  }
  z -= 15 * bump((std::fabs(p.x) - 36) / 24) * bump((p.y + 16) / 26);
  return z + floor_shift;
}

double Cranium::hu(const Point& p, double outside, const Field& field) const {
  const Point d = p - centre;
  const double side = 1 + asymmetry * d.x / half_axes.x;
  const Point u{d.x / (half_axes.x * side), d.y / half_axes.y, d.z / half_axes.z};
  const double r2 = dot(u, u);
  if (r2 > 1.5) return outside;
  // Distance to the surface to first order: (r - 1) over the gradient's length (Taubin 1991).
  const Point g{u.x / half_axes.x, u.y / half_axes.y, u.z / half_axes.z};
  const double r = std::sqrt(r2);
  const double shell = r < 0.1 ? -50 : (r - 1) * r / std::sqrt(dot(g, g));
  if (shell > scalp + 2) return outside;
  const double base = 0.9 * (floor_height(p) - p.z);
  const double distance = (shell > base ? shell : base) + 1.3 * field.at(p, 23) +
                          (base > -8 ? 1.1 * field.at(p, 6) : 0);

  if (distance > 0) {
    // Skin and fat, unless the face or the neck is there.
    if (base > shell || distance > scalp || outside > -200) return outside;
    return distance > scalp - 1.8 ? kSkin : kScalpFat;
  }
  double thick = thickness * (1 + 0.35 * field.at(p, 31));
  // The temporal squama is thin, and so is the floor under the forehead.
  if (std::fabs(d.x) > 0.8 * half_axes.x && d.z < 10) thick *= 0.6;
  if (base > shell) thick *= p.y < -2 ? 0.5 : 0.8;
  const double depth = -distance - thick;
  return depth <= 0 ? bone(p, -distance, thick, field) : brain(p, depth, field);
}

double Cranium::bone(const Point& p, double depth, double thick, const Field& field) const {
  const double wiggle = 3 * field.at(p, 5);
  const bool high = p.z > 14;
  const bool coronal = high && std::fabs(p.y + 14 + wiggle) < 0.8;
  const bool sagittal = high && p.y > -14 && p.y < 62 && std::fabs(p.x + 0.5 * wiggle) < 0.8;
  const bool lambdoid = p.z > -5 && std::fabs(p.y - 76 + 0.45 * std::fabs(p.x) + wiggle) < 0.8;
  if (coronal || sagittal || lambdoid) return 180;
  const double fraction = depth / thick;
  if (thick > 4 && fraction > 0.3 && fraction < 0.72) return 620 + 330 * field.at(p, 2.6);
  return 1420 + 180 * field.at(p, 9);
}

double Cranium::brain(const Point& p, double depth, const Field& field) const {
  const double drift = 1.5 * field.at(p, 19);
  const double middle = std::fabs(p.x + 0.6 * drift);
  // Tent between cerebrum and cerebellum, rising to the middle line.
  const double tent = -14 + 22 * bump(middle / 60) * bump((p.y - 12) / 62) + drift;
  const bool posterior = p.y > 6;
  const bool below = posterior && p.z < tent;

  if (!below && middle < 4.5 - 0.7 * depth && p.z > 0 && p.y > -60) return 60;  // sagittal sinus
  if (depth < 0.8) return kDura;
  if (!below && p.z > 8 + 0.12 * std::fabs(p.y) && depth < 34) {
    if (middle < 0.8) return kDura;  // falx
    if (middle < 1.8 * sulci) return kCsf;
  }
  if (posterior && std::fabs(p.z - tent) < 1 && middle > 8) return kDura;
  if (depth < 1.2 + sulci * (1 + field.at(p, 14))) return kCsf;

  // Furrows are the sheets where a random field is zero, open towards the surface; grey matter
  // lines them.
  const double cell = below ? 4.5 : 11;
  const double sheet = std::fabs(field.at({p.x + 3 * drift, p.y, p.z + drift}, cell));
  const double reach = below ? 30 : 17;
  if (depth < reach) {
    const double open = (0.15 - 0.006 * depth) * sulci;
    if (sheet < open) return below ? 22 : kCsf + 4;
    if (depth < 4 || sheet < 0.42) return kGrey + 2 * field.at(p, 4);
  }
  return (below ? 33 : kWhite) + 2 * field.at(p, 8);
}

}  // namespace data::phantom
