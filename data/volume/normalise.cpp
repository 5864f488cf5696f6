#include "data/volume/normalise.h"

#include <algorithm>
#include <cmath>

#include "nn/core/error.h"
#include "nn/core/parallel.h"

namespace data {
namespace {

constexpr nn::index kChunk = 16384;

template <class F>
nn::Tensor mapped(const nn::Tensor& in, const F& f) {
  nn::Tensor out(in.shape());
  const nn::real* from = in.data();
  nn::real* to = out.data();
  nn::parallel_chunks(in.numel(), kChunk, [&](nn::index begin, nn::index end) {
    for (nn::index i = begin; i < end; ++i) to[i] = f(from[i]);
  });
  return out;
}

}  // namespace

Normalisation Normalisation::symmetric(double low, double high) { return {low, high, -1, 1}; }

Normalisation Normalisation::grey128(double low, double high) {
  return {low, high, -1, 255.0 / 128 - 1};
}

nn::Tensor Normalisation::apply(const nn::Tensor& values, bool clipped) const {
  const double factor = scale();
  return mapped(values, [&](nn::real v) {
    double x = static_cast<double>(v);
    if (clipped) x = std::clamp(x, low, high);
    return static_cast<nn::real>((x - low) * factor + low_unit);
  });
}

nn::Tensor Normalisation::restore(const nn::Tensor& units) const {
  const double factor = 1 / scale();
  return mapped(units, [&](nn::real u) {
    return static_cast<nn::real>((static_cast<double>(u) - low_unit) * factor + low);
  });
}

nn::Tensor clamped(const nn::Tensor& values, double low, double high) {
  return mapped(values, [&](nn::real v) {
    return static_cast<nn::real>(std::clamp(static_cast<double>(v), low, high));
  });
}

nn::Tensor absolute_difference(const nn::Tensor& a, const nn::Tensor& b) {
  if (a.shape() != b.shape()) {
    throw nn::Error(nn::Fault::job, "absolute_difference",
                    nn::to_string(a.shape()) + " and " + nn::to_string(b.shape()), "one shape");
  }
  nn::Tensor out(a.shape());
  const nn::real *x = a.data(), *y = b.data();
  nn::real* to = out.data();
  nn::parallel_chunks(a.numel(), kChunk, [&](nn::index begin, nn::index end) {
    for (nn::index i = begin; i < end; ++i) to[i] = std::fabs(x[i] - y[i]);
  });
  return out;
}

}  // namespace data
