// Tensor: a shape and shared, contiguous memory. Copying a Tensor copies the handle; clone() copies
// the values. No strides, no broadcasting, one scalar type.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "nn/core/buffer_pool.h"
#include "nn/core/shape.h"

namespace nn {

class Tensor {
 public:
  Tensor() = default;
  /// Uninitialised memory from the pool. Throws Error for a negative size.
  explicit Tensor(const Shape& shape);

  static Tensor zeros(const Shape& shape);
  static Tensor full(const Shape& shape, real value);
  static Tensor from(const Shape& shape, std::span<const real> values);
  /// A window into `owner`'s memory that starts `offset` values in. It keeps that memory alive.
  /// Used for parameter arenas.
  static Tensor view(const Tensor& owner, index offset, const Shape& shape);

  const Shape& shape() const { return shape_; }
  index numel() const { return shape_.numel(); }
  bool empty() const { return data_ == nullptr; }

  real* data() { return data_.get(); }
  const real* data() const { return data_.get(); }
  std::span<real> values() { return {data_.get(), static_cast<std::size_t>(numel())}; }
  std::span<const real> values() const { return {data_.get(), static_cast<std::size_t>(numel())}; }

  real& at(index n, index h, index w, index c) { return data_.get()[offset(n, h, w, c)]; }
  real at(index n, index h, index w, index c) const { return data_.get()[offset(n, h, w, c)]; }
  /// The only value of a scalar tensor.
  real item() const;

  Tensor clone() const;
  void fill(real value);
  /// The same memory under another shape, which must have the same number of values.
  Tensor reshaped(const Shape& shape) const;

 private:
  index offset(index n, index h, index w, index c) const {
    return ((n * shape_.h + h) * shape_.w + w) * shape_.c + c;
  }

  Shape shape_;
  std::shared_ptr<real> data_;
};

}  // namespace nn
