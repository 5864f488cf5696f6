#include "data/surface/mesh.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>

#include "data/pictures/pictures.h"
#include "data/surface/cube_cases.h"
#include "data/volume/normalise.h"
#include "data/volume/placement.h"
#include "nn/core/error.h"

namespace data::surface {
namespace {

using nn::at;
using nn::index;
using Id = std::uint32_t;

constexpr Id kNone = std::numeric_limits<Id>::max();
constexpr double kClearance = 1.0 / 256;

/// All cases, each made when it is first met.
class Cases {
 public:
  Cases() : cases_(std::size_t{256} << kFaces) {
    for (unsigned inside = 0; inside < 256; ++inside) {
      for (int face = 0; face < kFaces; ++face) {
        if (ambiguous(inside, face)) ambiguous_[inside] |= 1U << static_cast<unsigned>(face);
      }
    }
    for (int face = 0; face < kFaces; ++face) faces_[at(face)] = corners_of_face(face);
  }

  const CubeCase& of(unsigned inside, const std::array<double, kCorners>& values) {
    unsigned joined = 0;
    for (unsigned face = 0; face < kFaces; ++face) {
      if (((ambiguous_[inside] >> face) & 1U) == 0) continue;
      std::array<double, 4> around{};
      for (std::size_t i = 0; i < 4; ++i) around[i] = values[at(faces_[face][i])];
      if (joins_inside(around)) joined |= 1U << face;
    }
    std::optional<CubeCase>& found = cases_[(std::size_t{inside} << kFaces) | joined];
    if (!found) found = make_case(inside, joined);
    return *found;
  }

 private:
  std::vector<std::optional<CubeCase>> cases_;
  std::array<unsigned, 256> ambiguous_{};
  std::array<std::array<int, 4>, kFaces> faces_{};
};

/// One slice with its border, as value minus level, and the vertices on its edges.
struct Layer {
  std::vector<float> values;
  std::vector<unsigned char> inside;
  std::array<std::vector<Id>, 2> edges;  ///< to the next column, to the next row
};

class Extractor {
 public:
  Extractor(const Volume& volume, const SurfaceOptions& options)
      : volume_(volume),
        options_(options),
        place_(volume),
        border_(options.closed ? 1 : 0),
        height_(volume.height() + 2 * border_),
        width_(volume.width() + 2 * border_),
        between_(at(height_ * width_)) {
    for (std::size_t c = 0; c < kCorners; ++c) {
      const auto bits = static_cast<index>(c);
      corner_[c] = (bits & 1) + ((bits >> 1) & 1) * width_;
    }
  }

  Mesh run() {
    Layer below = layer(-border_);
    for (index k = -border_; k + 1 < volume_.slices() + border_; ++k) {
      Layer above = layer(k + 1);
      for (index i = 0; i < height_ * width_; ++i) {
        between_[at(i)] = below.inside[at(i)] == above.inside[at(i)]
                              ? kNone
                              : vertex(below, k, i, above, k + 1, i);
      }
      cubes(below, above);
      below = std::move(above);
      if (options_.done) options_.done(std::clamp<index>(k + 1, 0, volume_.slices()));
    }
    return std::move(mesh_);
  }

 private:
  bool outside_scan(index k, index y, index x) const {
    return k < 0 || k >= volume_.slices() || y < 0 || y >= volume_.height() || x < 0 ||
           x >= volume_.width();
  }

  Layer layer(index k) {
    Layer out;
    out.values.assign(at(height_ * width_), -1.0F);
    if (k >= 0 && k < volume_.slices()) fill(out, k);
    out.inside.resize(out.values.size());
    std::transform(out.values.begin(), out.values.end(), out.inside.begin(),
                   [](float v) { return static_cast<unsigned char>(v >= 0 ? 1 : 0); });
    const std::array<index, 2> step{1, width_};
    for (std::size_t axis = 0; axis < 2; ++axis) {
      out.edges[axis].assign(out.values.size(), kNone);
      for (index i = 0; i + step[axis] < height_ * width_; ++i) {
        if (axis == 0 && i % width_ == width_ - 1) continue;
        if (out.inside[at(i)] == out.inside[at(i + step[axis])]) continue;
        out.edges[axis][at(i)] = vertex(out, k, i, out, k, i + step[axis]);
      }
    }
    return out;
  }

  void fill(Layer& out, index k) const {
    const bool hu = volume_.unit == Unit::hu;
    const nn::Tensor slice = volume_.slice(k);
    for (index y = 0; y < volume_.height(); ++y) {
      const nn::real* from = slice.data() + y * volume_.width();
      float* to = out.values.data() + (y + border_) * width_ + border_;
      for (index x = 0; x < volume_.width(); ++x) {
        auto v = static_cast<double>(from[x]);
        if (volume_.padding && volume_.padding->holds(from[x])) v = kLowestHu;
        if (hu) v = std::clamp(v, kLowestHu, kHighestHu);
        to[x] = static_cast<float>(v - options_.level);
      }
    }
  }

