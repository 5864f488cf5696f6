#include "nn/core/error.h"
#include "nn/ops/ops.h"

namespace nn::ops_detail {

void require_same_shape(const char* op, const Var& a, const Var& b) {
  require(a.shape() == b.shape(), op, to_string(a.shape()) + " and " + to_string(b.shape()),
          "two tensors of one shape");
}

void require_vector(const char* op, const char* what, const Var& v, index channels) {
  require(v.shape() == vector_shape(channels), op,
          std::string(what) + " of shape " + to_string(v.shape()),
          to_string(vector_shape(channels)));
}

}  // namespace nn::ops_detail
