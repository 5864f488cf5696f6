// Fewer triangles: the number that was wanted, the same pieces and holes, near where they were, the
// same bits every time. Distances between surfaces against those of known ones.
#include "data/surface/reduce.h"

#include <cmath>
#include <map>
#include <random>
#include <set>

#include "nn/core/parallel.h"
#include "tests/catch.h"

using data::surface::distances_between;
using data::surface::measure;
using data::surface::Measures;
using data::surface::Mesh;
using data::surface::reduced;

namespace {

constexpr double kPi = 3.14159265358979323846;

/// `steps` by `steps` quadrilaterals over two angles, as `place` bends them. Rows wrap around where
/// `ring`, else each end is drawn together to one point.
template <class F>
Mesh bent(std::uint32_t steps, bool ring, const F& place) {
  Mesh mesh;
  const std::uint32_t rows = ring ? steps : steps - 1;
  const auto id = [&](std::uint32_t i, std::uint32_t j) { return i % rows * steps + j % steps; };
  for (std::uint32_t i = 0; i < rows; ++i) {
    for (std::uint32_t j = 0; j < steps; ++j) {
      mesh.points.push_back(place((i + (ring ? 0.0 : 1.0)) / steps, 1.0 * j / steps));
    }
  }
  for (std::uint32_t i = 0; i + (ring ? 0 : 1) < rows; ++i) {
    for (std::uint32_t j = 0; j < steps; ++j) {
      mesh.triangles.push_back({id(i, j), id(i + 1, j), id(i + 1, j + 1)});
      mesh.triangles.push_back({id(i, j), id(i + 1, j + 1), id(i, j + 1)});
    }
  }
  if (ring) return mesh;
  const auto top = static_cast<std::uint32_t>(mesh.points.size());
  mesh.points.push_back(place(0, 0));
  mesh.points.push_back(place(1, 0));
  for (std::uint32_t j = 0; j < steps; ++j) {
    mesh.triangles.push_back({top, id(0, j), id(0, j + 1)});
    mesh.triangles.push_back({top + 1, id(rows - 1, j + 1), id(rows - 1, j)});
  }
  return mesh;
}

std::array<float, 3> at(double x, double y, double z) {
  return {static_cast<float>(x), static_cast<float>(y), static_cast<float>(z)};
}

/// Around (300, -200, 100), as scans are away from the origin.
Mesh sphere(std::uint32_t steps, double radius) {
  return bent(steps, false, [&](double u, double v) {
    const double a = kPi * u;
    const double b = 2 * kPi * v;
    return at(300 + radius * std::sin(a) * std::cos(b), -200 + radius * std::sin(a) * std::sin(b),
              100 + radius * std::cos(a));
  });
}

Mesh torus(std::uint32_t steps) {
  return bent(steps, true, [](double u, double v) {
    const double r = 30 + 8 * std::cos(2 * kPi * u);
    return at(r * std::cos(2 * kPi * v), r * std::sin(2 * kPi * v), -8 * std::sin(2 * kPi * u));
  });
}

Mesh both(Mesh a, const Mesh& b) {
  const auto first = static_cast<std::uint32_t>(a.points.size());
  a.points.insert(a.points.end(), b.points.begin(), b.points.end());
  for (const auto& t : b.triangles)
    a.triangles.push_back({t[0] + first, t[1] + first, t[2] + first});
  return a;
}

/// Moves every point by up to `most` in each direction.
Mesh shaken(Mesh mesh, float most) {
  std::mt19937 random(7);
  for (auto& p : mesh.points) {
    for (float& x : p) x += most * (static_cast<float>(random() % 2001) / 1000 - 1);
  }
  return mesh;
}

/// Each triangle has three different corners, and none occurs twice.
void check_simple(const Mesh& mesh) {
  std::set<std::set<std::uint32_t>> seen;
  std::set<std::uint32_t> used;
  for (const auto& t : mesh.triangles) {
    const std::set<std::uint32_t> corners(t.begin(), t.end());
    CHECK(corners.size() == 3);
    CHECK(seen.insert(corners).second);
    used.insert(corners.begin(), corners.end());
  }
  CHECK(used.size() == mesh.points.size());
}

}  // namespace

TEST_CASE("a sphere of a tenth of the triangles is the sphere", "[surface]") {
  constexpr double kRadius = 40;
  const Mesh ball = sphere(100, kRadius);
  const Measures before = measure(ball);
  REQUIRE(before.watertight());
  REQUIRE(before.volume_mm3 == Approx(4.0 / 3 * kPi * kRadius * kRadius * kRadius).epsilon(0.003));
  const Mesh less = reduced(ball, before.triangles / 10);
  const Measures after = measure(less);
  check_simple(less);
  CHECK(after.triangles == before.triangles / 10);
  CHECK(after.watertight());
  CHECK(after.euler == 2);
  CHECK(after.components == 1);
  CHECK(after.volume_mm3 == Approx(before.volume_mm3).epsilon(0.005));
  CHECK(after.area_mm2 == Approx(before.area_mm2).epsilon(0.005));
  // 2,000 triangles of one size on the sphere have edges of about 4.8 mm, whose middles lie 0.07 mm
  // inside it and whose centres 0.1 mm.
  const auto moved = distances_between(ball, less);
  CHECK(moved.largest < 0.4);
  CHECK(moved.mean < 0.08);
  CHECK(moved.mean > 0.005);
}

