#include "nn/optim/adam.h"

#include <algorithm>

#include "nn/core/buffer_pool.h"
#include "nn/core/error.h"
#include "nn/core/math.h"

namespace nn {

Adam::Adam(const ParameterList& list, const AdamOptions& options)
    : options_(options), targets_(list.vars()) {
  const Shape arena = vector_shape(list.count());
  values_ = Tensor(arena);
  index offset = 0;
  for (Var& v : targets_) {
    Tensor place = Tensor::view(values_, offset, v.shape());
    std::copy_n(v.value().data(), place.numel(), place.data());
    v.mutable_value() = place;
    offset += place.numel();
  }
  BufferPool::trim();  // the parameters' old buffers: no tensor will need these sizes again
  gradients_ = Tensor::zeros(arena);
  m_ = Tensor::zeros(arena);
  v_ = Tensor::zeros(arena);
  offset = 0;
  for (Var& v : targets_) {
    v.set_grad_storage(Tensor::view(gradients_, offset, v.shape()));
    offset += v.value().numel();
  }
}

void Adam::step(double learning_rate) {
  ++steps_done_;
  const AdamConstants k{learning_rate,
                        options_.beta1,
                        options_.beta2,
                        options_.epsilon,
                        1 - math::ipow(options_.beta1, steps_done_),
                        1 - math::ipow(options_.beta2, steps_done_)};
  backend().run(
      AdamStep{k, gradients_, {&m_, Write::add}, {&v_, Write::add}, {&values_, Write::add}});
}

void Adam::restore(std::span<const real> m, std::span<const real> v, std::uint64_t steps_done) {
  if (static_cast<index>(m.size()) != m_.numel() || static_cast<index>(v.size()) != v_.numel()) {
    throw Error(Fault::input, "checkpoint", std::to_string(m.size()) + " moments",
                std::to_string(m_.numel()), "the checkpoint is of another architecture");
  }
  std::copy(m.begin(), m.end(), m_.data());
  std::copy(v.begin(), v.end(), v_.data());
  steps_done_ = steps_done;
}

}  // namespace nn
