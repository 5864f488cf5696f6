#include "models/interpolators.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "nn/core/error.h"
#include "nn/core/parallel.h"
#include "nn/core/rng.h"
#include "tests/catch.h"

namespace {

using models::Taps;
using nn::real;
using nn::Shape;
using nn::Tensor;

Tensor one(real value) { return Tensor::full({1, 1, 1, 1}, value); }

Tensor noise(const Shape& shape, std::uint32_t stream) {
  nn::Rng rng(11, nn::Purpose::test, stream);
  Tensor t(shape);
  for (real& v : t.values()) v = static_cast<real>(1000.0 * rng.normal());
  return t;
}

/// Slices whose pixel i follows a polynomial p_i of the position; `degree` + 1 coefficients.
struct PolynomialScan {
  explicit PolynomialScan(int degree) : degree_(degree) {}

  double value(nn::index pixel, double z) const {
    double sum = 0.0;
    for (int k = degree_; k >= 0; --k) {
      // Small multiples of 1/4: exact in float at the positions used here.
      const double coefficient = static_cast<double>((pixel * 7 + k * 5) % 9 - 4) / 4.0;
      sum = sum * z + (k == degree_ && coefficient == 0.0 ? 1.0 : coefficient);
    }
    return sum;
  }
  Tensor slice(double z) const {
    Tensor t({2, 3, 5, 1});
    for (nn::index i = 0; i < t.numel(); ++i) t.data()[i] = static_cast<real>(value(i, z));
    return t;
  }
  int degree_;
};

double worst(const Tensor& a, const Tensor& b) {
  REQUIRE(a.shape() == b.shape());
  double largest = 0.0;
  for (nn::index i = 0; i < a.numel(); ++i) {
    largest = std::max(
        largest, std::abs(static_cast<double>(a.data()[i]) - static_cast<double>(b.data()[i])));
  }
  return largest;
}

bool same_bits(const Tensor& a, const Tensor& b) {
  return a.shape() == b.shape() &&
         std::equal(a.values().begin(), a.values().end(), b.values().begin(), b.values().end());
}

}  // namespace

TEST_CASE("cubic taps at the middle are -1 9 9 -1 over 16") {
  const Taps w = models::cubic_taps(0.5);
  CHECK(w[0] == -1.0 / 16.0);
  CHECK(w[1] == 9.0 / 16.0);
  CHECK(w[2] == 9.0 / 16.0);
  CHECK(w[3] == -1.0 / 16.0);
}

TEST_CASE("cubic taps at a quarter, by hand") {
  // -t(1-t)^2/2, 1 - 5/2 t^2 + 3/2 t^3, t/2 + 2t^2 - 3/2 t^3, -t^2(1-t)/2 with t = 1/4, over 128
  const Taps w = models::cubic_taps(0.25);
  CHECK(w[0] == -9.0 / 128.0);
  CHECK(w[1] == 111.0 / 128.0);
  CHECK(w[2] == 29.0 / 128.0);
  CHECK(w[3] == -3.0 / 128.0);
}

TEST_CASE("cubic taps add up to 1 and mirror") {
  for (int k = 1; k < 20; ++k) {
    const double t = k / 20.0;
    const Taps w = models::cubic_taps(t);
    const Taps m = models::cubic_taps(1.0 - t);
    CHECK(w[0] + w[1] + w[2] + w[3] == Approx(1.0).epsilon(1e-15));
    CHECK(w[0] == Approx(m[3]).epsilon(1e-12));
    CHECK(w[1] == Approx(m[2]).epsilon(1e-12));
  }
}

TEST_CASE("interpolators on one pixel, by hand") {
  const Tensor o0 = one(-8);
  const Tensor a = one(16);
  const Tensor c = one(48);
  const Tensor o1 = one(24);
  CHECK(models::nearest(a, c, 0.25).item() == 16);
  CHECK(models::nearest(a, c, 0.5).item() == 16);
  CHECK(models::nearest(a, c, 0.75).item() == 48);
  CHECK(models::linear(a, c, 0.5).item() == 32);
  CHECK(models::linear(a, c, 0.25).item() == 24);
  CHECK(models::linear(a, c, 0.75).item() == 40);
  CHECK(models::cubic(o0, a, c, o1, 0.5).item() == 35);  // (8 + 144 + 432 - 24) / 16
  CHECK(models::least_squares(o0, a, c, o1, {0.5, 0.25, 0.125, 2.0}).item() == 54);
}

