#include "models/registration.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "nn/core/error.h"
#include "nn/core/math.h"
#include "nn/core/parallel.h"

namespace models {
namespace {

using nn::index;
using nn::real;

// Chosen on three heads (docs/learn/registration.md); results depend little on any of them.
constexpr real kLeastSlope = 3e-4F;     // squared, for values in [0, 1]: flatter parts hardly push
constexpr int kReach = 5;               // radius of the Gaussian, pixels
constexpr double kSmoothing = 1.5;      // its standard deviation, pixels
constexpr int kStepsWhole = 5;          // demons steps at the slices' own resolution
constexpr int kStepsCoarse = 10;        // at each coarser level
constexpr real kLeastDistance = 5e-3F;  // for values in [0, 1]; keeps weights 1 / d^2 finite
constexpr int kSmoothedTimes = 3;       // the Gaussian runs this often over a distance
constexpr index kCoarsest = 32;         // no side of a level is shorter
constexpr index kRows = 16;             // rows of an image in one task

struct Plane {
  index h = 0, w = 0;
  std::vector<real> values;

  Plane() = default;
  Plane(index height, index width)
      : h(height), w(width), values(static_cast<std::size_t>(height * width)) {}
  real* row(index y) { return values.data() + y * w; }
  const real* row(index y) const { return values.data() + y * w; }
};

/// The place x + by on a line of `size` pixels, clamped to the line, as a whole pixel and a
/// fraction. The fraction counts from x outwards, not from the left border, so that a mirrored
/// image gives the same numbers.
struct Place {
  std::int32_t near, step;  // the pixel before the place, seen from x, and the direction, -1 or 1
  real past;                // fraction beyond that pixel, 0 <= past < 1

