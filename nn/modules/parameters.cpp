#include "nn/modules/parameters.h"

#include <algorithm>

#include "nn/core/error.h"

namespace nn {
namespace {

bool is_vector(const Shape& s) { return s.n == 1 && s.h == 1 && s.w == 1; }

std::vector<index> file_shape(const Shape& s) {
  if (is_vector(s)) return {s.c};
  return {s.c, s.w, s.n, s.h};  // (kh,kw,I,O) -> (O,I,kh,kw)
}

/// Calls f(position inside, position in the file) for every value.
template <class F>
void for_each_position(const Shape& s, const F& f) {
  const index taps = s.n * s.h;
  index inside = 0;
  for (index t = 0; t < taps; ++t) {
    for (index i = 0; i < s.w; ++i) {
      for (index o = 0; o < s.c; ++o) f(inside++, (o * s.w + i) * taps + t);
    }
  }
}

void read_into(Tensor& t, SafetensorsReader& file, const std::string& name) {
  const auto& entry = file.entry(name);
  if (entry.shape != file_shape(t.shape())) {
    std::string got;
    for (const index size : entry.shape) got += (got.empty() ? "" : "x") + std::to_string(size);
    std::string expected;
    for (const index size : file_shape(t.shape())) {
      expected += (expected.empty() ? "" : "x") + std::to_string(size);
    }
    throw Error(Fault::input, "model file", name + " of shape " + got, expected,
                "the file is of another architecture");
  }
  const auto values = file.read<real>(name);
  for_each_position(t.shape(), [&](index inside, index in_file) {
    t.data()[inside] = values[static_cast<std::size_t>(in_file)];
  });
}

}  // namespace

std::vector<Var> ParameterList::vars() const {
  std::vector<Var> v;
  v.reserve(parameters.size());
  for (const Parameter& p : parameters) v.push_back(p.var);
  return v;
}

index ParameterList::count() const {
  index n = 0;
  for (const Parameter& p : parameters) n += p.var.value().numel();
  return n;
}

std::vector<ArrayToWrite> arrays_of(const ParameterList& list, const std::string& prefix) {
  std::vector<ArrayToWrite> arrays;
  const auto add = [&](const std::string& name, const Tensor& t) {
    arrays.push_back({prefix + name, file_shape(t.shape()), [t](float* out) {
                        for_each_position(t.shape(), [&](index inside, index in_file) {
                          out[in_file] = static_cast<float>(t.data()[inside]);
                        });
                      }});
  };
  for (const Parameter& p : list.parameters) add(p.name, p.var.value());
  for (const Buffer& b : list.buffers) add(b.name, b.tensor);
  return arrays;
}

void load(ParameterList& list, SafetensorsReader& file, const std::string& prefix) {
  for (Parameter& p : list.parameters) {
    read_into(p.var.mutable_value(), file, prefix + p.name);
  }
  for (Buffer& b : list.buffers) read_into(b.tensor, file, prefix + b.name);
}

}  // namespace nn
