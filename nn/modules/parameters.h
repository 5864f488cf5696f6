// Named parameters and buffers of a network: what is trained, and what is saved with it.
#pragma once

#include <string>
#include <vector>

#include "nn/autograd/var.h"
#include "nn/io/safetensors.h"

namespace nn {

struct Parameter {
  std::string name;  ///< as in PyTorch's state_dict: "down.1.conv.weight"
  Var var;
};

/// Saved, not trained: running statistics.
struct Buffer {
  std::string name;
  Tensor tensor;  ///< shares memory with the module's
};

/// Modules add to it in the order of their use.
struct ParameterList {
  std::vector<Parameter> parameters;
  std::vector<Buffer> buffers;

  std::vector<Var> vars() const;
  /// Trained values.
  index count() const;
};

/// Entries for a file, names with `prefix` before them. Convolution weights, (kh,kw,I,O) inside,
/// are written in PyTorch's order (O,I,kh,kw), vectors as (C). The weights of a transposed
/// convolution are those of its adjoint, so the same rule gives PyTorch's (Cin,Cout,kh,kw) for
/// them.
std::vector<ArrayToWrite> arrays_of(const ParameterList& list, const std::string& prefix = "");

/// The inverse. Throws an input error for a missing tensor or one of another shape.
void load(ParameterList& list, const SafetensorsReader& file, const std::string& prefix = "");

}  // namespace nn
