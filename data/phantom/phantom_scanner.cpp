#include "data/phantom/phantom_scanner.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "nn/core/math.h"

namespace data::phantom {
namespace {

using nn::index;

constexpr double kMetal = 2500;  // HU from which a solid makes streaks
constexpr double kFar = 100;     // mm where streaks end
constexpr double kNear = 6;      // mm over which they halve near the metal

/// Gaussian with a standard deviation of `sigma` pixels, from the middle outwards; the sum over
/// both sides is 1.
std::vector<double> gaussian(double sigma) {
  const auto reach = static_cast<std::size_t>(std::ceil(3 * sigma));
  std::vector<double> taps{1};
  double sum = 1;
  for (std::size_t i = 1; i <= reach; ++i) {
    const double t = static_cast<double>(i) / sigma;
    taps.push_back(nn::math::exp(-0.5 * t * t));
    sum += 2 * taps.back();
  }
  for (double& t : taps) t /= sum;
  return taps;
}

/// Sum over both sides of the products of taps.
double product(const std::vector<double>& a, const std::vector<double>& b) {
  double sum = a[0] * b[0];
  for (std::size_t i = 1; i < std::min(a.size(), b.size()); ++i) sum += 2 * a[i] * b[i];
  return sum;
}

/// Waves around a circle: cos(m t + phase) for a few m.
struct Rays {
  static constexpr int kWaves[] = {3, 6, 10, 14};
  std::array<double, 4> c{};  ///< of the phases
  std::array<double, 4> s{};

