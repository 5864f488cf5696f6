// The whole of it against PyTorch: two tiny pairs of networks, from forward pass to the weights
// after ten steps, must give what networks.py and make_golden.py computed in float64. Compiled
// twice: with double, where nothing but rounding may differ, and with float, on both backends.
//
// Needs no PyTorch: the values are in tiny_batch.safetensors and tiny_instance.safetensors, in the
// folder CT2CT_GOLDEN_DIR.
#include <cmath>
#include <string>
#include <type_traits>
#include <vector>

#include "tests/catch.h"
#include "tests/nn/backend_guard.h"
#include "tests/nn/tensors.h"
#include "train/fit/pix2pix_step.h"

namespace train {
namespace {

using nn::index;

constexpr bool kDouble = std::is_same_v<nn::real, double>;

// Largest error allowed, as a part of the tensor's largest value.
//
// Double: 1e-10 is a million roundings, far below what any wrong formula gives (measured: 1e-13).
// Float: sums of at most 768 terms, some ten layers deep, with the cancellations of normalisation:
// 1e-6 is usual; the worst is 1e-5, the bias of D's last layer, whose two terms all but cancel.
// Weights after ten steps: Adam moves a value by up to the rate (1e-3) whatever its gradient's
// size, so an error in a gradient counts relative to that very gradient; the golden weights have
// none so close to 0 that float could turn its sign, and 1e-4 holds for them too.
constexpr double kTolerance = kDouble ? 1e-10 : 1e-4;

/// The `ref` backend in double; in float every backend that has to agree.
template <class F>
void on_each_backend(const F& run) {
  if constexpr (kDouble) {
    run();
  } else {
    for (const char* name : {"cpu", "ref"}) {
      INFO("backend " << name);
      const nn::testing::BackendGuard guard(name);
      run();
    }
  }
}

void compare(const std::string& name, const nn::Tensor& got, const nn::Tensor& expected) {
  REQUIRE(got.shape() == expected.shape());
  double largest = 0;
  double error = 0;
  index worst = 0;
  for (index i = 0; i < got.numel(); ++i) {
    const auto want = static_cast<double>(expected.data()[i]);
    const double off = std::abs(static_cast<double>(got.data()[i]) - want);
    largest = std::max(largest, std::abs(want));
    if (off > error || std::isnan(off)) {
      error = off;
      worst = i;
      if (std::isnan(off)) break;
    }
  }
  INFO(name << " of shape " << nn::to_string(got.shape()) << ", element " << worst << ": got "
            << got.data()[worst] << ", expected " << expected.data()[worst] << "; largest "
            << largest);
  REQUIRE(largest > 0);
  CHECK(error <= kTolerance * largest);
}

/// Networks, settings and golden values of one file.
struct Golden {
  models::UNetConfig generator;
  models::PatchGanConfig discriminator;
  StepSettings settings;
  nn::SafetensorsReader file;

  explicit Golden(const std::string& name) : file(std::string(CT2CT_GOLDEN_DIR "/") + name) {
    settings.generator_rate = 1e-3;
    settings.discriminator_rate = 5e-4;
    settings.pass = {nn::NormMode::train, false, 0, 0};
  }

  Pix2Pix pair() {
    Pix2Pix p(generator, discriminator, {0.5, 0.999, 1e-7}, 7);
    nn::ParameterList g = p.generator().parameters();
    nn::ParameterList d = p.discriminator().parameters();
    nn::load(g, file, "g.");
    nn::load(d, file, "d.");
    return p;
  }

  nn::Tensor image(const std::string& name) {
    const auto& size = file.entry(name).shape;
    REQUIRE(size.size() == 4);
    return nn::Tensor::from({size[0], size[1], size[2], size[3]}, file.read<nn::real>(name));
  }

  Batch batch() {
    const bool based = file.entries().contains("base");
    return {image("input"), based ? image("base") : nn::Tensor(), image("target")};
  }

  void compare_image(const std::string& name, const nn::Var& got) {
    compare(name, got.value(), image(name));
  }

  /// The tensors of `list` as they stand in the file under `prefix`, in our layout.
  nn::ParameterList stored(const nn::ParameterList& list, const std::string& prefix) {
    nn::ParameterList copy;
    for (const nn::Parameter& p : list.parameters) {
      copy.parameters.push_back({p.name, nn::Var(nn::Tensor(p.var.shape()))});
    }
    for (const nn::Buffer& b : list.buffers) {
      copy.buffers.push_back({b.name, nn::Tensor(b.tensor.shape())});
    }
    nn::load(copy, file, prefix);
    return copy;
  }

  void compare_gradients(const nn::ParameterList& list, const std::string& prefix) {
    const nn::ParameterList expected = stored({list.parameters, {}}, prefix);
    for (std::size_t i = 0; i < list.parameters.size(); ++i) {
      compare(prefix + list.parameters[i].name, list.parameters[i].var.grad(),
              expected.parameters[i].var.value());
    }
  }

  void compare_weights(const nn::ParameterList& list, const std::string& prefix) {
    const nn::ParameterList expected = stored({list.parameters, {}}, prefix);
    for (std::size_t i = 0; i < list.parameters.size(); ++i) {
      compare(prefix + list.parameters[i].name, list.parameters[i].var.value(),
              expected.parameters[i].var.value());
    }
  }

