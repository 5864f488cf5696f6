#include "nn/core/tensor.h"

#include <algorithm>
#include <string>

#include "nn/core/error.h"
#include "nn/core/shape.h"

namespace nn {

Tensor::Tensor(const Shape& shape) : shape_(shape) {
  if (shape.n < 0 || shape.h < 0 || shape.w < 0 || shape.c < 0) {
    throw Error(Fault::job, "Tensor", "shape " + to_string(shape), "sizes of 0 or more");
  }
  storage_ = std::make_shared<Storage>(shape.numel());
  values_ = storage_->host();
}

Tensor Tensor::zeros(const Shape& shape) { return full(shape, 0); }

Tensor Tensor::full(const Shape& shape, real value) {
  Tensor t(shape);
  t.fill(value);
  return t;
}

Tensor Tensor::from(const Shape& shape, std::span<const real> values) {
  if (static_cast<index>(values.size()) != shape.numel()) {
    throw Error(Fault::job, "Tensor::from", std::to_string(values.size()) + " values",
                std::to_string(shape.numel()) + " for shape " + to_string(shape));
  }
  Tensor t(shape);
  std::copy(values.begin(), values.end(), t.data());
  return t;
}

Tensor Tensor::view(const Tensor& owner, index offset, const Shape& shape) {
  if (offset < 0 || offset + shape.numel() > owner.numel()) {
    throw Error(Fault::job, "Tensor::view",
                to_string(shape) + " at " + std::to_string(offset) + " of " +
                    std::to_string(owner.numel()) + " values",
                "a window inside its owner");
  }
  Tensor t;
  t.shape_ = shape;
  t.storage_ = owner.storage_;
  t.values_ = owner.values_ + offset;
  return t;
}

real Tensor::item() const {
  if (numel() != 1) {
    throw Error(Fault::job, "Tensor::item", "shape " + to_string(shape_), "a single value");
  }
  return data()[0];
}

Tensor Tensor::clone() const {
  Tensor t(shape_);
  std::copy_n(data(), numel(), t.data());
  return t;
}

void Tensor::fill(real value) { std::fill_n(data(), numel(), value); }

Tensor Tensor::reshaped(const Shape& shape) const {
  if (shape.numel() != numel()) {
    throw Error(Fault::job, "Tensor::reshaped", to_string(shape_) + " to " + to_string(shape),
                "the same number of values");
  }
  Tensor t = *this;
  t.shape_ = shape;
  return t;
}

std::string to_string(const Shape& s) {
  return std::to_string(s.n) + "x" + std::to_string(s.h) + "x" + std::to_string(s.w) + "x" +
         std::to_string(s.c);
}

}  // namespace nn
