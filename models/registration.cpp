#include "models/registration.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "models/movement_search.h"
#include "models/plane.h"
#include "nn/core/error.h"

namespace models {
namespace {

constexpr int kStepsAlone = 5;          // of demons at the slices' own resolution, by rule demons
constexpr int kStepsBeside = 2;         // by rule two_searches, whose windows go on from there
constexpr real kLeastDistance = 5e-3F;  // for values in [0, 1]; keeps weights 1 / d^2 finite
constexpr int kSmoothedTimes = 3;       // the Gaussian runs this often over a distance

/// How much two slices differ around each pixel: the smoothed absolute difference of scaled values.
Plane distance(const Tensor& a, const Tensor& c, const RegisteredRange& range) {
  Plane d = scaled(a, range);
  Plane other = scaled(c, range);
  for (std::size_t i = 0; i < d.values.size(); ++i) {
    d.values[i] = std::fabs(d.values[i] - other.values[i]);
  }
  for (int i = 0; i < kSmoothedTimes; ++i) smooth(d, other);
  return d;
}

/// times * p as a tensor.
Tensor tensor_of(const Plane& p, real times) {
  Tensor t({1, p.h, p.w, 1});
  real* out = t.data();
  for (const real v : p.values) *out++ = times * v;
  return t;
}

/// Both parts of u: to A and to C.
Movement parts_of(const Vectors& u, double t) {
  const auto from_a = static_cast<real>(t);
  const auto from_c = static_cast<real>(1 - t);
  return {{tensor_of(u.x, -from_a), tensor_of(u.y, -from_a)},
          {tensor_of(u.x, from_c), tensor_of(u.y, from_c)}};
}

/// One movement for each search of the rule.
Movements searched(const Tensor& a, const Tensor& c, double t, const RegisteredRange& range,
                   RegistrationRule rule) {
  const TwoPyramids slices{pyramid(a, range), pyramid(c, range)};
  if (rule == RegistrationRule::demons) return {parts_of(demons(slices, t, kStepsAlone), t)};
  return {parts_of(demons(slices, t, kStepsBeside), t), parts_of(windows(slices, t), t)};
}

/// Two shifts in a row: first(x) + then(x + first(x)), where `then` is read bilinearly.
Shift joined(const Shift& first, const Shift& then) {
  const nn::Shape& shape = first.x.shape();
  Shift both{Tensor(shape), Tensor(shape)};
  const auto h = static_cast<std::int32_t>(shape.h);
  const auto w = static_cast<std::int32_t>(shape.w);
  const real *first_x = first.x.data(), *first_y = first.y.data();
  const real *then_x = then.x.data(), *then_y = then.y.data();
  real *both_x = both.x.data(), *both_y = both.y.data();
  for_rows(h, [&](index y) {
    for (std::int32_t x = 0; x < w; ++x) {
      const index i = y * w + x;
      const Place down(static_cast<std::int32_t>(y), first_y[i], h);
      const Place along(x, first_x[i], w);
      both_x[i] = first_x[i] + at(then_x, h, w, down, along);
      both_y[i] = first_y[i] + at(then_y, h, w, down, along);
    }
  });
  return both;
}

/// The shift of an outer slice: from the nearer slice, the step from the farther to the nearer one
/// once more.
Shift beyond(const Shift& nearer, const Shift& farther) {
  const auto along = [](const Tensor& near, const Tensor& far) {
    Tensor out(near.shape());
    const real *a = near.data(), *b = far.data();
    real* y = out.data();
    for (index i = 0; i < out.numel(); ++i) y[i] = a[i] + (a[i] - b[i]);
    return out;
  };
  return {along(nearer.x, farther.x), along(nearer.y, farther.y)};
}

/// The way from the slice to A as `near` has it, and to C by way of the slice that `near` leads to.
Movements joined(const Movements& near, const Movements& far) {
  Movements all;
  for (std::size_t i = 0; i < near.size(); ++i) {
    all.push_back({near[i].back, joined(near[i].forth, far[i].forth)});
  }
  return all;
}

/// outer0, A, C and outer1, each moved to the slice along u.
std::array<Tensor, 4> all_moved(const std::array<Tensor, 4>& known, const Movement& u) {
  return {moved(known[0], beyond(u.back, u.forth)), moved(known[1], u.back),
          moved(known[2], u.forth), moved(known[3], beyond(u.forth, u.back))};
}

Tensor mean_of(const Tensor& a, const Tensor& b) {
  Tensor mean(a.shape());
  const real *x = a.data(), *y = b.data();
  real* out = mean.data();
  for (index i = 0; i < mean.numel(); ++i) out[i] = real{0.5} * (x[i] + y[i]);
  return mean;
}

/// Each slice moved along all movements, and the mean taken.
std::array<Tensor, 4> all_moved(const std::array<Tensor, 4>& known, const Movements& u) {
  std::array<Tensor, 4> mean = all_moved(known, u.front());
  if (u.size() == 1) return mean;
  const std::array<Tensor, 4> other = all_moved(known, u.back());
  for (std::size_t k = 0; k < mean.size(); ++k) mean[k] = mean_of(mean[k], other[k]);
  return mean;
}

Movement mean_of(const Movements& u) {
  if (u.size() == 1) return u.front();
  const auto mean = [](const Shift& a, const Shift& b) {
    return Shift{mean_of(a.x, b.x), mean_of(a.y, b.y)};
  };
  return {mean(u.front().back, u.back().back), mean(u.front().forth, u.back().forth)};
}

/// The four slices mixed at t: by cubic interpolation, or by cubic_within().
Tensor mixed(const std::array<Tensor, 4>& s, double t, RegistrationRule rule) {
  return rule == RegistrationRule::demons ? cubic(s[0], s[1], s[2], s[3], t)
                                          : cubic_within(s[0], s[1], s[2], s[3], t);
}

/// The slice at t, when its movements are known.
Registered made(const std::array<Tensor, 4>& known, double t, const Movements& u,
                const RegisteredRange& range, RegistrationRule rule) {
  Registered r;
  r.unmoved = mixed(known, t, rule);
  r.moved = all_moved(known, u);
  r.movement = mean_of(u);
  r.slice = mixed(r.moved, t, rule);
  const Plane without = distance(known[1], known[2], range);
  const Plane with = distance(r.moved[1], r.moved[2], range);
  const auto weight = [](real d) { return 1 / ((d + kLeastDistance) * (d + kLeastDistance)); };
  real* slice = r.slice.data();
  const real* unmoved = std::as_const(r.unmoved).data();
  for (index i = 0; i < r.slice.numel(); ++i) {
    const real of_moved = weight(with.values[static_cast<std::size_t>(i)]);
    const real as_it_is = weight(without.values[static_cast<std::size_t>(i)]);
    slice[i] = (of_moved * slice[i] + as_it_is * unmoved[i]) / (of_moved + as_it_is);
  }
  return r;
}

void check_request(const std::array<Tensor, 4>& known, double t, const RegisteredRange& range,
                   const Waypoint* way) {
  const Tensor& a = known[1];
  const Tensor& c = known[2];
  nn::require(t > 0 && t < 1, "registration", "position t = " + std::to_string(t), "0 < t < 1");
  nn::require(range.low < range.high, "registration", "an empty range", "low < high");
  nn::require(!a.empty() && a.shape() == c.shape() && a.shape().n == 1 && a.shape().c == 1,
              "registration",
              "slices of " + nn::to_string(a.shape()) + " and " + nn::to_string(c.shape()),
              "two of one shape (1,H,W,1)");
  if (way == nullptr) return;
  nn::require(t <= 0.5 ? way->t > t && way->t < 1 : way->t < t && way->t > 0, "registration",
              "a slice at " + std::to_string(way->t) + " on the way from " + std::to_string(t),
              "one between that and the farther neighbour");
  nn::require(way->slice.shape() == a.shape(), "registration",
              "a slice of " + nn::to_string(way->slice.shape()) + " on the way",
              "one of " + nn::to_string(a.shape()));
}

/// For t up to 1/2.
Movements nearer_to_a(const std::array<Tensor, 4>& known, double t, const RegisteredRange& range,
                      const Waypoint* way, RegistrationRule rule) {
  const Tensor& a = known[1];
  const Tensor& c = known[2];
  if (way != nullptr) {
    return joined(searched(a, way->slice, t / way->t, range, rule),
                  searched(way->slice, c, 0, range, rule));
  }
  Movements half = searched(a, c, 0.5, range, rule);
  if (t == 0.5) return half;
  const Tensor middle = made(known, 0.5, half, range, rule).slice;
  return joined(searched(a, middle, 2 * t, range, rule), half);
}

}  // namespace

Movements movements(const std::array<Tensor, 4>& known, double t, RegistrationRule rule,
                    const RegisteredRange& range, const Waypoint* way) {
  check_request(known, t, range, way);
  if (t <= 0.5) return nearer_to_a(known, t, range, way, rule);
  const std::array<Tensor, 4> reversed{known[3], known[2], known[1], known[0]};
  const std::optional<Waypoint> from_c =
      way != nullptr ? std::optional<Waypoint>({way->slice, 1 - way->t}) : std::nullopt;
  Movements all = nearer_to_a(reversed, 1 - t, range, from_c ? &*from_c : nullptr, rule);
  for (Movement& u : all) u = u.reversed();
  return all;
}

Tensor moved(const Tensor& slice, const Shift& by) {
  const nn::Shape& shape = slice.shape();
  nn::require(shape == by.x.shape() && shape == by.y.shape(), "registration",
              "a slice of " + nn::to_string(shape), "one of " + nn::to_string(by.x.shape()));
  Tensor out(shape);
  const auto h = static_cast<std::int32_t>(shape.h);
  const auto w = static_cast<std::int32_t>(shape.w);
  const real *from = slice.data(), *by_x = by.x.data(), *by_y = by.y.data();
  real* to = out.data();
  for_rows(h, [&](index y) {
    for (std::int32_t x = 0; x < w; ++x) {
      const index i = y * w + x;
      const Place down(static_cast<std::int32_t>(y), by_y[i], h);
      const Place along(x, by_x[i], w);
      const nn::Neighbours around(down, along, h, w, 1);
      to[i] = around.sum(from, 0, nn::cubic_weights(down.past), nn::cubic_weights(along.past));
    }
  });
  return out;
}

Registered Registered::reversed() const {
  return {{moved[3], moved[2], moved[1], moved[0]}, movement.reversed(), unmoved, slice};
}

Registered registered(const std::array<Tensor, 4>& known, double t, RegistrationRule rule,
                      const RegisteredRange& range, const Waypoint* way) {
  return made(known, t, movements(known, t, rule, range, way), range, rule);
}

}  // namespace models