TEST_CASE("a cubic curve within limits, by hand") {
  const auto at = [](real outer0, real a, real c, real outer1, double t) {
    return models::cubic_within(one(outer0), one(a), one(c), one(outer1), t).data()[0];
  };
  // In the middle the bend of cubic interpolation is (a - outer0 + c - outer1) / 16.
  CHECK(at(0, 100, 140, 200, 0.5) == 120 + (100 - 0 + 140 - 200) / 16.0F);
  CHECK(at(-1000, 0, 8, -1000, 0.5) == 4 + 8);   // the bend of 126 is cut to |a - c|
  CHECK(at(1000, 0, 8, 1000, 0.5) == 4 - 8);     // downwards too
  CHECK(at(-1000, 50, 50, -1000, 0.5) == 50);    // where a and c are alike there is none
  CHECK(at(-1000, 0, 8, -1000, 0.25) == 2 + 6);  // 4 t (1 - t) = 3/4 of it
  CHECK(at(-1000, 8, 0, -1000, 0.75) == 2 + 6);  // and from the other end
  CHECK_THROWS_AS(at(0, 0, 0, 0, 1), nn::Error);
}

TEST_CASE("nearest returns its own memory") {
  Tensor a = one(1);
  const Tensor out = models::nearest(a, one(2), 0.5);
  a.fill(7);
  CHECK(out.item() == 1);
}

TEST_CASE("what each interpolator reproduces exactly") {
  const auto at = [](const PolynomialScan& scan, double t) {
    return models::cubic(scan.slice(-1), scan.slice(0), scan.slice(1), scan.slice(2), t);
  };
  const double tolerance = 16.0 * std::numeric_limits<real>::epsilon();
  SECTION("linear: straight lines") {
    const PolynomialScan scan(1);
    for (const double t : {0.125, 0.5, 0.75}) {
      CHECK(worst(models::linear(scan.slice(0), scan.slice(1), t), scan.slice(t)) <= tolerance);
    }
  }
  SECTION("cubic: parabolas, at every position") {
    const PolynomialScan scan(2);
    for (const double t : {0.125, 0.25, 0.5, 0.9}) CHECK(worst(at(scan, t), scan.slice(t)) < 1e-6);
  }
  SECTION("cubic: cubic polynomials in the middle only") {
    const PolynomialScan scan(3);
    CHECK(worst(at(scan, 0.5), scan.slice(0.5)) <= tolerance);
    CHECK(worst(at(scan, 0.25), scan.slice(0.25)) > 0.01);
  }
  SECTION("linear does not reproduce parabolas") {
    const PolynomialScan scan(2);
    CHECK(worst(models::linear(scan.slice(0), scan.slice(1), 0.5), scan.slice(0.5)) > 0.01);
  }
}

TEST_CASE("a constant scan stays what it is, to the bit") {
  const Tensor x = Tensor::full({1, 4, 3, 1}, static_cast<real>(-731.37));
  CHECK(same_bits(models::linear(x, x, 0.3), x));
  CHECK(same_bits(models::cubic(x, x, x, x, 0.5), x));
  CHECK(same_bits(models::cubic(x, x, x, x, 0.2), x));
}

