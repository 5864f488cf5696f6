#include "data/normalise.h"

#include <algorithm>

#include "nn/core/parallel.h"

namespace data {
namespace {

template <class F>
nn::Tensor mapped(const nn::Tensor& in, const F& f) {
  nn::Tensor out(in.shape());
  nn::parallel_chunks(in.numel(), 16384, [&](nn::index begin, nn::index end) {
    for (nn::index i = begin; i < end; ++i) out.data()[i] = f(in.data()[i]);
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

}  // namespace data
