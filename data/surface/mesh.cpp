#include "data/surface/mesh.h"

#include <algorithm>
#include <numeric>

#include "data/volume/placement.h"

namespace data::surface {
namespace {

using nn::index;
using Id = std::uint32_t;

Point point(const Mesh& mesh, Id i) {
  const std::array<float, 3>& p = mesh.points[i];
  return {static_cast<double>(p[0]), static_cast<double>(p[1]), static_cast<double>(p[2])};
}

double area_of(const Mesh& mesh, const std::array<Id, 3>& t) {
  const Point a = point(mesh, t[0]);
  return length(cross(minus(point(mesh, t[1]), a), minus(point(mesh, t[2]), a))) / 2;
}

/// For each vertex the lowest one that it is connected with.
class Pieces {
 public:
  explicit Pieces(const Mesh& mesh) : parent_(mesh.points.size()) {
    std::iota(parent_.begin(), parent_.end(), Id{0});
    for (const auto& t : mesh.triangles) {
      join(t[0], t[1]);
      join(t[1], t[2]);
    }
  }
  Id of(Id i) {
    while (parent_[i] != i) {
      parent_[i] = parent_[parent_[i]];
      i = parent_[i];
    }
    return i;
  }

 private:
  void join(Id a, Id b) {
    a = of(a);
    b = of(b);
    parent_[std::max(a, b)] = std::min(a, b);
  }
  std::vector<Id> parent_;
};

/// An edge as its lower vertex sees it: the other one, and whether the triangle runs towards it.
struct HalfEdge {
  Id other;
  bool forward;
};

void count_edges(const Mesh& mesh, Measures& m) {
  // Sorted by lower vertex by counting, so that each vertex has a handful to compare.
  std::vector<std::size_t> first(mesh.points.size() + 1, 0);
  const auto each = [&](const auto& f) {
    for (const auto& t : mesh.triangles) {
      for (std::size_t i = 0; i < 3; ++i) f(t[i], t[(i + 1) % 3]);
    }
  };
  each([&](Id a, Id b) { ++first[std::min(a, b) + 1]; });
  std::partial_sum(first.begin(), first.end(), first.begin());
  std::vector<HalfEdge> all(first.back());
  std::vector<std::size_t> next(first.begin(), first.end() - 1);
  each([&](Id a, Id b) { all[next[std::min(a, b)]++] = {std::max(a, b), a < b}; });
  for (std::size_t v = 0; v + 1 < first.size(); ++v) {
    const auto begin = all.begin() + static_cast<std::ptrdiff_t>(first[v]);
    const auto end = all.begin() + static_cast<std::ptrdiff_t>(first[v + 1]);
    std::sort(begin, end, [](const HalfEdge& a, const HalfEdge& b) { return a.other < b.other; });
    for (auto edge = begin; edge != end;) {
      const auto other =
          std::find_if(edge, end, [&](const HalfEdge& h) { return h.other != edge->other; });
      ++m.edges;
      if (other - edge != 2 || edge->forward == (edge + 1)->forward) ++m.open_edges;
      edge = other;
    }
  }
}

}  // namespace

std::vector<std::array<float, 3>> point_normals(const Mesh& mesh) {
  std::vector<Point> sums(mesh.points.size(), Point{0, 0, 0});
  for (const auto& t : mesh.triangles) {
    const Point a = point(mesh, t[0]);
    const Point n = cross(minus(point(mesh, t[1]), a), minus(point(mesh, t[2]), a));
    for (const Id corner : t) sums[corner] = plus(sums[corner], n);
  }
  std::vector<std::array<float, 3>> normals(sums.size(), std::array<float, 3>{0, 0, 0});
  for (std::size_t i = 0; i < sums.size(); ++i) {
    const double size = length(sums[i]);
    if (!(size > 0)) continue;
    for (std::size_t a = 0; a < 3; ++a) normals[i][a] = static_cast<float>(sums[i][a] / size);
  }
  return normals;
}

Measures measure(const Mesh& mesh) {
  Measures m;
  m.points = static_cast<index>(mesh.points.size());
  m.triangles = static_cast<index>(mesh.triangles.size());
  if (mesh.triangles.empty()) return m;
  count_edges(mesh, m);
  m.euler = m.points - m.edges + m.triangles;
  // Tetrahedra from a point of the surface: far from the origin theirs would cancel badly.
  const Point apex = point(mesh, 0);
  for (const auto& t : mesh.triangles) {
    const Point a = minus(point(mesh, t[0]), apex);
    const Point b = minus(point(mesh, t[1]), apex);
    const Point c = minus(point(mesh, t[2]), apex);
    m.volume_mm3 += dot(a, cross(b, c)) / 6;
    m.area_mm2 += area_of(mesh, t);
  }
  Pieces pieces(mesh);
  for (Id i = 0; i < mesh.points.size(); ++i) m.components += pieces.of(i) == i ? 1 : 0;
  return m;
}

Mesh largest_component(const Mesh& mesh) {
  Pieces pieces(mesh);
  std::vector<double> areas(mesh.points.size(), 0);
  for (const auto& t : mesh.triangles) areas[pieces.of(t[0])] += area_of(mesh, t);
  const auto largest =
      static_cast<Id>(std::max_element(areas.begin(), areas.end()) - areas.begin());
  Mesh out;
  std::vector<Id> renamed(mesh.points.size());
  for (Id i = 0; i < mesh.points.size(); ++i) {
    if (pieces.of(i) != largest) continue;
    renamed[i] = static_cast<Id>(out.points.size());
    out.points.push_back(mesh.points[i]);
  }
  for (const auto& t : mesh.triangles) {
    if (pieces.of(t[0]) != largest) continue;
    out.triangles.push_back({renamed[t[0]], renamed[t[1]], renamed[t[2]]});
  }
  return out;
}

}  // namespace data::surface