TEST_CASE("reversing the scan gives the same bits, on any number of threads") {
  const Shape shape{2, 151, 97, 1};  // more than one chunk
  const Tensor o0 = noise(shape, 1);
  const Tensor a = noise(shape, 2);
  const Tensor c = noise(shape, 3);
  const Tensor o1 = noise(shape, 4);
  const Taps w{-0.11, 0.57, 0.63, -0.08};
  const Taps reversed{w[3], w[2], w[1], w[0]};
  CHECK(same_bits(models::cubic(o0, a, c, o1, 0.5), models::cubic(o1, c, a, o0, 0.5)));
  CHECK(same_bits(models::linear(a, c, 0.25), models::linear(c, a, 0.75)));
  CHECK(same_bits(models::least_squares(o0, a, c, o1, w),
                  models::least_squares(o1, c, a, o0, reversed)));

  const int before = nn::threads();
  nn::set_threads(1);
  const Tensor serial = models::cubic(o0, a, c, o1, 0.3);
  nn::set_threads(3);
  CHECK(same_bits(models::cubic(o0, a, c, o1, 0.3), serial));
  nn::set_threads(before);
}

TEST_CASE("least squares recovers the weights that made the data") {
  const Taps truth{-0.09, 0.55, 0.62, -0.07};
  const Shape shape{1, 150, 130, 1};
  const Tensor o0 = noise(shape, 1);
  const Tensor a = noise(shape, 2);
  const Tensor c = noise(shape, 3);
  const Tensor o1 = noise(shape, 4);
  const Tensor b = models::least_squares(o0, a, c, o1, truth);
  models::LeastSquaresFit fit;
  fit.add(o0, a, c, o1, b);
  CHECK(fit.count() == shape.numel());
  const Taps w = fit.solve();
  for (std::size_t i = 0; i < 4; ++i) CHECK(w[i] == Approx(truth[i]).margin(1e-6));
}

TEST_CASE("least squares by hand: an overdetermined system") {
  // Four unit vectors with b = 1, 2, 3, 4 and once more the first with b = 3: its weight is the
  // mean of 1 and 3.
  const Shape shape{1, 1, 5, 1};
  const auto row = [&](const std::vector<real>& v) { return Tensor::from(shape, v); };
  models::LeastSquaresFit fit;
  fit.add(row({1, 0, 0, 0, 1}), row({0, 1, 0, 0, 0}), row({0, 0, 1, 0, 0}), row({0, 0, 0, 1, 0}),
          row({1, 2, 3, 4, 3}));
  const Taps w = fit.solve();
  CHECK(w[0] == Approx(2.0));
  CHECK(w[1] == Approx(2.0));
  CHECK(w[2] == Approx(3.0));
  CHECK(w[3] == Approx(4.0));
}

TEST_CASE("the residual of the fit is orthogonal to every slice") {
  const Shape shape{1, 40, 50, 1};
  const std::vector<Tensor> x{noise(shape, 1), noise(shape, 2), noise(shape, 3), noise(shape, 4)};
  const Tensor b = noise(shape, 5);
  models::LeastSquaresFit fit;
  fit.add(x[0], x[1], x[2], x[3], b);
  const Taps w = fit.solve();
  for (const Tensor& slice : x) {
    double product = 0.0;
    double size = 0.0;
    for (nn::index i = 0; i < b.numel(); ++i) {
      double residual = static_cast<double>(b.data()[i]);
      for (std::size_t k = 0; k < 4; ++k) residual -= w[k] * static_cast<double>(x[k].data()[i]);
      product += residual * static_cast<double>(slice.data()[i]);
      size += std::abs(residual * static_cast<double>(slice.data()[i]));
    }
    CHECK(std::abs(product) < 1e-10 * size);
  }
}

TEST_CASE("the fit has the same bits on any number of threads") {
  const Shape shape{1, 300, 301, 1};
  const int before = nn::threads();
  std::vector<Taps> results;
  for (const int threads : {1, 2, 5}) {
    nn::set_threads(threads);
    models::LeastSquaresFit fit;
    for (std::uint32_t part = 0; part < 2; ++part) {
      fit.add(noise(shape, 10 * part + 1), noise(shape, 10 * part + 2), noise(shape, 10 * part + 3),
              noise(shape, 10 * part + 4), noise(shape, 10 * part + 5));
    }
    results.push_back(fit.solve());
  }
  nn::set_threads(before);
  CHECK(results[0] == results[1]);
  CHECK(results[0] == results[2]);
}

