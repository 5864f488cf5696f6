// Tensor: a shape and shared, contiguous memory. Copying a Tensor copies the handle; clone() copies
// the values. No strides, no broadcasting, one scalar type.
//
// The memory may have a twin on a device (storage.h). Whoever asks for values gets the newest: if a
// device has computed them, they are copied to the host first. Through a Tensor that is not const
// the host may also write, so that the device's values count as old from then on. So ask again
// after a kernel has run: a pointer from before it may lead to old values. Asking looks at one
// number in memory; a loop over values asks once, before it begins.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "nn/core/shape.h"
#include "nn/core/storage.h"

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
  bool empty() const { return storage_ == nullptr; }

  real* data() {
    if (storage_ != nullptr) storage_->to_change();
    return values_;
  }
  const real* data() const {
    if (storage_ != nullptr) storage_->to_host();
    return values_;
  }
  std::span<real> values() { return {data(), static_cast<std::size_t>(numel())}; }
  std::span<const real> values() const { return {data(), static_cast<std::size_t>(numel())}; }

  real& at(index n, index h, index w, index c) { return data()[offset(n, h, w, c)]; }
  real at(index n, index h, index w, index c) const { return data()[offset(n, h, w, c)]; }
  /// The only value of a scalar tensor.
  real item() const;

  Tensor clone() const;
  void fill(real value);
  /// The same memory under another shape, which must have the same number of values.
  Tensor reshaped(const Shape& shape) const;

  /// For backends: the memory, and how many values in this tensor begins. Not of an empty one.
  Storage& storage() const { return *storage_; }
  index first_in_storage() const { return values_ - storage_->host(); }

 private:
  index offset(index n, index h, index w, index c) const {
    return ((n * shape_.h + h) * shape_.w + w) * shape_.c + c;
  }

  Shape shape_;
  std::shared_ptr<Storage> storage_;  ///< null: empty
  real* values_ = nullptr;            ///< in the host's memory
};

}  // namespace nn
