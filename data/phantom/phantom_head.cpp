#include <cmath>
#include <utility>

#include "data/phantom/phantom_cranium.h"
#include "data/phantom/phantom_painter.h"
#include "nn/core/math.h"

namespace data::phantom {
namespace {

using nn::Rng;

// HU.
constexpr double kFat = -90;
constexpr double kMuscle = 58;
constexpr double kMarrow = 330;
constexpr double kCortical = 1350;

void face_and_neck(Painter& p) {
  // Skin first, then the fat within it, so that the masses merge.
  struct Mass {
    Point centre;
    Point axes;
  };
  const Mass masses[] = {{{0, -36, -42}, {63, 58, 52}}, {{0, 16, -72}, {57, 58, 50}},
                         {{0, -72, -80}, {34, 30, 24}}, {{0, -78, 2}, {40, 12, 26}},
                         {{0, -72, -66}, {36, 27, 22}}, {{0, 12, -34}, {72, 62, 27}},
                         {{0, -18, -30}, {71, 60, 25}}};
  for (const Mass& m : masses) p.ball(kSkin, m.centre, m.axes, 0, 0);
  p.rod(kSkin, {0, -91, -20}, {0, -101, -45}, 5, 9.5, 0);
  for (const Mass& m : masses) p.ball(kFat, m.centre, m.axes - Point{2.5, 2.5, 2.5}, 0, 0);

  p.ball(kMuscle, {0, -55, -74}, {24, 30, 15});  // tongue
  p.ball(kMuscle, {0, -30, -70}, {26, 16, 26});
  p.ball(kMuscle, {0, -2, -72}, {22, 12, 26});
  for (const int s : {-1, 1}) {
    p.ball(kMuscle, {s * 54.0, -28, -52}, {7, 17, 25});  // masseter
    p.ball(kMuscle, {s * 33.0, -24, -46}, {9, 13, 15});  // pterygoid
    p.ball(kMuscle, {s * 45.0, 16, -66}, {8, 17, 30});   // sternocleidomastoid
    p.ball(kMuscle, {s * 17.0, 46, -66}, {15, 19, 30});
    p.ball(kMuscle, {s * 36.0, 40, -66}, {11, 17, 30});
    p.ball(18, {s * 52.0, -4, -50}, {8, 13, 19});  // parotid
    p.ball(kMuscle, {s * 26.0, -84, -46}, {12, 6, 12});
    // Ear: a curled rim and its hollow.
    const double z = -18 + p.vary(4);
    p.chain(kSkin,
            {{s * 70.0, 6, z - 18},
             {s * 74.0, 12, z - 10},
             {s * 79.0, 24, z + 4},
             {s * 78.0, 26, z + 16},
             {s * 74.0, 14, z + 22},
             {s * 70.0, 4, z + 12}},
            3.6, 2.6);
  }
  p.ball(kMuscle, {0, -95, -67}, {22, 4, 6});  // lips
}

void orbits(Painter& p) {
  for (const int s : {-1, 1}) {
    const double x = s * 32.0;
    p.ball(1150, {x, -62, -20}, {21.5, 23, 19.5}, 0.5);
    p.ball(kFat, {x, -65, -20}, {19.5, 24.5, 17.5}, 0.5);
    p.rod(40, {x, -62, -20}, {s * 9.0, -26, -16}, 2.6, 2.2, 0.5);  // optic nerve
    p.rod(kMuscle, {x - 9, -66, -20}, {s * 12.0, -30, -17}, 1.8, 1.4, 0.5);
    p.rod(kMuscle, {x + 10, -66, -20}, {s * 14.0, -30, -17}, 1.8, 1.4, 0.5);
    p.rod(kMuscle, {x, -66, -9}, {s * 12.0, -30, -14}, 2, 1.2, 0.5);
    p.rod(kMuscle, {x, -66, -31}, {s * 12.0, -30, -20}, 2, 1.2, 0.5);
    const double y = -74 + p.vary(2);
    p.ball(62, {x, y, -20}, {12.6, 12.6, 12.2}, 0);
    p.ball(12, {x, y, -20}, {11.6, 11.6, 11.2}, 0);
    p.ball(75, {x, y - 8.5, -20}, {4.4, 2, 4.4}, 0);  // lens
    p.ball(kSkin, {x, y - 12.5, -17}, {14, 3.2, 9});  // lid
  }
}

void nose_and_sinuses(Painter& p) {
  p.ball(750, {0, -62, -42}, {37, 25, 20}, 1);  // maxilla
  p.ball(420, {0, -56, -16}, {12, 26, 14}, 1);  // ethmoid
  for (int i = 0; i < 22; ++i) {
    const double side = i % 2 == 0 ? 1 : -1;
    const double r = 2.2 + 2.6 * p.uniform();
    p.ball(kAir, {side * (2 + 7.5 * p.uniform()), -76 + 42 * p.uniform(), -24 + 15 * p.uniform()},
           {r, 1.3 * r, 1.2 * r}, 0, 25);
  }
  for (const int s : {-1, 1}) {
    const double size = 1 + p.vary(0.25);
    p.ball(kAir, {s * 23.0, -59, -42}, size * Point{12, 15, 15}, 2, 12);
    if (p.uniform() < 0.4) p.ball(32, {s * 23.0, -54, -51}, {9, 10, 5}, 2);  // fluid
  }
  p.ball(kAir, {0, -66, -42}, {11, 27, 17}, 0.5, 2);  // nasal cavity
  p.ball(130, {p.vary(2), -62, -40}, {1.0, 24, 17}, 0, 5);
  for (const int s : {-1, 1}) {
    for (int i = 0; i < 3; ++i) {
      const double z = -33 - 7.5 * i;
      p.rod(45, {s * 6.5, -78, z}, {s * 6.0, -46, z - 2}, 1.6, 3.2);  // turbinates
    }
    p.rod(kAir, {s * 4.5, -101, -50}, {s * 5.0, -84, -48}, 3, 4);
    p.rod(1000, {s * 4.0, -86, -12}, {s * 2.5, -95, -26}, 2, 1.3);  // nasal bone
  }
  p.ball(1000, {0, -60, -57.5}, {24, 24, 1.7}, 0.5, 5);  // hard palate

  // Frontal sinus: thick bone, then lobes of different size.
  p.ball(1050, {0, -77, 3}, {25, 7.5, 13}, 1);
  for (const int s : {-1, 1}) {
    const double size = 0.6 + 0.7 * p.uniform();
    p.ball(kAir, {s * 8.5, -77.5, 3}, {8 * size, 3.6, 10 * size}, 1, 15);
    if (p.uniform() < 0.6) p.ball(kAir, {s * 17.0, -75, 2}, {6 * size, 3, 6 * size}, 1, 15);
  }
}

void jaws(Painter& p) {
  for (const int s : {-1, 1}) {
    // Cheekbone and its arch.
    const std::vector<Point> arch{{s * 38.0, -73, -34},
                                  {s * 51.0, -58, -33},
                                  {s * 61.0, -40, -30},
                                  {s * 65.0, -22, -28},
                                  {s * 63.0, -4, -27}};
    p.chain(kCortical, arch, 5.5, 2.6);
    p.chain(kMarrow, arch, 3.4, 0.6);
    const std::vector<Point> ramus{
        {s * 40.0, -44, -84}, {s * 47.0, -26, -76}, {s * 50.0, -14, -52}, {s * 51.0, -7, -33}};
    p.chain(kCortical, ramus, 6.5, 4.2);
    p.chain(kMarrow, ramus, 4.2, 1.6);
    p.rod(kCortical, {s * 47.0, -30, -66}, {s * 47.0, -34, -42}, 4, 1.8);  // coronoid
    p.ball(kCortical, {s * 51.0, -7, -32}, {8, 4.6, 4}, 0);
  }
  std::vector<Point> body;
  for (int i = 0; i <= 8; ++i) {
    const double angle = (i - 4) * (nn::math::kPi / 8.6);
    body.push_back({40 * nn::math::sin(angle), -46 - 42 * nn::math::cos(angle), -85});
  }
  p.chain(kCortical, body, 7, 7);
  p.chain(kMarrow, body, 4.6, 4.6);

  p.ball(kAir, {0, -68, -66}, {15, 15, 2.5}, 1, 8);  // mouth
  // Teeth: crown, and a root that tapers into the jaw; some are missing, some filled.
  for (int row = 0; row < 2; ++row) {
    const double bite = -70;
    const double up = row == 0 ? 1 : -1;
    for (int i = 0; i < 15; ++i) {
      const double angle = (i - 7) * (nn::math::kPi / 16.5);
      const double wide = 23.5 + 1.5 * up;
      const Point at{wide * nn::math::sin(angle), -59 - 27 * nn::math::cos(angle) - up, bite};
      if (p.uniform() < 0.08) continue;
      const double r = std::fabs(i - 7.0) > 3 ? 3.9 : 2.9;
      const double enamel = p.uniform() < 0.1 ? 2900 : 1900 + 500 * p.uniform();
      const Point neck = at + Point{0, 0, up * 6};
      p.rod(1350, neck, at + Point{0, 2, up * 15}, 0.8 * r, 1.3, 0.4);
      p.rod(enamel, at + Point{0, 0, up * 2.2}, neck, r, 0.85 * r, 0.4);
    }
  }
}

void skull_base(Painter& p) {
  p.ball(850, {0, -24, -26}, {15, 16, 12});  // sphenoid
  p.rod(800, {0, -9, -18}, {0, 8, -44}, 6.5, 5);
  for (const int s : {-1, 1}) {
    p.ball(kAir, {s * 6.0, -27, -26}, Point{6.5, 9, 7.5}, 2.5, 15);
    p.rod(1150, {s * 10.0, -27, -9}, {s * 54.0, -38, 1}, 2.6, 1.2);  // lesser wing
    p.rod(1150, {s * 9.0, -26, -9}, {s * 7.0, -15, -10}, 2.2, 1.4);
    p.rod(950, {s * 16.0, -30, -30}, {s * 18.0, -28, -54}, 2.6, 1.6);  // pterygoid plate
    p.rod(kCsf, {s * 12.0, -14, -26}, {s * 22.0, 4, -48}, 2.5, 3);     // carotid canal
    p.only_above(300);

    // Petrous bone: an oblique ridge with air cells behind the ear.
    p.rod(1050, {s * 58.0, 20, -28}, {s * 11.0, -6, -24}, 11, 5);
    p.ball(950, {s * 56.0, 26, -36}, {11, 14, 18});
    p.ball(1900, {s * 34.0, 8, -25}, {7, 5, 5});
    const int cells = 26 + static_cast<int>(16 * p.uniform());
    for (int i = 0; i < cells; ++i) {
      const double u = p.uniform();
      const double r = 1.1 + 2.4 * (u * p.uniform());
      p.ball(kAir, {s * (49 + 14 * p.uniform()), 14 + 24 * p.uniform(), -50 + 32 * p.uniform()},
             {r, 1.3 * r, r}, 0, 30);
      p.only_above(200);
    }
    p.rod(kAir, {s * 80.0, 9, -29}, {s * 45.0, 12, -27}, 3.4, 3);  // ear canal
    p.ball(kAir, {s * 43.0, 11, -25}, {3.6, 5.5, 6});
    p.ball(500, {s * 43.0, 11, -23}, {1.2, 2.2, 1.6});          // ossicles
    p.rod(kCsf, {s * 12.0, 8, -24}, {s * 25.0, 8, -24}, 3, 2);  // internal canal
    p.rod(10, {s * 31.0, 3, -25}, {s * 33.0, 8, -29}, 1.3, 1);
    p.rod(10, {s * 35.0, 12, -23}, {s * 39.0, 9, -18}, 1, 1);
  }

  // Atlas, axis and the canal that leaves the skull.
  p.rod(kCsf, {0, 18, -36}, {0, 22, -95}, 12, 9, 0);
  p.rod(36, {0, 16, -34}, {0, 22, -95}, 7, 5.5, 0);
  p.rod(kCortical, {0, 3, -54}, {0, 4, -90}, 5.5, 8);
  p.rod(kMarrow, {0, 3, -56}, {0, 4, -90}, 3.5, 6);
  for (const int s : {-1, 1}) {
    p.ball(1100, {s * 20.0, 10, -55}, {10, 9, 8});
    p.ball(500, {s * 20.0, 10, -55}, {7, 6, 5});
    p.chain(1200, {{s * 24.0, 14, -58}, {s * 19.0, 33, -59}, {0, 42, -60}}, 3.6, 3.2);
    p.ball(1000, {s * 16.0, 12, -74}, {10, 9, 7});
    p.ball(400, {s * 16.0, 12, -74}, {7.5, 6.5, 5});
  }
  p.rod(kAir, {0, -26, -40}, {1, -16, -96}, 7, 6);  // pharynx
}

void brain_parts(Painter& p, double ventricles) {
  const double v = ventricles;
  for (const int s : {-1, 1}) {
    p.ball(36, {s * 12.0, -22, 14}, {6, 12, 9});  // caudate
    p.ball(36, {s * 24.0, -6, 9}, {7, 17, 10}, 1, 12);
    p.ball(36, {s * 11.0, 8, 9}, {9, 13, 9});  // thalamus
    // Lateral ventricle: front horn, body, atrium, horns at the back and below.
    p.chain(kCsf,
            {{s * 6.0, -36, 16},
             {s * 8.0, -20, 24},
             {s * 11.0, 4, 29},
             {s * 19.0, 28, 22},
             {s * 26.0, 30, 10},
             {s * 29.0, 12, -4},
             {s * 28.0, -6, -9}},
            4.8 * v, 2 * v);
    p.chain(kCsf, {{s * 20.0, 28, 20}, {s * 19.0, 46, 14}}, 5 * v, 1.5);
    p.rod(30 + 250 * p.uniform(), {s * 21.0, 27, 17}, {s * 16.0, 14, 27}, 2, 1);  // choroid plexus
    // Sylvian fissure with its artery, and vessels that climb out of it.
    p.ball(kCsf, {s * 46.0, -14, 6}, {13, 17, 2.2}, 2, 12);
    p.chain(58, {{s * 8.0, -10, -6}, {s * 24.0, -16, -4}, {s * 40.0, -14, 4}, {s * 52.0, 6, 14}},
            1.7, 1.0);
    p.rod(60, {s * 46.0, -8, 8}, {s * 58.0, 24, 40}, 1.1, 0.8, 3);
    p.rod(60, {s * 4.0, -46, 6}, {s * 3.0, -30, 44}, 1.2, 0.8);
    p.chain(62, {{0, 82, 0}, {s * 34.0, 66, -8}, {s * 52.0, 40, -14}, {s * 46.0, 26, -34}}, 3.6, 4);
    p.rod(450, {s * 8.0, -16, -14}, {s * 9.0, -8, -12}, 1.6, 1.2);  // calcified carotid
    p.only_above(-200);
    // Grooves of the middle meningeal artery in the skull.
    p.chain(60, {{s * 50.0, -20, -18}, {s * 61.0, -16, 6}, {s * 62.0, -4, 30}, {s * 52.0, 12, 52}},
            2, 1.4);
    p.only_above(400);
  }
  p.ball(kCsf, {0, 2, 8}, {2.2 * v, 13, 9});            // third ventricle
  p.ball(kCsf, {0, 32, -22}, {7 * v, 5 * v, 9}, 1, 4);  // fourth
  p.ball(30, {0, 10, -18}, {13, 11, 16});               // brain stem
  p.rod(56, {0, 0, -14}, {2, 1, -38}, 2, 1.6);          // basilar artery
  p.ball(kCsf, {0, -8, -10}, {12, 9, 4});               // cistern
  p.ball(180, {0, 24, 6}, {2.2, 3, 2});                 // pineal gland
}

}  // namespace

Scene head_scene(std::uint64_t seed) {
  Rng rng(seed, nn::Purpose::phantom);
  const auto vary = [&rng](double spread) { return spread * (2 * rng.uniform() - 1); };
  Field field(rng);

  Frame frame;
  const double about_x = vary(9) - 2;
  const double about_y = vary(6);
  const double about_z = vary(5);
  frame.turn = rotation(about_x, about_y, about_z);
  frame.shift = {vary(4), 8 + vary(4), vary(3)};

  const double size = 0.97 + vary(0.04);
  const Point scale{size * (1 + vary(0.05)), size * (1 + vary(0.05)), size * (1 + vary(0.03))};

  Cranium cranium;
  cranium.centre = {0, cranium.centre.y * scale.y, cranium.centre.z * scale.z};
  cranium.half_axes = {cranium.half_axes.x * scale.x, cranium.half_axes.y * scale.y,
                       cranium.half_axes.z * scale.z};
  cranium.thickness = 6.6 + vary(1.6);
  cranium.scalp = 5.5 + vary(1.5);
  cranium.floor_shift = vary(1.5);
  cranium.sulci = 1.05 + vary(0.5);
  cranium.asymmetry = vary(0.03);
  const double ventricles = 1.05 + vary(0.45);

  Scene head{220, 168, {}, {}, {}, std::move(field)};
  head.formula = [frame, cranium](const Point& p, double outside, const Field& noise) {
    return cranium.hu(frame.to_body(p), outside, noise);
  };
  Painter painter(rng, frame, scale);
  painter.paint_into(&head.under);
  face_and_neck(painter);
  painter.paint_into(&head.over);
  brain_parts(painter, ventricles);
  skull_base(painter);
  orbits(painter);
  nose_and_sinuses(painter);
  jaws(painter);
  return head;
}

}  // namespace data::phantom
