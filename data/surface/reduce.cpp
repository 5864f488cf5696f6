#include "data/surface/reduce.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <queue>

#include "data/volume/point.h"

namespace data::surface {
namespace {

using nn::index;
using Id = std::uint32_t;
using Corners = std::array<Id, 3>;

constexpr Id kNobody = std::numeric_limits<Id>::max();
/// Cosine of the angle that a triangle may turn by.
constexpr double kTurn = 0.2;
/// Pull towards the middle of an edge, as a part of all weights: decides where planes leave it
/// open.
constexpr double kPull = 1e-6;
/// Weight of an edge's squared length in its cost: decides where planes say nothing.
constexpr double kLengthCost = 1e-8;

/// Sum of squared distances to planes, as x'Ax + 2b'x + c. A is symmetric: xx xy xz yy yz zz.
struct Quadric {
  std::array<double, 6> a{};
  Point b{};
  double c = 0;

  void add_plane(const Point& unit_normal, const Point& at, double weight) {
    const Point& n = unit_normal;
    const double d = -dot(n, at);
    const std::array<double, 6> nn{n[0] * n[0], n[0] * n[1], n[0] * n[2],
                                   n[1] * n[1], n[1] * n[2], n[2] * n[2]};
    for (std::size_t i = 0; i < 6; ++i) a[i] += weight * nn[i];
    for (std::size_t i = 0; i < 3; ++i) b[i] += weight * d * n[i];
    c += weight * d * d;
  }
  void add(const Quadric& other) {
    for (std::size_t i = 0; i < 6; ++i) a[i] += other.a[i];
    for (std::size_t i = 0; i < 3; ++i) b[i] += other.b[i];
    c += other.c;
  }
  Point times_matrix(const Point& x) const {
    return {a[0] * x[0] + a[1] * x[1] + a[2] * x[2], a[1] * x[0] + a[3] * x[1] + a[4] * x[2],
            a[2] * x[0] + a[4] * x[1] + a[5] * x[2]};
  }
  /// The sum of all weights, since normals have length 1.
  double area() const { return a[0] + a[3] + a[5]; }
  double at(const Point& x) const {
    return std::max(0.0, dot(x, times_matrix(x)) + 2 * dot(b, x) + c);
  }
  /// The point of least error, pulled a little towards `middle`: (A + pI) x = p middle - b, by
  /// Cramer's rule.
  Point best(const Point& middle) const {
    const double pull = kPull * area();
    const Point x{a[0] + pull, a[1], a[2]};
    const Point y{a[1], a[3] + pull, a[4]};
    const Point z{a[2], a[4], a[5] + pull};
    const Point right = minus(times(pull, middle), b);
    const double determinant = dot(x, cross(y, z));
    if (!(determinant > 0)) return middle;
    const Point found = times(1 / determinant, {dot(right, cross(y, z)), dot(x, cross(right, z)),
                                                dot(x, cross(y, right))});
    return std::isfinite(dot(found, found)) ? found : middle;
  }
};

/// A collapse that may be made: `first` moves to the best place, `second` goes.
struct Collapse {
  double cost = 0;
  Id first = 0, second = 0;
  Id first_version = 0, second_version = 0;

  /// For a queue whose largest element is the cheapest collapse; total, so that bits do not depend
  /// on the queue.
  bool operator<(const Collapse& o) const {
    if (cost != o.cost) return cost > o.cost;
    if (first != o.first) return first > o.first;
    if (second != o.second) return second > o.second;
    return first_version + second_version > o.first_version + o.second_version;
  }
};

class Reducer {
 public:
  explicit Reducer(const Mesh& mesh)
      : points_(mesh.points.size()),
        triangles_(mesh.triangles),
        next_(3 * mesh.triangles.size()),
        corner_of_(mesh.points.size(), kNobody),
        quadrics_(mesh.points.size()),
        versions_(mesh.points.size(), 0),
        fixed_(mesh.points.size(), 0),
        left_(static_cast<index>(mesh.triangles.size())) {
    // Near the origin squared distances cancel least.
    for (const auto& p : mesh.points) {
      for (std::size_t i = 0; i < 3; ++i) centre_[i] += static_cast<double>(p[i]);
    }
    centre_ = times(1 / static_cast<double>(points_.size()), centre_);
    for (std::size_t v = 0; v < points_.size(); ++v) {
      const auto& p = mesh.points[v];
      points_[v] =
          minus({static_cast<double>(p[0]), static_cast<double>(p[1]), static_cast<double>(p[2])},
                centre_);
    }
    for (std::size_t c = next_.size(); c-- > 0;) {
      Id& head = corner_of_[triangles_[c / 3][c % 3]];
      next_[c] = head;
      head = static_cast<Id>(c);
    }
    set_quadrics();
    fix_open_edges();
  }

