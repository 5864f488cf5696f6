#include "models/interpolators.h"

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <string>
#include <vector>

#include "nn/core/error.h"
#include "nn/core/parallel.h"

namespace models {
namespace {

using nn::index;
using nn::real;

// Values for each task. The bits of LeastSquaresFit depend on it: each chunk has its own sum.
constexpr index kChunk = 1 << 14;

// A pivot this small against its diagonal means that a slice is a combination of earlier ones.
// Neighbours in head scans of 1.25 to 2.5 mm leave 0.05 or more; a copy or a sum that was rounded
// to float leaves 1e-14.
constexpr double kDependent = 1e-10;

void require_alike(const char* where, std::initializer_list<const Tensor*> slices) {
  const Tensor& first = **slices.begin();
  nn::require(!first.empty() && first.numel() > 0, where, "an empty slice",
              "slices with at least one pixel");
  for (const Tensor* slice : slices) {
    if (slice->shape() == first.shape() && !slice->empty()) continue;
    throw nn::Error(
        nn::Fault::input, where,
        "slices of " + nn::to_string(first.shape()) + " and " + nn::to_string(slice->shape()),
        "slices of one shape", "all slices must come from the same scan");
  }
}

void require_between(const char* where, double t) {
  nn::require(t > 0.0 && t < 1.0, where, "position t = " + std::to_string(t),
              "0 < t < 1, counted from slice A to slice C");
}

Tensor weighted(const Tensor& outer0, const Tensor& a, const Tensor& c, const Tensor& outer1,
                const Taps& w) {
  Tensor out(a.shape());
  const real* x0 = outer0.data();
  const real* x1 = a.data();
  const real* x2 = c.data();
  const real* x3 = outer1.data();
  real* y = out.data();
  nn::parallel_chunks(a.numel(), kChunk, [&](index begin, index end) {
    for (index i = begin; i < end; ++i) {
      // Outer pair and inner pair apart, so that reversing the scan gives the same bits.
      const double outer = w[0] * static_cast<double>(x0[i]) + w[3] * static_cast<double>(x3[i]);
      const double inner = w[1] * static_cast<double>(x1[i]) + w[2] * static_cast<double>(x2[i]);
      y[i] = static_cast<real>(outer + inner);
    }
  });
  return out;
}

}  // namespace

Taps cubic_taps(double t) {
  require_between("cubic", t);
  const double s = 1.0 - t;
  const auto inner = [](double u) { return 1.0 + u * u * (1.5 * u - 2.5); };
  return {-0.5 * t * s * s, inner(t), inner(s), -0.5 * t * t * s};
}

Tensor nearest(const Tensor& a, const Tensor& c, double t) {
  require_between("nearest", t);
  require_alike("nearest", {&a, &c});
  return t <= 0.5 ? a.clone() : c.clone();
}

Tensor linear(const Tensor& a, const Tensor& c, double t) {
  require_between("linear", t);
  require_alike("linear", {&a, &c});
  const double s = 1.0 - t;
  const real* x1 = a.data();
  const real* x2 = c.data();
  Tensor out(a.shape());
  real* y = out.data();
  nn::parallel_chunks(a.numel(), kChunk, [&](index begin, index end) {
    for (index i = begin; i < end; ++i) {
      y[i] = static_cast<real>(s * static_cast<double>(x1[i]) + t * static_cast<double>(x2[i]));
    }
  });
  return out;
}

Tensor cubic(const Tensor& outer0, const Tensor& a, const Tensor& c, const Tensor& outer1,
             double t) {
  require_alike("cubic", {&outer0, &a, &c, &outer1});
  return weighted(outer0, a, c, outer1, cubic_taps(t));
}

Tensor cubic_within(const Tensor& outer0, const Tensor& a, const Tensor& c, const Tensor& outer1,
                    double t) {
  Tensor out = linear(a, c, t);
  const Tensor curved = cubic(outer0, a, c, outer1, t);
  const auto share = static_cast<real>(4 * t * (1 - t));
  const real *x1 = a.data(), *x2 = c.data(), *bent = curved.data();
  real* y = out.data();
  for (index i = 0; i < out.numel(); ++i) {
    const real most = share * std::fabs(x1[i] - x2[i]);
    y[i] += std::clamp(bent[i] - y[i], -most, most);
  }
  return out;
}

Tensor least_squares(const Tensor& outer0, const Tensor& a, const Tensor& c, const Tensor& outer1,
                     const Taps& weights) {
  require_alike("least_squares", {&outer0, &a, &c, &outer1});
  for (const double w : weights) {
    nn::require(std::isfinite(w), "least_squares", "a weight that is not finite",
                "four finite weights");
  }
  return weighted(outer0, a, c, outer1, weights);
}

LeastSquaresFit::LeastSquaresFit(double t) : t_(t) { require_between("LeastSquaresFit", t); }

void LeastSquaresFit::add(const Tensor& outer0, const Tensor& a, const Tensor& c,
                          const Tensor& outer1, const Tensor& b) {
  require_alike("LeastSquaresFit", {&outer0, &a, &c, &outer1, &b});
  const index chunks = (a.numel() + kChunk - 1) / kChunk;
  std::vector<std::array<double, 14>> partial(static_cast<std::size_t>(chunks));
  const real *x0 = outer0.data(), *x1 = a.data(), *x2 = c.data(), *x3 = outer1.data();
  const real* ys = b.data();
  nn::parallel_chunks(a.numel(), kChunk, [&](index begin, index end) {
    std::array<double, 14> sums{};
    for (index i = begin; i < end; ++i) {
      const std::array<double, 4> x{static_cast<double>(x0[i]), static_cast<double>(x1[i]),
                                    static_cast<double>(x2[i]), static_cast<double>(x3[i])};
      const auto y = static_cast<double>(ys[i]);
      std::size_t k = 0;
      for (std::size_t row = 0; row < 4; ++row) {
        for (std::size_t col = row; col < 4; ++col) sums[k++] += x[row] * x[col];
      }
      for (std::size_t row = 0; row < 4; ++row) sums[k++] += x[row] * y;
    }
    partial[static_cast<std::size_t>(begin / kChunk)] = sums;
  });

  std::array<double, 14> sums = sums_;
  for (const std::array<double, 14>& part : partial) {
    for (std::size_t k = 0; k < sums.size(); ++k) sums[k] += part[k];
  }
  // Squares cannot cancel, so a value that is not finite makes some sum not finite.
  for (const double s : sums) {
    nn::require(std::isfinite(s), "LeastSquaresFit", "a value that is not finite", "finite values");
  }
  sums_ = sums;
  count_ += a.numel();
}

Taps LeastSquaresFit::solve() const {
  // Cholesky: normal matrix = L L^T, row by row.
  std::array<std::array<double, 4>, 4> matrix{};
  std::size_t k = 0;
  for (std::size_t row = 0; row < 4; ++row) {
    for (std::size_t col = row; col < 4; ++col) matrix[col][row] = sums_[k++];
  }
  std::array<std::array<double, 4>, 4> lower{};
  for (std::size_t row = 0; row < 4; ++row) {
    for (std::size_t col = 0; col <= row; ++col) {
      double rest = matrix[row][col];
      for (std::size_t j = 0; j < col; ++j) rest -= lower[row][j] * lower[col][j];
      if (col < row) {
        lower[row][col] = rest / lower[col][col];
      } else if (rest > kDependent * matrix[row][row]) {
        lower[row][row] = std::sqrt(rest);
      } else {
        return cubic_taps(t_);
      }
    }
  }
  Taps w{};
  for (std::size_t row = 0; row < 4; ++row) {
    double rest = sums_[k + row];
    for (std::size_t j = 0; j < row; ++j) rest -= lower[row][j] * w[j];
    w[row] = rest / lower[row][row];
  }
  for (std::size_t row = 4; row-- > 0;) {
    for (std::size_t j = row + 1; j < 4; ++j) w[row] -= lower[j][row] * w[j];
    w[row] /= lower[row][row];
  }
  return w;
}

}  // namespace models
