// Surfaces: no cracks for any values, spheres of known size through skewed affines, and files that
// hold what the mesh holds. tests/tools/look_check.py reads the files with numpy.
#include <cmath>
#include <cstring>
#include <filesystem>
#include <random>
#include <set>

#include "data/surface/cube_cases.h"
#include "data/surface/mesh.h"
#include "tests/data/test_files.h"

using data::Affine;
using data::Volume;
using data::surface::isosurface;
using data::surface::measure;
using data::surface::Measures;
using data::surface::Mesh;
using data_test::check_input_error;
using data_test::get;
using data_test::TempDir;

namespace {

namespace fs = std::filesystem;

std::uint64_t write_mesh_bytes(const std::string& path, const Mesh& mesh) {
  data::OutputSet outputs(false);
  const std::uint64_t bytes = data::surface::write_mesh(outputs, path, mesh, "a tetrahedron");
  outputs.commit();
  return bytes;
}

constexpr double kPi = 3.14159265358979323846;

Volume float_volume(std::array<nn::index, 3> dims, const Affine& affine) {
  Volume v;
  v.source = "made up";
  v.type = data::StoredType::float32;
  v.dims = dims;
  v.affine = affine;
  v.stored.resize(static_cast<std::size_t>(v.voxels()) * sizeof(float));
  return v;
}

template <class F>
void fill(Volume& v, const F& f) {
  std::size_t at = 0;
  for (nn::index k = 0; k < v.dims[2]; ++k) {
    for (nn::index j = 0; j < v.dims[1]; ++j) {
      for (nn::index i = 0; i < v.dims[0]; ++i) {
        const float value = f(i, j, k);
        std::memcpy(v.stored.data() + at, &value, sizeof(value));
        at += sizeof(value);
      }
    }
  }
}

std::array<double, 3> world(const Affine& m, double i, double j, double k) {
  std::array<double, 3> p{};
  for (std::size_t r = 0; r < 3; ++r) p[r] = m[r][0] * i + m[r][1] * j + m[r][2] * k + m[r][3];
  return p;
}

/// HU that fall by 50 a millimetre with the distance from `centre`, 300 at the radius.
Volume sphere(std::array<nn::index, 3> dims, const Affine& affine, double radius) {
  Volume v = float_volume(dims, affine);
  const auto middle = [&](std::size_t a) { return static_cast<double>(dims[a] - 1) / 2 + 0.13; };
  const auto c = world(affine, middle(0), middle(1), middle(2));
  fill(v, [&](nn::index i, nn::index j, nn::index k) {
    const auto p =
        world(affine, static_cast<double>(i), static_cast<double>(j), static_cast<double>(k));
    const double d = std::hypot(p[0] - c[0], p[1] - c[1], p[2] - c[2]);
    return static_cast<float>(300 + 50 * (radius - d));
  });
  return v;
}

constexpr Affine kStraight{{{0.5, 0, 0, 3}, {0, 0.7, 0, -40}, {0, 0, 2, 100}, {0, 0, 0, 1}}};
constexpr Affine kMirrored{{{-0.5, 0, 0, 3}, {0, 0.7, 0, -40}, {0, 0, 2, 100}, {0, 0, 0, 1}}};
constexpr Affine kTilted{{{-0.5, 0, 0, 3}, {0, -0.7, 0.57, -40}, {0, 0, 1.92, 100}, {0, 0, 0, 1}}};
constexpr Affine kTurned{
    {{0.3, 0.4, 0.2, 3}, {-0.4, 0.3, 0.5, -40}, {0.1, 0.1, 1.8, 100}, {0, 0, 0, 1}}};

}  // namespace