  Mesh run(index target, const ReduceWatch& watch) {
    std::vector<Collapse> all;
    all.reserve(triangles_.size() * 3 / 2);
    for (const Corners& t : triangles_) {
      for (std::size_t i = 0; i < 3; ++i) {
        // Each edge of a closed surface runs up once and down once.
        if (t[i] < t[(i + 1) % 3]) all.push_back(collapse_of(t[i], t[(i + 1) % 3]));
      }
    }
    std::priority_queue<Collapse> queue(std::less<Collapse>(), std::move(all));
    for (index steps = 0; left_ > target && !queue.empty(); ++steps) {
      const Collapse c = queue.top();
      queue.pop();
      if (watch && steps % 4096 == 0) watch(left_);
      if (versions_[c.first] != c.first_version || versions_[c.second] != c.second_version) {
        continue;
      }
      const Point place = place_of(c.first, c.second);
      if (!allowed(c.first, c.second, place)) continue;
      make(c.first, c.second, place);
      for (const Id n : neighbours(c.first)) {
        queue.push(collapse_of(std::min(c.first, n), std::max(c.first, n)));
      }
    }
    return result();
  }

 private:
  template <class F>
  void each_corner(Id v, const F& f) const {
    for (Id c = corner_of_[v]; c != kNobody; c = next_[c]) {
      if (triangles_[c / 3][0] != kNobody) f(c);
    }
  }

  /// The vertex `steps` corners after c in its triangle.
  Id after(Id c, Id steps) const { return triangles_[c / 3][(c % 3 + steps) % 3]; }

  /// Ordered, each once.
  std::vector<Id> neighbours(Id v) const {
    std::vector<Id> all;
    each_corner(v, [&](Id c) {
      all.push_back(after(c, 1));
      all.push_back(after(c, 2));
    });
    std::sort(all.begin(), all.end());
    all.erase(std::unique(all.begin(), all.end()), all.end());
    return all;
  }

  Point normal(const Corners& t) const {
    const Point& a = points_[t[0]];
    return cross(minus(points_[t[1]], a), minus(points_[t[2]], a));
  }

  void set_quadrics() {
    for (const Corners& t : triangles_) {
      const Point n = normal(t);
      const double size = length(n);
      if (!(size > 0)) continue;
      Quadric q;
      q.add_plane(times(1 / size, n), points_[t[0]], size / 2);
      for (const Id corner : t) quadrics_[corner].add(q);
    }
  }

  /// Vertices that their triangles do not surround once, without a gap.
  void fix_open_edges() {
    std::vector<Id> ahead, behind;
    for (Id v = 0; v < points_.size(); ++v) {
      ahead.clear();
      behind.clear();
      each_corner(v, [&](Id c) {
        ahead.push_back(after(c, 1));
        behind.push_back(after(c, 2));
      });
      std::sort(ahead.begin(), ahead.end());
      std::sort(behind.begin(), behind.end());
      const bool once = std::adjacent_find(ahead.begin(), ahead.end()) == ahead.end();
      fixed_[v] = ahead == behind && once ? 0 : 1;
    }
  }

  Quadric both(Id u, Id v) const {
    Quadric q = quadrics_[u];
    q.add(quadrics_[v]);
    return q;
  }
  /// The point of least error near the edge; where planes that are almost parallel put it far away,
  /// the best of the ends and the middle.
  Point place_of(Id u, Id v) const {
    const Quadric q = both(u, v);
    const Point middle = times(0.5, plus(points_[u], points_[v]));
    const Point found = q.best(middle);
    if (distance(found, middle) <= distance(points_[u], points_[v])) return found;
    Point least = middle;
    for (const Point& p : {points_[u], points_[v]}) {
      if (q.at(p) < q.at(least)) least = p;
    }
    return least;
  }