  Place(std::int32_t x, real by, std::int32_t size) {
    const auto left = static_cast<real>(-x);
    const auto right = static_cast<real>(size - 1 - x);
    const real inside = by > left ? (by < right ? by : right) : left;  // NaN: the first pixel
    const auto whole = static_cast<std::int32_t>(inside);              // rounds towards x
    const real rest = inside - static_cast<real>(whole);
    near = x + whole;
    step = rest < 0 ? -1 : 1;
    past = rest < 0 ? -rest : rest;
  }
  std::int32_t pixel(std::int32_t k, std::int32_t size) const {
    return std::clamp(near + k * step, 0, size - 1);
  }
};

/// The value at the place (y, x) of an image of h x w pixels, bilinear.
inline real at(const real* values, std::int32_t h, std::int32_t w, const Place& y, const Place& x) {
  const real* row = values + y.near * w;
  const real* next = values + y.pixel(1, h) * w;
  const std::int32_t beside = x.pixel(1, w);
  const real here = row[x.near] * (1 - x.past) + row[beside] * x.past;
  const real there = next[x.near] * (1 - x.past) + next[beside] * x.past;
  return here * (1 - y.past) + there * y.past;
}

/// The weights of cubic_taps() for the pixels -1, 0, 1, 2 counted from p.near.
std::array<real, 4> taps_at(const Place& p) {
  const real t = p.past;
  const real s = 1 - t;
  return {real{-0.5} * t * s * s, 1 + t * t * (real{1.5} * t - real{2.5}),
          1 + s * s * (real{1.5} * s - real{2.5}), real{-0.5} * t * t * s};
}

template <class Body>
void for_rows(index h, const Body& body) {
  nn::parallel_chunks(h, kRows, [&](index begin, index end) {
    for (index y = begin; y < end; ++y) body(y);
  });
}

/// An image of half the size: means of 2 x 2 pixels. An odd side repeats its last row or column.
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

/// A movement found at a coarser level, resampled to h x w and doubled: in pixels of the finer
/// level.
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

/// Smooths p in place by a Gaussian; `between` is scratch of the same size.
void smooth(Plane& p, Plane& between, const std::array<real, kReach + 1>& weights) {
  nn::parallel_chunks(p.h, kRows, [&](index begin, index end) {
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

/// Mean and difference of the two slices, moved to t.
struct Compared {
  Plane mean, difference;
};

void compare(const Plane& a, const Plane& c, const Plane& ux, const Plane& uy, real t, real rest,
             Compared& seen) {
  const auto h = static_cast<std::int32_t>(a.h);
  const auto w = static_cast<std::int32_t>(a.w);
  for_rows(a.h, [&](index y) {
    const real* vx = ux.row(y);
    const real* vy = uy.row(y);
    real* mean = seen.mean.row(y);
    real* difference = seen.difference.row(y);
    const auto row = static_cast<std::int32_t>(y);
    for (std::int32_t x = 0; x < w; ++x) {
      const real from_a =
          at(a.values.data(), h, w, Place(row, -t * vy[x], h), Place(x, -t * vx[x], w));
      const real from_c =
          at(c.values.data(), h, w, Place(row, rest * vy[x], h), Place(x, rest * vx[x], w));
      mean[x] = real{0.5} * (from_a + from_c);
      difference[x] = from_c - from_a;
    }
  });
}

/// One step of demons: u -= d g / (g^2 + d^2 + kLeastSlope), where d is the difference and g the
/// gradient of the mean.
void step(const Compared& seen, Plane& ux, Plane& uy) {
  const index h = ux.h;
  const index w = ux.w;
  for_rows(h, [&](index y) {
    const real* above = seen.mean.row(std::max<index>(0, y - 1));
    const real* here = seen.mean.row(y);
    const real* below = seen.mean.row(std::min(h - 1, y + 1));
    const real* d = seen.difference.row(y);
    real* vx = ux.row(y);
    real* vy = uy.row(y);
    const auto push = [&](index x, index left, index right) {
      const real gx = real{0.5} * (here[right] - here[left]);
      const real gy = real{0.5} * (below[x] - above[x]);
      const real force = d[x] / (((gx * gx + gy * gy) + d[x] * d[x]) + kLeastSlope);
      vx[x] -= force * gx;
      vy[x] -= force * gy;
    };
    push(0, 0, std::min<index>(1, w - 1));
    for (index x = 1; x + 1 < w; ++x) push(x, x - 1, x + 1);
    if (w > 1) push(w - 1, w - 2, w - 1);
  });
}

/// The slice clamped to the range and scaled to [0, 1].
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

/// How much two slices differ around each pixel: the smoothed absolute difference of scaled values.
Plane distance(const Tensor& a, const Tensor& c, const RegisteredRange& range) {
  Plane d = scaled(a, range);
  Plane other = scaled(c, range);
  for (std::size_t i = 0; i < d.values.size(); ++i) {
    d.values[i] = std::fabs(d.values[i] - other.values[i]);
  }
  const std::array<real, kReach + 1> weights = gaussian();
  for (int i = 0; i < kSmoothedTimes; ++i) smooth(d, other, weights);
  return d;
}

/// times * p as a tensor.
Tensor tensor_of(const Plane& p, real times) {
  Tensor t({1, p.h, p.w, 1});
  for (index i = 0; i < t.numel(); ++i) {
    t.data()[i] = times * p.values[static_cast<std::size_t>(i)];
  }
  return t;
}

/// Finds by demons, from coarse to fine, the u for which A at x - t u and C at x + (1 - t) u are
/// alike. Returns both shifts.
Movement demons(const Tensor& a, const Tensor& c, double t, const RegisteredRange& range) {
  const std::vector<Plane> of_a = pyramid(a, range);
  const std::vector<Plane> of_c = pyramid(c, range);
  const std::array<real, kReach + 1> weights = gaussian();
  const auto from_a = static_cast<real>(t);
  const auto from_c = static_cast<real>(1 - t);
  Plane ux;
  Plane uy;
  for (std::size_t level = of_a.size(); level-- > 0;) {
    const index h = of_a[level].h;
    const index w = of_a[level].w;
    const bool coarsest = level + 1 == of_a.size();
    ux = coarsest ? Plane(h, w) : doubled(ux, h, w);
    uy = coarsest ? Plane(h, w) : doubled(uy, h, w);
    Compared seen{Plane(h, w), Plane(h, w)};
    for (int i = 0; i < (level == 0 ? kStepsWhole : kStepsCoarse); ++i) {
      compare(of_a[level], of_c[level], ux, uy, from_a, from_c, seen);
      step(seen, ux, uy);
      smooth(ux, seen.mean, weights);
      smooth(uy, seen.mean, weights);
    }
  }
  return {{tensor_of(ux, -from_a), tensor_of(uy, -from_a)},
          {tensor_of(ux, from_c), tensor_of(uy, from_c)}};
}

/// Two shifts in a row: first(x) + then(x + first(x)), where `then` is read bilinearly.
Shift joined(const Shift& first, const Shift& then) {
  const nn::Shape& shape = first.x.shape();
  Shift both{Tensor(shape), Tensor(shape)};
  const auto h = static_cast<std::int32_t>(shape.h);
  const auto w = static_cast<std::int32_t>(shape.w);
  for_rows(h, [&](index y) {
    for (std::int32_t x = 0; x < w; ++x) {
      const index i = y * w + x;
      const Place down(static_cast<std::int32_t>(y), first.y.data()[i], h);
      const Place along(x, first.x.data()[i], w);
      both.x.data()[i] = first.x.data()[i] + at(then.x.data(), h, w, down, along);
      both.y.data()[i] = first.y.data()[i] + at(then.y.data(), h, w, down, along);
    }
  });
  return both;
}

/// The shift of an outer slice: from the nearer slice, the step from the farther to the nearer one
/// once more.
Shift beyond(const Shift& nearer, const Shift& farther) {
  Shift further{Tensor(nearer.x.shape()), Tensor(nearer.x.shape())};
  for (index i = 0; i < nearer.x.numel(); ++i) {
    further.x.data()[i] = nearer.x.data()[i] + (nearer.x.data()[i] - farther.x.data()[i]);
    further.y.data()[i] = nearer.y.data()[i] + (nearer.y.data()[i] - farther.y.data()[i]);
  }
  return further;
}

/// The slice at t, when its movement u is known.
Registered made(const std::array<Tensor, 4>& known, double t, const Movement& u,
                const RegisteredRange& range) {
  const auto& [outer0, a, c, outer1] = known;
  Registered r;
  r.unmoved = cubic(outer0, a, c, outer1, t);
  r.moved = {moved(outer0, beyond(u.back, u.forth)), moved(a, u.back), moved(c, u.forth),
             moved(outer1, beyond(u.forth, u.back))};
  r.slice = cubic(r.moved[0], r.moved[1], r.moved[2], r.moved[3], t);
  const Plane without = distance(a, c, range);
  const Plane with = distance(r.moved[1], r.moved[2], range);
  const auto weight = [](real d) { return 1 / ((d + kLeastDistance) * (d + kLeastDistance)); };
  for (index i = 0; i < r.slice.numel(); ++i) {
    const real of_moved = weight(with.values[static_cast<std::size_t>(i)]);
    const real as_it_is = weight(without.values[static_cast<std::size_t>(i)]);
    real& value = r.slice.data()[i];
    value = (of_moved * value + as_it_is * r.unmoved.data()[i]) / (of_moved + as_it_is);
  }
  return r;
}

}  // namespace

Movement movement(const std::array<Tensor, 4>& known, double t, const RegisteredRange& range,
                  const Waypoint* way) {
  const auto& [outer0, a, c, outer1] = known;
  nn::require(t > 0 && t < 1, "registration", "position t = " + std::to_string(t), "0 < t < 1");
  nn::require(range.low < range.high, "registration", "an empty range", "low < high");
  nn::require(!a.empty() && a.shape() == c.shape() && a.shape().n == 1 && a.shape().c == 1,
              "registration",
              "slices of " + nn::to_string(a.shape()) + " and " + nn::to_string(c.shape()),
              "two of one shape (1,H,W,1)");
  if (t > 0.5) {
    const std::array<Tensor, 4> reversed{outer1, c, a, outer0};
    if (way == nullptr) return movement(reversed, 1 - t, range).reversed();
    const Waypoint from_c{way->slice, 1 - way->t};
    return movement(reversed, 1 - t, range, &from_c).reversed();
  }
  if (way != nullptr) {
    nn::require(way->t > t && way->t < 1, "registration",
                "a slice at " + std::to_string(way->t) + " on the way from " + std::to_string(t),
                "one between that and the farther neighbour");
    nn::require(way->slice.shape() == a.shape(), "registration",
                "a slice of " + nn::to_string(way->slice.shape()) + " on the way",
                "one of " + nn::to_string(a.shape()));
    const Movement near = demons(a, way->slice, t / way->t, range);
    const Movement far = demons(way->slice, c, 0, range);
    return {near.back, joined(near.forth, far.forth)};
  }
  Movement half = demons(a, c, 0.5, range);
  if (t == 0.5) return half;
  const Tensor middle = made(known, 0.5, half, range).slice;
  const Movement near = demons(a, middle, 2 * t, range);
  return {near.back, joined(near.forth, half.forth)};
}

Tensor moved(const Tensor& slice, const Shift& by) {
  const nn::Shape& shape = slice.shape();
  nn::require(shape == by.x.shape() && shape == by.y.shape(), "registration",
              "a slice of " + nn::to_string(shape), "one of " + nn::to_string(by.x.shape()));
  Tensor out(shape);
  const auto h = static_cast<std::int32_t>(shape.h);
  const auto w = static_cast<std::int32_t>(shape.w);
  for_rows(h, [&](index y) {
    for (std::int32_t x = 0; x < w; ++x) {
      const index i = y * w + x;
      const Place down(static_cast<std::int32_t>(y), by.y.data()[i], h);
      const Place along(x, by.x.data()[i], w);
      const std::array<real, 4> weights = taps_at(along);
      const auto row = [&](std::int32_t k) {
        const real* values = slice.data() + index{down.pixel(k, h)} * w;
        return (weights[1] * values[along.near] + weights[2] * values[along.pixel(1, w)]) +
               (weights[0] * values[along.pixel(-1, w)] + weights[3] * values[along.pixel(2, w)]);
      };
      const std::array<real, 4> rows = taps_at(down);
      out.data()[i] =
          (rows[1] * row(0) + rows[2] * row(1)) + (rows[0] * row(-1) + rows[3] * row(2));
    }
  });
  return out;
}

Registered Registered::reversed() const {
  return {{moved[3], moved[2], moved[1], moved[0]}, unmoved, slice};
}

Registered registered(const std::array<Tensor, 4>& known, double t, const RegisteredRange& range,
                      const Waypoint* way) {
  return made(known, t, movement(known, t, range, way), range);
}

}  // namespace models
