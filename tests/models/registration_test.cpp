#include "models/registration.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "nn/core/error.h"
#include "nn/core/math.h"
#include "nn/core/parallel.h"
#include "nn/core/rng.h"
#include "tests/catch.h"

namespace {

using models::Movement;
using models::Movements;
using models::RegistrationRule;
using models::Shift;
using nn::real;
using nn::Tensor;

constexpr nn::index kSide = 128;
constexpr RegistrationRule kRules[] = {RegistrationRule::demons, RegistrationRule::two_searches};

/// A smooth ball of soft tissue (0 HU) in air, with a ring of bone, around (y, x).
Tensor head(double y0, double x0, double radius) {
  Tensor t({1, kSide, kSide, 1});
  for (nn::index y = 0; y < kSide; ++y) {
    for (nn::index x = 0; x < kSide; ++x) {
      const double r = std::hypot(static_cast<double>(y) - y0, static_cast<double>(x) - x0);
      const double inside = 1 / (1 + nn::math::exp(r - radius));
      const double ring = nn::math::exp(-(r - radius + 4) * (r - radius + 4) / 8);
      t.data()[y * kSide + x] = static_cast<real>(-1000 + 1000 * inside + 700 * ring);
    }
  }
  return t;
}

double mean_error(const Tensor& a, const Tensor& b) {
  REQUIRE(a.shape() == b.shape());
  double sum = 0;
  for (nn::index i = 0; i < a.numel(); ++i) {
    sum += std::abs(static_cast<double>(a.data()[i]) - static_cast<double>(b.data()[i]));
  }
  return sum / static_cast<double>(a.numel());
}

bool same_bits(const Tensor& a, const Tensor& b) {
  return a.shape() == b.shape() &&
         std::equal(a.values().begin(), a.values().end(), b.values().begin(), b.values().end());
}

bool same_bits(const Shift& a, const Shift& b) {
  return same_bits(a.x, b.x) && same_bits(a.y, b.y);
}

Tensor cubic_of(const std::array<Tensor, 4>& k, double t) {
  return models::cubic(k[0], k[1], k[2], k[3], t);
}

Tensor negated(const Tensor& t) {
  Tensor n(t.shape());
  for (nn::index i = 0; i < t.numel(); ++i) n.data()[i] = -t.data()[i];
  return n;
}

bool same_bits(const Movements& a, const Movements& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const Movement& u, const Movement& v) {
                      return same_bits(u.back, v.back) && same_bits(u.forth, v.forth);
                    });
}

Movements reversed(Movements all) {
  for (Movement& u : all) u = u.reversed();
  return all;
}

/// The movement of demons alone.
Movement movement(const std::array<Tensor, 4>& known, double t,
                  const models::RegisteredRange& range = {},
                  const models::Waypoint* way = nullptr) {
  const Movements all = models::movements(known, t, RegistrationRule::demons, range, way);
  REQUIRE(all.size() == 1);
  return all.front();
}

models::Registered made_by(const std::array<Tensor, 4>& known, double t, RegistrationRule rule,
                           const models::Waypoint* way = nullptr) {
  return models::registered(known, t, rule, {}, way);
}

/// With no other slices known.
Movements between(const Tensor& a, const Tensor& c, double t, RegistrationRule rule,
                  const models::RegisteredRange& range = {}) {
  return models::movements({a, a, c, c}, t, rule, range);
}
Movement between(const Tensor& a, const Tensor& c, double t,
                 const models::RegisteredRange& range = {}) {
  return movement({a, a, c, c}, t, range);
}

/// The same for every pixel, to the right and down.
Shift everywhere(nn::index h, nn::index w, real x, real y) {
  return {Tensor::full({1, h, w, 1}, x), Tensor::full({1, h, w, 1}, y)};
}

}  // namespace

TEST_CASE("slices that are alike do not move") {
  const Tensor a = head(48, 48, 30);
  for (const Movement& u : between(a, a, 0.5, RegistrationRule::two_searches)) {
    for (const Shift& by : {u.back, u.forth}) {
      CHECK(same_bits(by.x, Tensor::full(a.shape(), 0)));
      CHECK(same_bits(by.y, Tensor::full(a.shape(), 0)));
      CHECK(same_bits(models::moved(a, by), a));
    }
  }
}

