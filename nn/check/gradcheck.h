// Gradient proofs of every op: what `ct2ct gradcheck` runs.
//
// Two comparisons for each op and each of its inputs, on small shapes with N, Cin, Cout > 1 and
// H != W, with a random cotangent:
//   kernel  the backward of the scalar specification in double, against the complex step
//           Im f(x + ih) / h with h = 1e-30 (Squire & Trapp 1998) on its forward, element by
//           element. The complex step subtracts nothing, so it is exact to rounding.
//   tape    the float op as a program uses it (nn/ops, backward()) on the active backend, against
//           the double gradient at the same inputs, within the derived bound of
//           nn/backend/bounds.h.
// It prints nothing; the command makes tables and JSON.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace nn {

struct GradcheckRow {
  std::string op;     ///< the op and what distinguishes the case: "conv2d k4 s2"
  std::string input;  ///< whose gradient: x, w, bias, gamma, beta, a, b, logits
  double kernel_rel;  ///< largest |specification - complex step| / largest |gradient|
  double tape_rel;    ///< |tape - specification| / largest |gradient|, at the worst element
  double tape_bound;  ///< the bound of that element / largest |gradient|
  bool ok;            ///< kernel_rel <= kKernelLimit and every element of the tape within its bound
};

inline constexpr double kKernelLimit = 1e-9;

/// All rows, in the order of nn/ops/ops.h. Inputs and cotangents are drawn from `seed`. Exceptions
/// of the backend are not caught.
std::vector<GradcheckRow> gradcheck(std::uint64_t seed);

}  // namespace nn
