#include "nn/backend/ref/ref_backend.h"

#include "nn/backend/as_it_is.h"
#include "nn/backend/ref/adam.h"
#include "nn/backend/ref/conv2d.h"
#include "nn/backend/ref/conv_transpose2d.h"
#include "nn/backend/ref/elementwise.h"
#include "nn/backend/ref/losses.h"
#include "nn/backend/ref/norm.h"
#include "nn/backend/ref/winograd.h"

namespace nn {
namespace {

ref::View<const real> in(const Tensor& t) { return {t.shape(), t.data()}; }
ref::View<const real> in(const Tensor* t) {
  return t != nullptr ? in(*t) : ref::View<const real>{};
}
ref::Out<real> out(Destination d) {
  return d ? ref::Out<real>{{d.tensor->shape(), d.tensor->data()}, d.write} : ref::Out<real>{};
}
/// Where a kernel only ever sets.
ref::View<real> view(Destination d) { return out(d).view; }
ref::Epilogue<real> epilogue(const Epilogue& e) { return {in(e.added), e.slope}; }

}  // namespace

std::shared_ptr<const FixedConvolution> RefBackend::fix(const Conv2dSpec& spec, bool transposed,
                                                        const Tensor& w) const {
  return std::make_shared<AsItIs<RefBackend>>(spec, transposed, w);
}

void RefBackend::run(const Conv2dForward& k) const {
  if (k.algorithm == ConvAlgorithm::winograd) {
    return ref::winograd_correlate(k.spec, in(k.x), in(k.w), in(k.bias), out(k.y));
  }
  ref::conv2d_forward(k.spec, in(k.x), in(k.w), in(k.bias), view(k.y));
}
void RefBackend::run(const Conv2dBackwardData& k) const {
  if (k.algorithm == ConvAlgorithm::winograd) {
    return ref::winograd_adjoint(k.spec, in(k.dy), in(k.w), in(nullptr), out(k.dx));
  }
  ref::conv2d_backward_data(k.spec, in(k.dy), in(k.w), out(k.dx));
}
void RefBackend::run(const Conv2dBackwardWeight& k) const {
  if (k.algorithm == ConvAlgorithm::winograd) {
    return ref::winograd_weights(k.spec, in(k.x), in(k.dy), out(k.dw));
  }
  ref::conv2d_backward_weight(k.spec, in(k.x), in(k.dy), out(k.dw));
}
void RefBackend::run(const BiasBackward& k) const { ref::bias_backward(in(k.dy), out(k.db)); }

void RefBackend::run(const ConvTranspose2dForward& k) const {
  if (k.algorithm == ConvAlgorithm::winograd) {
    return ref::winograd_adjoint(k.spec, in(k.x), in(k.w), in(k.bias), out(k.y));
  }
  ref::conv_transpose2d_forward(k.spec, in(k.x), in(k.w), in(k.bias), view(k.y));
}
void RefBackend::run(const ConvTranspose2dBackwardData& k) const {
  if (k.algorithm == ConvAlgorithm::winograd) {
    return ref::winograd_correlate(k.spec, in(k.dy), in(k.w), in(nullptr), out(k.dx));
  }
  ref::conv_transpose2d_backward_data(k.spec, in(k.dy), in(k.w), out(k.dx));
}
void RefBackend::run(const ConvTranspose2dBackwardWeight& k) const {
  if (k.algorithm == ConvAlgorithm::winograd) {
    return ref::winograd_weights(k.spec, in(k.dy), in(k.x), out(k.dw));
  }
  ref::conv_transpose2d_backward_weight(k.spec, in(k.x), in(k.dy), out(k.dw));
}

void RefBackend::run(const NormForward& k) const {
  ref::norm_forward(k.groups, in(k.x), in(k.gamma), in(k.beta), k.eps, epilogue(k.then), view(k.y),
                    view(k.mean), view(k.inv_std));
}
void RefBackend::run(const NormInference& k) const {
  ref::norm_inference(k.groups, in(k.x), in(k.gamma), in(k.beta), in(k.mean), in(k.inv_std),
                      epilogue(k.then), view(k.y));
}
void RefBackend::run(const NormBackward& k) const {
  ref::norm_backward<real>(k.groups, in(k.x), in(k.gamma), in(k.mean), in(k.inv_std), in(k.y),
                           k.slope, in(k.dy),
                           {out(k.dx), out(k.dgamma), out(k.dbeta), out(k.dadded)});
}

void RefBackend::run(const LeakyReluForward& k) const {
  ref::leaky_relu_forward(in(k.x), k.slope, view(k.y));
}
void RefBackend::run(const LeakyReluBackward& k) const {
  ref::leaky_relu_backward(in(k.x), k.slope, in(k.dy), out(k.dx));
}
void RefBackend::run(const ReluForward& k) const { ref::relu_forward(in(k.x), view(k.y)); }
void RefBackend::run(const ReluBackward& k) const {
  ref::relu_backward(in(k.x), in(k.dy), out(k.dx));
}
void RefBackend::run(const TanhForward& k) const { ref::tanh_forward(in(k.x), view(k.y)); }
void RefBackend::run(const TanhBackward& k) const {
  ref::tanh_backward(in(k.y), in(k.dy), out(k.dx));
}
void RefBackend::run(const Dropout& k) const { ref::dropout(in(k.x), k.rate, k.rng, out(k.y)); }

void RefBackend::run(const ConcatForward& k) const {
  ref::concat_forward(in(k.a), in(k.b), view(k.y));
}
void RefBackend::run(const ConcatBackward& k) const {
  ref::concat_backward(in(k.dy), k.first, out(k.dx));
}
void RefBackend::run(const AddForward& k) const { ref::add_forward(in(k.a), in(k.b), view(k.y)); }
void RefBackend::run(const Scale& k) const { ref::scale(in(k.x), k.factor, out(k.y)); }

void RefBackend::run(const WeightedMeanForward& k) const {
  ref::weighted_mean_forward(in(k.x), in(k.w), view(k.y));
}
void RefBackend::run(const WeightedMeanBackward& k) const {
  ref::weighted_mean_backward(in(k.w), in(k.dy), out(k.dx));
}
void RefBackend::run(const L1LossForward& k) const {
  ref::l1_loss_forward(in(k.a), in(k.b), view(k.loss));
}
void RefBackend::run(const L1LossBackward& k) const {
  ref::l1_loss_backward(in(k.a), in(k.b), in(k.dloss), out(k.da));
}
void RefBackend::run(const MseLossForward& k) const {
  ref::mse_loss_forward(in(k.a), in(k.b), view(k.loss));
}
void RefBackend::run(const MseLossBackward& k) const {
  ref::mse_loss_backward(in(k.a), in(k.b), in(k.dloss), out(k.da));
}
void RefBackend::run(const BceWithLogitsForward& k) const {
  ref::bce_with_logits_forward(in(k.x), k.label, view(k.loss));
}
void RefBackend::run(const BceWithLogitsBackward& k) const {
  ref::bce_with_logits_backward(in(k.x), k.label, in(k.dloss), out(k.dx));
}
void RefBackend::run(const LeastSquaresLossForward& k) const {
  ref::least_squares_loss_forward(in(k.x), k.label, view(k.loss));
}
void RefBackend::run(const LeastSquaresLossBackward& k) const {
  ref::least_squares_loss_backward(in(k.x), k.label, in(k.dloss), out(k.dx));
}

void RefBackend::run(const AdamStep& k) const {
  ref::adam_step(k.constants, view(k.p), in(k.g), view(k.m), view(k.v));
}

}  // namespace nn