  Id vertex(const Layer& a, index ka, index ia, const Layer& b, index kb, index ib) {
    const index ya = ia / width_ - border_;
    const index xa = ia % width_ - border_;
    const index yb = ib / width_ - border_;
    const index xb = ib % width_ - border_;
    const auto from = static_cast<double>(a.values[at(ia)]);
    const auto to = static_cast<double>(b.values[at(ib)]);
    const bool cut = outside_scan(ka, ya, xa) || outside_scan(kb, yb, xb);
    const double t = cut ? 0.5 : std::clamp(from / (from - to), kClearance, 1 - kClearance);
    const Point p = place_.at(ka, static_cast<double>(ya), static_cast<double>(xa));
    const Point q = place_.at(kb, static_cast<double>(yb), static_cast<double>(xb));
    const Point r = plus(times(1 - t, p), times(t, q));
    return add({static_cast<float>(r[0]), static_cast<float>(r[1]), static_cast<float>(r[2])});
  }

  Id add(const std::array<float, 3>& p) {
    mesh_.points.push_back(p);
    return static_cast<Id>(mesh_.points.size() - 1);
  }

  void cubes(const Layer& below, const Layer& above) {
    for (index y = 0; y + 1 < height_; ++y) {
      for (index x = 0; x + 1 < width_; ++x) {
        const index i = y * width_ + x;
        unsigned inside = 0;
        for (unsigned c = 0; c < kCorners; ++c) {
          const Layer& of = c < 4 ? below : above;
          inside |= static_cast<unsigned>(of.inside[at(i + corner_[c])]) << c;
        }
        if (inside != 0 && inside != 255) cube(below, above, i, inside);
      }
    }
    const auto made = static_cast<index>(mesh_.triangles.size());
    nn::require(made <= kMostTriangles, volume_.source,
                "a surface of more than " + std::to_string(kMostTriangles) + " triangles",
                "a level that separates tissues", "noise has such surfaces: choose another level");
  }

  void cube(const Layer& below, const Layer& above, index i, unsigned inside) {
    std::array<double, kCorners> values{};
    for (std::size_t c = 0; c < kCorners; ++c) {
      values[c] = static_cast<double>((c < 4 ? below : above).values[at(i + corner_[c])]);
    }
    const CubeCase& shape = cases_.of(inside, values);
    std::array<Id, kEdges + 4> ids{};
    for (int e = 0; e < kEdges; ++e) {
      const auto corner = static_cast<std::size_t>(corners_of_edge(e)[0]);
      const std::size_t place = at(i + corner_[corner]);
      const int axis = e / 4;
      ids[at(e)] =
          axis == 2 ? between_[place] : (corner < 4 ? below : above).edges[at(axis)][place];
    }
    for (std::size_t m = 0; m < shape.middles.size(); ++m) {
      ids[kEdges + m] = middle(shape.middles[m], ids);
    }
    for (const auto& t : shape.triangles) {
      std::array<Id, 3> triangle{ids[t[0]], ids[t[1]], ids[t[2]]};
      if (place_.mirrored()) std::swap(triangle[1], triangle[2]);
      mesh_.triangles.push_back(triangle);
    }
  }

  Id middle(const std::vector<std::uint8_t>& loop, const std::array<Id, kEdges + 4>& ids) {
    std::array<double, 3> sum{};
    for (const std::uint8_t e : loop) {
      for (std::size_t a = 0; a < 3; ++a) {
        sum[a] += static_cast<double>(mesh_.points[ids[e]][a]);
      }
    }
    const auto n = static_cast<double>(loop.size());
    return add({static_cast<float>(sum[0] / n), static_cast<float>(sum[1] / n),
                static_cast<float>(sum[2] / n)});
  }

  const Volume& volume_;
  const SurfaceOptions& options_;
  Placement place_;
  index border_;
  index height_, width_;
  std::array<index, kCorners> corner_{};  // within one layer, seen from the cube's first corner
  std::vector<Id> between_;               // on the edges from the layer below to the one above
  Cases cases_;
  Mesh mesh_;
};

}  // namespace

Mesh isosurface(const Volume& volume, const SurfaceOptions& options) {
  const Window range = shown_window(volume, {kLowestHu, kHighestHu});
  nn::require(options.level > range.low && options.level <= range.high, "--level",
              std::to_string(options.level),
              "above " + std::to_string(std::lround(range.low)) + ", at most " +
                  std::to_string(std::lround(range.high)));
  return Extractor(volume, options).run();
}

}  // namespace data::surface
