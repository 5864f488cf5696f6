#include "nn/check/gradcheck.h"

#include <algorithm>
#include <cmath>

#include "nn/check/cases.h"

namespace nn {
namespace {

using check::Array;
using check::Arrays;
using check::Case;
using check::Complex;

constexpr double kStep = 1e-30;

template <class T>
Arrays<T> arrays_of(const Case& c) {
  Arrays<T> arrays;
  for (const check::Input& input : c.inputs) arrays.emplace_back(input.value);
  return arrays;
}

/// d sum(dy * y) / d x for every element x of input `which`, by the complex step.
std::vector<double> complex_step(const Case& c, std::size_t which, const Array<double>& dy) {
  Arrays<Complex> in = arrays_of<Complex>(c);
  Array<Complex> y(c.output);
  std::vector<double> gradient;
  for (Complex& value : in[which].values) {
    const Complex before = value;
    value += Complex(0, kStep);
    c.forward(in, y);
    value = before;
    double sum = 0;
    for (std::size_t k = 0; k < y.values.size(); ++k) sum += dy.values[k] * y.values[k].imag();
    gradient.push_back(sum / kStep);
  }
  return gradient;
}

double largest_of(const std::vector<double>& values) {
  double largest = 0;
  for (const double v : values) largest = std::max(largest, std::fabs(v));
  return largest;
}

/// The row of one input. `exact` is the specification's gradient, `tape` the gradient of the float
/// op.
GradcheckRow compare(const Case& c, std::size_t which, const Array<double>& dy,
                     const std::vector<double>& exact, const Tensor& tape,
                     const bounds::Errors& errors) {
  GradcheckRow row{c.op, c.inputs[which].name, 0, 0, 0, true};
  const double largest = largest_of(exact);
  const std::vector<double> stepped = complex_step(c, which, dy);
  double worst = -1;
  for (std::size_t i = 0; i < exact.size(); ++i) {
    const double kernel = std::fabs(exact[i] - stepped[i]) / largest;
    if (!(kernel <= row.kernel_rel)) row.kernel_rel = kernel;  // also if `kernel` is NaN
    if (!(kernel <= kKernelLimit)) row.ok = false;

    const double difference = std::fabs(static_cast<double>(tape.values()[i]) - exact[i]);
    if (!(difference <= errors[i])) row.ok = false;
    const double ratio = difference == 0 ? 0 : difference / errors[i];
    if (!(ratio <= worst)) {
      worst = ratio;
      row.tape_rel = difference / largest;
      row.tape_bound = errors[i] / largest;
    }
  }
  return row;
}

}  // namespace

std::vector<GradcheckRow> check::prove(const Case& c, const Tensor& cotangent) {
  const WinogradScope winograd(c.winograd);
  const Array<double> dy(cotangent);
  Arrays<double> exact;
  for (const Input& input : c.inputs) exact.emplace_back(input.value.shape());
  c.backward(arrays_of<double>(c), dy, exact);

  std::vector<Var> inputs;
  for (const Input& input : c.inputs) inputs.emplace_back(input.value, true);
  backward(c.tape(inputs), cotangent, inputs);

  const std::vector<bounds::Errors> errors = c.bound(cotangent);
  std::vector<GradcheckRow> rows;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    rows.push_back(compare(c, i, dy, exact[i].values, inputs[i].grad(), errors[i]));
  }
  return rows;
}

std::vector<GradcheckRow> gradcheck(std::uint64_t seed) {
  std::vector<GradcheckRow> rows;
  std::uint32_t number = 0;
  for (const Case& c : check::cases(seed)) {
    Rng rng(seed, Purpose::test, ++number, 1);
    Tensor cotangent(c.output);
    for (real& v : cotangent.values()) v = static_cast<real>(rng.normal());
    const std::vector<GradcheckRow> proved = check::prove(c, cotangent);
    rows.insert(rows.end(), proved.begin(), proved.end());
  }
  return rows;
}

}  // namespace nn
