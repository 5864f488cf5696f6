// The head that corrects movement: how it starts, that it learns a movement, what it refuses.
#include "models/movement_head.h"

#include <cmath>
#include <vector>

#include "models/registration.h"
#include "models/unet.h"
#include "nn/optim/adam.h"
#include "tests/catch.h"
#include "tests/nn/tensors.h"

namespace models {
namespace {

using nn::index;
using nn::testing::doubles;
using nn::testing::error_of;
using nn::testing::noise;

constexpr Pass kBatch{nn::NormMode::batch, false, 0, 0};

UNetConfig tiny_mover() {
  UNetConfig c;
  c.levels = 3;
  c.width = 4;
  c.in_channels = 2;
  c.head = Head::movement;
  c.head_channels = 3;
  return c;
}

/// Channels side by side.
nn::Tensor joined(const std::vector<nn::Tensor>& channels) {
  const nn::Shape& s = channels.front().shape();
  const auto count = static_cast<index>(channels.size());
  nn::Tensor all({s.n, s.h, s.w, count});
  for (index p = 0; p < s.pixels(); ++p) {
    for (index c = 0; c < count; ++c) {
      all.data()[p * count + c] = channels[static_cast<std::size_t>(c)].data()[p];
    }
  }
  return all;
}

/// A blob around column `x`.
nn::Tensor blob(const nn::Shape& shape, double x) {
  nn::Tensor t(shape);
  for (index i = 0; i < shape.h; ++i) {
    for (index j = 0; j < shape.w; ++j) {
      const double dx = static_cast<double>(j) - x;
      const double dy = static_cast<double>(i) - 8;
      t.at(0, i, j, 0) = static_cast<nn::real>(std::exp(-(dx * dx + dy * dy) / 12));
    }
  }
  return t;
}

}  // namespace

TEST_CASE("movement head: the network that has learned nothing gives the slice to the bit") {
  UNet net(tiny_mover());
  net.initialise(1);
  const nn::Var x(noise({2, 16, 24, 2}, 1));
  const nn::Tensor given = noise({2, 16, 24, MovementHead::kGivenChannels}, 2);
  const nn::Tensor answer = net.forward(x, nn::Var(given), kBatch).value();
  CHECK(doubles(answer) == doubles(channels_of(given, 0, 1)));
}

TEST_CASE("movement head: A and C are moved as registration moves them") {
  const nn::Shape shape{1, 17, 14, 1};
  const nn::Tensor slice = noise(shape, 1);
  const Shift by{noise(shape, 2), noise(shape, 3)};
  const nn::Var u(joined({by.x, by.y}));
  CHECK(doubles(nn::warp2d(nn::Var(slice), u).value()) == doubles(moved(slice, by)));
}

TEST_CASE("movement head: its number of trained values by hand") {
  UNetConfig c = tiny_mover();
  const index with = UNet(c).parameters().count();
  c.head = Head::residual;
  // For A and for C: 3x3 convolutions of 3 channels to 2, 1 and 1, each with a bias.
  CHECK(with == UNet(c).parameters().count() + 2 * (9 * 3 * 4 + 4));
}

TEST_CASE("movement head: a movement that registration did not see is learned") {
  // A blob lies at 6 in A, at 10 in C and at 8 between them. Registration found no movement, so its
  // slice shows the blob twice. No value can be added.
  const nn::Shape shape{1, 16, 16, 1};
  const nn::Tensor a = blob(shape, 6);
  const nn::Tensor c = blob(shape, 10);
  nn::Tensor mean(shape);
  for (index i = 0; i < mean.numel(); ++i) mean.data()[i] = (a.data()[i] + c.data()[i]) / 2;
  const nn::Tensor none = nn::Tensor::zeros(shape);
  const nn::Var given(joined({mean, a, c, none, none, none, none}));
  const nn::Var truth(blob(shape, 8));

  MovementHead head(1);
  head.initialise();
  nn::ParameterList all;
  head.collect("head", all);
  nn::ParameterList movements;
  for (const nn::Parameter& p : all.parameters) {
    if (p.name.find(".movement.") != std::string::npos) movements.parameters.push_back(p);
  }
  CHECK(movements.parameters.size() == 4);
  nn::Adam adam(movements, {0.9, 0.999, 1e-8});
  const nn::Var features(nn::Tensor::full(shape, 1));
  double first = 0;
  double last = 0;
  for (int step = 0; step < 200; ++step) {
    const nn::Var y = nn::add(head.forward(features, given.value()), nn::Var(mean));
    const nn::Var loss = nn::mse_loss(y, truth);
    nn::backward(loss, adam.targets());
    adam.step(0.02);
    last = static_cast<double>(loss.value().item());
    if (step == 0) first = last;
  }
  INFO("error from " << first << " to " << last);
  CHECK(last < first / 20);
}

TEST_CASE("movement head: fixed weights predict the same bits and are parameters no more") {
  UNet net(tiny_mover());
  net.initialise(1);
  nn::ParameterList list = net.parameters();
  std::uint32_t stream = 5;
  for (nn::Parameter& p : list.parameters) {
    if (!p.name.starts_with("head.")) continue;
    const nn::Tensor values = noise(p.var.shape(), ++stream);
    for (index i = 0; i < values.numel(); ++i) {
      p.var.mutable_value().data()[i] = nn::real(0.1) * values.data()[i];
    }
  }
  const nn::Var x(noise({2, 16, 24, 2}, 1));
  const nn::Var given(noise({2, 16, 24, MovementHead::kGivenChannels}, 2));
  constexpr Pass kRunning{nn::NormMode::running, false, 0, 0};
  const nn::NoRecording quiet;
  const nn::Tensor before = net.forward(x, given, kRunning).value();
  net.fix_weights();
  CHECK(doubles(net.forward(x, given, kRunning).value()) == doubles(before));
  CHECK(error_of([&] { net.parameters(); }).find("given to the backend") != std::string::npos);
}

TEST_CASE("movement head: what fits none is refused") {
  UNetConfig c = tiny_mover();
  c.out_channels = 2;
  CHECK(error_of([&] { UNet net(c); }) == "U-Net: output channels 2, expected 1 to 1");
  UNet net(tiny_mover());
  const nn::Var x(noise({1, 16, 16, 2}, 1));
  CHECK(error_of([&] {
          static_cast<void>(net.forward(x, nn::Var(noise({1, 16, 16, 1}, 2)), kBatch));
        }) ==
        "movement head: 1 channels beside the input, expected 7: a slice, A, C and their "
        "movements");
}

}  // namespace models
