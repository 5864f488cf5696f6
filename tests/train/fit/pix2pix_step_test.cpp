// A training step by itself: what it costs in memory, and what the generator is told.
#include "train/fit/pix2pix_step.h"

#include <string>

#include "nn/core/buffer_pool.h"
#include "tests/catch.h"
#include "train/recipe/fields.h"

TEST_CASE("after the first step no tensor comes from the system") {
  for (const char* name : {"residual", "ct2ct", "pix2pix"}) {
    train::Recipe r = train::recipe_named(name);
    r.generator.levels = 3;
    r.generator.width = r.discriminator.width = 4;
    train::Pix2Pix networks(r.generator_config(), r.discriminator_config(), r.adam, 1);
    nn::Rng rng(1, nn::Purpose::test);
    const auto noise = [&](nn::index channels) {
      nn::Tensor t({2, 32, 32, channels});
      for (nn::real& v : t.values()) v = static_cast<nn::real>(rng.normal());
      return t;
    };
    train::Batch batch{
        noise(r.generator_config().in_channels), {}, noise(r.generator_config().out_channels)};
    if (r.generator_config().base_channels() > 0) {
      batch.base = noise(r.generator_config().base_channels());
      batch.bone = noise(1);
    }
    train::StepSettings settings = r.settings(1, 0, 1);
    settings.adversarial_weight = 1;

    const std::size_t before = nn::BufferPool::stats().allocations;
    networks.step(batch, settings);
    const std::size_t first = nn::BufferPool::stats().allocations;
    for (settings.pass.step = 1; settings.pass.step < 5; ++settings.pass.step) {
      networks.step(batch, settings);
    }
    INFO(name);
    CHECK(first > before);
    CHECK(nn::BufferPool::stats().allocations == first);
  }
}

TEST_CASE("the discriminator judges images, or so many times their difference to the base") {
  train::Recipe r = train::recipe_named("residual");
  r.generator.head = models::Head::residual;
  r.generator.levels = 2;
  r.generator.width = r.discriminator.width = 4;
  nn::Rng rng(3, nn::Purpose::test);
  const auto noise = [&](nn::index channels) {
    nn::Tensor t({1, 32, 32, channels});
    for (nn::real& v : t.values()) v = static_cast<nn::real>(rng.normal());
    return t;
  };
  const train::Batch batch{noise(r.generator_config().in_channels), noise(1), noise(1)};
  for (const double gain : {0.0, 3.0}) {
    INFO(gain);
    nn::Tensor seen = batch.target.clone();
    for (nn::index i = 0; i < seen.numel() && gain > 0; ++i) {
      seen.data()[i] = static_cast<nn::real>(gain) * (seen.data()[i] - batch.base.data()[i]);
    }
    // Untrained, the generator answers with its base: of that the difference is 0.
    const nn::Tensor faked = gain > 0 ? nn::Tensor::zeros(seen.shape()) : batch.base;
    train::Pix2Pix networks(r.generator_config(), r.discriminator_config(), r.adam, 1);
    const auto distance = [&](const nn::Tensor& image, double label) {
      const nn::NoRecording quiet;
      const nn::Var logits = networks.discriminator().forward(nn::Var(image), nn::Var(batch.input),
                                                              nn::NormMode::train);
      return static_cast<double>(nn::least_squares_loss(logits, label).value().item());
    };
    const double real = distance(seen, 1);
    const double fake = distance(faked, 0);
    train::StepSettings settings = r.settings(1, 0, 1);
    settings.adversarial_weight = 1;
    settings.judged_gain = gain;
    const train::StepLosses losses = networks.step(batch, settings);
    CHECK(losses.real == Approx(real));
    CHECK(losses.fake == Approx(fake));
  }
}

TEST_CASE("the generator's loss is the distance to the truth by L1 or by L2") {
  train::Recipe r = train::recipe_named("residual");
  r.generator.head = models::Head::residual;
  r.generator.levels = 2;
  r.generator.width = 4;
  // Untrained, the generator is its base: 1 and 3 away from the truth, half of the pixels each.
  nn::Tensor base = nn::Tensor::zeros({1, 16, 16, 1});
  for (nn::index i = 0; i < base.numel(); ++i) base.data()[i] = i % 2 == 0 ? 1 : -3;
  const train::Batch batch{nn::Tensor::zeros({1, 16, 16, r.generator_config().in_channels}), base,
                           nn::Tensor::zeros({1, 16, 16, 1})};
  const auto loss = [&](const char* distance) {
    train::set_entry(r, std::string("pixel_loss=") + distance);
    train::set_entry(r, "l1_weight=10");
    train::Pix2Pix networks(r.generator_config(), r.discriminator_config(), r.adam, 1);
    return networks.step(batch, r.settings(1, 0, 100));
  };
  CHECK(loss("l1").generator == Approx(10 * 2));
  CHECK(loss("l2").generator == Approx(10 * 5));
  CHECK(loss("l2").l1 == Approx(2));
}

TEST_CASE("the generator's loss counts a shift in bone, and not errors there that cancel") {
  train::Recipe r = train::recipe_named("residual");
  r.generator.head = models::Head::residual;
  r.generator.levels = 2;
  r.generator.width = 4;
  train::set_entry(r, "l1_weight=10");
  train::set_entry(r, "bone_shift_weight=4");
  // Untrained, the generator is its base: in the upper half 1 too bright, below 3 too dark.
  const nn::Shape shape{1, 16, 16, 1};
  const nn::Tensor truth = nn::Tensor::full(shape, 2);
  nn::Tensor base = nn::Tensor::full(shape, 3);
  nn::Tensor bone = nn::Tensor::zeros(shape);
  for (nn::index i = 128; i < 256; ++i) base.data()[i] = -1;
  const auto loss = [&] {
    const nn::Tensor input = nn::Tensor::zeros({1, 16, 16, r.generator_config().in_channels});
    const train::Batch batch{input, base, truth, bone};
    train::Pix2Pix networks(r.generator_config(), r.discriminator_config(), r.adam, 1);
    return networks.step(batch, r.settings(1, 0, 100));
  };
  CHECK(loss().generator == Approx(10 * 2));
  for (nn::index i = 128; i < 160; ++i) bone.data()[i] = 1;  // 32 of 256 pixels, -3 each
  CHECK(loss().generator == Approx(10 * 2 + 4 * 32 * 3. / 256));
  for (nn::index i = 0; i < 96; ++i) bone.data()[i] = 1;  // 96 times +1
  CHECK(loss().generator == Approx(10 * 2));
  CHECK(loss().l1 == Approx(2));
}
