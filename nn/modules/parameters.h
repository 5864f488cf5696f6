// Named parameters and buffers of a network: the parameters are trained, and both are saved.
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

/// Saved but not trained, such as running statistics.
struct Buffer {
  std::string name;
  Tensor tensor;  ///< shares memory with the module's
};

/// Filled by the modules of a network, in the order in which they are used.
struct ParameterList {
  std::vector<Parameter> parameters;
  std::vector<Buffer> buffers;

  std::vector<Var> vars() const;
  /// How many values are trained.
  index count() const;
};

/// The arrays for a file; their names start with `prefix`. Convolution weights, (kh,kw,I,O) in
/// memory, are written in PyTorch's order (O,I,kh,kw), vectors as (C). A transposed convolution has
/// the weights of its adjoint, so the same rule gives PyTorch's (Cin,Cout,kh,kw) for it.
std::vector<ArrayToWrite> arrays_of(const ParameterList& list, const std::string& prefix = "");

/// Reads what arrays_of() wrote. Throws an input error for a missing tensor or one of another
/// shape.
void load(ParameterList& list, const SafetensorsReader& file, const std::string& prefix = "");

}  // namespace nn