TEST_CASE(
    "a slice is moved by whole pixels exactly, and by half of one as cubic interpolation has it") {
  Tensor line({1, 1, 6, 1});
  const real values[] = {0, 10, 20, 40, 80, 80};
  std::copy(std::begin(values), std::end(values), line.data());
  const Tensor right = models::moved(line, everywhere(1, 6, 1, 0));
  const real shifted[] = {10, 20, 40, 80, 80, 80};  // beyond the border the edge
  CHECK(std::equal(std::begin(shifted), std::end(shifted), right.data()));
  const Tensor half = models::moved(line, everywhere(1, 6, 0.5F, 0));
  CHECK(half.data()[1] == Approx((-0.0 + 9 * 10 + 9 * 20 - 40) / 16));
  CHECK(half.data()[0] == Approx((-0.0 + 9 * 0 + 9 * 10 - 20) / 16));  // the edge once more
  // A quarter of the way: the taps of cubic interpolation between slices, (-9, 111, 29, -3) / 128.
  const Tensor quarter = models::moved(line, everywhere(1, 6, 0.25F, 0));
  CHECK(quarter.data()[2] == Approx((-9.0 * 10 + 111 * 20 + 29 * 40 - 3 * 80) / 128));
  const Tensor back = models::moved(line, everywhere(1, 6, -0.25F, 0));
  CHECK(back.data()[3] == Approx((-9.0 * 80 + 111 * 40 + 29 * 20 - 3 * 10) / 128));
  // Down instead of to the right: the same numbers.
  Tensor column({1, 6, 1, 1});
  std::copy(std::begin(values), std::end(values), column.data());
  const Tensor down = models::moved(column, everywhere(6, 1, 0, 0.5F));
  CHECK(std::equal(half.values().begin(), half.values().end(), down.values().begin()));
}

TEST_CASE("a head that moves is found half of the way, where averaging shows it twice") {
  const auto at = [](double z) { return head(61 + 6 * z, 60 + 8 * z, 40); };
  const Tensor b = at(0.5);
  const std::array<Tensor, 4> known{at(-1), at(0), at(1), at(2)};
  for (const RegistrationRule rule : kRules) {
    // On the outline, where there is something to see, the movement is half the head's 8 and 6.
    for (const Movement& u : models::movements(known, 0.5, rule)) {
      for (const nn::index side : {-40, 40}) {
        CHECK(u.forth.x.at(0, 64, 64 + side, 0) == Approx(4).margin(0.5));
        CHECK(u.forth.y.at(0, 64 + side, 64, 0) == Approx(3).margin(0.5));
        CHECK(u.back.x.at(0, 64, 64 + side, 0) == Approx(-4).margin(0.5));
        CHECK(u.back.y.at(0, 64 + side, 64, 0) == Approx(-3).margin(0.5));
      }
    }
    CHECK(mean_error(made_by(known, 0.5, rule).slice, b) <
          0.15 * mean_error(cubic_of(known, 0.5), b));
  }
}

TEST_CASE("an outline that grows is found at every position") {
  const auto at = [](double z) { return head(64, 64, 36 + 4 * z); };
  const std::array<Tensor, 4> known{at(-1), at(0), at(1), at(2)};
  for (const RegistrationRule rule : kRules) {
    for (const double t : {0.1, 0.25, 0.5, 0.8}) {
      const double error = mean_error(made_by(known, t, rule).slice, at(t));
      CAPTURE(t, error, mean_error(cubic_of(known, t), at(t)));
      CHECK(error < 0.35 * mean_error(cubic_of(known, t), at(t)));
    }
  }
}

