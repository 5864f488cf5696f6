#include "nn/backend/ref/ref_backend.h"

#include "nn/backend/as_it_is.h"
#include "nn/backend/ref/adam.h"
#include "nn/backend/ref/conv2d.h"
#include "nn/backend/ref/conv_transpose2d.h"
#include "nn/backend/ref/elementwise.h"
#include "nn/backend/ref/losses.h"
#include "nn/backend/ref/norm.h"
#include "nn/backend/ref/warp.h"
#include "nn/backend/ref/winograd.h"

namespace nn {
namespace {

using ref::OnTensors;
ref::View<const real> in(const Tensor& t) { return OnTensors::in(t); }
ref::View<const real> in(const Tensor* t) {
  return t != nullptr ? in(*t) : ref::View<const real>{};
}
ref::Out<real> out(Destination d) { return OnTensors::out(d); }
ref::View<real> view(Destination d) { return OnTensors::view(d); }
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

void RefBackend::run(const RunningStatistics& k) const {
  ref::running_statistics<real>(in(k.mean), in(k.inv_std), k.eps, k.momentum, k.unbiased,
                                view(k.running_mean), view(k.running_var));
}

// Kernels of elementwise.h and warp.h name their specification there.
#define NN_RUN(K)                          \
  void RefBackend::run(const K& k) const { \
    ref::OnTensors on;                     \
    ref::run(k, on);                       \
  }
NN_POINTWISE_KERNELS(NN_RUN)
NN_WARP_KERNELS(NN_RUN)
#undef NN_RUN

void RefBackend::run(const ConcatForward& k) const {
  ref::concat_forward(in(k.a), in(k.b), view(k.y));
}
void RefBackend::run(const ConcatBackward& k) const {
  ref::concat_backward(in(k.dy), k.first, out(k.dx));
}

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
