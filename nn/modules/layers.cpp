#include "nn/modules/layers.h"

#include <algorithm>
#include <cmath>

#include "nn/core/error.h"
#include "nn/ranks/shared_batch.h"

namespace nn {
namespace {

Var parameter(const Shape& shape, real value = 0) { return Var(Tensor::full(shape, value), true); }

void require_own(const Var& weight) {
  require(static_cast<bool>(weight), "convolution", "weights that were given to the backend",
          "a network that was not prepared for predictions");
}

/// weight' = scale * weight, bias' = scale * bias + shift; `channel(k)` is the output channel that
/// weight k serves.
template <class F>
void fold_into(Var& weight, Var& bias, const ChannelAffine& after, const F& channel) {
  if (!bias) bias = parameter(vector_shape(static_cast<index>(after.scale.size())));
  const auto scaled = [&](real v, index c) {
    return after.scale[static_cast<std::size_t>(c)] * static_cast<double>(v);
  };
  Tensor& w = weight.mutable_value();
  for (index k = 0; k < w.numel(); ++k) {
    w.data()[k] = static_cast<real>(scaled(w.data()[k], channel(k)));
  }
  Tensor& b = bias.mutable_value();
  for (index c = 0; c < b.numel(); ++c) {
    const double shift = after.shift[static_cast<std::size_t>(c)];
    b.data()[c] = static_cast<real>(scaled(b.data()[c], c) + shift);
  }
}

}  // namespace

Conv2d::Conv2d(const Conv2dSpec& spec, index cin, index cout, bool bias)
    : spec_(spec), weight_(parameter({spec.kernel_h, spec.kernel_w, cin, cout})) {
  if (bias) bias_ = parameter(vector_shape(cout));
}

void Conv2d::collect(const std::string& prefix, ParameterList& list) const {
  require_own(weight_);
  list.parameters.push_back({prefix + ".weight", weight_});
  if (bias_) list.parameters.push_back({prefix + ".bias", bias_});
}

void Conv2d::fix() {
  if (fixed_) return;
  fixed_ = backend().fix(spec_, false, weight_.value());
  weight_ = Var();
}

void Conv2d::fold(const ChannelAffine& after) {
  require_own(weight_);
  const Shape s = weight_.shape();  // (kh,kw,Cin,Cout)
  fold_into(weight_, bias_, after, [&](index k) { return k % s.c; });
}

ConvTranspose2d::ConvTranspose2d(const Conv2dSpec& spec, index cin, index cout, bool bias)
    : spec_(spec), weight_(parameter({spec.kernel_h, spec.kernel_w, cout, cin})) {
  if (bias) bias_ = parameter(vector_shape(cout));
}

void ConvTranspose2d::collect(const std::string& prefix, ParameterList& list) const {
  require_own(weight_);
  list.parameters.push_back({prefix + ".weight", weight_});
  if (bias_) list.parameters.push_back({prefix + ".bias", bias_});
}

void ConvTranspose2d::fix() {
  if (fixed_) return;
  fixed_ = backend().fix(spec_, true, weight_.value());
  weight_ = Var();
}

void ConvTranspose2d::fold(const ChannelAffine& after) {
  require_own(weight_);
  const Shape s = weight_.shape();  // (kh,kw,Cout,Cin)
  fold_into(weight_, bias_, after, [&](index k) { return k / s.c % s.w; });
}

BatchNorm2d::BatchNorm2d(index channels, double eps, double momentum)
    : eps_(eps),
      momentum_(momentum),
      gamma_(parameter(vector_shape(channels), 1)),
      beta_(parameter(vector_shape(channels))),
      running_mean_(Tensor::zeros(vector_shape(channels))),
      running_var_(Tensor::full(vector_shape(channels), 1)) {}

Var BatchNorm2d::forward(const Var& x, NormMode mode, const AfterNorm& after) {
  const index channels = x.shape().c;
  if (mode == NormMode::running) {
    NormStatistics given{running_mean_, Tensor(vector_shape(channels))};
    for (index c = 0; c < channels; ++c) {
      const double variance = static_cast<double>(running_var_.data()[c]);
      given.inv_std.data()[c] = static_cast<real>(1 / std::sqrt(variance + eps_));
    }
    return batch_norm2d_inference(x, gamma_, beta_, given, after);
  }
  NormStatistics batch;
  Var y = batch_norm2d(x, gamma_, beta_, eps_, &batch, after);
  if (mode == NormMode::train) {
    const Shape& s = x.shape();
    const auto count = static_cast<double>(images_of(shared_batch(), s) * s.h * s.w);
    const double unbiased = count > 1 ? count / (count - 1) : 1;
    backend().run(RunningStatistics{batch.mean,
                                    batch.inv_std,
                                    eps_,
                                    momentum_,
                                    unbiased,
                                    {&running_mean_, Write::add},
                                    {&running_var_, Write::add}});
  }
  return y;
}

void BatchNorm2d::collect(const std::string& prefix, ParameterList& list) const {
  list.parameters.push_back({prefix + ".weight", gamma_});
  list.parameters.push_back({prefix + ".bias", beta_});
  list.buffers.push_back({prefix + ".running_mean", running_mean_});
  list.buffers.push_back({prefix + ".running_var", running_var_});
}

ChannelAffine BatchNorm2d::running() const {
  ChannelAffine affine;
  for (index c = 0; c < gamma_.shape().c; ++c) {
    const auto at = [c](const Tensor& t) { return static_cast<double>(t.data()[c]); };
    const double scale = at(gamma_.value()) / std::sqrt(at(running_var_) + eps_);
    affine.scale.push_back(scale);
    affine.shift.push_back(at(beta_.value()) - at(running_mean_) * scale);
  }
  return affine;
}

InstanceNorm2d::InstanceNorm2d(index channels, double eps)
    : eps_(eps),
      gamma_(parameter(vector_shape(channels), 1)),
      beta_(parameter(vector_shape(channels))) {}

namespace {

/// Returns x. Gain and shift have no effect and get the gradient 0, so that backward() can have
/// them as targets.
Var leave_out(const Var& x, const Var& gamma, const Var& beta) {
  return record("instance_norm2d, left out", {x, gamma, beta}, x.value(),
                [gamma = gamma.value()](const Tensor& dy, std::span<const Destination> dx) {
                  if (dx[0]) backend().run(Scale{dy, 1, dx[0]});
                  for (const Destination& unused : dx.subspan(1)) {
                    if (unused && unused.write == Write::set) {
                      backend().run(Scale{gamma, 0, unused});
                    }
                  }
                });
}

}  // namespace

Var InstanceNorm2d::forward(const Var& x, const AfterNorm& after) const {
  if (x.shape().h == 1 && x.shape().w == 1) return after_norm(leave_out(x, gamma_, beta_), after);
  return instance_norm2d(x, gamma_, beta_, eps_, after);
}

void InstanceNorm2d::collect(const std::string& prefix, ParameterList& list) const {
  list.parameters.push_back({prefix + ".weight", gamma_});
  list.parameters.push_back({prefix + ".bias", beta_});
}

}  // namespace nn
