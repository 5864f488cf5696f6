#include "train/bench/bench.h"

#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <nlohmann/json.hpp>
#include <vector>

#include "nn/core/error.h"
#include "nn/core/parallel.h"
#include "train/pix2pix_step.h"
#include "train/recipe.h"

namespace train {
namespace {

struct Times {
  double median = 0, minimum = 0;
};

template <class F>
Times timed(nn::index repeats, const F& work) {
  work();
  work();
  std::vector<double> ms;
  for (nn::index i = 0; i < repeats; ++i) {
    const auto start = std::chrono::steady_clock::now();
    work();
    ms.push_back(std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start)
                     .count());
  }
  std::sort(ms.begin(), ms.end());
  const auto rounded = [](double v) { return std::round(v * 10) / 10; };
  return {rounded(ms[ms.size() / 2]), rounded(ms.front())};
}

}  // namespace

nlohmann::ordered_json run_bench(const BenchOptions& o) {
  Recipe r = recipe_named(o.recipe);
  if (o.width > 0) r.generator.width = r.discriminator.width = o.width;
  if (o.levels > 0) r.generator.levels = o.levels;
  nn::require(o.size >= 16 && o.size % (nn::index{1} << r.generator.levels) == 0, "--size",
              std::to_string(o.size),
              "a multiple of " + std::to_string(nn::index{1} << r.generator.levels));
  Pix2Pix networks(r.generator, r.discriminator, r.adam, o.seed);

  nn::Rng rng(o.seed, nn::Purpose::test);
  const auto noise = [&](nn::index images, nn::index channels) {
    nn::Tensor t({images, o.size, o.size, channels});
    for (nn::real& v : t.values()) v = static_cast<nn::real>(rng.normal());
    return t;
  };
  const bool residual = r.generator.head == models::Head::residual;
  Batch batch{
      noise(r.batch, r.generator.in_channels), {}, noise(r.batch, r.generator.out_channels)};
  if (residual) batch.base = noise(r.batch, r.generator.out_channels);
  StepSettings settings = r.settings(o.seed, 0, 1);
  settings.adversarial_weight = r.adversarial_weight;

  std::uint32_t step = 0;
  const Times train = timed(o.steps, [&] {
    settings.pass.step = step++;
    networks.step(batch, settings);
  });
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);

  const nn::Tensor one = noise(1, r.generator.in_channels);
  const nn::Tensor base = residual ? noise(1, r.generator.out_channels) : nn::Tensor();
  const nn::NoRecording quiet;
  models::Pass pass;
  pass.norm = r.predict_mode;
  const Times infer = timed(2 * o.steps, [&] {
    networks.generator().forward(nn::Var(one), residual ? nn::Var(base) : nn::Var(), pass);
  });

  return {{"recipe", r.name},
          {"size", o.size},
          {"batch", r.batch},
          {"threads", nn::threads()},
          {"backend", nn::backend().name()},
          {"generator_params", networks.generator().parameters().count()},
          {"discriminator_params", networks.discriminator().parameters().count()},
          {"train_step_ms", train.median},
          {"train_step_min_ms", train.minimum},
          {"infer_ms", infer.median},
          {"infer_min_ms", infer.minimum},
          {"peak_rss_mb", usage.ru_maxrss / 1024}};
}

}  // namespace train
