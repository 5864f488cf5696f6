// The generator: its size, its shapes, what it refuses, how it starts, and that it can learn.
#include "models/unet.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <vector>

#include "nn/optim/adam.h"
#include "tests/catch.h"
#include "tests/nn/tensors.h"

namespace models {
namespace {

using nn::testing::doubles;
using nn::testing::error_of;
using nn::testing::noise;

constexpr Pass kBatch{nn::NormMode::batch, false, 0, 0};

UNetConfig tiny() {
  UNetConfig c;
  c.levels = 3;
  c.width = 4;
  return c;
}

UNetConfig tiny_residual() {
  UNetConfig c = tiny();
  c.in_channels = 2;
  c.head = Head::residual;
  c.head_channels = 3;
  return c;
}

UNet started(const UNetConfig& config, std::uint64_t seed = 1) {
  UNet net(config);
  net.initialise(seed);
  return net;
}

std::map<std::string, nn::Tensor> values(const UNet& net) {
  std::map<std::string, nn::Tensor> map;
  for (const nn::Parameter& p : net.parameters().parameters) map[p.name] = p.var.value();
  return map;
}

std::vector<double> all_values(const UNet& net) {
  std::vector<double> all;
  for (const auto& [name, tensor] : values(net)) {
    all.insert(all.end(), tensor.values().begin(), tensor.values().end());
  }
  return all;
}

/// A picture without corners in (-0.8, 0.8).
nn::Tensor waves(const nn::Shape& shape, double phase) {
  nn::Tensor t(shape);
  for (nn::index h = 0; h < shape.h; ++h) {
    for (nn::index w = 0; w < shape.w; ++w) {
      const double at = 0.5 * static_cast<double>(h) + 0.3 * static_cast<double>(w) + phase;
      t.at(0, h, w, 0) = static_cast<nn::real>(0.8 * std::sin(at));
    }
  }
  return t;
}

}  // namespace

TEST_CASE("U-Net: number of trained values", "[unet]") {
  UNetConfig c;
  c.norm_innermost = false;
  CHECK(UNet(c).parameters().count() == 54408385);  // as the pix2pix generator in PyTorch
  c.norm_innermost = true;                          // 512 gains and shifts more, 512 biases less
  CHECK(UNet(c).parameters().count() == 54408385 + 512);
}

TEST_CASE("U-Net: number of trained values by hand", "[unet]") {
  // Convolutions of 16 taps: 1>4, 4>8, 8>16; 16>8, 16>4; 8>1. Biases of the first and last layer.
  // Norms of 8 and 16, 8 and 4 channels, two values each.
  const nn::index taps = 16 * (4 + 32 + 128 + 128 + 64 + 8);
  CHECK(UNet(tiny()).parameters().count() == taps + 4 + 1 + 2 * (8 + 16 + 8 + 4));

  UNetConfig c = tiny_residual();  // 2>4 first, 8>3 last, then 3x3: 3+2>3 and 3>1
  const nn::index base = 16 * (8 + 32 + 128 + 128 + 64 + 24) + 4 + 3 + 2 * (8 + 16 + 8 + 4);
  CHECK(UNet(c).parameters().count() == base + 9 * 15 + 3 + 9 * 3 + 1);

  c.norm = {Norm::none, 0, 0};  // biases instead
  CHECK(UNet(c).parameters().count() == base - (8 + 16 + 8 + 4) + 9 * 15 + 3 + 9 * 3 + 1);
}

TEST_CASE("U-Net: names of a deeper network follow the levels", "[unet]") {
  UNetConfig c = tiny();
  c.levels = 6;
  const auto map = values(UNet(c));
  CHECK(map.at("down.3.conv.weight").shape() == nn::Shape{4, 4, 16, 32});
  CHECK(map.at("down.5.conv.weight").shape() == nn::Shape{4, 4, 32, 32});  // no wider than 8w
  CHECK(map.at("up.0.conv.weight").shape() == nn::Shape{4, 4, 32, 32});
  CHECK(map.at("up.1.conv.weight").shape() == nn::Shape{4, 4, 32, 64});
  CHECK(map.at("up.4.conv.weight").shape() == nn::Shape{4, 4, 4, 16});
  CHECK(map.at("last.weight").shape() == nn::Shape{4, 4, 1, 8});
  CHECK(map.count("down.0.norm.weight") == 0);
  CHECK(map.count("down.5.norm.weight") == 1);
}

TEST_CASE("U-Net: output has the input's size", "[unet]") {
  for (const nn::Shape& s : {nn::Shape{1, 16, 16, 1}, nn::Shape{2, 8, 24, 1}}) {
    UNetConfig c = tiny();
    c.out_channels = 2;
    UNet net = started(c);
    const nn::Var y = net.forward(nn::Var(noise(s, 1)), nn::Var(), kBatch);
    CHECK(y.shape() == nn::Shape{s.n, s.h, s.w, 2});
    const std::vector<double> v = doubles(y.value());
    CHECK(std::all_of(v.begin(), v.end(), [](double x) { return std::abs(x) < 1; }));
  }
}

TEST_CASE("U-Net: what makes no network or fits none is refused", "[unet]") {
  const auto refusal = [](auto change) {
    UNetConfig c = tiny_residual();
    change(c);
    return error_of([&] { UNet net(c); });
  };
  CHECK(refusal([](UNetConfig&) {}).empty());
  CHECK(refusal([](UNetConfig& c) { c.levels = 1; }) == "U-Net: levels 1, expected 2 to 12");
  CHECK_FALSE(refusal([](UNetConfig& c) { c.levels = 13; }).empty());
  CHECK_FALSE(refusal([](UNetConfig& c) { c.width = 0; }).empty());
  CHECK_FALSE(refusal([](UNetConfig& c) { c.width = -4; }).empty());
  CHECK_FALSE(refusal([](UNetConfig& c) { c.in_channels = 0; }).empty());
  CHECK_FALSE(refusal([](UNetConfig& c) { c.out_channels = 0; }).empty());
  CHECK_FALSE(refusal([](UNetConfig& c) { c.head_channels = 0; }).empty());

  UNet net(tiny());
  CHECK(net.multiple() == 8);
  const auto given = [&](const nn::Shape& s) {
    return error_of(
        [&] { static_cast<void>(net.forward(nn::Var(noise(s, 1)), nn::Var(), kBatch)); });
  };
  CHECK(given({1, 8, 16, 1}).empty());
  for (const nn::Shape& s : {nn::Shape{1, 12, 16, 1}, nn::Shape{1, 16, 20, 1}}) {
    CHECK(given(s).find("multiples of 8") != std::string::npos);
  }
  CHECK_FALSE(given({1, 16, 16, 2}).empty());  // channels

  UNet residual = started(tiny_residual());
  const nn::Var x(noise({1, 8, 8, 2}, 1));
  const auto based_on = [&](const nn::Var& base) {
    return error_of([&] { static_cast<void>(residual.forward(x, base, kBatch)); });
  };
  CHECK(based_on(nn::Var(noise({1, 8, 8, 1}, 2))).empty());
  CHECK(based_on(nn::Var()).find("no base image") != std::string::npos);
  CHECK_FALSE(based_on(nn::Var(noise({1, 8, 16, 1}, 2))).empty());
}

TEST_CASE("U-Net: the residual head starts as its base, exactly", "[unet]") {
  for (const Norm kind : {Norm::none, Norm::batch, Norm::instance}) {
    UNetConfig c = tiny_residual();
    c.norm.kind = kind;
    UNet net = started(c);
    const nn::Tensor base = noise({2, 16, 8, 1}, 3);
    const nn::Var y = net.forward(nn::Var(noise({2, 16, 8, 2}, 4)), nn::Var(base), kBatch);
    CHECK(doubles(y.value()) == doubles(base));
  }
}

TEST_CASE("U-Net: planes act behind instance norms, which take constants away", "[unet]") {
  UNetConfig c = tiny_residual();
  c.levels = 4;
  c.in_channels = 3;
  c.planes = 1;
  c.norm.kind = Norm::instance;
  UNet net = started(c);
  nn::ParameterList list = net.parameters();
  const auto set = [&](const std::string& ending, double value) {
    nn::index count = 0;
    for (nn::Parameter& p : list.parameters) {
      if (!p.name.ends_with(ending)) continue;
      ++count;
      for (nn::real& v : p.var.mutable_value().values()) v = static_cast<nn::real>(value);
    }
    return count;
  };
  // The head lets everything through, but for the planes, which it is given as well.
  for (nn::Parameter& p : list.parameters) {
    if (p.name != "head.last.weight" && p.name != "head.mix.weight") continue;
    nn::Tensor& w = p.var.mutable_value();
    for (nn::real& v : w.values()) v = static_cast<nn::real>(0.1);
    if (p.name != "head.mix.weight") continue;
    const nn::index cout = w.shape().c;
    const nn::index cin = w.shape().w;
    for (nn::index i = 0; i < w.numel(); ++i) {
      if (i / cout % cin == cin - 1) w.data()[i] = 0;
    }
  }
  const auto answer = [&](double plane) {
    nn::Tensor x = noise({1, 32, 32, 3}, 6);
    for (nn::index i = 2; i < x.numel(); i += 3) x.data()[i] = static_cast<nn::real>(plane);
    return doubles(
        net.forward(nn::Var(x), nn::Var(nn::Tensor::zeros({1, 32, 32, 1})), kBatch).value());
  };
  // The first convolution has no norm and would let the plane through: its weights for it are 0.
  for (nn::Parameter& p : list.parameters) {
    if (p.name != "down.0.conv.weight") continue;
    nn::Tensor& w = p.var.mutable_value();
    for (nn::index i = 0; i < w.numel(); ++i) {
      if (i / w.shape().c % 3 == 2) w.data()[i] = 0;
    }
  }
  CHECK(answer(0.5) == answer(-0.5));  // what planes add starts at zero
  CHECK(set("down.1.planes.weight", 0.3) == 1);
  CHECK(answer(0.5) != answer(-0.5));
  set("down.1.planes.weight", 0);
  CHECK(set("up.2.planes.weight", 0.3) == 1);
  CHECK(answer(0.5) != answer(-0.5));
  // Behind every norm, and nowhere else: not the first level, nor the innermost without one.
  CHECK(set(".planes.weight", 0) == (c.norm_innermost ? 6 : 5));
  CHECK(answer(0.5) == answer(-0.5));

  c.planes = 3;  // nothing but planes
  CHECK_FALSE(error_of([&] { UNet{c}; }).empty());
}

TEST_CASE("U-Net: first weights", "[unet]") {
  UNetConfig c = tiny_residual();
  c.levels = 5;
  c.width = 16;
  const UNet net = started(c, 5);
  for (const auto& [name, tensor] : values(net)) {
    INFO(name);
    const std::vector<double> v = doubles(tensor);
    const auto all = [&](double wanted) {
      return std::all_of(v.begin(), v.end(), [&](double x) { return x == wanted; });
    };
    if (name == "head.last.weight" || name.find("bias") != std::string::npos) {
      CHECK(all(0));
    } else if (name.find("norm.weight") != std::string::npos) {
      CHECK(all(1));
    } else {
      // N(0, 0.02): mean and standard deviation within five of their standard errors.
      const auto n = static_cast<double>(v.size());
      double sum = 0;
      double squares = 0;
      for (const double x : v) {
        sum += x;
        squares += x * x;
      }
      CHECK(std::abs(sum / n) < 5 * 0.02 / std::sqrt(n));
      CHECK(std::abs(std::sqrt(squares / n) - 0.02) < 5 * 0.02 / std::sqrt(2 * n));
    }
  }
  CHECK(all_values(net) == all_values(started(c, 5)));
  CHECK(all_values(net) != all_values(started(c, 6)));

  // Every tensor has its own stream.
  auto map = values(net);
  CHECK(map.at("down.1.conv.weight").data()[0] != map.at("down.2.conv.weight").data()[0]);
}

TEST_CASE("U-Net: dropout", "[unet]") {
  UNetConfig c = tiny();
  UNet net = started(c);
  const nn::Var x(noise({1, 16, 16, 1}, 5));
  const auto out = [&](UNet& from, const Pass& pass) {
    return doubles(from.forward(x, nn::Var(), pass).value());
  };
  const auto on = [](std::uint64_t seed, std::uint32_t step) {
    return Pass{nn::NormMode::batch, true, seed, step};
  };
  const std::vector<double> off = out(net, kBatch);
  CHECK(out(net, kBatch) == off);
  CHECK(out(net, on(1, 0)) != off);
  CHECK(out(net, on(1, 0)) == out(net, on(1, 0)));
  CHECK(out(net, on(1, 0)) != out(net, on(1, 1)));
  CHECK(out(net, on(1, 0)) != out(net, on(2, 0)));

  c.dropout = 0;
  UNet without = started(c);
  CHECK(out(without, on(1, 0)) == off);
  c.dropout = 0.5;
  c.dropout_levels = 0;
  UNet nowhere = started(c);
  CHECK(out(nowhere, on(1, 0)) == off);
  c.dropout_levels = 1;
  UNet innermost = started(c);
  CHECK(out(innermost, on(1, 0)) != off);
  CHECK(out(innermost, on(1, 0)) != out(net, on(1, 0)));
}

TEST_CASE("U-Net: overfits one pair", "[unet]") {
  for (const Head head : {Head::tanh, Head::residual}) {
    UNetConfig c = tiny();
    c.head = head;
    UNet net = started(c);
    nn::Adam adam(net.parameters(), {0.5, 0.999, 1e-7});
    const nn::Shape shape{1, 16, 16, 1};
    const nn::Var x(waves(shape, 0));
    const nn::Var truth(waves(shape, 1.5));
    const nn::Var base = head == Head::residual ? x : nn::Var();
    double first = 0;
    double last = 0;
    for (std::uint32_t step = 0; step < 300; ++step) {
      const nn::Var y = net.forward(x, base, {nn::NormMode::train, false, 0, step});
      const nn::Var loss = nn::l1_loss(y, truth);
      nn::backward(loss, adam.targets());
      adam.step(step < 200 ? 5e-3 : 1e-3);
      last = static_cast<double>(loss.value().item());
      if (step == 0) first = last;
    }
    INFO("L1 from " << first << " to " << last);
    CHECK(last < first / 10);
  }
}

TEST_CASE("U-Net: rectified skips are the encoder's maps without what is below zero") {
  // Where no map is negative, as without a slope, both networks are the same to the bit.
  UNetConfig plain = tiny();
  plain.leaky_slope = 0;
  UNetConfig rectified = plain;
  rectified.relu_skips = true;
  const nn::Tensor x = waves({1, 16, 16, 1}, 0.3);
  const auto answer = [&](const UNetConfig& config) {
    UNet net = started(config);
    return doubles(net.forward(nn::Var(x), nn::Var(), kBatch).value());
  };
  CHECK(answer(plain) == answer(rectified));
  plain.leaky_slope = 0.3;
  rectified.leaky_slope = 0.3;
  CHECK(answer(plain) != answer(rectified));
}

}  // namespace models
