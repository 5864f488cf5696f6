// Whole training steps by the kernels of the GPU, on the emulator: the SHA-256 of the cpu.
#include <cstdint>
#include <string>
#include <vector>

#include "data/files/sha256.h"
#include "data/pictures/picture.h"
#include "nn/backend/gpu/emulator.h"
#include "nn/backend/gpu/gpu_backend.h"
#include "nn/backend/winograd.h"
#include "nn/core/error.h"
#include "tests/catch.h"
#include "tests/nn/backend/gpu/emulator_guard.h"
#include "tests/nn/backend_guard.h"
#include "tests/nn/tensors.h"
#include "tests/skip.h"
#include "tests/train/runs.h"
#include "train/fit/pix2pix_step.h"

namespace {

using nn::gpu::emulator::Order;

/// Three pairs of grey pictures of 64 x 64.
std::string pairs_in(const train_test::Folder& dir) {
  const std::string pairs = dir / "pairs";
  std::filesystem::create_directories(pairs);
  for (std::size_t k = 0; k < 3; ++k) {
    std::vector<std::uint8_t> bytes(128 * 64);
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      bytes[i] = static_cast<std::uint8_t>((i * 7 + k * 31) % 251);
    }
    data::write_png(pairs + "/" + std::to_string(k) + ".png", 128, 64, 1, bytes, /*force=*/true);
  }
  return pairs;
}

std::string hash_after(const train_test::Folder& dir, const std::string& recipe,
                       const std::string& device, int steps) {
  const nn::testing::BackendGuard backend(device);
  auto o = train_test::options_for(recipe, dir / (recipe + "_" + device));
  if (recipe == "pix2pix") o.scans = {pairs_in(dir)};
  o.steps = steps;
  train::run_training(o);
  return data::sha256_of_file(o.out + "/model.safetensors");
}

}  // namespace

TEST_CASE("in a step the batch goes to the device, and losses come back", "[gpu][optimised]") {
  struct Kind {
    const char* recipe;
    models::Head head;
    bool adversarial;
  };
  for (const Kind& kind :
       {Kind{"residual", models::Head::residual, true},
        Kind{"residual", models::Head::movement, false}, Kind{"ct2ct", models::Head::tanh, true},
        Kind{"pix2pix", models::Head::tanh, true}}) {
    INFO(kind.recipe << (kind.adversarial ? ", adversarial" : ""));
    train::Recipe r = train::recipe_named(kind.recipe);
    r.generator.head = kind.head;
    r.generator.levels = 3;
    r.generator.width = r.discriminator.width = 4;
    const models::UNetConfig g = r.generator_config();
    const auto images = [](nn::index channels) {
      return nn::testing::noise({1, 32, 32, channels}, static_cast<std::uint32_t>(channels));
    };
    const auto new_batch = [&] {
      train::Batch batch{images(g.in_channels), {}, images(g.out_channels), {}};
      if (g.base_channels() > 0) batch.base = images(g.base_channels());
      if (r.bone_shift_weight > 0) batch.bone = images(1);
      return batch;
    };
    nn::gpu::Copies batch_up_losses_down;
    const train::Batch like = new_batch();
    for (const nn::Tensor& t : {like.input, like.base, like.target, like.bone}) {
      if (t.empty()) continue;
      ++batch_up_losses_down.uploads;
      batch_up_losses_down.uploaded_bytes += static_cast<std::size_t>(t.numel()) * sizeof(float);
    }
    batch_up_losses_down.downloads = kind.adversarial ? 5 : 2;
    batch_up_losses_down.downloaded_bytes = batch_up_losses_down.downloads * sizeof(float);

    const nn::testing::BackendGuard before("cpu");
    auto emulated = std::make_unique<nn::gpu::GpuBackend>("emulated", nn::gpu::emulated_device());
    const nn::gpu::DevicePool& pool = emulated->pool();
    nn::set_backend(std::move(emulated));
    train::Pix2Pix networks(g, r.discriminator_config(), r.adam, 1);
    for (std::uint64_t step = 0; step < 2; ++step) {
      train::StepSettings settings = r.settings(1, step, 2);
      settings.adversarial_weight = kind.adversarial ? 1 : 0;
      const nn::gpu::Copies earlier = pool.copies();
      networks.step(new_batch(), settings);
      if (step == 0) continue;  // the weights go up as well
      const nn::gpu::Copies made = pool.copies() - earlier;
      CHECK(made.uploads == batch_up_losses_down.uploads);
      CHECK(made.uploaded_bytes == batch_up_losses_down.uploaded_bytes);
      CHECK(made.downloads == batch_up_losses_down.downloads);
      CHECK(made.downloaded_bytes == batch_up_losses_down.downloaded_bytes);
    }
  }
}

TEST_CASE("twenty emulated steps of each recipe have the SHA-256 of the cpu", "[optimised]") {
  const train_test::Folder dir;
  for (const std::string recipe : {"residual", "ct2ct", "pix2pix"}) {
    INFO(recipe);
    CHECK(hash_after(dir, recipe, "emulated", 20) == hash_after(dir, recipe, "cpu", 20));
  }
}

TEST_CASE("on a GPU: ten steps of each recipe have the SHA-256 of the cpu", "[cuda][optimised]") {
  try {
    nn::make_backend("cuda");
  } catch (const nn::Error& none) {
    ct2ct_test::skip(none.what());
    return;
  }
  const train_test::Folder dir;
  for (const std::string recipe : {"residual", "ct2ct", "pix2pix"}) {
    INFO(recipe);
    CHECK(hash_after(dir, recipe, "cuda", 10) == hash_after(dir, recipe, "cpu", 10));
  }
}

TEST_CASE("emulated steps by Winograd's algorithm have the SHA-256 of the cpu in every order",
          "[optimised]") {
  const nn::testing::EmulatorGuard guard;
  const nn::WinogradScope winograd(nn::WinogradUse::always);
  for (const std::string recipe : {"residual", "ct2ct", "pix2pix"}) {
    const train_test::Folder dir;
    const std::string expected = hash_after(dir, recipe, "cpu", 2);
    for (const Order order : {Order::forward, Order::backward, Order::shuffled}) {
      const train_test::Folder again;
      nn::gpu::emulator::set_order(order);
      INFO(recipe << ", order " << static_cast<int>(order));
      CHECK(hash_after(again, recipe, "emulated", 2) == expected);
    }
  }
}
