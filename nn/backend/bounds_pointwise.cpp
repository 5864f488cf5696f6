// Bounds of the kernels that compute each value from the values at the same place, and of those
// that read an image between its pixels: their specification, run on numbers that know their error.
#include <deque>

#include "nn/backend/bounds_detail.h"
#include "nn/backend/ref/elementwise.h"
#include "nn/backend/ref/warp.h"
#include "nn/backend/rounded.h"

namespace nn::bounds {
namespace {

/// A kernel's tensors as Rounded numbers. `before`: what the kernel adds to, or null.
class OnRounded {
 public:
  explicit OnRounded(const Tensor* before) : before_(before) {}
  using Scalar = Rounded;
  ref::View<const Rounded> in(const Tensor& t) {
    std::vector<Rounded>& values = arrays_.emplace_back();
    for (const real v : t.values()) values.emplace_back(static_cast<double>(v));
    return {t.shape(), values.data()};
  }
  ref::Out<Rounded> out(Destination d) {
    result_.resize(static_cast<std::size_t>(d.tensor->numel()));
    if (before_ == nullptr) return {{d.tensor->shape(), result_.data()}, Write::set};
    for (std::size_t i = 0; i < result_.size(); ++i) {
      result_[i] = Rounded(detail::wide(*before_, static_cast<index>(i)));
    }
    return {{d.tensor->shape(), result_.data()}, Write::add};
  }
  ref::View<Rounded> view(Destination d) { return out(d).view; }
  const std::vector<Rounded>& result() const { return result_; }

 private:
  const Tensor* before_;
  std::deque<std::vector<Rounded>> arrays_;  // stay where they are
  std::vector<Rounded> result_;
};

template <class K>
std::vector<Errors> of_specification(const K& kernel, const Tensor* before) {
  OnRounded on(before);
  ref::run(kernel, on);
  const std::vector<Rounded>& r = on.result();
  return {detail::each(static_cast<index>(r.size()), nullptr, [&](index i) {
    return detail::Approximation{r[at(i)].value, r[at(i)].error};
  })};
}

}  // namespace

#define NN_BOUND(K) \
  std::vector<Errors> of(const K& k, const Before& b) { return of_specification(k, b[0]); }
NN_POINTWISE_KERNELS(NN_BOUND)
NN_WARP_KERNELS(NN_BOUND)
#undef NN_BOUND

}  // namespace nn::bounds
