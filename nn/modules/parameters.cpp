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

/// Calls f(position in memory, position in the file) for the values of output channels [first,
/// last).
template <class F>
void for_each_position(const Shape& s, index first, index last, const F& f) {
  const index taps = s.n * s.h;
  for (index i = 0; i < s.w; ++i) {
    for (index t = 0; t < taps; ++t) {
      for (index o = first; o < last; ++o) f((t * s.w + i) * s.c + o, (o * s.w + i) * taps + t);
    }
  }
}

/// Output channels that are copied at a time: one cache line in memory, about a megabyte of the
/// file.
constexpr index kOutputs = 16;

void read_into(Tensor& t, const SafetensorsReader& file, const std::string& name) {
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
  const Shape& s = t.shape();
  const index each = s.n * s.h * s.w;  // values of one output channel; adjacent in the file
  real* to = t.data();
  for (index first = 0; first < s.c; first += kOutputs) {
    const index last = std::min(first + kOutputs, s.c);
    const auto values = file.values<real>(name, first * each, (last - first) * each);
    for_each_position(s, first, last, [&](index inside, index in_file) {
      to[inside] = values[in_file - first * each];
    });
  }
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
                        const real* from = t.data();
                        for (index o = 0; o < t.shape().c; o += kOutputs) {
                          const index last = std::min(o + kOutputs, t.shape().c);
                          for_each_position(t.shape(), o, last, [&](index inside, index in_file) {
                            out[in_file] = static_cast<float>(from[inside]);
                          });
                        }
                      }});
  };
  for (const Parameter& p : list.parameters) add(p.name, p.var.value());
  for (const Buffer& b : list.buffers) add(b.name, b.tensor);
  return arrays;
}

void load(ParameterList& list, const SafetensorsReader& file, const std::string& prefix) {
  for (Parameter& p : list.parameters) {
    read_into(p.var.mutable_value(), file, prefix + p.name);
  }
  for (Buffer& b : list.buffers) read_into(b.tensor, file, prefix + b.name);
}

}  // namespace nn
