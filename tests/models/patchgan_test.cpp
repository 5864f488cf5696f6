// The discriminator: its size, its maps, its receptive field seen from a logit, how it starts.
#include "models/patchgan.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "models/unet.h"
#include "nn/optim/adam.h"
#include "tests/catch.h"
#include "tests/nn/tensors.h"

namespace models {
namespace {

using nn::testing::doubles;
using nn::testing::error_of;
using nn::testing::noise;

PatchGanConfig narrow(PatchGanSettings settings, nn::index width = 2) {
  settings.width = width;
  return {settings, 2};
}

nn::Shape map_of(const PatchGanConfig& config, const nn::Shape& image) {
  PatchGan net(config);
  const nn::Var x(noise(image, 1));
  return net.forward(x, x, nn::NormMode::batch).shape();
}

}  // namespace

TEST_CASE("PatchGAN: number of trained values", "[patchgan]") {
  CHECK(PatchGan({PatchGanSettings::original(), 2}).parameters().count() == 2764609);
  CHECK(PatchGan({PatchGanSettings::isola70(), 2}).parameters().count() == 2764609);
}

TEST_CASE("PatchGAN: its map of logits", "[patchgan]") {
  CHECK(map_of(narrow(PatchGanSettings::original()), {2, 64, 96, 1}) == nn::Shape{2, 4, 6, 1});
  CHECK(map_of(narrow(PatchGanSettings::original(), 1), {1, 256, 256, 1}) ==
        nn::Shape{1, 16, 16, 1});
  CHECK(map_of(narrow(PatchGanSettings::isola70()), {2, 64, 96, 1}) == nn::Shape{2, 6, 10, 1});
  CHECK(map_of(narrow(PatchGanSettings::isola70(), 1), {1, 256, 256, 1}) ==
        nn::Shape{1, 30, 30, 1});
}

TEST_CASE("PatchGAN: receptive field", "[patchgan]") {
  CHECK(PatchGanSettings::isola70().receptive_field() == 70);
  CHECK(PatchGanSettings::original().receptive_field() == 94);

  // What one logit in the middle depends on, by its gradient.
  for (const PatchGanSettings& s : {PatchGanSettings::isola70(), PatchGanSettings::original()}) {
    PatchGanConfig c = narrow(s);
    c.norm = {Norm::none, 0, 0};
    PatchGan net(c);
    net.initialise(3);
    const nn::Var image(noise({1, 128, 192, 1}, 2), true);
    const nn::Var logits =
        net.forward(image, nn::Var(noise({1, 128, 192, 1}, 3)), nn::NormMode::batch);
    nn::Tensor seed = nn::Tensor::zeros(logits.shape());
    seed.at(0, logits.shape().h / 2, logits.shape().w / 2, 0) = 1;
    nn::backward(logits, seed, std::vector<nn::Var>{image});
    nn::index top = 128, bottom = -1, left = 192, right = -1;
    for (nn::index h = 0; h < 128; ++h) {
      for (nn::index w = 0; w < 192; ++w) {
        if (image.grad().at(0, h, w, 0) == 0) continue;
        top = std::min(top, h);
        bottom = std::max(bottom, h);
        left = std::min(left, w);
        right = std::max(right, w);
      }
    }
    CHECK(bottom - top + 1 == c.receptive_field());
    CHECK(right - left + 1 == c.receptive_field());
  }
}

TEST_CASE("PatchGAN: what makes no network or fits none is refused", "[patchgan]") {
  const auto refusal = [](auto change) {
    PatchGanConfig c = narrow(PatchGanSettings::isola70());
    change(c);
    return error_of([&] { PatchGan net(c); });
  };
  CHECK(refusal([](PatchGanConfig&) {}).empty());
  CHECK_FALSE(refusal([](PatchGanConfig& c) { c.width = 0; }).empty());
  CHECK_FALSE(refusal([](PatchGanConfig& c) { c.width = 4096; }).empty());
  CHECK_FALSE(refusal([](PatchGanConfig& c) { c.stride2_levels = 12; }).empty());
  CHECK_FALSE(refusal([](PatchGanConfig& c) { c.stride2_levels = -1; }).empty());
  CHECK_FALSE(refusal([](PatchGanConfig& c) {
                c.stride2_levels = -1;
                c.stride1_levels = 3;
              }).empty());
  CHECK_FALSE(refusal([](PatchGanConfig& c) { c.in_channels = 0; }).empty());

  PatchGan net(narrow(PatchGanSettings::isola70()));
  const auto given = [&](const nn::Shape& image, const nn::Shape& condition) {
    return error_of([&] {
      static_cast<void>(
          net.forward(nn::Var(noise(image, 1)), nn::Var(noise(condition, 2)), nn::NormMode::batch));
    });
  };
  CHECK(given({1, 32, 32, 1}, {1, 32, 32, 1}).empty());
  CHECK_FALSE(given({1, 32, 32, 1}, {1, 32, 32, 2}).empty());  // three channels instead of two
  CHECK_FALSE(given({1, 32, 32, 1}, {1, 32, 16, 1}).empty());
  CHECK_FALSE(given({1, 8, 8, 1}, {1, 8, 8, 1}).empty());  // nothing left for the last level
}

TEST_CASE("PatchGAN: first weights", "[patchgan]") {
  const auto deviation = [](const PatchGanConfig& c, const std::string& name) {
    PatchGan net(c);
    net.initialise(9);
    for (const nn::Parameter& p : net.parameters().parameters) {
      if (p.name != name) continue;
      const std::vector<double> v = doubles(p.var.value());
      return std::sqrt(nn::testing::inner(p.var.value(), p.var.value()) /
                       static_cast<double>(v.size()));
    }
    return -1.0;
  };
  // 8 * 16 * 16 = 2048 values: the standard error of the deviation is 1/64 of it.
  const PatchGanConfig original = narrow(PatchGanSettings::original(), 16);
  CHECK(deviation(original, "level.0.conv.weight") == Approx(0.02).epsilon(0.2));
  CHECK(deviation(original, "level.3.conv.weight") == Approx(0.02).epsilon(0.02));
  CHECK(deviation(original, "last.weight") == Approx(0.2).epsilon(0.08));
  CHECK(deviation(narrow(PatchGanSettings::isola70(), 16), "last.weight") ==
        Approx(0.02).epsilon(0.08));
  CHECK(deviation(original, "level.1.norm.weight") == 1);
  CHECK(deviation(original, "level.0.conv.bias") == 0);
  CHECK(deviation(original, "last.bias") == 0);
}

TEST_CASE("PatchGAN: the two networks draw different numbers", "[patchgan]") {
  UNetConfig generator;
  generator.levels = 2;
  generator.width = 2;
  generator.in_channels = 2;
  UNet g(generator);
  PatchGan d(narrow(PatchGanSettings::original()));
  g.initialise(4);
  d.initialise(4);
  // Same shape, same deviation, same seed.
  const nn::Tensor a = g.parameters().parameters[0].var.value();
  const nn::Tensor b = d.parameters().parameters[0].var.value();
  REQUIRE(a.shape() == b.shape());
  CHECK(doubles(a) != doubles(b));

  PatchGan again(narrow(PatchGanSettings::original()));
  again.initialise(4);
  CHECK(doubles(again.parameters().parameters[0].var.value()) == doubles(b));
}

TEST_CASE("PatchGAN: the image comes first, then the condition", "[patchgan]") {
  // A weight of the first level that reads channel 0 reads the image.
  PatchGanConfig c = narrow(PatchGanSettings::original());
  c.norm = {Norm::none, 0, 0};
  PatchGan net(c);
  net.initialise(2);
  nn::Tensor& w = net.parameters().parameters[0].var.mutable_value();
  for (nn::index k = 0; k < w.numel(); ++k) {
    const bool reads_condition = k / w.shape().c % w.shape().w == 1;
    if (reads_condition) w.data()[k] = 0;
  }
  const auto out = [&](std::uint32_t image, std::uint32_t condition) {
    return doubles(net.forward(nn::Var(noise({1, 32, 32, 1}, image)),
                               nn::Var(noise({1, 32, 32, 1}, condition)), nn::NormMode::batch)
                       .value());
  };
  CHECK(out(1, 2) == out(1, 3));
  CHECK(out(1, 2) != out(4, 2));
}

TEST_CASE("PatchGAN: learns to tell two images apart", "[patchgan]") {
  PatchGanConfig c = narrow(PatchGanSettings::isola70(), 4);
  c.stride2_levels = 2;
  PatchGan net(c);
  net.initialise(6);
  nn::Adam adam(net.parameters(), {0.5, 0.999, 1e-7});
  const nn::Var condition(noise({1, 32, 32, 1}, 1));
  const nn::Var real(noise({1, 32, 32, 1}, 2));
  const nn::Var fake(noise({1, 32, 32, 1}, 3));
  double last = 0;
  for (int step = 0; step < 100; ++step) {
    const nn::Var on_real = net.forward(real, condition, nn::NormMode::train);
    const nn::Var on_fake = net.forward(fake, condition, nn::NormMode::train);
    const nn::Var loss = nn::add(nn::bce_with_logits(on_real, 1), nn::bce_with_logits(on_fake, 0));
    nn::backward(loss, adam.targets());
    adam.step(2e-3);
    last = static_cast<double>(loss.value().item());
  }
  CHECK(last < 0.1);  // from 2 log 2 = 1.39
}

}  // namespace models