TEST_CASE("holes and pieces stay what they are, down to the fewest triangles", "[surface]") {
  const Mesh shapes = shaken(both(both(torus(40), sphere(20, 10)), sphere(6, 0.5)), 0.3F);
  const Measures before = measure(shapes);
  REQUIRE(before.components == 3);
  REQUIRE(before.euler == 4);
  for (const nn::index target : {2000, 300, 60, 0}) {
    const Mesh less = reduced(shapes, target);
    const Measures after = measure(less);
    INFO(target << ": " << after.triangles);
    check_simple(less);
    CHECK(after.watertight());
    CHECK(after.components == 3);
    CHECK(after.euler == 4);
    if (target >= 300) CHECK(after.triangles == target);
    CHECK(after.triangles >= 4 + 4 + 14);  // two tetrahedra, and the smallest torus
  }
}

TEST_CASE("flat faces need few triangles, and corners stay", "[surface]") {
  // A cube of 20 mm: each face of a sphere's grid, pushed to the cube.
  const Mesh cube = bent(48, false, [](double u, double v) {
    const double a = kPi * u;
    const double b = 2 * kPi * (v + 0.01);
    const std::array<double, 3> p{std::sin(a) * std::cos(b), std::sin(a) * std::sin(b),
                                  std::cos(a)};
    const double most = std::max({std::fabs(p[0]), std::fabs(p[1]), std::fabs(p[2])});
    return at(10 * p[0] / most, 10 * p[1] / most, 10 * p[2] / most);
  });
  const Measures before = measure(cube);
  const Mesh less = reduced(cube, 400);
  CHECK(measure(less).watertight());
  CHECK(measure(less).volume_mm3 == Approx(before.volume_mm3).epsilon(0.01));
  CHECK(distances_between(cube, less).mean < 0.02);
}

TEST_CASE("open edges stay where they are", "[surface]") {
  Mesh half = sphere(40, 20);
  std::erase_if(half.triangles, [&](const auto& t) {
    return std::any_of(t.begin(), t.end(), [&](auto i) { return half.points[i][2] < 100; });
  });
  half = data::surface::largest_component(half);
  const Measures before = measure(half);
  REQUIRE(before.open_edges == 40);
  const auto rim = [](const Mesh& mesh) {
    std::map<std::pair<std::uint32_t, std::uint32_t>, int> edges;
    for (const auto& t : mesh.triangles) {
      for (std::size_t i = 0; i < 3; ++i) ++edges[std::minmax(t[i], t[(i + 1) % 3])];
    }
    std::set<std::array<float, 3>> points;
    for (const auto& [edge, count] : edges) {
      if (count != 1) continue;
      points.insert(mesh.points[edge.first]);
      points.insert(mesh.points[edge.second]);
    }
    return points;
  };
  const Mesh less = reduced(half, 300);
  CHECK(measure(less).triangles == 300);
  CHECK(measure(less).open_edges == 40);
  CHECK(measure(less).euler == 1);
  CHECK(rim(less).size() == 40);
  // As far as single precision goes.
  for (const auto& p : rim(less)) {
    const auto before_it = rim(half);
    CHECK(std::any_of(before_it.begin(), before_it.end(), [&](const auto& q) {
      return std::fabs(p[0] - q[0]) + std::fabs(p[1] - q[1]) + std::fabs(p[2] - q[2]) < 1e-3F;
    }));
  }
}

TEST_CASE("the same mesh gives the same triangles, and enough are left alone", "[surface]") {
  const Mesh ball = shaken(sphere(30, 10), 0.2F);
  const Mesh a = reduced(ball, 500);
  const Mesh b = reduced(ball, 500);
  CHECK(a.points == b.points);
  CHECK(a.triangles == b.triangles);
  const auto triangles = static_cast<nn::index>(ball.triangles.size());
  CHECK(reduced(ball, triangles).points == ball.points);
  CHECK(reduced(ball, triangles + 1).triangles == ball.triangles);
  CHECK(reduced({}, 0).triangles.empty());
}

TEST_CASE("distances between surfaces are those of geometry", "[surface][optimised]") {
  Mesh low, high;
  // Two squares of 4 mm, 1 mm apart, one of them 3 mm longer.
  low.points = {{0, 0, 0}, {4, 0, 0}, {4, 4, 0}, {0, 4, 0}};
  high.points = {{0, 0, 1}, {7, 0, 1}, {7, 4, 1}, {0, 4, 1}};
  low.triangles = high.triangles = {{0, 1, 2}, {0, 2, 3}};
  CHECK(distances_between(low, low).largest == 0);
  const auto d = distances_between(low, high);
  CHECK(d.largest == Approx(std::sqrt(10.0)));
  // 4 points and 2 centres at 1; then 2 points at 1, 2 at sqrt(10), centres (14/3, 4/3), (7/3,
  // 8/3).
  CHECK(d.mean == Approx((6 + 2 + 2 * std::sqrt(10.0) + std::sqrt(1 + 4.0 / 9) + 1) / 12));
  CHECK(distances_between(high, low).mean == Approx(d.mean));
  // Concentric spheres, far apart and of different triangles.
  const auto apart = distances_between(sphere(60, 40), sphere(45, 25));
  CHECK(apart.largest == Approx(15).epsilon(0.01));
  CHECK(apart.mean == Approx(15).epsilon(0.01));
  const int threads = nn::threads();
  nn::set_threads(3);
  const auto again = distances_between(sphere(60, 40), sphere(45, 25));
  nn::set_threads(threads);
  CHECK(again.largest == apart.largest);
  CHECK(again.mean == apart.mean);
}
