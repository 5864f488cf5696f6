// Tensors for tests: made from lists, small integers or noise; read back as doubles.
#pragma once

#include <string>
#include <vector>

#include "nn/core/error.h"
#include "nn/core/rng.h"
#include "nn/core/tensor.h"

namespace nn::testing {

inline Tensor tensor(const Shape& shape, const std::vector<double>& values) {
  const std::vector<real> narrow(values.begin(), values.end());
  return Tensor::from(shape, narrow);
}

/// Integers in [-4, 4]. Sums of their products are exact in float whatever their order, so a test
/// may ask two formulations for equality.
inline Tensor integers(const Shape& shape, std::uint32_t stream) {
  Rng rng(20, Purpose::test, stream);
  Tensor t(shape);
  for (real& v : t.values()) v = static_cast<real>(static_cast<int>(rng.below(9)) - 4);
  return t;
}

/// Standard normal values.
inline Tensor noise(const Shape& shape, std::uint32_t stream) {
  Rng rng(21, Purpose::test, stream);
  Tensor t(shape);
  for (real& v : t.values()) v = static_cast<real>(rng.normal());
  return t;
}

inline std::vector<double> doubles(const Tensor& t) {
  return {t.values().begin(), t.values().end()};
}

/// <a, b>, summed in double.
inline double inner(const Tensor& a, const Tensor& b) {
  double sum = 0;
  for (index i = 0; i < a.numel(); ++i) {
    sum += static_cast<double>(a.data()[i]) * static_cast<double>(b.data()[i]);
  }
  return sum;
}

/// The text of the nn::Error that `f` throws; empty when it throws none.
template <class F>
std::string error_of(const F& f) {
  try {
    f();
  } catch (const Error& e) {
    return e.what();
  }
  return {};
}

}  // namespace nn::testing
