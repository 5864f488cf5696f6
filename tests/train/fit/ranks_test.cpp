// Training steps over ranks that are threads end in the networks and losses of one process, by
// every bit: each recipe, with discriminator, batch norm, dropout and the weight of bone; also
// where ranks have several devices.
#include <cstring>

#include "nn/backend/wrappers.h"
#include "nn/core/rng.h"
#include "tests/catch.h"
#include "tests/nn/backend_guard.h"
#include "tests/nn/ranks/thread_ranks.h"
#include "train/fit/pix2pix_step.h"
#include "train/recipe/fields.h"

namespace {

nn::Tensor part_of(const nn::Tensor& whole, const nn::ImageRange& own) {
  if (whole.empty()) return {};
  const nn::Shape& s = whole.shape();
  return nn::Tensor::view(whole, own.first * s.h * s.w * s.c, {own.count, s.h, s.w, s.c});
}

/// Each thread's kernels run on the backend that it has chosen.
class OfThread final : public nn::WrappingBackend<OfThread> {
 public:
  std::string name() const override { return chosen->name(); }
  std::shared_ptr<const nn::FixedConvolution> fix(const nn::Conv2dSpec& spec, bool transposed,
                                                  const nn::Tensor& w) const override {
    return chosen->fix(spec, transposed, w);
  }
  template <class K>
  void wrap(const K& k) const {
    chosen->run(k);
  }
  static thread_local const nn::Backend* chosen;
};
thread_local const nn::Backend* OfThread::chosen = nullptr;

/// Everything that a checkpoint holds, and the losses.
std::vector<nn::real> state_of(train::Pix2Pix& networks, const train::StepLosses& l) {
  std::vector<nn::real> all;
  const auto add = [&](const nn::Tensor& t) {
    all.insert(all.end(), t.values().begin(), t.values().end());
  };
  const nn::ParameterList lists[] = {networks.generator().parameters(),
                                     networks.discriminator().parameters()};
  for (const nn::ParameterList& list : lists) {
    for (const nn::Parameter& p : list.parameters) add(p.var.value());
    for (const nn::Buffer& b : list.buffers) add(b.tensor);
  }
  for (const nn::Adam* adam : {&networks.generator_adam(), &networks.discriminator_adam()}) {
    add(adam->first_moment());
    add(adam->second_moment());
  }
  for (const double v : {l.generator, l.l1, l.adversarial, l.real, l.fake}) {
    all.push_back(static_cast<nn::real>(v));
  }
  return all;
}

}  // namespace

TEST_CASE("steps over 1 to 8 ranks end in the bits of one process") {
  for (const char* name : {"residual", "ct2ct", "pix2pix"}) {
    train::Recipe r = train::recipe_named(name);
    r.generator.levels = 3;
    r.generator.width = r.discriminator.width = 4;
    constexpr nn::index kImages = 8;
    nn::Rng rng(1, nn::Purpose::test);
    const auto noise = [&](nn::index channels) {
      nn::Tensor t({kImages, 32, 32, channels});
      for (nn::real& v : t.values()) v = static_cast<nn::real>(rng.normal());
      return t;
    };
    train::Batch whole{
        noise(r.generator_config().in_channels), {}, noise(r.generator_config().out_channels)};
    if (r.generator_config().base_channels() > 0) {
      whole.base = noise(r.generator_config().base_channels());
      whole.bone = noise(1);
    }
    const auto trained = [&](nn::Ranks* ranks) {
      train::Pix2Pix networks(r.generator_config(), r.discriminator_config(), r.adam, 1);
      std::unique_ptr<nn::SharedBatch> shared;
      train::Batch batch = whole;
      if (ranks != nullptr) {
        shared = std::make_unique<nn::SharedBatch>(*ranks, kImages);
        const nn::ImageRange own = shared->own();
        batch = {part_of(whole.input, own), part_of(whole.base, own), part_of(whole.target, own),
                 part_of(whole.bone, own)};
      }
      train::StepLosses losses;
      for (std::uint64_t step = 0; step < 3; ++step) {
        train::StepSettings settings = r.settings(1, step, 3);
        settings.adversarial_weight = step == 0 ? 0 : 1;
        settings.bone_shift_weight = 1;
        losses = networks.step(batch, settings, shared.get());
      }
      return state_of(networks, losses);
    };
    const std::vector<nn::real> one = trained(nullptr);
    const nn::testing::BackendGuard guard("cpu");
    nn::set_backend(std::make_unique<OfThread>());
    const auto cpu = nn::make_backend("cpu");
    const auto emulated = nn::make_backend("emulated");
    struct Group {
      int ranks, on_cpu;
    };
    for (const auto& [size, on_cpu] : {Group{1, 1}, {2, 2}, {3, 3}, {4, 4}, {8, 8}, {2, 1}}) {
      std::vector<std::vector<nn::real>> all(static_cast<std::size_t>(size));
      ct2ct_test::on_ranks(size, [&, on_cpu = on_cpu](nn::Ranks& ranks) {
        OfThread::chosen = ranks.rank() < on_cpu ? cpu.get() : emulated.get();
        all[static_cast<std::size_t>(ranks.rank())] = trained(&ranks);
      });
      for (const auto& state : all) {
        INFO(name << ", " << size << " ranks, " << on_cpu << " on the cpu");
        CHECK((state.size() == one.size() &&
               std::memcmp(state.data(), one.data(), one.size() * sizeof(nn::real)) == 0));
      }
    }
  }
}
