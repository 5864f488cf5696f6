// The scalar type of every tensor: float in the product.
//
// The proof build compiles the same sources with CT2CT_REAL_DOUBLE. In it the tape, every module,
// both networks and Adam run in double and are compared with PyTorch's float64 values
// (tests/golden). It has the `ref` backend only. A build is float or double throughout.
#pragma once

#include <cstdint>

namespace nn {

#ifdef CT2CT_REAL_DOUBLE
using real = double;
#else
using real = float;
#endif

/// Counts and positions. Signed, as in Eigen, so that `i - pad` can be negative.
using index = std::int64_t;

}  // namespace nn