TEST_CASE("a sphere is closed and as large as it should be in any affine", "[surface]") {
  constexpr double kRadius = 15;
  constexpr double kVolume = 4.0 / 3 * kPi * kRadius * kRadius * kRadius;
  constexpr double kArea = 4 * kPi * kRadius * kRadius;
  for (const Affine& affine : {kStraight, kMirrored, kTilted, kTurned}) {
    const Volume v = sphere({96, 80, 28}, affine, kRadius);
    for (const int axis : {0, 1, 2}) {
      Volume cut = v;
      cut.slice_axis = axis;
      const Measures m = measure(isosurface(cut, {}));
      INFO("slice axis " << axis << ", " << affine[0][0] << " " << affine[1][2]);
      CHECK(m.watertight());
      CHECK(m.euler == 2);
      CHECK(m.components == 1);
      CHECK(m.volume_mm3 == Approx(kVolume).epsilon(0.01));
      CHECK(m.area_mm2 == Approx(kArea).epsilon(0.01));
    }
  }
}

TEST_CASE("volume and area converge with the spacing", "[surface]") {
  constexpr double kRadius = 10;
  const auto error = [&](double spacing, nn::index n, bool of_area) {
    const Affine m{{{spacing, 0, 0, 0}, {0, spacing, 0, 0}, {0, 0, spacing, 0}, {0, 0, 0, 1}}};
    const Measures got = measure(isosurface(sphere({n, n, n}, m, kRadius), {}));
    return of_area ? 1 - got.area_mm2 / (4 * kPi * kRadius * kRadius)
                   : 1 - got.volume_mm3 / (4.0 / 3 * kPi * kRadius * kRadius * kRadius);
  };
  for (const bool of_area : {false, true}) {
    const double coarse = error(2, 14, of_area);
    const double fine = error(0.5, 50, of_area);
    INFO(coarse << " " << fine);
    CHECK(fine > 0);  // chords lie inside of the sphere
    CHECK(coarse < 0.03);
    // Second order: a sixteenth for a quarter of the spacing, and some room.
    CHECK(fine < coarse / 10);
  }
}

TEST_CASE("positions of slices count and not the affine's column", "[surface]") {
  const Volume v = sphere({96, 80, 28}, kTilted, 15);
  Volume moved = v;
  for (nn::index k = 0; k < v.dims[2]; ++k) {
    moved.positions.push_back(world(kTilted, 0, 0, static_cast<double>(k)));
  }
  for (std::size_t r = 0; r < 3; ++r) moved.affine[r][3] = -1e4;  // what must not be used
  const Mesh a = isosurface(v, {});
  CHECK(isosurface(moved, {}).points == a.points);
  // Twice the steps, twice the volume.
  for (nn::index k = 0; k < v.dims[2]; ++k) {
    moved.positions[static_cast<std::size_t>(k)] = world(kTilted, 0, 0, 2 * static_cast<double>(k));
  }
  CHECK(measure(isosurface(moved, {})).volume_mm3 ==
        Approx(2 * measure(a).volume_mm3).epsilon(1e-5));
}

TEST_CASE("any values give a surface without cracks", "[surface]") {
  std::mt19937 random(11);
  // Whole numbers around the level: many voxels have its very value, most faces are ambiguous.
  const auto draw = [&](int spread) {
    return static_cast<float>(300 + static_cast<int>(random() % static_cast<unsigned>(spread)) -
                              spread / 2);
  };
  for (int round = 0; round < 40; ++round) {
    Volume v = float_volume({9, 8, 7}, round % 2 == 0 ? kTilted : kTurned);
    fill(v, [&](nn::index, nn::index, nn::index) { return draw(round < 20 ? 4 : 2000); });
    const Mesh mesh = isosurface(v, {});
    const Measures m = measure(mesh);
    INFO("round " << round);
    REQUIRE(m.triangles > 500);
    REQUIRE(m.watertight());
    CHECK(m.volume_mm3 > 0);
    // No two vertices in one place, so that formats without shared vertices stay closed.
    CHECK(std::set<std::array<float, 3>>(mesh.points.begin(), mesh.points.end()).size() ==
          mesh.points.size());
  }
  Volume board = float_volume({8, 8, 8}, kStraight);
  fill(board,
       [](nn::index i, nn::index j, nn::index k) { return (i + j + k) % 2 == 0 ? 1000.0F : 0.0F; });
  CHECK(measure(isosurface(board, {})).watertight());
}

