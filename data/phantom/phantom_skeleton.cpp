#include <cmath>

#include "data/phantom/phantom_body.h"
#include "data/phantom/phantom_trunk.h"
#include "nn/core/math.h"

namespace data::phantom {
namespace {

constexpr double kCompact = 1150;
constexpr double kSpongy = 210;

/// A bone: a shell of compact bone `shell` mm thick around spongy bone.
void bone_chain(Painter& p, const std::vector<Point>& points, double first, double last,
                double shell) {
  p.chain(kCompact, points, first, last);
  p.chain(kSpongy, points, first - shell, last - shell);
}

void bone_rod(Painter& p, const Point& a, const Point& b, double ra, double rb) {
  p.rod(kCompact, a, b, ra, rb, 0);
  p.rod(kSpongy, a, b, 0.62 * ra, 0.62 * rb, 0);
}

/// The spine is bent: forward in the loins, backward in the chest.
double spine_y(double z) {
  const double chest = (z - 110) / 150;
  const double loins = (z + 140) / 90;
  return 52 + 12 / (1 + chest * chest) - 16 / (1 + loins * loins);
}

void vertebra(Painter& p, double z, double height, double wide, bool loins) {
  const double y = spine_y(z);
  const double tilt = (spine_y(z + 10) - spine_y(z - 10)) * 2.6;
  const Point body{wide, 0.72 * wide, 0.5 * height};
  const Point middle{0, y, z};
  p.drum(kCompact - 450, middle, {body.x, body.y, body.z - 2.6}, tilt);
  p.drum(kSpongy, middle, {body.x - 1.6, body.y - 1.6, body.z - 4}, tilt);
  p.texture(45, 2.2);
  // The disc between this vertebra and the one below.
  p.drum(85, {0, spine_y(z - height / 2), z - height / 2}, {body.x - 1, body.y - 1, 2.6}, tilt);
  const double behind = y + body.y;
  p.rod(-20, {0, behind + 8, z + height / 2 + 1}, {0, behind + 8, z - height / 2 - 1}, 10, 10, 0);
  p.rod(30, {0, behind + 8, z + height / 2 + 1}, {0, behind + 8, z - height / 2 - 1}, 6.5, 6.5, 0);
  for (const int s : {-1, 1}) {
    bone_rod(p, {s * 11.0, behind - 3, z + 4}, {s * 12.0, behind + 13, z + 2}, 4.2,
             4.5);                                                                   // pedicle
    bone_rod(p, {s * 12.0, behind + 13, z + 2}, {0, behind + 22, z - 6}, 3.6, 3.6);  // lamina
    const double reach = loins ? 38 : 30;
    bone_rod(p, {s * 12.0, behind + 11, z + 1}, {s * reach, behind + (loins ? 11 : 20), z + 2}, 4,
             3);
    bone_rod(p, {s * 13.0, behind + 14, z - 5}, {s * 14.0, behind + 14, z - 15}, 5, 5);  // joints
  }
  const double drop = loins ? 6 : 18;
  bone_rod(p, {0, behind + 21, z - 4}, {0, behind + (loins ? 44 : 38), z - 4 - drop}, 3.6, 3.8);
}

/// A rib as a line of points: from the spine to the back, around the side and down to the front.
std::vector<Point> rib(double top, double side, int number, double turn) {
  std::vector<Point> points;
  const double fall = number < 3 ? 34 : 62 + 2.5 * number;
  for (int i = 0; i <= 12; ++i) {
    const double along = static_cast<double>(i) / 12;
    const double angle = along * turn * (nn::math::kPi / 180);
    const double z = top - fall * along * (0.4 + 0.6 * along);
    const Outline o = trunk_at(z);
    // Narrower at the top of the chest.
    const double apex = std::max(0.0, (z - 130) / 110);
    const double wide = (o.x - 30) * (1 - 0.52 * apex * apex);
    const double deep = (o.y - 27) * (1 - 0.42 * apex * apex);
    points.push_back({side * (wide * nn::math::sin(angle) + 20 * (1 - along) * (i == 0)),
                      o.middle_y + deep * nn::math::cos(angle) - 18 * (i == 0), z});
  }
  return points;
}

}  // namespace

void skeleton_of_chest(Painter& p) {
  for (const int s : {-1, 1}) {
    // Shoulder blade, a thin plate with its ridge, and collar bone.
    p.turned_ball(kCompact, {s * 92.0, 72, 165}, {46, 3.6, 62}, {12, 0, s * -32.0});
    p.turned_ball(kSpongy, {s * 92.0, 72, 165}, {43, 1.6, 58}, {12, 0, s * -32.0});
    bone_rod(p, {s * 66.0, 88, 190}, {s * 140.0, 58, 222}, 5, 7);
    bone_chain(p, {{s * 14.0, -70, 205}, {s * 60.0, -66, 222}, {s * 120.0, 4, 236}}, 8, 6.5, 2.6);
    p.ball(kCompact, {s * 148.0, 22, 222}, {22, 22, 22}, 2);
    p.ball(kSpongy, {s * 148.0, 22, 222}, {19.5, 19.5, 19.5}, 0);
    for (int i = 1; i <= 12; ++i) {
      const double top = 262 - 23.5 * i + p.vary(2);
      const std::vector<Point> points = rib(top, s, i, i <= 7 ? 142 : 150 - 9.0 * (i - 7));
      p.chain(kCompact, points, 5.2, 5.6);
      p.chain(kSpongy + 60, points, 3.3, 3.7);
      if (i > 10) continue;
      const Point end = points.back();
      const double joins = std::max(30.0, 205 - 20.0 * i);
      const Point mid{0.6 * end.x, end.y - 6, 0.6 * end.z + 0.4 * joins - 4};
      p.chain(95, {end, mid, {s * 12.0, i <= 7 ? -86.0 : -78.0, joins}}, 5.5, 5);  // cartilage
    }
  }
  bone_chain(p, {{0, -74, 205}, {0, -84, 165}, {0, -92, 110}, {0, -92, 70}, {0, -84, 40}}, 11, 9,
             2);
}

void skeleton_of_spine(Painter& p) {
  for (const int s : {-1, 1}) {
    // Muscles along the spine, and the psoas.
    p.chain(kTrunkMuscle + 3,
            {{s * 24.0, 88, 250}, {s * 27.0, 84, 60}, {s * 33.0, 80, -130}, {s * 24.0, 84, -230}},
            17, 21);
    p.chain(kTrunkMuscle,
            {{s * 28.0, 50, -70},
             {s * 40.0, 44, -140},
             {s * 56.0, 26, -210},
             {s * 66.0, -14, -310},
             {s * 72.0, 20, -385}},
            11, 14);
  }
  for (int i = 1; i <= 12; ++i) vertebra(p, 262 - 23.5 * i, 23.5, 13 + 0.5 * i, false);
  for (int i = 1; i <= 5; ++i) vertebra(p, -26 - 34.0 * i + 6, 34, 20.5 + 0.7 * i, true);
  // Sacrum, bent backwards.
  const std::vector<Point> sacrum{
      {0, 52, -214}, {0, 68, -240}, {0, 84, -270}, {0, 88, -300}, {0, 78, -325}};
  for (const int s : {-1, 1}) {
    std::vector<Point> wing;
    wing.reserve(sacrum.size());
    for (const Point& at : sacrum)
      wing.push_back({at.x + s * (20 + (at.z + 214) * 0.14), at.y, at.z});
    bone_chain(p, wing, 21, 7, 2.2);
  }
  bone_chain(p, sacrum, 20, 8, 2.2);
  p.chain(15, {{0, 76, -200}, {0, 92, -240}, {0, 100, -285}}, 6, 3);  // its canal
}

void skeleton_of_hips(Painter& p) {
  for (const int s : {-1, 1}) {
    // Wing of the ilium: a thin shell, thicker at its crest.
    p.turned_ball(kCompact, {s * 92.0, 34, -222}, {7, 58, 62}, {8, s * -20.0, s * 34.0});
    p.turned_ball(kSpongy, {s * 92.0, 34, -222}, {4.6, 55, 59}, {8, s * -20.0, s * 34.0});
    bone_rod(p, {s * 52.0, 74, -222}, {s * 72.0, 56, -262}, 10, 13);
    // Socket, head, neck and shaft of the femur.
    p.ball(kCompact, {s * 88.0, 12, -318}, {34, 34, 34}, 0);
    p.ball(kSpongy + 60, {s * 82.0, 14, -312}, {30, 30, 30}, 0);
    bone_chain(p, {{s * 74.0, -2, -305}, {s * 48.0, -40, -335}, {s * 8.0, -62, -342}}, 12, 10, 2.2);
    bone_chain(p, {{s * 8.0, -62, -345}, {s * 40.0, -30, -368}, {s * 58.0, 18, -385}}, 9, 11, 2.2);
    bone_chain(p, {{s * 82.0, 34, -335}, {s * 64.0, 36, -385}}, 17, 14, 2.2);
    p.ball(60, {s * 92.0, 10, -322}, {29, 29, 29}, 0);  // cartilage
    p.ball(kCompact, {s * 92.0, 10, -322}, {25.5, 25.5, 25.5}, 0);
    bone_chain(p, {{s * 96.0, 10, -326}, {s * 138.0, 14, -352}}, 15, 17, 2.5);
    p.ball(kSpongy + 90, {s * 92.0, 10, -322}, {23.5, 23.5, 23.5}, 0);
    p.ball(kCompact, {s * 142.0, 16, -350}, {17, 18, 21}, 0);
    p.ball(kSpongy - 60, {s * 142.0, 16, -350}, {14.5, 15.5, 18.5}, 0);
  }
}

void skeleton_of_legs(Painter& p) {
  for (const int s : {-1, 1}) {
    const std::vector<Point> shaft{{s * 136.0, 14, -365},
                                   {s * 118.0, 6, -430},
                                   {s * 100.0, -4, -520},
                                   {s * 86.0, 0, -620},
                                   {s * 82.0, 4, -665}};
    p.chain(kCompact + 300, shaft, 14, 14.5);
    p.chain(-60, shaft, 7, 10.5);  // marrow is fat
    for (const int side : {-1, 1}) {
      const double x = s * 81.0 + side * 21.0;
      p.rod(kCompact, {s * 82.0, 2, -650}, {x, 8, -690}, 14, 19, 0);
      p.rod(kSpongy, {s * 82.0, 2, -650}, {x, 8, -690}, 12, 17.4, 0);
      p.texture(50, 2.5);
      p.rod(kCompact, {x, 10, -724}, {s * 80.0, 8, -765}, 19, 12, 0);
      p.rod(kSpongy, {x, 10, -724}, {s * 80.0, 8, -765}, 17.4, 9, 0);
      p.texture(50, 2.5);
      p.ball(110, {x, 8, -708}, {17, 17, 3}, 0, 0);  // meniscus
    }
    p.drum(kCompact, {s * 80.0, 10, -714}, {38, 22, 1.6}, 0);  // plateau
    p.ball(kCompact, {s * 80.0, -34, -688}, {20, 9, 21}, 1);
    p.ball(kSpongy, {s * 80.0, -34, -688}, {18, 7.2, 19}, 0);
    p.rod(120, {s * 80.0, -32, -705}, {s * 80.0, -16, -755}, 4.5, 4.5);  // tendons
    p.rod(120, {s * 80.0, -36, -672}, {s * 84.0, -36, -610}, 5, 7);
    const std::vector<Point> tibia{{s * 80.0, 6, -755}, {s * 77.0, 2, -800}, {s * 75.0, 0, -870}};
    p.chain(kCompact + 300, tibia, 17, 13);
    p.chain(-40, tibia, 12, 7.5);
    const std::vector<Point> fibula{
        {s * 113.0, 32, -735}, {s * 112.0, 32, -790}, {s * 108.0, 30, -870}};
    bone_chain(p, fibula, 9, 6.5, 2.6);
  }
}

}  // namespace data::phantom