TEST_CASE("near one slice the movement is found by way of the middle") {
  // 8 pixels in all: a quarter of them to one side, three quarters to the other.
  const auto at = [](double z) { return head(64, 60 + 8 * z, 40); };
  for (const double t : {0.25, 0.75}) {
    const Movement u = movement({at(-1), at(0), at(1), at(2)}, t);
    const auto x = static_cast<nn::index>(60 + 8 * t);
    for (const nn::index side : {-40, 40}) {
      CAPTURE(t, side);
      CHECK(u.back.x.at(0, 64, x + side, 0) == Approx(-8 * t).margin(0.7));
      CHECK(u.forth.x.at(0, 64, x + side, 0) == Approx(8 * (1 - t)).margin(0.7));
      CHECK(u.forth.y.at(0, 64, x + side, 0) == Approx(0).margin(0.5));
    }
  }
  // There both are alike, and so are the outer ones.
  const std::array<Tensor, 4> known{at(-1), at(0), at(1), at(2)};
  const models::Registered r = made_by(known, 0.25, RegistrationRule::demons);
  CHECK(mean_error(r.moved[1], r.moved[2]) < 0.05 * mean_error(known[1], known[2]));
  CHECK(mean_error(r.moved[0], r.moved[1]) < 0.15 * mean_error(known[1], known[2]));
}

TEST_CASE("a slice on the way shows where things are, and gives nothing else away") {
  // From 60 to 68, but by way of 68: what is seen in A and C alone cannot tell.
  const auto at = [](double x) { return head(64, x, 40); };
  const std::array<Tensor, 4> known{at(52), at(60), at(68), at(76)};
  Tensor brighter = at(68);
  for (real& v : brighter.values()) v += v > -20 && v < 20 ? 100 : 0;
  const models::Waypoint way{brighter, 0.5};
  const Movement u = movement(known, 0.25, {}, &way);
  for (const nn::index side : {-40, 40}) {
    CHECK(u.back.x.at(0, 64, 64 + side, 0) == Approx(-4).margin(0.5));
    CHECK(u.forth.x.at(0, 64, 64 + side, 0) == Approx(4).margin(0.7));
    CHECK(u.back.y.at(0, 64, 64 + side, 0) == Approx(0).margin(0.3));
  }
  for (const RegistrationRule rule : kRules) {
    const Tensor made = made_by(known, 0.25, rule, &way).slice;
    CHECK(made.at(0, 64, 64, 0) == Approx(0).margin(1));  // as in A and C
    CHECK(mean_error(made, at(64)) < 0.3 * mean_error(made_by(known, 0.25, rule).slice, at(64)));
  }
  // Nearer to A it is shown by a slice at any place beyond.
  const models::Waypoint third{at(66), 0.3};
  CHECK(movement(known, 0.1, {}, &third).back.x.at(0, 64, 22, 0) == Approx(-2).margin(0.4));
}

TEST_CASE("a slice on the way is the same one from the other end, to the bit") {
  const std::array<Tensor, 4> known{head(40, 38, 26), head(45, 44, 28), head(50, 49, 31),
                                    head(54, 56, 33)};
  const Tensor between_both = head(49, 48, 29);
  const models::Waypoint way{between_both, 0.5};
  const auto rule = RegistrationRule::two_searches;
  const Movements there = models::movements(known, 0.125, rule, {}, &way);
  const Movements back =
      models::movements({known[3], known[2], known[1], known[0]}, 0.875, rule, {}, &way);
  CHECK(same_bits(there, reversed(back)));
  CHECK_FALSE(same_bits(there, models::movements(known, 0.125, rule)));
}

TEST_CASE("read from the other end the movement is the same, backwards, to the bit") {
  const Tensor a = head(45, 44, 28);
  const Tensor c = head(50, 49, 31);
  for (const double t : {0.5, 0.25}) {  // 1 - t is exact
    const Movements there = between(a, c, t, RegistrationRule::two_searches);
    CHECK(same_bits(there, reversed(between(c, a, 1 - t, RegistrationRule::two_searches))));
  }
}

/// The upper left `h` x `w` pixels.
Tensor part(const Tensor& t, nn::index h, nn::index w) {
  Tensor p({1, h, w, 1});
  for (nn::index y = 0; y < h; ++y) std::copy_n(t.data() + y * kSide, w, p.data() + y * w);
  return p;
}

