// Bounds of the kernels that compute each value from the values at the same place: their
// specification, run on numbers that know their error.
#include <deque>

#include "nn/backend/bounds_detail.h"
#include "nn/backend/ref/elementwise.h"
#include "nn/backend/rounded.h"

namespace nn::bounds {
namespace {

/// A kernel's tensors as Rounded numbers. What it writes, it sets.
class OnRounded {
 public:
  using Scalar = Rounded;
  ref::View<const Rounded> in(const Tensor& t) {
    std::vector<Rounded>& values = arrays_.emplace_back();
    for (const real v : t.values()) values.emplace_back(static_cast<double>(v));
    return {t.shape(), values.data()};
  }
  ref::Out<Rounded> out(Destination d) {
    result_.resize(static_cast<std::size_t>(d.tensor->numel()));
    return {{d.tensor->shape(), result_.data()}, Write::set};
  }
  ref::View<Rounded> view(Destination d) { return out(d).view; }
  const std::vector<Rounded>& result() const { return result_; }

 private:
  std::deque<std::vector<Rounded>> arrays_;  // stay where they are
  std::vector<Rounded> result_;
};

template <class K>
std::vector<Errors> of_specification(const K& kernel, const Tensor* before) {
  OnRounded on;
  ref::run(kernel, on);
  const std::vector<Rounded>& r = on.result();
  return {detail::each(static_cast<index>(r.size()), before, [&](index i) {
    return detail::Approximation{r[at(i)].value, r[at(i)].error};
  })};
}

}  // namespace

#define NN_BOUND(K) \
  std::vector<Errors> of(const K& k, const Before& b) { return of_specification(k, b[0]); }
NN_POINTWISE_KERNELS(NN_BOUND)
#undef NN_BOUND

}  // namespace nn::bounds
