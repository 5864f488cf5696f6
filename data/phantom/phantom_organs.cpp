#include <cmath>

#include "data/phantom/phantom_body.h"
#include "data/phantom/phantom_trunk.h"

namespace data::phantom {
namespace {

constexpr double kCavityAbove = kCavityFat - 0.5;
constexpr double kCavityBelow = kCavityFat + 0.5;

constexpr double kAirwayWall = -10;

/// From now on, paint into the fat of a cavity only.
void into_fat(Painter& p) { p.mask(kCavityAbove, kCavityBelow); }

/// A loop of gut: a wall in the fat, contents within the wall, gas at the front.
void gut(Painter& p, const std::vector<Point>& points, double radius, double wall_hu,
         double content, double grain, double gas) {
  into_fat(p);
  p.chain(wall_hu, points, radius, radius);
  p.mask(wall_hu - 0.5, wall_hu + 0.5);
  for (std::size_t i = 0; i + 1 < points.size(); ++i) {
    const double r = (radius - 2.2) * (0.75 + 0.25 * p.uniform());
    p.rod(content, points[i], points[i + 1], r, r, 0);
    p.texture(grain, 5);
  }
  p.mask(-300, 1000);
  for (const Point& at : points) {
    if (p.uniform() > gas) continue;
    const double r = (radius - 2.5) * (0.6 + 0.35 * p.uniform());
    p.ball(kAir, at - Point{0, radius - 1.5 - r, 0}, {r * 1.1, r, r * 1.2}, 0, 20);
  }
  p.no_mask();
}

/// A path of `steps` pieces that wanders in a box and turns slowly.
std::vector<Point> wander(Painter& p, const Point& low, const Point& high, int steps,
                          double length) {
  std::vector<Point> points{p.within(low, high)};
  Point way = p.within({-1, -1, -1}, {1, 1, 1});
  for (int i = 0; i < steps; ++i) {
    way = 0.65 * way + p.within({-1, -1, -1}, {1, 1, 1});
    Point next = points.back() + (length / std::sqrt(dot(way, way) + 0.01)) * way;
    const auto turn_back = [](double at, double from, double to, double& direction) {
      if ((at < from && direction < 0) || (at > to && direction > 0)) direction = -direction;
    };
    turn_back(next.x, low.x, high.x, way.x);
    turn_back(next.y, low.y, high.y, way.y);
    turn_back(next.z, low.z, high.z, way.z);
    next = points.back() + (length / std::sqrt(dot(way, way) + 0.01)) * way;
    points.push_back(next);
  }
  return points;
}

void small_bowel(Painter& p, const Contrast& c, const Point& low, const Point& high, int loops) {
  for (int i = 0; i < loops; ++i) {
    const bool drunk = p.uniform() < 0.3;  // contrast medium that was drunk
    const double radius = 8 + 5 * p.uniform();
    const std::vector<Point> points = wander(p, low, high, 16, 11);
    gut(p, points, radius, c.wall, drunk ? 230 : 18, drunk ? 60 : 12, 0.12);
  }
}

void large_bowel(Painter& p, const Contrast& c) {
  const double stool = -40 + p.vary(60);
  gut(p, {{-104, 8, -225}, {-112, 16, -180}, {-108, 26, -130}, {-96, 10, -100}}, 24 + p.vary(3),
      c.wall, stool, 220, 0.5);
  gut(p,
      {{-96, 0, -100},
       {-70, -52, -108},
       {-30, -70, -122},
       {12, -72, -126},
       {52, -62, -112},
       {88, -20, -84},
       {104, 20, -66}},
      19 + p.vary(4), c.wall, stool, 200, 0.75);
  gut(p, {{106, 30, -70}, {112, 34, -120}, {112, 30, -180}, {104, 22, -225}}, 15 + p.vary(3),
      c.wall, stool, 200, 0.35);
}

void kidneys(Painter& p, const Contrast& c) {
  for (const int s : {-1, 1}) {
    const double z = s < 0 ? -98 : -86;
    const Point at{s * 60.0 + p.vary(3), 50, z + p.vary(6)};
    const Point angles{14 + p.vary(6), s * -12.0, s * 28.0};
    p.turned_ball(c.kidney, at, {25, 29, 54}, angles);
    for (int i = 0; i < 9; ++i) {  // pyramids
      const double t = (i - 4) * 9.5;
      p.ball(30 + 0.55 * (c.kidney - 30), at + Point{s * -2.0, (i % 2 == 0 ? 9.0 : -9.0), t},
             {8, 8, 5.5}, 1, 20);
    }
    p.turned_ball(-90, at + Point{s * -15.0, -7, 0}, {14, 11, 27}, angles);  // fat of the sinus
    p.ball(c.artery > 100 ? 60 : 12, at + Point{s * -14.0, -7, -3}, {7, 6, 13}, 1);
    if (p.uniform() < 0.4) p.ball(6, at + p.within({-16, -16, -35}, {16, 16, 35}), {9, 9, 9}, 0);
    p.chain(c.vein, {at + Point{s * -14.0, -9, 2}, {s * 24.0, 24, z + 6}, {-14, 22, z + 10}}, 4.2,
            4.8);
    p.chain(c.artery, {{6, 26, z + 16}, {s * 30.0, 32, z + 8}, at + Point{s * -14.0, -5, 5}}, 3.2,
            2.6);
  }
}

/// Vessels and airways of the lungs, in lung alone.
void lung_trees(Painter& p, const Contrast& c) {
  for (const int s : {-1, 1}) {
    const Point root{s * 34.0, 8, 108};
    const Point ends[] = {{s * 62.0, 42, 70},  {s * 66.0, -30, 80}, {s * 58.0, -22, 160},
                          {s * 58.0, 40, 165}, {s * 76.0, 10, 118}, {s * 52.0, 60, 105},
                          {s * 60.0, 20, 50}};
    p.mask(kLungAbove, kLungBelow);
    std::vector<std::vector<Piece>> airways;
    for (const Point& end : ends) {
      const Point to = end + p.within({-6, -6, -6}, {6, 6, 6});
      p.pieces(0.8 * c.artery + 8, p.tree(root, to, 6.2, 6));
      p.pieces(0.8 * c.vein + 8, p.tree(root + Point{0, -14, -12}, to + Point{0, -16, -8}, 5, 5));
      airways.push_back(p.tree(root + Point{s * -6.0, 4, 6}, to + Point{4, 6, 6}, 4.4, 4));
    }
    for (const auto& tree : airways) p.pieces(kAirwayWall, tree, 1.1);
    p.mask(kAirwayWall - 0.5, kAirwayWall + 0.5);
    for (const auto& tree : airways) p.pieces(-980, tree);
    p.no_mask();
  }
}

/// A wall of muscle and four chambers.
void heart(Painter& p, const Contrast& c) {
  const double muscle = 45 + 0.35 * (c.vein - 42);
  p.turned_ball(muscle, {16, -34, 46}, {56, 44, 52}, {0, -28, 24});
  p.texture(4, 6);
  p.turned_ball(c.artery, {34, -26, 40}, {27, 22, 36}, {0, -30, 30});
  p.turned_ball(c.vein, {-4, -50, 40}, {34, 18, 34}, {0, -24, 10});
  p.ball(c.artery, {6, 2, 72}, {30, 16, 22}, 2);
  p.ball(c.vein, {-28, -22, 62}, {19, 24, 30}, 2);
  for (int i = 0; i < 5; ++i) {  // fat in the grooves, coronary arteries
    const Point at{-10 + 14.0 * i, -58 + 5.0 * i, 74 - 7.0 * i};
    p.ball(-80, at, {8, 5, 6}, 2, 30);
    p.rod(c.artery, at, at + Point{12, 3, -8}, 1.7, 1.4);
    if (p.uniform() < 0.4) p.ball(700, at + Point{5, 1, -3}, {2.2, 1.2, 1.2}, 1, 30);
  }
}

void vessels_of_chest(Painter& p, const Contrast& c) {
  p.chain(c.artery,
          {{2, -30, 74},
           {-12, -34, 108},
           {-12, -26, 140},
           {2, 0, 158},
           {16, 28, 152},
           {22, 44, 128},
           {22, 44, 60},
           {16, 36, -20}},
          15, 12);
  if (p.uniform() < 0.6) p.rod(750, {10, 12, 168}, {18, 26, 164}, 1.6, 1.2);  // plaque
  p.chain(c.vein, {{-24, -18, 70}, {-28, -16, 120}, {-26, -30, 168}}, 10, 9);
  p.chain(c.vein, {{-26, -30, 168}, {10, -44, 178}, {40, -50, 200}, {90, -40, 222}}, 8, 6);
  p.chain(c.vein, {{6, -42, 78}, {14, -24, 112}, {4, -4, 112}, {-30, 4, 106}}, 14, 10);
  p.chain(c.vein, {{14, -24, 112}, {30, 6, 118}, {40, 18, 112}}, 12, 9);
  const Point arch[] = {{-10, -16, 158}, {-2, -6, 160}, {8, 10, 162}};
  const Point neck[] = {{-28, -16, 225}, {18, -4, 235}, {34, 8, 228}};
  for (int i = 0; i < 3; ++i) p.rod(c.artery, arch[i], neck[i], 4.6, 3.8);
  p.ball(70 + 0.3 * (c.vein - 42), {-20, -24, 248}, {11, 9, 18}, 1);  // thyroid
  p.ball(70 + 0.3 * (c.vein - 42), {20, -24, 248}, {11, 9, 18}, 1);
}

void windpipe_and_gullet(Painter& p) {
  const std::vector<Point> pipe{{0, -14, 250}, {0, 2, 180}, {2, 10, 138}};
  for (const double wall : {1.6, 0.0}) {
    const double hu = wall > 0 ? 70 : kAir;
    p.chain(hu, pipe, 9 + wall, 8.5 + wall);
    p.chain(hu, {{2, 10, 138}, {-18, 12, 122}, {-34, 12, 110}}, 7 + wall, 5.5 + wall);
    p.chain(hu, {{2, 10, 138}, {22, 14, 118}, {36, 12, 108}}, 6.5 + wall, 5 + wall);
  }
  p.chain(40, {{6, 12, 250}, {8, 24, 160}, {8, 28, 80}, {24, 12, 0}}, 7, 8);
  if (p.uniform() < 0.5) p.rod(-900, {6, 17, 210}, {8, 22, 180}, 3, 2);
}

void lymph_nodes(Painter& p) {
  for (int i = 0; i < 10; ++i) {
    const Point at = p.within({-24, -34, 90}, {26, 24, 190});
    into_fat(p);
    p.ball(45, at, {5, 4, 4}, 0, 30);
    p.no_mask();
  }
}

/// Vessels of the liver are brighter with contrast medium and darker without.
void liver_trees(Painter& p, const Contrast& c) {
  const double in_liver = c.vein > 60 ? c.vein : 40;
  p.mask(35, 140);
  for (const Point& to : {Point{-62, 20, -30}, Point{-48, -34, -28}, Point{-76, -10, -66}}) {
    p.pieces(in_liver, p.tree({-12, 22, -12}, to, 4.6, 4));                      // veins
    p.pieces(in_liver, p.tree({-22, -4, -62}, to + Point{4, -6, -16}, 4.8, 4));  // portal vein
  }
  p.no_mask();
}

void stomach_and_pancreas(Painter& p, const Contrast& c) {
  p.ball(8, {-44, -36, -88}, {13, 14, 26}, 3, 14);  // gall bladder
  // Stomach with a level of fluid and gas above it.
  const double content = 20 + p.vary(20);
  gut(p,
      {{40, 20, -4},
       {66, 12, -22},
       {74, -22, -48},
       {50, -58, -76},
       {10, -60, -84},
       {-18, -42, -80}},
      27 + p.vary(4), c.wall + 6, content, 40, 0.6);
  // Pancreas and duodenum.
  into_fat(p);
  p.chain(40 + 0.5 * (c.vein - 42), {{-22, -2, -92}, {0, -12, -82}, {36, 8, -70}, {74, 30, -56}},
          12, 8);
  p.no_mask();
  gut(p, {{-24, -30, -82}, {-38, 0, -92}, {-34, 14, -130}, {4, 8, -138}, {34, 2, -112}}, 11, c.wall,
      15, 20, 0.2);
}

void vessels_of_belly(Painter& p, const Contrast& c) {
  p.chain(c.artery, {{16, 36, 10}, {8, 30, -60}, {6, 22, -130}, {4, 22, -170}}, 11, 8.5);
  p.chain(c.vein, {{-20, 8, 0}, {-18, 22, -60}, {-16, 24, -130}, {-12, 28, -176}}, 12.5, 10);
  p.rod(c.artery, {6, 22, -58}, {4, -4, -52}, 4, 3.4);
  p.chain(c.artery, {{4, -4, -52}, {50, 14, -50}, {84, 36, -44}}, 3.2, 2.4);
  p.chain(c.artery, {{4, -4, -52}, {-24, -6, -58}, {-36, -8, -60}}, 3, 2.2);
  p.chain(c.artery, {{6, 20, -70}, {4, -8, -84}, {-2, -22, -130}, {-16, -26, -180}}, 4, 2.4);
  p.chain(c.vein, {{-14, -22, -180}, {-12, -18, -120}, {-10, -2, -78}, {-26, -6, -62}}, 5, 7);
  p.chain(c.vein, {{-10, -2, -78}, {40, 10, -60}, {84, 38, -48}}, 6, 4);
  if (p.uniform() < 0.7) {
    for (int i = 0; i < 6; ++i) {  // calcified wall of the aorta
      const double z = -70 - 90 * p.uniform();
      p.ball(800, {5 + p.vary(9), 24 + p.vary(9), z}, {3.4, 1.1, 3.8}, 0, 60);
    }
  }
}

/// Vessels in the fat between the loops of gut.
void vessels_of_gut(Painter& p, const Contrast& c) {
  into_fat(p);
  for (int i = 0; i < 7; ++i) {
    const Point to = p.within({-80, -50, -200}, {80, 0, -110});
    const std::vector<Piece> tree = p.tree({0, -14, -110}, to, 2.4, 4);
    p.pieces(c.vein, tree);
  }
  p.no_mask();
}

}  // namespace

void organs_of_chest(Painter& p, const Contrast& c) {
  lung_trees(p, c);
  heart(p, c);
  vessels_of_chest(p, c);
  windpipe_and_gullet(p);
  lymph_nodes(p);
}

void organs_of_belly(Painter& p, const Contrast& c) {
  liver_trees(p, c);
  kidneys(p, c);
  stomach_and_pancreas(p, c);
  vessels_of_belly(p, c);
  large_bowel(p, c);
  small_bowel(p, c, {-84, -66, -205}, {84, 0, -104}, 26);
  vessels_of_gut(p, c);
}

void organs_of_pelvis(Painter& p, const Contrast& c) {
  p.ball(c.wall, {0, -34, -322}, {44, 36, 34}, 4, 6);
  const bool late = c.artery > 60 && p.uniform() < 0.4;  // contrast medium in the bladder
  p.ball(6, {0, -34, -322}, {41, 33, 31}, 4, 6);
  if (late) p.ball(260, {0, -24, -328}, {34, 20, 22}, 2, 4);
  if (p.uniform() < 0.5) {
    p.ball(50 + 0.4 * (c.vein - 42), {0, 2, -300}, {26, 22, 34}, 4, 14);  // womb
    p.ball(45, {-34, 6, -290}, {13, 11, 13}, 4, 20);
    p.ball(40, {34, 6, -290}, {14, 11, 12}, 4, 20);
  } else {
    p.ball(48 + 0.3 * (c.vein - 42), {0, -14, -358}, {22, 18, 17}, 2);  // prostate
    for (const int s : {-1, 1}) p.ball(35, {s * 18.0, 16, -334}, {17, 7, 8}, 2, 10);
  }
  gut(p,
      {{2, 52, -372},
       {4, 54, -340},
       {-4, 62, -300},
       {10, 60, -270},
       {44, 34, -262},
       {62, 2, -246},
       {88, 14, -222}},
      15 + p.vary(3), c.wall, -60, 200, 0.45);
  gut(p, {{-104, 8, -200}, {-96, 0, -232}, {-80, -6, -252}}, 22, c.wall, -50, 200, 0.5);
  for (const int s : {-1, 1}) {
    // Vessels to the legs, beside the psoas, then in front of the hip.
    const std::vector<Point> path{
        {4, 22, -170},         {s * 24.0, 30, -205},  {s * 44.0, 30, -245}, {s * 56.0, -20, -300},
        {s * 70.0, -56, -345}, {s * 74.0, -58, -400}, {s * 76.0, -40, -470}};
    p.chain(c.artery, path, 6, 4.4);
    std::vector<Point> beside;
    beside.reserve(path.size());
    for (const Point& at : path) beside.push_back(at + Point{s * -4.0 - 6, 10, -6});
    p.chain(c.vein, beside, 7, 5.5);
    p.chain(c.artery, {{s * 36.0, 30, -228}, {s * 44.0, 52, -270}, {s * 50.0, 50, -310}}, 4, 2.5);
    if (p.uniform() < 0.6) p.ball(800, {s * 44.0 + 5, 28, -244}, {1.2, 2.4, 4}, 1, 40);
    for (int i = 0; i < 4; ++i) {
      const Point at = p.within({s * 62.0, -80, -390}, {s * 88.0, -66, -340});
      p.ball(30, at, {5, 4, 6}, 0, 30);
    }
  }
  small_bowel(p, c, {-70, -62, -290}, {70, -2, -200}, 14);
  for (int i = 0; i < 4; ++i) {  // stones in veins
    const Point at = p.within({-60, 10, -345}, {60, 40, -300});
    p.ball(600, at, {2.2, 2.2, 2.2}, 0, 0);
  }
}

void vessels_of_legs(Painter& p, const Contrast& c) {
  for (const int s : {-1, 1}) {
    const std::vector<Point> deep{{s * 76.0, -40, -470}, {s * 66.0, -20, -540},
                                  {s * 66.0, 14, -620},  {s * 78.0, 36, -680},
                                  {s * 82.0, 38, -745},  {s * 90.0, 30, -830}};
    p.chain(c.artery, deep, 4.4, 2.6);
    std::vector<Point> beside;
    beside.reserve(deep.size());
    for (const Point& at : deep) beside.push_back(at + Point{s * 5.0, 8, 0});
    p.chain(c.vein, beside, 5.5, 3.2);
    // Under the skin, on the inner side.
    p.chain(
        c.vein,
        {{s * 50.0, -40, -450}, {s * 30.0, 8, -600}, {s * 30.0, 22, -720}, {s * 34.0, 10, -860}},
        2.4, 1.8);
    p.ball(-95, {s * 82.0, 48, -700}, {17, 17, 40}, 2);  // fat behind the knee
    p.chain(c.artery, {{s * 78.0, 40, -660}, {s * 82.0, 42, -720}}, 3.6, 3.2);
    p.chain(c.vein, {{s * 84.0, 48, -660}, {s * 88.0, 48, -720}}, 4.6, 4);
  }
}

}  // namespace data::phantom
