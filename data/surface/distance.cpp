#include <algorithm>
#include <cmath>
#include <limits>

#include "data/surface/reduce.h"
#include "data/volume/point.h"
#include "nn/core/parallel.h"

namespace data::surface {
namespace {

using nn::at;
using nn::index;

constexpr double kFar = std::numeric_limits<double>::infinity();
constexpr double kMostCells = 1 << 22;

Point as_point(const std::array<float, 3>& p) {
  return {static_cast<double>(p[0]), static_cast<double>(p[1]), static_cast<double>(p[2])};
}

std::array<Point, 3> corners_of(const Mesh& mesh, std::size_t t) {
  const auto& c = mesh.triangles[t];
  return {as_point(mesh.points[c[0]]), as_point(mesh.points[c[1]]), as_point(mesh.points[c[2]])};
}

double square(const Point& p) { return dot(p, p); }

double to_segment(const Point& p, const Point& a, const Point& b) {
  const Point along = minus(b, a);
  const double size = square(along);
  const double t = size > 0 ? std::clamp(dot(minus(p, a), along) / size, 0.0, 1.0) : 0.0;
  return square(minus(p, plus(a, times(t, along))));
}

/// Squared distance from a point to a triangle: to its plane where the foot lies inside, else to
/// the nearest edge.
double to_triangle(const Point& p, const std::array<Point, 3>& t) {
  const Point n = cross(minus(t[1], t[0]), minus(t[2], t[0]));
  const double size = square(n);
  bool inside = size > 0;
  for (std::size_t i = 0; i < 3 && inside; ++i) {
    const Point& a = t[i];
    inside = dot(cross(minus(t[(i + 1) % 3], a), minus(p, a)), n) >= 0;
  }
  if (inside) {
    const double height = dot(minus(p, t[0]), n);
    return height * height / size;
  }
  return std::min(
      {to_segment(p, t[0], t[1]), to_segment(p, t[1], t[2]), to_segment(p, t[2], t[0])});
}

/// Triangles by the cells of an even grid that their boxes touch.
class Cells {
 public:
  explicit Cells(const Mesh& mesh) : mesh_(mesh), low_{kFar, kFar, kFar} {
    Point high{-kFar, -kFar, -kFar};
    double edges = 0;
    for (std::size_t t = 0; t < mesh.triangles.size(); ++t) {
      const auto c = corners_of(mesh, t);
      edges += distance(c[0], c[1]);
      for (const Point& p : c) {
        for (std::size_t a = 0; a < 3; ++a) {
          low_[a] = std::min(low_[a], p[a]);
          high[a] = std::max(high[a], p[a]);
        }
      }
    }
    const Point size = minus(high, low_);
    cell_ = std::max(edges / static_cast<double>(mesh.triangles.size()), 1e-6);
    const auto count = [&](std::size_t a) { return std::floor(size[a] / cell_) + 1; };
    while (count(0) * count(1) * count(2) > kMostCells) cell_ *= 1.25;
    for (std::size_t a = 0; a < 3; ++a) counts_[a] = static_cast<index>(count(a));
    sort_triangles();
  }

  /// From a point to the nearest triangle.
  double from(const Point& p) const {
    std::array<index, 3> middle{};
    double reach =
        kFar;  // from the point to the nearest side of its cell; below 0 outside the grid
    for (std::size_t a = 0; a < 3; ++a) {
      const double place = (p[a] - low_[a]) / cell_;
      middle[a] = std::clamp<index>(static_cast<index>(std::floor(place)), 0, counts_[a] - 1);
      const double within = place - static_cast<double>(middle[a]);
      reach = std::min({reach, within * cell_, (1 - within) * cell_});
    }
    const index most = std::max({counts_[0], counts_[1], counts_[2]});
    double best = kFar;
    for (index ring = 0; ring <= most; ++ring) {
      // What lies beyond the rings before is at least so far away.
      const double beyond = reach + static_cast<double>(ring - 1) * cell_;
      if (ring > 0 && beyond > 0 && best <= beyond * beyond) break;
      best = std::min(best, in_ring(p, middle, ring));
    }
    return std::sqrt(best);
  }

 private:
  using Box = std::array<std::array<index, 2>, 3>;

