// How long a training step and a prediction take, and how much memory. For comparison with a peer
// run beside it (docs/performance.md), never as a test.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "nn/core/real.h"

namespace train {

struct BenchOptions {
  std::string recipe = "ct2ct";
  nn::index size = 256;  ///< in-plane size of the images
  nn::index width = 0;   ///< of both networks; 0: the recipe's own
  nn::index levels = 0;  ///< 0: the recipe's own
  nn::index steps = 8;   ///< timed
  std::uint64_t seed = 1;
};

/// recipe, size, batch, threads, train_step_ms, train_step_min_ms, infer_ms, infer_min_ms,
/// peak_rss_mb, generator_params, discriminator_params; medians of `steps` steps after two that do
/// not count, of random images.
nlohmann::ordered_json run_bench(const BenchOptions& options);

}  // namespace train
