#include "data/phantom/phantom.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>
#include <vector>

#include "data/phantom/phantom_cranium.h"
#include "nn/core/error.h"
#include "nn/core/parallel.h"
#include "nn/core/rng.h"

namespace data {
namespace {

using nn::index;
using phantom::Head;
using phantom::Point;
using phantom::Solid;

constexpr double kFieldOfView = 220;  // mm
constexpr double kCoverage = 168;     // mm
constexpr double kAir = -1000;
constexpr int kSamples = 2;       // a row and column within a pixel
constexpr int kSlab = 6;          // along z within a slice
constexpr double kOverlap = 1.5;  // slice thickness over slice spacing, as scanners have it

/// A line of samples along x at height z, depth y.
struct Line {
  double y = 0;
  double z = 0;
  double first_x = 0;
  double step = 0;
  std::vector<double> hu;
};

void paint(const std::vector<Solid>& solids, Line& line) {
  const auto count = static_cast<double>(line.hu.size());
  for (const Solid& s : solids) {
    if (line.z < s.low.z || line.z > s.high.z || line.y < s.low.y || line.y > s.high.y) continue;
    const double from = std::max(0.0, std::ceil((s.low.x - line.first_x) / line.step));
    const double to = std::min(count - 1, std::floor((s.high.x - line.first_x) / line.step));
    for (auto i = static_cast<index>(from); i <= static_cast<index>(to); ++i) {
      double& v = line.hu[static_cast<std::size_t>(i)];
      const double x = line.first_x + static_cast<double>(i) * line.step;
      if (v >= s.only_above && s.contains({x, line.y, line.z})) v = s.hu;
    }
  }
}

void paint_cranium(const Head& head, Line& line) {
  for (std::size_t i = 0; i < line.hu.size(); ++i) {
    const Point p{line.first_x + static_cast<double>(i) * line.step, line.y, line.z};
    line.hu[i] = head.cranium.hu(head.frame.to_head(p), line.hu[i], head.field);
  }
}

/// Mean HU of every pixel of the slice whose middle is at height z.
std::vector<double> render_slice(const Head& head, double z, double thickness, index size) {
  const double pixel = kFieldOfView / static_cast<double>(size);
  std::vector<double> sum(static_cast<std::size_t>(size * size), 0.0);
  Line line;
  line.step = pixel / kSamples;
  line.first_x = -kFieldOfView / 2 + line.step / 2;
  for (int layer = 0; layer < kSlab; ++layer) {
    for (index row = 0; row < size * kSamples; ++row) {
      line.y = line.first_x + static_cast<double>(row) * line.step;
      // Odd rows lie between the layers of even ones: twice as many heights for the same work.
      const double height = layer + (row % 2 == 0 ? 0.25 : 0.75);
      line.z = z + thickness * kOverlap * (height / kSlab - 0.5);
      line.hu.assign(static_cast<std::size_t>(size * kSamples), kAir);
      paint(head.under, line);
      paint_cranium(head, line);
      paint(head.over, line);
      double* to = sum.data() + row / kSamples * size;
      for (std::size_t i = 0; i < line.hu.size(); ++i) to[i / kSamples] += line.hu[i];
    }
  }
  for (double& v : sum) v /= kSamples * kSamples * kSlab;
  return sum;
}

template <class T>
T number(std::string_view text, const std::string& whole) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  nn::require(error == std::errc() && end == text.data() + text.size(), "phantom:" + whole,
              "'" + std::string(text) + "'",
              "phantom:SEED[:SLICES[:SIZE[:NOISE]]] in whole numbers");
  return value;
}

}  // namespace

Volume make_phantom(const PhantomOptions& o) {
  nn::require(o.slices >= 2 && o.slices <= 1024, "phantom", std::to_string(o.slices) + " slices",
              "2 to 1024");
  nn::require(o.size >= 16 && o.size <= 1024, "phantom", "a size of " + std::to_string(o.size),
              "16 to 1024");
  nn::require(o.noise >= 0 && o.noise <= 1000, "phantom", "noise of " + std::to_string(o.noise),
              "0 to 1000 HU");
  Volume v;
  v.source = "phantom:" + std::to_string(o.seed) + ":" + std::to_string(o.slices) + ":" +
             std::to_string(o.size);
  v.format = "phantom";
  v.dims = {o.size, o.size, o.slices};
  const double pixel = kFieldOfView / static_cast<double>(o.size);
  const double thickness = kCoverage / static_cast<double>(o.slices);
  v.spacing = {pixel, pixel, thickness};
  // x runs to the left and y to the back, NIfTI's world to the right and to the front.
  const double first = (kFieldOfView - pixel) / 2;
  v.affine = {{{-pixel, 0, 0, first},
               {0, -pixel, 0, first},
               {0, 0, thickness, (thickness - kCoverage) / 2},
               {0, 0, 0, 1}}};
  v.slice_axis = 2;
  v.stored.resize(static_cast<std::size_t>(v.voxels()) * sizeof(std::int16_t));

  const Head head = phantom::make_head(o.seed);
  nn::parallel_for(o.slices, [&](index k) {
    const double z = thickness * (static_cast<double>(k) + 0.5) - kCoverage / 2;
    const std::vector<double> hu = render_slice(head, z, thickness, o.size);
    nn::Rng noise(o.seed, nn::Purpose::phantom, 1, static_cast<std::uint32_t>(k));
    std::byte* to = v.stored.data() + k * o.size * o.size * 2;
    for (const double mean : hu) {
      const double noisy = mean + o.noise * noise.normal();
      const auto value =
          static_cast<std::int16_t>(std::floor(std::clamp(noisy, -1024.0, 3071.0) + 0.5));
      std::memcpy(to, &value, sizeof(value));
      to += sizeof(value);
    }
  });
  return v;
}

PhantomOptions parse_phantom(const std::string& text) {
  std::vector<std::string_view> parts;
  std::string_view rest(text);
  while (true) {
    const std::size_t colon = rest.find(':');
    parts.push_back(rest.substr(0, colon));
    if (colon == std::string_view::npos) break;
    rest.remove_prefix(colon + 1);
  }
  nn::require(parts.size() <= 4, "phantom:" + text, std::to_string(parts.size()) + " numbers",
              "phantom:SEED[:SLICES[:SIZE[:NOISE]]]");
  PhantomOptions o;
  o.seed = number<std::uint64_t>(parts[0], text);
  if (parts.size() > 1) o.slices = number<index>(parts[1], text);
  if (parts.size() > 2) o.size = number<index>(parts[2], text);
  if (parts.size() > 3) o.noise = static_cast<double>(number<index>(parts[3], text));
  return o;
}

}  // namespace data