TEST_CASE("what reaches the border is cut off flat", "[surface]") {
  Volume v = float_volume({6, 5, 4}, kStraight);
  fill(v, [](nn::index, nn::index, nn::index) { return 1000.0F; });
  const Measures m = measure(isosurface(v, {}));
  CHECK(m.watertight());
  CHECK(m.euler == 2);
  // All voxels, but for the bevelled edges: half a voxel is cut at 45 degrees.
  const double box = 6 * 5 * 4 * (0.5 * 0.7 * 2);
  CHECK(m.volume_mm3 < box);
  CHECK(m.volume_mm3 > 0.8 * box);
  data::surface::SurfaceOptions open;
  open.closed = false;
  CHECK(isosurface(v, open).triangles.empty());
  fill(v, [](nn::index i, nn::index, nn::index) { return i < 3 ? 1000.0F : 0.0F; });
  const Measures sheet = measure(isosurface(v, open));
  CHECK(sheet.triangles == 2 * 4 * 3);
  CHECK(sheet.open_edges == 2 * (4 + 3));
  CHECK_FALSE(sheet.watertight());
}

TEST_CASE("padding is air and the largest piece can be had alone", "[surface]") {
  Volume v = float_volume({30, 12, 12}, kStraight);
  const auto block = [](nn::index i, nn::index j, nn::index k) {
    const bool inner = j > 1 && j < 10 && k > 1 && k < 10;
    return inner && ((i > 1 && i < 6) || (i > 9 && i < 28));
  };
  fill(v,
       [&](nn::index i, nn::index j, nn::index k) { return block(i, j, k) ? 1000.0F : -3024.0F; });
  const Mesh both = isosurface(v, {});
  CHECK(measure(both).components == 2);
  const Measures one = measure(data::surface::largest_component(both));
  CHECK(one.components == 1);
  CHECK(one.watertight());
  CHECK(one.volume_mm3 > 0.75 * measure(both).volume_mm3);
  // -3024 counts as -1024: the surface is where it would be in a scan that was clamped.
  Volume clamped = v;
  fill(clamped,
       [&](nn::index i, nn::index j, nn::index k) { return block(i, j, k) ? 1000.0F : -1024.0F; });
  CHECK(isosurface(clamped, {}).points == both.points);
  // A padding value may lie among the tissues.
  Volume padded = v;
  fill(padded,
       [&](nn::index i, nn::index j, nn::index k) { return block(i, j, k) ? 1000.0F : 2000.0F; });
  padded.padding = {1990, 2000};
  CHECK(isosurface(padded, {}).points == both.points);
}

TEST_CASE("levels that separate nothing", "[surface]") {
  const Volume v = sphere({9, 9, 9}, kStraight, 1);
  data::surface::SurfaceOptions o;
  for (const double level : {-1024.0, 3072.0, std::nan("")}) {
    o.level = level;
    check_input_error([&] { isosurface(v, o); }, {"--level"});
  }
  o.level = 3000;
  CHECK(isosurface(v, o).triangles.empty());
  CHECK_FALSE(measure(isosurface(v, o)).watertight());
}

TEST_CASE("every case of a cube leaves its faces to their rule", "[surface]") {
  using namespace data::surface;
  std::size_t middles = 0;
  for (unsigned inside = 0; inside < 256; ++inside) {
    for (unsigned joined = 0; joined < 64; ++joined) {
      const CubeCase c = make_case(inside, joined);
      std::set<std::pair<int, int>> directed;
      std::set<int> used;
      for (const auto& t : c.triangles) {
        for (std::size_t i = 0; i < 3; ++i) {
          CHECK(directed.insert({t[i], t[(i + 1) % 3]}).second);
          used.insert(t[i]);
        }
      }
      middles += c.middles.size();
      for (int e = 0; e < kEdges; ++e) {
        const auto ends = corners_of_edge(e);
        const bool crossed = ((inside >> static_cast<unsigned>(ends[0])) & 1U) !=
                             ((inside >> static_cast<unsigned>(ends[1])) & 1U);
        CHECK(crossed == (used.count(e) == 1));
      }
      // Edges that no second triangle of the cube takes up lie on a face: one for each side.
      int open = 0;
      for (const auto& [a, b] : directed) open += directed.count({b, a}) == 0 ? 1 : 0;
      int crossings = 0;
      for (int face = 0; face < kFaces; ++face) {
        const auto corners = corners_of_face(face);
        for (std::size_t i = 0; i < 4; ++i) {
          crossings += ((inside >> static_cast<unsigned>(corners[i])) & 1U) !=
                               ((inside >> static_cast<unsigned>(corners[(i + 1) % 4])) & 1U)
                           ? 1
                           : 0;
        }
      }
      CHECK(open == crossings / 2);
    }
  }
  CHECK(middles > 0);
}