  void compare_statistics(const nn::ParameterList& list, const std::string& prefix) {
    const nn::ParameterList expected = stored({{}, list.buffers}, prefix);
    for (std::size_t i = 0; i < list.buffers.size(); ++i) {
      compare(prefix + list.buffers[i].name, list.buffers[i].tensor, expected.buffers[i].tensor);
    }
  }
};

/// The file of a recipe like the original's: tanh head, batch norm, cross-entropy.
Golden tiny_batch() {
  Golden golden("tiny_batch.safetensors");
  golden.generator.levels = 3;
  golden.generator.width = 4;
  golden.discriminator = {models::PatchGanSettings::original(), 2};
  golden.discriminator.width = 4;
  golden.discriminator.stride2_levels = 2;
  return golden;
}

/// All the other choices: residual head, instance norm, stride-1 level, least squares, odd widths.
Golden tiny_instance() {
  Golden golden("tiny_instance.safetensors");
  golden.generator.levels = 3;
  golden.generator.width = 3;
  golden.generator.in_channels = 4;
  golden.generator.norm = {models::Norm::instance, 1e-5, 0};
  golden.generator.norm_innermost = false;
  golden.generator.leaky_slope = 0.2;
  golden.generator.head = models::Head::residual;
  golden.generator.head_channels = 5;
  golden.discriminator = {models::PatchGanSettings::isola70(), 5};
  golden.discriminator.width = 3;
  golden.discriminator.stride2_levels = 2;
  golden.discriminator.norm = golden.generator.norm;
  golden.settings.loss = AdversarialLoss::least_squares;
  golden.settings.l1_weight = 100;
  golden.settings.adversarial_weight = 0.5;
  golden.settings.discriminator_weight = 0.5;
  return golden;
}

/// The gradient of the generator's loss where it enters the generator.
nn::Tensor fake_gradient(Golden& golden, Pix2Pix& pair, const nn::Tensor& image,
                         const Batch& batch) {
  const StepSettings& s = golden.settings;
  const nn::Var fake(image, true);
  const nn::Var logits =
      pair.discriminator().forward(fake, nn::Var(batch.input), nn::NormMode::batch);
  const nn::Var fooled = s.loss == AdversarialLoss::vanilla ? nn::bce_with_logits(logits, 1)
                                                            : nn::least_squares_loss(logits, 1);
  const nn::Var loss = nn::add(nn::scale(fooled, s.adversarial_weight),
                               nn::scale(nn::l1_loss(fake, nn::Var(batch.target)), s.l1_weight));
  const std::vector<nn::Var> targets{fake};
  nn::backward(loss, targets);
  return fake.grad();
}

void check_forward(Golden golden) {
  Pix2Pix pair = golden.pair();
  const Batch batch = golden.batch();
  const nn::Var input(batch.input);
  const nn::Var base = batch.base.empty() ? nn::Var() : nn::Var(batch.base);

  golden.compare_image("running",
                       pair.generator().forward(input, base, {nn::NormMode::running, false, 0, 0}));
  const nn::Var fake = pair.generator().forward(input, base, {nn::NormMode::batch, false, 0, 0});
  golden.compare_image("fake", fake);
  golden.compare_image("on_fake", pair.discriminator().forward(fake, input, nn::NormMode::batch));
  golden.compare_image(
      "on_real", pair.discriminator().forward(nn::Var(batch.target), input, nn::NormMode::batch));
  compare("dfake", fake_gradient(golden, pair, fake.value(), batch), golden.image("dfake"));
}

void check_training(Golden golden) {
  Pix2Pix pair = golden.pair();
  const Batch batch = golden.batch();
  const nn::ParameterList g = pair.generator().parameters();
  const nn::ParameterList d = pair.discriminator().parameters();
  const std::vector<double> losses = golden.file.read<double>("losses");
  REQUIRE(golden.file.entry("losses").shape == std::vector<index>{10, 5});

  for (std::size_t step = 0; step < 10; ++step) {
    const StepLosses got = pair.step(batch, golden.settings);
    const std::vector<double> values{got.generator, got.l1, got.adversarial, got.real, got.fake};
    for (std::size_t i = 0; i < values.size(); ++i) {
      const double expected = losses[5 * step + i];
      INFO("step " << step << ", loss " << i << ": got " << values[i] << ", expected " << expected);
      CHECK(std::abs(values[i] - expected) <= kTolerance * std::abs(expected));
    }
    if (step > 0) continue;
    golden.compare_gradients(g, "grad.g.");
    golden.compare_gradients(d, "grad.d.");
    golden.compare_statistics(g, "one.g.");
    golden.compare_statistics(d, "one.d.");
  }
  golden.compare_weights(g, "ten.g.");
  golden.compare_weights(d, "ten.d.");
  golden.compare_statistics(g, "ten.g.");
  golden.compare_statistics(d, "ten.d.");
}

/// The files hold nothing that the networks lack, and the other way round.
void check_names(Golden golden) {
  Pix2Pix pair = golden.pair();
  const nn::ParameterList g = pair.generator().parameters();
  const nn::ParameterList d = pair.discriminator().parameters();
  std::size_t tensors = 0;
  for (const auto& [name, entry] : golden.file.entries()) {
    if (name.rfind("g.", 0) == 0 || name.rfind("d.", 0) == 0) ++tensors;
  }
  CHECK(tensors == g.parameters.size() + g.buffers.size() + d.parameters.size() + d.buffers.size());
}

}  // namespace

TEST_CASE("networks with batch norm are PyTorch's", "[golden]") {
  check_names(tiny_batch());
  on_each_backend([] {
    check_forward(tiny_batch());
    check_training(tiny_batch());
  });
}

TEST_CASE("networks with instance norm are PyTorch's", "[golden]") {
  check_names(tiny_instance());
  on_each_backend([] {
    check_forward(tiny_instance());
    check_training(tiny_instance());
  });
}

}  // namespace train