Tensor mirrored(const Tensor& t) {
  const nn::index w = t.shape().w;
  Tensor m(t.shape());
  for (nn::index y = 0; y < t.shape().h; ++y) {
    std::reverse_copy(t.data() + y * w, t.data() + (y + 1) * w, m.data() + y * w);
  }
  return m;
}

TEST_CASE("in a mirror everything is the same, to the bit, where each halving is of an even side") {
  struct Size {
    nn::index h, w;
    bool same;
  };
  // Halved while both sides are at least 64: 128 twice, the others once.
  for (const Size& size :
       {Size{128, 128, true}, Size{100, 126, true}, Size{101, 102, true}, Size{100, 125, false}}) {
    INFO(size.h << " x " << size.w);
    const std::array<Tensor, 4> known{
        part(head(55, 54, 38), size.h, size.w), part(head(60, 58, 40), size.h, size.w),
        part(head(64, 66, 41), size.h, size.w), part(head(69, 72, 43), size.h, size.w)};
    std::array<Tensor, 4> turned;
    for (std::size_t i = 0; i < 4; ++i) turned[i] = mirrored(known[i]);
    for (const double t : {0.5, 0.3}) {
      const Movements all = models::movements(known, t, RegistrationRule::two_searches);
      const Movements other = models::movements(turned, t, RegistrationRule::two_searches);
      for (std::size_t i = 0; i < 2; ++i) {
        const Movement& u = all[i];
        const Movement& v = other[i];
        CHECK(same_bits(v.forth.x, mirrored(negated(u.forth.x))) == size.same);
        CHECK(same_bits(v.forth.y, mirrored(u.forth.y)) == size.same);
        CHECK(same_bits(v.back.x, mirrored(negated(u.back.x))) == size.same);
      }
      for (const RegistrationRule rule : kRules) {
        CHECK(same_bits(made_by(turned, t, rule).slice, mirrored(made_by(known, t, rule).slice)) ==
              size.same);
      }
    }
  }
}

TEST_CASE("where movement explains nothing, the slice is cubic interpolation's") {
  // Two squares of bone that appear in C alone, in air: nothing in A that could have moved there.
  Tensor a = Tensor::full({1, kSide, kSide, 1}, -1000);
  Tensor c = a.clone();
  for (nn::index y = 40; y < 60; ++y) {
    for (nn::index x = 40; x < 60; ++x) c.data()[y * kSide + x] = 1000;
  }
  const std::array<Tensor, 4> known{a, a, c, c};
  const models::Registered r = made_by(known, 0.5, RegistrationRule::demons);
  CHECK(same_bits(r.unmoved, cubic_of(known, 0.5)));
  // By hand, inside: 1 / d^2 with d = 1 without a movement and at least 0.9 with one.
  CHECK(r.slice.at(0, 50, 50, 0) == Approx(0).margin(120));
  CHECK(r.slice.at(0, 50, 50, 0) == Approx(r.unmoved.at(0, 50, 50, 0)).margin(120));
  // Far away nothing differs, and both are air.
  CHECK(r.slice.at(0, 110, 110, 0) == Approx(-1000).margin(1e-3));
}

TEST_CASE("where movement explains all, the slice is that of the moved ones") {
  const auto at = [](double z) { return head(61 + 6 * z, 60 + 8 * z, 40); };
  const std::array<Tensor, 4> known{at(-1), at(0), at(1), at(2)};
  const models::Registered r = made_by(known, 0.5, RegistrationRule::demons);
  const Tensor moved = cubic_of(r.moved, 0.5);
  CHECK(mean_error(r.slice, moved) < 0.05 * mean_error(r.unmoved, moved));
  // And so from the other end.
  const models::Registered back =
      made_by({known[3], known[2], known[1], known[0]}, 0.5, RegistrationRule::demons);
  CHECK(same_bits(back.slice, r.slice));
  CHECK(same_bits(back.moved[0], r.reversed().moved[0]));
  CHECK(same_bits(back.moved[1], r.reversed().moved[1]));
}