TEST_CASE("data that do not determine the weights give cubic's") {
  SECTION("nothing added") {
    CHECK(models::LeastSquaresFit().solve() == models::cubic_taps(0.5));
    CHECK(models::LeastSquaresFit(0.25).solve() == models::cubic_taps(0.25));
  }
  SECTION("air only") {
    const Tensor x = Tensor::full({1, 200, 200, 1}, -1000);
    models::LeastSquaresFit fit;
    fit.add(x, x, x, x, x);
    CHECK(fit.solve() == models::cubic_taps(0.5));
  }
  SECTION("zeros") {
    const Tensor x = Tensor::zeros({1, 2, 2, 1});
    models::LeastSquaresFit fit;
    fit.add(x, x, x, x, x);
    CHECK(fit.solve() == models::cubic_taps(0.5));
  }
  SECTION("a slice that is, up to rounding, a mean of two others") {
    const Shape shape{1, 150, 150, 1};
    const Tensor a = noise(shape, 1);
    const Tensor c = noise(shape, 2);
    for (const double t : {0.1, 0.3, 0.7}) {
      models::LeastSquaresFit fit;
      fit.add(noise(shape, 3), a, c, models::linear(a, c, t), noise(shape, 4));
      CHECK(fit.solve() == models::cubic_taps(0.5));
    }
  }
  SECTION("outer slices that are copies of the inner ones") {
    const Shape shape{1, 150, 150, 1};
    const Tensor a = noise(shape, 1);
    const Tensor c = noise(shape, 2);
    models::LeastSquaresFit fit;
    fit.add(a, a, c, c, noise(shape, 3));
    CHECK(fit.solve() == models::cubic_taps(0.5));
  }
}

TEST_CASE("interpolators refuse what makes no sense") {
  const Tensor x = Tensor::zeros({1, 2, 3, 1});
  const Tensor other = Tensor::zeros({1, 3, 2, 1});
  const double nan = std::numeric_limits<double>::quiet_NaN();
  for (const double t : {0.0, 1.0, -0.5, 1.5, nan}) {
    CHECK_THROWS_AS(models::nearest(x, x, t), nn::Error);
    CHECK_THROWS_AS(models::linear(x, x, t), nn::Error);
    CHECK_THROWS_AS(models::cubic(x, x, x, x, t), nn::Error);
    CHECK_THROWS_AS(models::cubic_taps(t), nn::Error);
    CHECK_THROWS_AS(models::LeastSquaresFit(t), nn::Error);
  }
  CHECK_THROWS_AS(models::nearest(x, other, 0.5), nn::Error);
  CHECK_THROWS_AS(models::linear(x, other, 0.5), nn::Error);
  CHECK_THROWS_AS(models::cubic(x, x, x, other, 0.5), nn::Error);
  CHECK_THROWS_AS(models::cubic(Tensor(), Tensor(), Tensor(), Tensor(), 0.5), nn::Error);
  CHECK_THROWS_AS(models::least_squares(x, x, other, x, {0, 1, 0, 0}), nn::Error);
  CHECK_THROWS_AS(models::least_squares(x, x, x, x, {0, nan, 0, 0}), nn::Error);
}

TEST_CASE("a NaN is passed on by interpolation and refused by the fit") {
  const Shape shape{1, 2, 2, 1};
  const Tensor x = noise(shape, 1);
  for (const real poison :
       {std::numeric_limits<real>::quiet_NaN(), std::numeric_limits<real>::infinity()}) {
    Tensor bad = x.clone();
    bad.data()[2] = poison;
    CHECK_FALSE(std::isfinite(models::linear(bad, x, 0.5).data()[2]));
    CHECK_FALSE(std::isfinite(models::cubic(x, x, x, bad, 0.5).data()[2]));
    models::LeastSquaresFit fit;
    CHECK_THROWS_AS(fit.add(bad, x, x, x, x), nn::Error);
    CHECK_THROWS_AS(fit.add(x, x, x, x, bad), nn::Error);
    CHECK(fit.count() == 0);
    CHECK(fit.solve() == models::cubic_taps(0.5));
  }
}
