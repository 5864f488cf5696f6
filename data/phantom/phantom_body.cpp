#include "data/phantom/phantom_body.h"

#include <utility>

#include "data/phantom/phantom_trunk.h"

namespace data::phantom {
namespace {

constexpr double kFieldOfView = 400;  // mm
constexpr double kCoverage = 240;     // mm

/// Height of the middle of each part in the body.
double middle_of(PhantomPart part) {
  switch (part) {
    case PhantomPart::chest:
      return 112;
    case PhantomPart::abdomen:
      return -88;
    case PhantomPart::pelvis:
      return -300;
    default:
      return -680;
  }
}

/// Without contrast medium, early after it was given, or later.
Contrast draw_contrast(Painter& p) {
  const double phase = p.uniform();
  Contrast c;
  if (phase < 0.35) return c;
  const bool early = phase < 0.6;
  c.artery = early ? 280 + p.vary(70) : 150 + p.vary(30);
  c.vein = early ? 90 + p.vary(40) : 140 + p.vary(30);
  c.kidney = early ? 150 + p.vary(30) : 185 + p.vary(20);
  c.wall = early ? 75 : 85;
  return c;
}

/// A table: a curved plate of carbon fibre around foam. None of it has the HU of lung.
void table(std::vector<Solid>& list, double y) {
  const Rotation straight = rotation(0, 0, 0);
  list.push_back(drum(-350, {0, y, 0}, {215, 24, 1000}, straight));
  list.push_back(drum(-950, {0, y, 0}, {212, 21, 1000}, straight));
  // Air above its hollow, so that the body lies in it.
  list.push_back(drum(-350, {0, y - 19, 0}, {196, 22, 1000}, straight));
  list.push_back(drum(kAir, {0, y - 22, 0}, {196, 22, 1000}, straight));
  list.push_back(drum(-960, {0, y - 12, 0}, {160, 12, 1000}, straight));  // mattress
}

}  // namespace

Scene body_scene(PhantomPart part, std::uint64_t seed) {
  nn::Rng rng(seed, nn::Purpose::phantom, 4);
  const auto vary = [&rng](double spread) { return spread * (2 * rng.uniform() - 1); };
  Field field(rng);
  const double about_x = vary(2);
  const double about_y = vary(2.5);
  const double about_z = vary(4);
  const double across = 1.02 + vary(0.09);
  const double deep = 1.0 + vary(0.1);
  const Point scale{across, deep, 1 + vary(0.06)};
  Frame frame;
  frame.turn = rotation(about_x, about_y, about_z);
  const double x = vary(6);
  const double y = -12 + vary(5);
  const double middle = middle_of(part) + vary(10);
  frame.shift = Point{x, y, 0} - apply(frame.turn, {0, 0, middle * scale.z});

  Trunk trunk;
  trunk.fat = 16 + vary(9);
  trunk.lung = -865 + vary(25);
  trunk.dome = vary(10);
  trunk.liver_size = {1 + vary(0.08), 1 + vary(0.06), 1 + vary(0.12)};

  Scene body{kFieldOfView, kCoverage, {}, {}, {}, std::move(field)};
  table(body.under, 135 * deep);
  Painter p(rng, frame, scale);
  p.paint_into(&body.over);
  const Contrast contrast = draw_contrast(p);
  trunk.liver = 56 + 0.45 * (contrast.vein - 42) + p.vary(6);
  trunk.spleen = 48 + 0.55 * (contrast.vein - 42);
  body.formula = [frame, scale, trunk](const Point& at, double outside, const Field& noise) {
    const Point b = frame.to_body(at);
    return trunk.hu({b.x / scale.x, b.y / scale.y, b.z / scale.z}, outside, noise);
  };
  organs_of_chest(p, contrast);
  organs_of_belly(p, contrast);
  organs_of_pelvis(p, contrast);
  skeleton_of_spine(p);
  skeleton_of_chest(p);
  skeleton_of_hips(p);
  skeleton_of_legs(p);
  vessels_of_legs(p, contrast);
  return body;
}

}  // namespace data::phantom
