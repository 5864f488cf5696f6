// One case for each op that gradcheck proves. A case has the op's inputs and four functions: the
// forward in complex and the backward in double (both the scalar specification), the float op on
// the tape, and the error bound of its gradients.
#pragma once

#include <complex>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "nn/autograd/var.h"
#include "nn/backend/bounds.h"
#include "nn/backend/ref/view.h"
#include "nn/backend/winograd.h"
#include "nn/check/gradcheck.h"

namespace nn::check {

/// An array that owns its values; ref::View is a view of it.
template <class T>
struct Array {
  Shape shape;
  std::vector<T> values;

  Array() = default;
  explicit Array(const Shape& s) : shape(s), values(static_cast<std::size_t>(s.numel())) {}
  explicit Array(const Tensor& t) : shape(t.shape()) {
    for (const real v : t.values()) values.push_back(T(static_cast<double>(v)));
  }
  ref::View<const T> in() const { return {shape, values.data()}; }
  ref::View<T> view() { return {shape, values.data()}; }
  ref::Out<T> out() { return {view(), Write::set}; }
};

using Complex = std::complex<double>;
template <class T>
using Arrays = std::vector<Array<T>>;

struct Input {
  std::string name;
  Tensor value;
};

struct Case {
  std::string op;
  std::vector<Input> inputs;
  Shape output{};
  WinogradUse winograd = WinogradUse::never;  ///< for the float op and its bound
  std::function<void(const Arrays<Complex>& in, Array<Complex>& y)> forward{};
  /// Gradients of all inputs, written into arrays of their shapes.
  std::function<void(const Arrays<double>& in, const Array<double>& dy, Arrays<double>& d)>
      backward{};
  std::function<Var(const std::vector<Var>& in)> tape{};
  /// A bound for each input's gradient as the tape computes it, forward roundings included.
  std::function<std::vector<bounds::Errors>(const Tensor& dy)> bound{};
};

/// All cases, in the order of nn/ops/ops.h. Inputs are at least 1e-3 away from the kinks of their
/// op.
std::vector<Case> cases(std::uint64_t seed);

/// The rows of one case, one for each input. The float op runs on nn::backend().
std::vector<GradcheckRow> prove(const Case& c, const Tensor& cotangent);

}  // namespace nn::check