  Box box_of(std::size_t t) const {
    const auto c = corners_of(mesh_, t);
    Box box{};
    for (std::size_t a = 0; a < 3; ++a) {
      const auto [least, most] = std::minmax({c[0][a], c[1][a], c[2][a]});
      const auto cell = [&](double x) {
        const auto i = static_cast<index>(std::floor((x - low_[a]) / cell_));
        return std::clamp<index>(i, 0, counts_[a] - 1);
      };
      box[a] = {cell(least), cell(most)};
    }
    return box;
  }

  template <class F>
  void each_cell(const Box& box, const F& f) const {
    for (index k = box[2][0]; k <= box[2][1]; ++k) {
      for (index j = box[1][0]; j <= box[1][1]; ++j) {
        for (index i = box[0][0]; i <= box[0][1]; ++i) {
          f(at(i + counts_[0] * (j + counts_[1] * k)));
        }
      }
    }
  }

  void sort_triangles() {
    first_.assign(at(counts_[0] * counts_[1] * counts_[2]) + 1, 0);
    for (std::size_t t = 0; t < mesh_.triangles.size(); ++t) {
      each_cell(box_of(t), [&](std::size_t cell) { ++first_[cell + 1]; });
    }
    for (std::size_t cell = 1; cell < first_.size(); ++cell) first_[cell] += first_[cell - 1];
    sorted_.resize(first_.back());
    std::vector<std::size_t> next(first_.begin(), first_.end() - 1);
    for (std::size_t t = 0; t < mesh_.triangles.size(); ++t) {
      each_cell(box_of(t),
                [&](std::size_t cell) { sorted_[next[cell]++] = static_cast<std::uint32_t>(t); });
    }
  }

  /// Squared, to the triangles of cells that are `ring` cells away from `middle`.
  double in_ring(const Point& p, const std::array<index, 3>& middle, index ring) const {
    Box box{};
    for (std::size_t a = 0; a < 3; ++a) {
      box[a] = {std::max<index>(middle[a] - ring, 0),
                std::min<index>(middle[a] + ring, counts_[a] - 1)};
    }
    double best = kFar;
    for (index k = box[2][0]; k <= box[2][1]; ++k) {
      for (index j = box[1][0]; j <= box[1][1]; ++j) {
        const bool side = std::abs(k - middle[2]) == ring || std::abs(j - middle[1]) == ring;
        for (index i = box[0][0]; i <= box[0][1]; ++i) {
          if (!side && std::abs(i - middle[0]) != ring) continue;
          const std::size_t cell = at(i + counts_[0] * (j + counts_[1] * k));
          for (std::size_t n = first_[cell]; n < first_[cell + 1]; ++n) {
            best = std::min(best, to_triangle(p, corners_of(mesh_, sorted_[n])));
          }
        }
      }
    }
    return best;
  }

  const Mesh& mesh_;
  Point low_;
  double cell_ = 1;
  std::array<index, 3> counts_{};
  std::vector<std::size_t> first_;  ///< of each cell in sorted_
  std::vector<std::uint32_t> sorted_;
};

/// From the points and the centres of triangles of one mesh to another, one after the other.
std::vector<double> all_distances(const Mesh& from, const Mesh& to) {
  const Cells cells(to);
  const std::size_t points = from.points.size();
  std::vector<double> all(points + from.triangles.size());
  constexpr index kChunk = 4096;
  nn::parallel_chunks(static_cast<index>(all.size()), kChunk, [&](index begin, index end) {
    for (index i = begin; i < end; ++i) {
      if (at(i) < points) {
        all[at(i)] = cells.from(as_point(from.points[at(i)]));
        continue;
      }
      const auto c = corners_of(from, at(i) - points);
      all[at(i)] = cells.from(times(1.0 / 3, plus(plus(c[0], c[1]), c[2])));
    }
  });
  return all;
}

}  // namespace

Distances distances_between(const Mesh& a, const Mesh& b) {
  Distances d;
  double sum = 0;
  std::size_t count = 0;
  for (const auto& all : {all_distances(a, b), all_distances(b, a)}) {
    for (const double one : all) {
      d.largest = std::max(d.largest, one);
      sum += one;
    }
    count += all.size();
  }
  d.mean = sum / static_cast<double>(count);
  return d;
}

}  // namespace data::surface