  Collapse collapse_of(Id u, Id v) const {
    const Quadric q = both(u, v);
    const Point edge = minus(points_[u], points_[v]);
    const double area = q.area();
    return {(area > 0 ? q.at(place_of(u, v)) / area : 0) + kLengthCost * dot(edge, edge), u, v,
            versions_[u], versions_[v]};
  }

  bool allowed(Id u, Id v, const Point& place) const {
    if (fixed_[u] != 0 || fixed_[v] != 0) return false;
    return links_meet_in_two(u, v) && keeps_sides(u, v, place) && keeps_sides(v, u, place);
  }

  /// The link condition: two common neighbours, which no edge of both links joins (in a tetrahedron
  /// one does).
  bool links_meet_in_two(Id u, Id v) const {
    const std::vector<Id> of_u = neighbours(u);
    const std::vector<Id> of_v = neighbours(v);
    std::vector<Id> common;
    std::set_intersection(of_u.begin(), of_u.end(), of_v.begin(), of_v.end(),
                          std::back_inserter(common));
    return common.size() == 2 && of_u.size() + of_v.size() > 6;
  }

  /// Whether the triangles around `moved` that stay keep their side and their area.
  bool keeps_sides(Id moved, Id other, const Point& place) const {
    bool keep = true;
    each_corner(moved, [&](Id c) {
      const Corners& t = triangles_[c / 3];
      if (!keep || t[0] == other || t[1] == other || t[2] == other) return;
      const Point& a = points_[after(c, 1)];
      const Point& b = points_[after(c, 2)];
      const Point now = cross(minus(a, place), minus(b, place));
      const Point before = normal(t);
      const double size = length(now) * length(before);
      keep = size > 0 && dot(now, before) > kTurn * size;
    });
    return keep;
  }

  void make(Id u, Id v, const Point& place) {
    quadrics_[u].add(quadrics_[v]);
    points_[u] = place;
    ++versions_[u];
    ++versions_[v];
    Id last = kNobody;
    Id first = kNobody;
    // All corners at u and v, but not in the two triangles at the edge.
    for (const Id head : {corner_of_[u], corner_of_[v]}) {
      for (Id c = head; c != kNobody; c = next_[c]) {
        Corners& t = triangles_[c / 3];
        if (t[0] == kNobody) continue;
        const bool has_u = t[0] == u || t[1] == u || t[2] == u;
        const bool has_v = t[0] == v || t[1] == v || t[2] == v;
        if (has_u && has_v) {
          t = {kNobody, kNobody, kNobody};
          --left_;
          continue;
        }
        (last == kNobody ? first : next_[last]) = c;
        last = c;
      }
    }
    next_[last] = kNobody;
    corner_of_[u] = first;
    corner_of_[v] = kNobody;
    for (Id c = first; c != kNobody; c = next_[c]) triangles_[c / 3][c % 3] = u;
  }

  Mesh result() const {
    Mesh out;
    std::vector<Id> renamed(points_.size(), kNobody);
    for (const Corners& t : triangles_) {
      if (t[0] == kNobody) continue;
      Corners corners{};
      for (std::size_t i = 0; i < 3; ++i) {
        Id& name = renamed[t[i]];
        if (name == kNobody) {
          name = static_cast<Id>(out.points.size());
          const Point p = plus(points_[t[i]], centre_);
          out.points.push_back(
              {static_cast<float>(p[0]), static_cast<float>(p[1]), static_cast<float>(p[2])});
        }
        corners[i] = name;
      }
      out.triangles.push_back(corners);
    }
    return out;
  }

  std::vector<Point> points_;  ///< relative to centre_
  std::vector<Corners> triangles_;
  std::vector<Id> next_;       ///< for each corner, 3 * triangle + i, another of the same vertex
  std::vector<Id> corner_of_;  ///< the first one; kNobody for a vertex that is gone
  std::vector<Quadric> quadrics_;
  std::vector<Id> versions_;
  std::vector<unsigned char> fixed_;
  Point centre_{};
  index left_;
};

}  // namespace

Mesh reduced(const Mesh& mesh, index target, const ReduceWatch& watch) {
  if (static_cast<index>(mesh.triangles.size()) <= target) return mesh;
  return Reducer(mesh).run(target, watch);
}

}  // namespace data::surface