TEST_CASE("by two searches each slice is the mean of both, and no edge is bent beyond its slices") {
  const auto at = [](double z) { return head(61 + 6 * z, 60 + 8 * z, 40); };
  const std::array<Tensor, 4> known{at(-1), at(0), at(1), at(2)};
  const auto rule = RegistrationRule::two_searches;
  const Movements u = models::movements(known, 0.25, rule);
  REQUIRE(u.size() == 2);
  CHECK_FALSE(same_bits(u[0].back, u[1].back));
  const models::Registered r = made_by(known, 0.25, rule);
  const Tensor first = models::moved(known[1], u[0].back);
  const Tensor second = models::moved(known[1], u[1].back);
  const Tensor outer = models::moved(
      known[3],
      everywhere(kSide, kSide, 2 * u[0].forth.x.at(0, 30, 90, 0) - u[0].back.x.at(0, 30, 90, 0),
                 2 * u[0].forth.y.at(0, 30, 90, 0) - u[0].back.y.at(0, 30, 90, 0)));
  const Tensor other = models::moved(
      known[3],
      everywhere(kSide, kSide, 2 * u[1].forth.x.at(0, 30, 90, 0) - u[1].back.x.at(0, 30, 90, 0),
                 2 * u[1].forth.y.at(0, 30, 90, 0) - u[1].back.y.at(0, 30, 90, 0)));
  CHECK(r.moved[1].at(0, 60, 100, 0) ==
        Approx((first.at(0, 60, 100, 0) + second.at(0, 60, 100, 0)) / 2));
  CHECK(r.moved[3].at(0, 30, 90, 0) ==
        Approx((outer.at(0, 30, 90, 0) + other.at(0, 30, 90, 0)) / 2).margin(0.05));
  CHECK(same_bits(r.unmoved, models::cubic_within(known[0], known[1], known[2], known[3], 0.25)));
  // At t = 1/4 the bend is at most 3/4 of |A - C|, so a value is never above both by more.
  for (nn::index i = 0; i < r.slice.numel(); ++i) {
    const real a = known[1].data()[i];
    const real c = known[2].data()[i];
    REQUIRE(r.unmoved.data()[i] <= std::max(a, c) + 0.75F * std::abs(a - c) + 1e-3F);
  }
}

TEST_CASE("a straight edge, which shows no movement along itself, gives none") {
  // The window's equations alone have no solution here.
  Tensor a({1, kSide, kSide, 1});
  Tensor c({1, kSide, kSide, 1});
  for (nn::index y = 0; y < kSide; ++y) {
    for (nn::index x = 0; x < kSide; ++x) {
      const auto edge = [&](double to) {
        return static_cast<real>(-1000 +
                                 1000 / (1 + nn::math::exp(to - static_cast<double>(x + y) / 2)));
      };
      a.data()[y * kSide + x] = edge(62);
      c.data()[y * kSide + x] = edge(65);
    }
  }
  const Movement u = between(a, c, 0.5, RegistrationRule::two_searches).back();
  // Right and down by as much: 3 / 2 each, and half of it.
  CHECK(u.forth.x.at(0, 64, 64, 0) == Approx(1.5).margin(0.2));
  CHECK(u.forth.y.at(0, 64, 64, 0) == Approx(u.forth.x.at(0, 64, 64, 0)).margin(0.01));
}

TEST_CASE("the movement does not depend on the number of threads") {
  const Tensor a = head(45, 44, 28);
  const Tensor c = head(50, 49, 31);
  nn::set_threads(1);
  const Movements one = between(a, c, 0.5, RegistrationRule::two_searches);
  const Tensor moved_by_one = models::moved(a, one.front().back);
  for (const int threads : {2, 3, 4}) {
    nn::set_threads(threads);
    const Movements many = between(a, c, 0.5, RegistrationRule::two_searches);
    CHECK(same_bits(one, many));
    CHECK(same_bits(moved_by_one, models::moved(a, many.front().back)));
  }
  nn::set_threads(nn::available_threads());
}

