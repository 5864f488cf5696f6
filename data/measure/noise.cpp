#include "data/measure/noise.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

#include "nn/core/math.h"
#include "nn/core/parallel.h"
#include "nn/core/rng.h"

namespace data {
namespace {

using nn::at;
using nn::index;

constexpr index kSide = kNoisePatch;
constexpr std::size_t kLength = kNoisePatch, kArea = kLength * kLength;
constexpr double kSoftest = -100, kHardest = 200;  // HU of soft tissue

/// cos and sin of 2 pi i / kSide, exact where they are 0, 1/2 or 1 but for rounding.
struct Turn {
  std::array<double, kLength> cosine{}, sine{};

  Turn() {
    for (index i = 0; i < kSide; ++i) {
      const double angle = 2 * std::numbers::pi * static_cast<double>(i) / kSide;
      cosine[at(i)] = nn::math::cos(angle);
      sine[at(i)] = nn::math::sin(angle);
    }
  }
};

const Turn& turn() {
  static const Turn table;
  return table;
}

using Patch = std::array<double, kArea>;

Patch patch_at(const nn::Tensor& slice, index first) {
  Patch patch;
  const index w = slice.shape().w;
  for (index y = 0; y < kSide; ++y) {
    for (index x = 0; x < kSide; ++x) {
      patch[at(y * kSide + x)] = static_cast<double>(slice.values()[at(first + y * w + x)]);
    }
  }
  return patch;
}

/// Least squares on a grid with its origin in the middle: mean, and slopes by row and column.
std::array<double, 3> plane_of(const Patch& patch) {
  double sum = 0, by_y = 0, by_x = 0, squares = 0;
  for (index y = 0; y < kSide; ++y) {
    const double v = static_cast<double>(y) - (kSide - 1) / 2.0;
    squares += v * v * kSide;
    for (index x = 0; x < kSide; ++x) {
      const double u = static_cast<double>(x) - (kSide - 1) / 2.0;
      const double value = patch[at(y * kSide + x)];
      sum += value;
      by_y += v * value;
      by_x += u * value;
    }
  }
  return {sum / (kSide * kSide), by_y / squares, by_x / squares};
}

void take_plane_away(Patch& patch) {
  const auto [mean, down, across] = plane_of(patch);
  for (index y = 0; y < kSide; ++y) {
    for (index x = 0; x < kSide; ++x) {
      const double v = static_cast<double>(y) - (kSide - 1) / 2.0;
      const double u = static_cast<double>(x) - (kSide - 1) / 2.0;
      patch[at(y * kSide + x)] -= mean + down * v + across * u;
    }
  }
}

bool is_even(Patch patch) {
  if (!std::all_of(patch.begin(), patch.end(),
                   [](double v) { return v >= kSoftest && v <= kHardest; })) {
    return false;
  }
  take_plane_away(patch);
  constexpr index wide = kSide / 4;
  std::array<double, 8> strips{};  // four of rows, four of columns
  for (index y = 0; y < kSide; ++y) {
    for (index x = 0; x < kSide; ++x) {
      const double part = patch[at(y * kSide + x)] / (wide * kSide);
      strips[at(y / wide)] += part;
      strips[at(4 + x / wide)] += part;
    }
  }
  return std::all_of(strips.begin(), strips.end(),
                     [](double s) { return std::abs(s) <= kMostOff; });
}

/// Hann's window, with a mean square of 1 over the patch.
double window_at(index i) {
  const double w = 0.5 - 0.5 * turn().cosine[at(i)];
  return w / std::sqrt(3.0 / 8.0);
}

}  // namespace

std::vector<index> noise_patches(const std::vector<nn::Tensor>& slices) {
  std::vector<index> found;
  const nn::Shape& shape = slices.front().shape();
  for (index y = 0; y + kSide <= shape.h; y += kSide) {
    for (index x = 0; x + kSide <= shape.w; x += kSide) {
      const index first = y * shape.w + x;
      const auto even = [&](const nn::Tensor& s) { return is_even(patch_at(s, first)); };
      if (std::all_of(slices.begin(), slices.end(), even)) found.push_back(first);
    }
  }
  return found;
}

void NoiseSpectrum::add(const nn::Tensor& slice, index first) {
  Patch patch = patch_at(slice, first);
  take_plane_away(patch);
  // The transform of each row, then of each column of the result.
  Patch row_real{}, row_imaginary{};
  for (index y = 0; y < kSide; ++y) {
    for (index f = 0; f < kSide; ++f) {
      double re = 0, im = 0;
      for (index x = 0; x < kSide; ++x) {
        const double v = patch[at(y * kSide + x)] * window_at(x) * window_at(y);
        re += v * turn().cosine[at(f * x % kSide)];
        im -= v * turn().sine[at(f * x % kSide)];
      }
      row_real[at(y * kSide + f)] = re;
      row_imaginary[at(y * kSide + f)] = im;
    }
  }
  for (index g = 0; g < kSide; ++g) {
    for (index f = 0; f < kSide; ++f) {
      double re = 0, im = 0;
      for (index y = 0; y < kSide; ++y) {
        const double c = turn().cosine[at(g * y % kSide)], s = turn().sine[at(g * y % kSide)];
        const double a = row_real[at(y * kSide + f)], b = row_imaginary[at(y * kSide + f)];
        re += a * c + b * s;
        im += b * c - a * s;
      }
      sum_[at(g * kSide + f)] += (re * re + im * im) / (kSide * kSide);
    }
  }
  ++patches_;
}

NoisePower NoiseSpectrum::power() const {
  NoisePower mean = sum_;
  for (double& p : mean) p /= static_cast<double>(std::max<index>(patches_, 1));
  return mean;
}

double noise_level(const NoisePower& power) {
  return std::sqrt(std::accumulate(power.begin(), power.end(), 0.0) / (kSide * kSide));
}

NoisePower missing_power(const NoisePower& wanted, const NoisePower& there) {
  NoisePower missing{};
  for (index g = 0; g < kSide; ++g) {
    for (index f = 0; f < kSide; ++f) {
      const index i = g * kSide + f;
      const bool slow = std::min(g, kSide - g) <= 1 && std::min(f, kSide - f) <= 1;
      if (!slow) missing[at(i)] = std::max(wanted[at(i)] - there[at(i)], 0.0);
    }
  }
  return missing;
}

nn::Tensor made_noise(const NoisePower& power, const nn::Shape& slice, std::uint64_t seed,
                      std::uint32_t stream) {
  Patch filter{};  // the inverse transform of the root; both are real and even
  for (index y = 0; y < kSide; ++y) {
    for (index x = 0; x < kSide; ++x) {
      double sum = 0;
      for (index g = 0; g < kSide; ++g) {
        for (index f = 0; f < kSide; ++f) {
          sum += std::sqrt(power[at(g * kSide + f)]) * turn().cosine[at((g * y + f * x) % kSide)];
        }
      }
      filter[at(y * kSide + x)] = sum / (kSide * kSide);
    }
  }
  const index wide = slice.w + kSide;
  std::vector<double> white(at((slice.h + kSide) * wide));
  nn::Rng rng(seed, nn::Purpose::noise, stream);
  for (double& v : white) v = rng.normal();
  nn::Tensor noise(slice);
  nn::parallel_for(slice.h, [&](index y) {
    for (index x = 0; x < slice.w; ++x) {
      double sum = 0;
      for (index v = 0; v < kSide; ++v) {
        for (index u = 0; u < kSide; ++u) {
          // The filter's middle is its first value: turned around by half a side.
          const index a = (v + kSide / 2) % kSide, b = (u + kSide / 2) % kSide;
          sum += filter[at(a * kSide + b)] * white[at((y + v) * wide + x + u)];
        }
      }
      noise.values()[at(y * slice.w + x)] = static_cast<nn::real>(sum);
    }
  });
  return noise;
}

}  // namespace data
