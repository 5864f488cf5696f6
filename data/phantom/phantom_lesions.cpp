// What a phantom gets by the words "lesions" and "metal". Everything is placed in the scanner's
// coordinates; masks of HU keep it in the tissue where it belongs.
#include <algorithm>
#include <cmath>

#include "data/phantom/phantom_painter.h"
#include "data/phantom/phantom_trunk.h"

namespace data::phantom {
namespace {

constexpr double kSoftAbove = 0;  // brain, muscle and organs, with contrast medium or without
constexpr double kSoftBelow = 130;

/// Half of the box in which things are strewn.
Point reach_of(PhantomPart part) {
  if (part == PhantomPart::head) return {72, 90, 80};
  if (part == PhantomPart::legs) return {150, 70, 118};
  return {140, 95, 118};
}

/// Small ones are more frequent.
double diameter(Painter& p, double low, double high) {
  const double u = p.uniform();
  return low + (high - low) * u * u;
}

Point anywhere(Painter& p, const Point& reach) { return p.within(-1 * reach, reach); }

void spots(Painter& p, const Point& reach, int count) {
  for (int i = 0; i < count; ++i) {
    const Point at = anywhere(p, reach);
    const double r = diameter(p, 2, 11) / 2;
    const bool dark = p.uniform() < 0.35;
    const double hu = dark ? -10 - 22 * p.uniform() : 8 + 54 * p.uniform();
    p.mask(kSoftAbove, kSoftBelow);
    p.ball(hu, at, {r * (0.8 + 0.4 * p.uniform()), r, r}, 0, 90);
    p.adds();
    if (r < 3 || p.uniform() < 0.5) continue;
    p.ball(hu, at + p.within({-r, -r, -r}, {r, r, r}), {0.6 * r, 0.6 * r, 0.6 * r}, 0, 90);
    p.adds();
  }
}

void calcifications(Painter& p, const Point& reach, int count) {
  p.mask(-120, kSoftBelow);
  for (int i = 0; i < count; ++i) {
    const Point at = anywhere(p, reach);
    const double r = diameter(p, 1.6, 6) / 2;
    const double hu = 130 + 600 * p.uniform();
    p.ball(hu, at, {r, r * (0.5 + 0.5 * p.uniform()), r}, 0, 90);
  }
}

/// Winding pieces of vessels, without contrast medium or with it.
void vessels(Painter& p, const Point& reach, int count) {
  for (int i = 0; i < count; ++i) {
    std::vector<Point> points{anywhere(p, reach)};
    Point way = p.within({-1, -1, -1}, {1, 1, 1});
    for (int k = 0; k < 5; ++k) {
      way = 0.7 * way + p.within({-0.7, -0.7, -0.7}, {0.7, 0.7, 0.7});
      points.push_back(points.back() + 7 * way);
    }
    const double r = 0.6 + 1.6 * p.uniform();
    const double hu = p.uniform() < 0.6 ? 52 + 22 * p.uniform() : 120 + 220 * p.uniform();
    p.mask(-120, kSoftBelow);
    p.chain(hu, points, r, 0.6 * r);
  }
}

/// A large bleed with a dark rim.
void large_bleed(Painter& p, const Point& reach) {
  const Point at = anywhere(p, 0.6 * reach);
  const double r = 7 + 8 * p.uniform();
  p.mask(kSoftAbove, 60);
  p.ball(-13, at, {1.6 * r, 1.5 * r, 1.5 * r}, 0, 60);
  p.adds();
  p.mask(kSoftAbove - 20, 60);
  p.ball(66, at, {r, 0.8 * r, 0.9 * r}, 0, 60);
  p.texture(8, 6);
  p.ball(62, at + p.within({-r, -r, -r}, {r, r, r}), {0.6 * r, 0.5 * r, 0.6 * r}, 0, 60);
  p.texture(8, 6);
}

/// Air cells of the temporal bone, and swollen lining of the sinuses.
void cells_and_sinuses(Painter& p) {
  p.mask(300, 1600);
  for (const double s : {-1.0, 1.0}) {
    for (int i = 0; i < 70; ++i) {
      const Point at = p.within({s * 26, -4, -48}, {s * 66, 50, -8});
      const double r = diameter(p, 1.2, 4.5) / 2;
      p.ball(kAir, at, {r, 1.2 * r, r}, 0, 60);
    }
  }
  p.mask(-1100, -800);
  for (const double s : {-1.0, 1.0}) {
    const Point floor{s * 23, -44, -54};
    p.ball(25 + 15 * p.uniform(), floor + p.within({-4, -4, -4}, {4, 4, 4}), {8, 8, 5}, 0, 30);
    p.ball(30, {s * 6, -22, -32}, {5, 7, 3}, 2, 20);
  }
}

void nodules(Painter& p, const Point& reach) {
  p.mask(kLungAbove, kLungBelow);
  for (int i = 0; i < 60; ++i) {
    const Point at = anywhere(p, reach);
    const double r = diameter(p, 2, 12) / 2;
    p.ball(p.uniform() < 0.3 ? -550 : 30 + 40 * p.uniform(), at, {r, r, r}, 0, 60);
  }
}

/// A tube of plastic: a wall that shows in the scan, and a lumen.
void plastic(Painter& p, const std::vector<Point>& points, double radius, double lumen) {
  p.no_mask();
  p.chain(220, points, radius, radius);
  p.chain(lumen, points, 0.6 * radius, 0.6 * radius);
}

}  // namespace

void add_lesions(Scene& scene, PhantomPart part, std::uint64_t seed) {
  nn::Rng rng(seed, nn::Purpose::phantom, 5);
  const Frame straight;
  Painter p(rng, straight, {1, 1, 1});
  p.paint_into(&scene.over);
  const Point reach = reach_of(part);
  const int many = part == PhantomPart::head ? 1 : 2;
  vessels(p, reach, 60 * many);
  large_bleed(p, reach);
  spots(p, reach, 330 * many);
  calcifications(p, reach, 60 * many);
  if (part == PhantomPart::head) cells_and_sinuses(p);
  if (part == PhantomPart::chest) nodules(p, reach);
}

void add_metal(Scene& scene, PhantomPart part, std::uint64_t seed) {
  nn::Rng rng(seed, nn::Purpose::phantom, 6);
  const Frame straight;
  Painter p(rng, straight, {1, 1, 1});
  p.paint_into(&scene.over);
  const Point reach = reach_of(part);
  // Clips and screws, in the body alone.
  p.mask(-300, 4000);
  const int clips = 3 + static_cast<int>(5 * p.uniform());
  for (int i = 0; i < clips; ++i) {
    const Point at = anywhere(p, 0.8 * reach);
    p.rod(2900, at, at + p.within({-5, -5, -5}, {5, 5, 5}), 0.9, 0.6 + 0.6 * p.uniform(), 0);
  }
  if (part == PhantomPart::head) {
    // A drain into the ventricle through a hole in the skull, and a tube in the throat.
    const double s = p.uniform() < 0.5 ? -1 : 1;
    p.no_mask();
    p.rod(20, {s * 30, -38, 60}, {s * 34, -44, 84}, 5, 5, 0);
    plastic(p, {{s * 8, -14, 22}, {s * 30, -38, 66}, {s * 40, -46, 86}}, 1.7, 6);
    plastic(p, {{0, -8, -84}, {0, -16, -60}, {0, -40, -55}, {3, -90, -58}}, 5, kAir);
    return;
  }
  plastic(p, {anywhere(p, 0.5 * reach), {0, -20, 0}, {40, -70, 40}, {90, -120, 60}}, 2.6, 6);
  plastic(p, {{8, 16, 120}, {8, 20, 20}, {10, 22, -120}}, 2.4, kAir);
  for (int i = 0; i < 3; ++i) {  // electrodes and their wires in front of the skin
    const Point at = p.within({-90, -125, -100}, {90, -112, 100});
    p.ball(900, at, {5, 2, 5}, 0, 10);
    p.rod(2600, at, at + p.within({-40, -14, -60}, {40, -6, 60}), 0.6, 0.6, 0);
  }
  if (part == PhantomPart::pelvis || part == PhantomPart::legs) {
    // A nail and a screw in the bone of the left thigh: where bone is, and nothing else.
    p.mask(150, 2400);
    p.ball(2900, {92, 0, -20}, {24, 24, 24}, 2);
    p.rod(2700, {86, -10, 110}, {84, -10, -60}, 5, 5);
  }
}

}  // namespace data::phantom
