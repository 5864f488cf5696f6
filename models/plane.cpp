#include "models/plane.h"

#include "nn/core/math.h"

namespace models {
namespace {

constexpr int kReach = 5;           // radius of the Gaussian, pixels
constexpr double kSmoothing = 1.5;  // its standard deviation, pixels
constexpr index kCoarsest = 32;     // no side of a level is shorter

/// Its weights at the distances 0 to kReach.
std::array<real, kReach + 1> gaussian() {
  std::array<double, kReach + 1> w{};
  double sum = 0;
  for (int k = 0; k <= kReach; ++k) {
    w[static_cast<std::size_t>(k)] = nn::math::exp(-0.5 * k * k / (kSmoothing * kSmoothing));
    sum += (k == 0 ? 1 : 2) * w[static_cast<std::size_t>(k)];
  }
  std::array<real, kReach + 1> weights{};
  for (std::size_t k = 0; k < w.size(); ++k) weights[k] = static_cast<real>(w[k] / sum);
  return weights;
}

}  // namespace

Plane halved(const Plane& fine) {
  Plane coarse((fine.h + 1) / 2, (fine.w + 1) / 2);
  for (index y = 0; y < coarse.h; ++y) {
    const real* upper = fine.row(2 * y);
    const real* lower = fine.row(std::min(2 * y + 1, fine.h - 1));
    for (index x = 0; x < coarse.w; ++x) {
      const index right = std::min(2 * x + 1, fine.w - 1);
      coarse.row(y)[x] =
          real{0.25} * ((upper[2 * x] + upper[right]) + (lower[2 * x] + lower[right]));
    }
  }
  return coarse;
}

Plane doubled(const Plane& coarse, index h, index w) {
  Plane fine(h, w);
  const auto from = [](index at, index size) {  // fine pixels lie 1/4 beside coarse centres
    return Place(static_cast<std::int32_t>(at / 2), at % 2 == 0 ? real{-0.25} : real{0.25},
                 static_cast<std::int32_t>(size));
  };
  for (index y = 0; y < h; ++y) {
    for (index x = 0; x < w; ++x) {
      fine.row(y)[x] =
          2 * at(coarse.values.data(), static_cast<std::int32_t>(coarse.h),
                 static_cast<std::int32_t>(coarse.w), from(y, coarse.h), from(x, coarse.w));
    }
  }
  return fine;
}

void smooth(Plane& p, Plane& between) {
  static const std::array<real, kReach + 1> weights = gaussian();
  nn::parallel_chunks(p.h, 16, [&](index begin, index end) {
    std::vector<real> padded(static_cast<std::size_t>(p.w + 2 * kReach));
    const real* centre = padded.data() + kReach;
    for (index y = begin; y < end; ++y) {
      const real* from = p.row(y);
      std::fill_n(padded.begin(), kReach, from[0]);
      std::copy_n(from, p.w, padded.begin() + kReach);
      std::fill_n(padded.begin() + kReach + p.w, kReach, from[p.w - 1]);
      real* to = between.row(y);
      for (index x = 0; x < p.w; ++x) {
        real sum = weights[0] * centre[x];
        for (index k = 1; k <= kReach; ++k) {
          sum += weights[static_cast<std::size_t>(k)] * (centre[x - k] + centre[x + k]);
        }
        to[x] = sum;
      }
    }
  });
  for_rows(p.h, [&](index y) {
    std::array<const real*, kReach> above{};
    std::array<const real*, kReach> below{};
    for (index k = 1; k <= kReach; ++k) {
      above[static_cast<std::size_t>(k - 1)] = between.row(std::max<index>(0, y - k));
      below[static_cast<std::size_t>(k - 1)] = between.row(std::min(p.h - 1, y + k));
    }
    const real* centre = between.row(y);
    real* to = p.row(y);
    for (index x = 0; x < p.w; ++x) {
      real sum = weights[0] * centre[x];
      for (std::size_t k = 0; k < kReach; ++k) sum += weights[k + 1] * (above[k][x] + below[k][x]);
      to[x] = sum;
    }
  });
}

Plane scaled(const Tensor& slice, const RegisteredRange& range) {
  Plane p(slice.shape().h, slice.shape().w);
  const auto low = static_cast<real>(range.low);
  const auto high = static_cast<real>(range.high);
  const real whole = high - low;
  for (index i = 0; i < slice.numel(); ++i) {
    p.values[static_cast<std::size_t>(i)] = (std::clamp(slice.data()[i], low, high) - low) / whole;
  }
  return p;
}

std::vector<Plane> pyramid(const Tensor& slice, const RegisteredRange& range) {
  std::vector<Plane> levels{scaled(slice, range)};
  while (std::min(levels.back().h, levels.back().w) >= 2 * kCoarsest) {
    levels.push_back(halved(levels.back()));
  }
  return levels;
}

}  // namespace models