TEST_CASE("a face is decided by the sign of its saddle", "[surface]") {
  using data::surface::joins_inside;
  CHECK(joins_inside({3, -1, 3, -1}));
  CHECK_FALSE(joins_inside({1, -3, 1, -3}));
  CHECK(joins_inside({-1, 3, -1, 3}));
  CHECK_FALSE(joins_inside({-3, 1, -3, 1}));
  CHECK_FALSE(joins_inside({1, -1, 1, -1}));
  CHECK(joins_inside({10, -2, 1, -4}));
}

TEST_CASE("surfaces are written as binary STL and PLY and as OBJ", "[surface]") {
  const TempDir dir;
  Mesh mesh;
  mesh.points = {{0, 0, 0}, {2, 0, 0}, {0, 3, 0}, {0, 0, 4}};
  mesh.triangles = {{0, 2, 1}, {0, 1, 3}, {0, 3, 2}, {1, 2, 3}};
  CHECK(measure(mesh).volume_mm3 == Approx(4));
  CHECK(measure(mesh).watertight());
  write_mesh(dir / "a.stl", mesh, "a tetrahedron", false);
  const std::string stl = get(dir / "a.stl");
  CHECK(stl.size() == 84 + 4 * 50);
  CHECK(stl.rfind("ct2ct RESEARCH SPACE=RAS mm a tetrahedron", 0) == 0);
  float first[12];
  std::memcpy(first, stl.data() + 84, sizeof(first));
  CHECK(std::vector<float>(first, first + 12) ==
        std::vector<float>{0, 0, -1, 0, 0, 0, 0, 3, 0, 2, 0, 0});
  write_mesh(dir / "a.ply", mesh, "a tetrahedron", false);
  const std::string ply = get(dir / "a.ply");
  const std::size_t data = ply.find("end_header\n") + 11;
  CHECK(ply.rfind("ply\nformat binary_little_endian 1.0\ncomment ct2ct RESEARCH", 0) == 0);
  CHECK(ply.find("element vertex 4\n") != std::string::npos);
  CHECK(ply.find("element face 4\n") != std::string::npos);
  CHECK(ply.find("property float nz\n") != std::string::npos);
  CHECK(ply.size() == data + 4 * 24 + 4 * 13);
  // Of point 1, where faces of 2 * area (0, 0, -6), (0, -8, 0) and (12, 8, 6) meet: their sum is x.
  float second[6];
  std::memcpy(second, ply.data() + data + 24, sizeof(second));
  CHECK(std::vector<float>(second, second + 6) == std::vector<float>{2, 0, 0, 1, 0, 0});
  const std::uint64_t bytes = write_mesh_bytes(dir / "a.obj", mesh);
  CHECK(bytes == fs::file_size(dir / "a.obj"));
  const std::string obj = get(dir / "a.obj");
  CHECK(obj.rfind("# ct2ct RESEARCH SPACE=RAS mm a tetrahedron\nv 0 0 0\nv 2 0 0\nv 0 3 0\n", 0) ==
        0);
  CHECK(obj.find("\nvn 1 0 0\nvn 0 1 0\nvn 0 0 1\nf 1//1 3//3 2//2\n") != std::string::npos);

  check_input_error([&] { write_mesh(dir / "a.stl", mesh, "", false); }, {"exists"});
  for (const char* other : {"a.off", "a.stl.gz", "a", "stl", "a.STL"}) {
    check_input_error([&] { write_mesh(dir / other, mesh, "", false); },
                      {other, ".stl, .ply or .obj"});
  }
  CHECK(dir.entries() == 3);
}
