#include "data/phantom/phantom.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

#include "data/phantom/phantom_scanner.h"
#include "data/phantom/phantom_scene.h"
#include "nn/core/error.h"
#include "nn/core/parallel.h"

namespace data {
namespace {

using nn::index;
using phantom::Point;
using phantom::Scene;
using phantom::Solid;

constexpr int kSamples = 2;  // a row and column within a pixel
constexpr int kSlab = 6;     // along z within a slice
// Slice thickness over slice spacing, as scanners have it.
constexpr double kOverlap = 1.5;
constexpr double kThickOverlap = 2.5;

/// A line of samples along x at height z, depth y.
struct Line {
  double y = 0;
  double z = 0;
  double first_x = 0;
  double step = 0;
  std::vector<double> hu;
};

void paint(const Solid& s, const phantom::Field& field, Line& line) {
  if (line.z < s.low.z || line.z > s.high.z || line.y < s.low.y || line.y > s.high.y) return;
  const auto count = static_cast<double>(line.hu.size());
  const double from = std::max(0.0, std::ceil((s.low.x - line.first_x) / line.step));
  const double to = std::min(count - 1, std::floor((s.high.x - line.first_x) / line.step));
  for (auto i = static_cast<index>(from); i <= static_cast<index>(to); ++i) {
    double& v = line.hu[static_cast<std::size_t>(i)];
    const Point p{line.first_x + static_cast<double>(i) * line.step, line.y, line.z};
    if (v < s.only_above || v > s.only_below || !s.contains(p)) continue;
    v = s.adds ? v + s.hu : s.hu;
    if (s.texture > 0) v += s.texture * field.at(p, s.cell);
  }
}

/// The solids that a slice from z = `low` to `high` meets.
std::vector<const Solid*> solids_between(const std::vector<Solid>& all, double low, double high) {
  std::vector<const Solid*> near;
  for (const Solid& s : all) {
    if (s.high.z >= low && s.low.z <= high) near.push_back(&s);
  }
  return near;
}

/// Mean HU of every pixel of the slice whose middle is at height z.
std::vector<double> render_slice(const Scene& scene, double z, double thickness, index size) {
  const double pixel = scene.field_of_view / static_cast<double>(size);
  const std::vector<const Solid*> under =
      solids_between(scene.under, z - thickness / 2, z + thickness / 2);
  const std::vector<const Solid*> over =
      solids_between(scene.over, z - thickness / 2, z + thickness / 2);
  std::vector<double> sum(static_cast<std::size_t>(size * size), 0.0);
  Line line;
  line.step = pixel / kSamples;
  line.first_x = -scene.field_of_view / 2 + line.step / 2;
  for (int layer = 0; layer < kSlab; ++layer) {
    for (index row = 0; row < size * kSamples; ++row) {
      line.y = line.first_x + static_cast<double>(row) * line.step;
      // Odd rows lie between the layers of even ones: twice as many heights for the same work.
      const double height = layer + (row % 2 == 0 ? 0.25 : 0.75);
      line.z = z + thickness * (height / kSlab - 0.5);
      line.hu.assign(static_cast<std::size_t>(size * kSamples), phantom::kAir);
      for (const Solid* s : under) paint(*s, scene.field, line);
      for (std::size_t i = 0; i < line.hu.size(); ++i) {
        const Point p{line.first_x + static_cast<double>(i) * line.step, line.y, line.z};
        line.hu[i] = scene.formula(p, line.hu[i], scene.field);
      }
      for (const Solid* s : over) paint(*s, scene.field, line);
      double* to = sum.data() + row / kSamples * size;
      for (std::size_t i = 0; i < line.hu.size(); ++i) to[i / kSamples] += line.hu[i];
    }
  }
  for (double& v : sum) v /= kSamples * kSamples * kSlab;
  return sum;
}

void check(const PhantomOptions& o) {
  nn::require(o.slices >= 2 && o.slices <= 1024, "phantom", std::to_string(o.slices) + " slices",
              "2 to 1024");
  nn::require(o.size >= 16 && o.size <= 1024, "phantom", "a size of " + std::to_string(o.size),
              "16 to 1024");
  nn::require(o.noise >= 0 && o.noise <= 1000, "phantom", "noise of " + std::to_string(o.noise),
              "0 to 1000 HU");
}

Scene scene_of(const PhantomOptions& o) {
  Scene scene = o.part == PhantomPart::head ? phantom::head_scene(o.seed)
                                            : phantom::body_scene(o.part, o.seed);
  if (o.lesions) phantom::add_lesions(scene, o.part, o.seed);
  if (o.metal) phantom::add_metal(scene, o.part, o.seed);
  return scene;
}

}  // namespace

Volume make_phantom(const PhantomOptions& o) {
  check(o);
  const Scene scene = scene_of(o);
  Volume v;
  v.source = phantom_name(o);
  v.format = "phantom";
  v.dims = {o.size, o.size, o.slices};
  const double pixel = scene.field_of_view / static_cast<double>(o.size);
  const double step = scene.coverage / static_cast<double>(o.slices);
  v.spacing = {pixel, pixel, step};
  // x runs to the left and y to the back, NIfTI's world to the right and to the front.
  const double first = (scene.field_of_view - pixel) / 2;
  v.affine = {{{-pixel, 0, 0, first},
               {0, -pixel, 0, first},
               {0, 0, step, (step - scene.coverage) / 2},
               {0, 0, 0, 1}}};
  v.slice_axis = 2;
  v.stored.resize(static_cast<std::size_t>(v.voxels()) * sizeof(std::int16_t));

  const double overlap = o.thick ? kThickOverlap : kOverlap;
  const phantom::Scanner scanner(o, pixel, overlap);
  nn::parallel_for(o.slices, [&](index k) {
    const double z = step * (static_cast<double>(k) + 0.5) - scene.coverage / 2;
    std::vector<double> hu = render_slice(scene, z, step * overlap, o.size);
    if (o.metal) phantom::add_streaks(scene, z, step * overlap, o.seed, hu);
    scanner.scan(hu, k);
    std::byte* to = v.stored.data() + k * o.size * o.size * 2;
    for (const double noisy : hu) {
      const auto value =
          static_cast<std::int16_t>(std::floor(std::clamp(noisy, -1024.0, 3071.0) + 0.5));
      std::memcpy(to, &value, sizeof(value));
      to += sizeof(value);
    }
  });
  return v;
}

}  // namespace data