  /// At the angle t whose cosine and sine are given, without an arc tangent.
  double at(double cos_t, double sin_t) const {
    double cm = 1;
    double sm = 0;
    double sum = 0;
    int m = 0;
    for (std::size_t i = 0; i < c.size(); ++i) {
      for (; m < kWaves[i]; ++m) {
        const double next = cm * cos_t - sm * sin_t;
        sm = sm * cos_t + cm * sin_t;
        cm = next;
      }
      sum += cm * c[i] - sm * s[i];
    }
    return sum;
  }
};

/// Adds rays around `middle` to a picture of `size` x `size` pixels.
void add_rays(std::vector<double>& hu, index size, double pixel, const Point& middle,
              double strength, const Rays& rays) {
  const double half = pixel * static_cast<double>(size) / 2;
  for (index row = 0; row < size; ++row) {
    const double y = pixel * (static_cast<double>(row) + 0.5) - half - middle.y;
    if (std::fabs(y) > kFar) continue;
    for (index column = 0; column < size; ++column) {
      const double x = pixel * (static_cast<double>(column) + 0.5) - half - middle.x;
      const double r = std::sqrt(x * x + y * y);
      if (r > kFar || r == 0) continue;
      hu[static_cast<std::size_t>(row * size + column)] +=
          strength * rays.at(x / r, y / r) * (1 - r / kFar) * kNear / (kNear + r);
    }
  }
}

}  // namespace

Scanner::Scanner(const PhantomOptions& o, double pixel, double overlap) : options_(o) {
  const bool soft = o.kernel == PhantomKernel::soft;
  const bool kernel = o.kernel != PhantomKernel::none;
  // The share of a slice's thickness that its neighbour also covers.
  if (kernel || o.thick) beside_ = std::clamp((overlap - 1) / 2, 0.0, 1.0);
  scale_ = o.noise / std::sqrt(1 + 2 * beside_ * beside_);
  if (!kernel) return;
  narrow_ = gaussian((soft ? 0.55 : 0.25) / pixel);
  wide_ = gaussian((soft ? 1.8 : 0.8) / pixel);
  lost_ = soft ? 0.8 : 0.9;
  edge_ = gaussian((soft ? 0.5 : 0.7) / pixel);
  // The variance of white noise is multiplied by the sum of the squares of the filter's taps.
  const double both = product(narrow_, wide_);
  const double keep = product(narrow_, narrow_);
  const double lose = lost_ * product(wide_, wide_);
  scale_ /= std::sqrt(keep * keep - 2 * lost_ * both * both + lose * lose);
}

std::vector<double> Scanner::blurred(const std::vector<double>& image, const Taps& taps) const {
  // The picture wraps around, so that noise is the same everywhere.
  const index n = options_.size;
  const auto pass = [&](const std::vector<double>& from, index along, index across) {
    std::vector<double> to(from.size());
    for (index line = 0; line < n; ++line) {
      for (index i = 0; i < n; ++i) {
        const auto at = [&](index k) {
          return from[static_cast<std::size_t>(line * across + (k + 8 * n) % n * along)];
        };
        double sum = taps[0] * at(i);
        for (index t = 1; t < static_cast<index>(taps.size()); ++t) {
          sum += taps[static_cast<std::size_t>(t)] * (at(i - t) + at(i + t));
        }
        to[static_cast<std::size_t>(line * across + i * along)] = sum;
      }
    }
    return to;
  };
  return pass(pass(image, 1, n), n, 1);
}

std::vector<double> Scanner::noise(index k) const {
  const auto count = static_cast<std::size_t>(options_.size * options_.size);
  std::vector<double> sum(count, 0.0);
  for (int side = -1; side <= 1; ++side) {
    if (side != 0 && beside_ == 0) continue;
    // Slice k is number k + 1 of the stream, so that the one below the first has a number.
    nn::Rng rng(options_.seed, nn::Purpose::phantom, 2, static_cast<std::uint32_t>(k + 1 + side));
    for (double& v : sum) v += (side == 0 ? 1 : beside_) * rng.normal();
  }
  if (options_.kernel == PhantomKernel::none) return sum;
  const std::vector<double> coarse = blurred(sum, wide_);
  sum = blurred(sum, narrow_);
  for (std::size_t i = 0; i < count; ++i) sum[i] -= lost_ * coarse[i];
  return sum;
}

void Scanner::scan(std::vector<double>& hu, index k) const {
  if (options_.kernel == PhantomKernel::none && !options_.thick) {
    nn::Rng white(options_.seed, nn::Purpose::phantom, 1, static_cast<std::uint32_t>(k));
    for (double& v : hu) v += options_.noise * white.normal();
    return;
  }
  if (options_.kernel == PhantomKernel::soft) hu = blurred(hu, edge_);
  if (options_.kernel == PhantomKernel::sharp) {
    const std::vector<double> smooth = blurred(hu, edge_);
    for (std::size_t i = 0; i < hu.size(); ++i) hu[i] += 0.7 * (hu[i] - smooth[i]);
  }
  const std::vector<double> grain = noise(k);
  for (std::size_t i = 0; i < hu.size(); ++i) hu[i] += scale_ * grain[i];
}

void add_streaks(const Scene& scene, double z, double thickness, std::uint64_t seed,
                 std::vector<double>& hu) {
  const index size = std::lround(std::sqrt(static_cast<double>(hu.size())));
  const double pixel = scene.field_of_view / static_cast<double>(size);
  for (std::size_t n = 0; n < scene.over.size(); ++n) {
    const Solid& s = scene.over[n];
    if (s.hu < kMetal || z < s.low.z - thickness / 2 || z > s.high.z + thickness / 2) continue;
    const Point middle = 0.5 * (s.low + s.high);
    const Point wide = s.high - s.low;
    // The rays of one piece turn slowly along z.
    nn::Rng rng(seed, nn::Purpose::phantom, 3, static_cast<std::uint32_t>(n));
    Rays rays;
    for (std::size_t i = 0; i < rays.c.size(); ++i) {
      const double turn =
          2 * nn::math::kPi * rng.uniform() + 0.03 * Rays::kWaves[i] * (z - middle.z);
      rays.c[i] = nn::math::cos(turn);
      rays.s[i] = nn::math::sin(turn);
    }
    add_rays(hu, size, pixel, middle, 15 + 3 * std::min({wide.x, wide.y, 12.0}), rays);
  }
}

}  // namespace data::phantom
