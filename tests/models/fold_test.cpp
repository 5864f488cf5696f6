// Batch norms folded into convolutions: the network is the same but for rounding, and the bound on
// that is the one of docs/learn/ops/batch_norm2d.md, carried through the layers. Compiled twice:
// with double the bound is 2^29 times smaller, and no wrong formula hides below it.
#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <string>

#include "models/unet.h"
#include "tests/catch.h"
#include "tests/nn/tensors.h"

namespace models {
namespace {

using nn::index;
using nn::real;
using nn::Tensor;
using nn::Var;

constexpr double kRounding = std::numeric_limits<real>::epsilon() / 2;
constexpr double kHuPerUnit = 1536;  // (-1, 1) stands for -1024 to 2048 HU
constexpr nn::Conv2dSpec kHalve{4, 4, 2, {1, 1, 1, 1}};

constexpr Pass kRunning{nn::NormMode::running, false, 0, 0};

using Named = std::map<std::string, Tensor>;

/// Values and buffers of a network in which no layer is like another and none is trivial.
Named randomised(UNet& net) {
  Named all;
  nn::Rng rng(41, nn::Purpose::test);
  nn::ParameterList list = net.parameters();
  for (nn::Parameter& p : list.parameters) {
    const bool gain = p.name.ends_with("norm.weight");
    for (real& v : p.var.mutable_value().values()) {
      v = static_cast<real>(gain ? 0.5 + rng.uniform() : 0.1 * rng.normal());
    }
    all[p.name] = p.var.value().clone();
  }
  for (nn::Buffer& b : list.buffers) {
    const bool variance = b.name.ends_with("var");
    for (real& v : b.tensor.values()) {
      v = static_cast<real>(variance ? 0.2 + rng.uniform() : 0.2 * rng.normal());
    }
    all[b.name] = b.tensor.clone();
  }
  return all;
}

Tensor mapped(const Tensor& t, const std::function<double(double)>& f) {
  Tensor out(t.shape());
  std::transform(t.data(), t.data() + t.numel(), out.data(),
                 [&](real v) { return static_cast<real>(f(static_cast<double>(v))); });
  return out;
}

Tensor magnitude(const Tensor& t) {
  return mapped(t, [](double v) { return std::fabs(v); });
}

/// What a layer of the unfolded network gives, and how far the folded one may be from it.
struct Traced {
  Tensor value, apart;
};

/// A convolution and its batch norm (if `named` has one), `sums` terms in each output.
Traced convolved(const Named& named, const std::string& conv, const std::string& norm, double eps,
                 bool transposed, const Traced& x) {
  const auto run = [&](const Tensor& image, const Tensor& w) {
    return (transposed ? nn::conv_transpose2d : nn::conv2d)(kHalve, Var(image), Var(w), Var())
        .value();
  };
  const Tensor& w = named.at(conv + ".weight");
  const double k = static_cast<double>(x.value.shape().c) * (transposed ? 4 : 16);
  const Tensor value = run(x.value, w);
  const Tensor apart = run(x.apart, magnitude(w));
  const Tensor terms = run(magnitude(x.value), magnitude(w));
  Traced y{Tensor(value.shape()), Tensor(value.shape())};
  for (index i = 0; i < value.numel(); ++i) {
    const index c = i % value.shape().c;
    const auto at = [&](const std::string& name) {
      return static_cast<double>(named.at(name).data()[c]);
    };
    double scale = 1;
    double mean = 0;
    double shift = 0;
    if (named.count(norm + ".running_var") != 0) {
      scale = at(norm + ".weight") / std::sqrt(at(norm + ".running_var") + eps);
      mean = at(norm + ".running_mean");
      shift = at(norm + ".bias");
    } else {
      shift = at(conv + ".bias");
    }
    const double d = static_cast<double>(apart.data()[i]);
    const double a =
        std::fabs(scale) * (static_cast<double>(terms.data()[i]) + d + std::fabs(mean)) +
        std::fabs(shift);
    y.value.data()[i] =
        static_cast<real>(scale * (static_cast<double>(value.data()[i]) - mean) + shift);
    y.apart.data()[i] = static_cast<real>(std::fabs(scale) * d + (2 * k + 10) * kRounding * a);
  }
  return y;
}

/// An activation with slopes of at most 1: two roundings on both sides where it multiplies.
Traced activated(const Traced& x, const std::function<double(double)>& f, double roundings) {
  Traced y{mapped(x.value, f), Tensor(x.value.shape())};
  for (index i = 0; i < y.value.numel(); ++i) {
    const double d = static_cast<double>(x.apart.data()[i]);
    const double v = std::fabs(static_cast<double>(y.value.data()[i]));
    y.apart.data()[i] = static_cast<real>(d + roundings * kRounding * (v + d));
  }
  return y;
}

Traced joined(const Traced& a, const Traced& b) {
  return {nn::concat(Var(a.value), Var(b.value)).value(),
          nn::concat(Var(a.apart), Var(b.apart)).value()};
}

/// UNet::forward with the tanh head, with its bound.
Traced traced(const UNetConfig& c, const Named& named, const Tensor& x) {
  const auto leaky = [&](double v) { return v > 0 ? v : c.leaky_slope * v; };
  std::vector<Traced> skips;
  Traced h{x, Tensor::zeros(x.shape())};
  for (index i = 0; i < c.levels; ++i) {
    const std::string name = "down." + std::to_string(i);
    h = activated(convolved(named, name + ".conv", name + ".norm", c.norm.eps, false, h), leaky, 4);
    skips.push_back(h);
  }
  for (index i = 0; i + 1 < c.levels; ++i) {
    const std::string name = "up." + std::to_string(i);
    h = convolved(named, name + ".conv", name + ".norm", c.norm.eps, true, h);
    h = activated(
        h, [](double v) { return std::max(v, 0.0); }, 0);
    h = joined(h, skips[skips.size() - 2 - static_cast<std::size_t>(i)]);
  }
  h = convolved(named, "last", "", 0, true, h);
  return activated(
      h, [](double v) { return std::tanh(v); }, 8);
}

}  // namespace

TEST_CASE("U-Net: folded batch norms change it by rounding alone") {
  UNetConfig config;
  config.levels = 2;
  config.width = 4;
  UNet net(config);
  const Named named = randomised(net);
  const Tensor x = mapped(nn::testing::noise({2, 16, 16, 1}, 1), [](double v) { return 0.4 * v; });
  const Traced expected = traced(config, named, x);
  const nn::NoRecording quiet;
  const Tensor before = net.forward(Var(x), Var(), kRunning).value();
  net.fold_batch_norms();
  const Tensor after = net.forward(Var(x), Var(), kRunning).value();

  double worst = 0;
  double bound = 0;
  for (index i = 0; i < before.numel(); ++i) {
    const double d = std::fabs(static_cast<double>(before.data()[i] - after.data()[i]));
    const auto most = static_cast<double>(expected.apart.data()[i]);
    INFO("value " << i << ": " << before.data()[i] << ", folded " << after.data()[i]);
    REQUIRE(d <= most);
    worst = std::max(worst, d);
    bound = std::max(bound, most);
  }
  // The bound is no excuse: far below what is seen in a picture, and in double far below what any
  // wrong formula gives.
  INFO("apart by " << worst * kHuPerUnit << " HU, bound " << bound * kHuPerUnit << " HU");
  CHECK(bound * kHuPerUnit < (std::is_same_v<real, double> ? 1e-9 : 0.5));
  CHECK(worst > 0);  // it was folded
}

TEST_CASE("U-Net: a folded one has biases instead of batch norms, and keeps instance norms") {
  UNetConfig config;
  config.levels = 3;
  config.width = 4;
  UNet net(config);
  net.fold_batch_norms();
  CHECK(net.parameters().buffers.empty());
  config.norm = {Norm::none, 0, 0};
  CHECK(net.parameters().count() == UNet(config).parameters().count());
  config.norm = {Norm::instance, 1e-5, 0};
  UNet instance(config);
  const index count = instance.parameters().count();
  instance.fold_batch_norms();
  CHECK(instance.parameters().count() == count);
}

TEST_CASE("U-Net: fixed weights predict the same bits and are parameters no more") {
  for (const Head head : {Head::tanh, Head::residual}) {
    UNetConfig config;
    config.levels = 3;
    config.width = 9;
    config.in_channels = 3;
    config.head = head;
    config.planes = head == Head::residual ? 1 : 0;
    config.norm = {Norm::instance, 1e-5, 0};
    UNet net(config);
    randomised(net);
    const Var x(nn::testing::noise({2, 24, 32, 3}, 1));
    const Var base = head == Head::residual ? Var(nn::testing::noise({2, 24, 32, 1}, 2)) : Var();
    const nn::NoRecording quiet;
    const Tensor before = net.forward(x, base, kRunning).value();
    net.fix_weights();
    CHECK(nn::testing::doubles(net.forward(x, base, kRunning).value()) ==
          nn::testing::doubles(before));
    CHECK(nn::testing::error_of([&] { net.parameters(); }).find("given to the backend") !=
          std::string::npos);
  }
}

}  // namespace models