TEST_CASE("slices of a pixel, of a line and of odd sides have a movement") {
  for (const auto& [h, w] :
       {std::pair<nn::index, nn::index>{1, 1}, {1, 7}, {7, 1}, {65, 67}, {129, 64}}) {
    nn::Rng rng(3, nn::Purpose::test, static_cast<std::uint32_t>(h));
    Tensor a({1, h, w, 1});
    Tensor c({1, h, w, 1});
    for (Tensor* t : {&a, &c}) {
      for (real& v : t->values()) v = static_cast<real>(300 * rng.normal());
    }
    for (const Movement& u : between(a, c, 0.5, RegistrationRule::two_searches)) {
      for (const Tensor* part : {&u.back.x, &u.back.y, &u.forth.x, &u.forth.y}) {
        REQUIRE(part->shape() == a.shape());
        for (const real v : part->values()) CHECK(std::isfinite(v));
      }
      const Tensor moved = models::moved(a, u.forth);
      for (const real v : moved.values()) CHECK(std::isfinite(v));
    }
  }
}

TEST_CASE("what is beyond the range does not decide") {
  // A filling of different density in slices that are alike but for it.
  Tensor a = head(48, 48, 30);
  Tensor c = a.clone();
  for (const nn::index i : {48 * kSide + 48, 48 * kSide + 49, 49 * kSide + 48}) {
    a.data()[i] = 2000;
    c.data()[i] = 3000;
  }
  const Movement u = between(a, c, 0.5);
  CHECK(same_bits(u.forth.x, Tensor::full(a.shape(), 0)));
  // In a range that has both it does.
  const Movement wide = between(a, c, 0.5, {-1024, 3071});
  CHECK_FALSE(same_bits(wide.forth.x, Tensor::full(a.shape(), 0)));
}

TEST_CASE("a value that is no number is no memory that is not there") {
  Tensor a = head(45, 44, 28);
  Tensor c = head(50, 49, 31);
  a.data()[40 * kSide + 40] = std::numeric_limits<real>::quiet_NaN();
  c.data()[0] = std::numeric_limits<real>::infinity();
  for (const Movement& u : between(a, c, 0.5, RegistrationRule::two_searches)) {
    CHECK(models::moved(a, u.back).shape() == a.shape());
  }
  CHECK(models::moved(a, everywhere(kSide, kSide, 1e30F, -1e30F)).data()[0] == a.data()[kSide - 1]);
}

TEST_CASE("a movement between slices that do not fit is refused") {
  const Tensor a = head(48, 48, 30);
  CHECK_THROWS_AS(between(a, Tensor({1, 8, 8, 1}), 0.5), nn::Error);
  CHECK_THROWS_AS(between(a, a, 0), nn::Error);
  CHECK_THROWS_AS(between(a, a, 1), nn::Error);
  CHECK_THROWS_AS(between(a, a, 0.5, {800, 800}), nn::Error);
  CHECK_THROWS_AS(between(Tensor(), Tensor(), 0.5), nn::Error);
  CHECK_THROWS_AS(between(Tensor({2, 8, 8, 1}), Tensor({2, 8, 8, 1}), 0.5), nn::Error);
  CHECK_THROWS_AS(models::moved(a, everywhere(8, 8, 0, 0)), nn::Error);
  const auto by_way_of = [&](double t, const models::Waypoint& way) {
    return movement({a, a, a, a}, t, {}, &way);
  };
  CHECK_NOTHROW(by_way_of(0.25, {a, 0.5}));
  CHECK_THROWS_AS(by_way_of(0.25, {a, 0.25}), nn::Error);
  CHECK_THROWS_AS(by_way_of(0.25, {a, 1}), nn::Error);
  CHECK_THROWS_AS(by_way_of(0.75, {a, 0.8}), nn::Error);
  CHECK_THROWS_AS(by_way_of(0.25, {Tensor({1, 8, 8, 1}), 0.5}), nn::Error);
}
