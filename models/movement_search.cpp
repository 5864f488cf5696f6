#include "models/movement_search.h"

#include <cmath>
#include <utility>

namespace models {
namespace {

// Results depend little on any of these (docs/lab/registration.md). Slices have values in [0, 1].
constexpr int kStepsOfDemons = 10;    // at each level but the finest
constexpr real kLeastSlope = 3e-4F;   // squared: flatter parts hardly push
constexpr int kStepsOfWindows = 3;    // at each level but the finest
constexpr int kFinestOfWindows = 2;   // at the finest
constexpr real kLeastWindow = 3e-6F;  // the same as kLeastSlope, for a window
constexpr real kOutlier = 600;        // 1 / d^2 of a pixel that has half a vote

/// Mean and difference of the two slices, moved to t.
struct Compared {
  Plane mean, difference;
};

void compare(const Plane& a, const Plane& c, const Vectors& u, real t, real rest, Compared& seen) {
  const auto h = static_cast<std::int32_t>(a.h);
  const auto w = static_cast<std::int32_t>(a.w);
  for_rows(a.h, [&](index y) {
    const real* vx = u.x.row(y);
    const real* vy = u.y.row(y);
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
void step_of_demons(const Compared& seen, Vectors& u) {
  const index h = u.x.h;
  const index w = u.x.w;
  for_rows(h, [&](index y) {
    const real* above = seen.mean.row(std::max<index>(0, y - 1));
    const real* here = seen.mean.row(y);
    const real* below = seen.mean.row(std::min(h - 1, y + 1));
    const real* d = seen.difference.row(y);
    real* vx = u.x.row(y);
    real* vy = u.y.row(y);
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

/// What the pixels of a window add up to, by smoothing: the products of the slope g = (x, y) and of
/// the difference d, times the weight of the pixel.
struct Sums {
  Plane xx, xy, yy, xd, yd;

  Sums(index h, index w) : xx(h, w), xy(h, w), yy(h, w), xd(h, w), yd(h, w) {}
};

/// The products of each pixel, not yet smoothed.
void multiply(const Compared& seen, Sums& sums) {
  const index h = seen.mean.h;
  const index w = seen.mean.w;
  for_rows(h, [&](index y) {
    const real* above = seen.mean.row(std::max<index>(0, y - 1));
    const real* here = seen.mean.row(y);
    const real* below = seen.mean.row(std::min(h - 1, y + 1));
    const real* d = seen.difference.row(y);
    const auto at_pixel = [&](index x, index left, index right) {
      const real gx = real{0.5} * (here[right] - here[left]);
      const real gy = real{0.5} * (below[x] - above[x]);
      const real weight = 1 / (1 + kOutlier * (d[x] * d[x]));
      sums.xx.row(y)[x] = weight * (gx * gx);
      sums.xy.row(y)[x] = weight * (gx * gy);
      sums.yy.row(y)[x] = weight * (gy * gy);
      sums.xd.row(y)[x] = weight * (gx * d[x]);
      sums.yd.row(y)[x] = weight * (gy * d[x]);
    };
    at_pixel(0, 0, std::min<index>(1, w - 1));
    for (index x = 1; x + 1 < w; ++x) at_pixel(x, x - 1, x + 1);
    if (w > 1) at_pixel(w - 1, w - 2, w - 1);
  });
}

/// One step of windows: v of the normal equations (sum of g g' + kLeastWindow) v = -(sum of g d),
/// at most one pixel long. On a straight edge the sums alone have no solution. kLeastWindow gives
/// them one, and is large enough that rounding never makes the determinant 0.
void step_of_windows(const Sums& sums, Vectors& u) {
  for_rows(u.x.h, [&](index y) {
    for (index x = 0; x < u.x.w; ++x) {
      const real xx = sums.xx.row(y)[x] + kLeastWindow;
      const real yy = sums.yy.row(y)[x] + kLeastWindow;
      const real xy = sums.xy.row(y)[x];
      const real xd = sums.xd.row(y)[x];
      const real yd = sums.yd.row(y)[x];
      const real determinant = xx * yy - xy * xy;
      const real vx = (yy * xd - xy * yd) / determinant;
      const real vy = (xx * yd - xy * xd) / determinant;
      const real longer = vx * vx + vy * vy;
      const real part = longer > 1 ? 1 / std::sqrt(longer) : 1;
      u.x.row(y)[x] -= part * vx;
      u.y.row(y)[x] -= part * vy;
    }
  });
}

/// Runs a search from coarse to fine. of_level(h, w) gives a function step(seen, u), which changes
/// u by what `seen` shows, and may write into `seen`. u is smoothed after each step.
template <class Step>
Vectors coarse_to_fine(const TwoPyramids& slices, double t, int finest, int coarser,
                       const Step& of_level) {
  const auto from_a = static_cast<real>(t);
  const auto from_c = static_cast<real>(1 - t);
  Vectors u;
  for (std::size_t level = slices.a.size(); level-- > 0;) {
    const Plane& a = slices.a[level];
    const Plane& c = slices.c[level];
    if (level + 1 == slices.a.size()) {
      u = {Plane(a.h, a.w), Plane(a.h, a.w)};
    } else {
      u = {doubled(u.x, a.h, a.w), doubled(u.y, a.h, a.w)};
    }
    Compared seen{Plane(a.h, a.w), Plane(a.h, a.w)};
    auto step = of_level(a.h, a.w);
    for (int i = 0; i < (level == 0 ? finest : coarser); ++i) {
      compare(a, c, u, from_a, from_c, seen);
      step(seen, u);
      smooth(u.x, seen.mean);
      smooth(u.y, seen.mean);
    }
  }
  return u;
}

}  // namespace

Vectors demons(const TwoPyramids& slices, double t, int steps) {
  return coarse_to_fine(slices, t, steps, kStepsOfDemons,
                        [](index /*h*/, index /*w*/) { return &step_of_demons; });
}

Vectors windows(const TwoPyramids& slices, double t) {
  return coarse_to_fine(slices, t, kFinestOfWindows, kStepsOfWindows, [](index h, index w) {
    return [sums = Sums(h, w)](Compared& seen, Vectors& u) mutable {
      multiply(seen, sums);
      for (Plane* p : {&sums.xx, &sums.xy, &sums.yy, &sums.xd, &sums.yd}) smooth(*p, seen.mean);
      step_of_windows(sums, u);
    };
  });
}

}  // namespace models
