// Which of the program's arithmetics computes now. Equal inputs give equal bits under equal
// arithmetic, and rounding apart under another (docs/audit/reproducibility.md).
#pragma once

#include <string>

#include "nn/backend/winograd.h"

namespace nn {

struct Arithmetic {
  /// Of backend(); of check:A,B it is A, whose results count. `emulated` and `cuda` compute with
  /// the arithmetic of `cpu`: nn/backend/gpu promises its bits.
  std::string device = "cpu";
  std::string gemm = "chain";  ///< CT2CT_GEMM: chain, our own, or eigen
  WinogradUse winograd = WinogradUse::where_faster;

  bool operator==(const Arithmetic&) const = default;
};

/// That of this process at this moment. A default Arithmetic is the one without any option.
Arithmetic arithmetic();

}  // namespace nn
