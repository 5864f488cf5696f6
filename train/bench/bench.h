// How long a training step and a prediction take, where the time goes, and how much memory. For
// comparison with a peer run beside it (docs/lab/performance.md), never as a test.
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
  bool predict = false;  ///< run_bench_ops: of a prediction, not of a training step
};

/// recipe, size, batch, threads, train_step_ms, train_step_min_ms, infer_ms, infer_min_ms,
/// peak_rss_mb, generator_params, discriminator_params; medians of `steps` steps after two that do
/// not count, of random images.
nlohmann::ordered_json run_bench(const BenchOptions& options);

/// Where the time of a training step or a prediction goes: machine (isa, threads, peak_gflops,
/// copy_gb_s), step_ms, and ops: an object for each kernel and shape with calls, ms, gflop and mb a
/// step, gflop_s, gb_s, percent_of_peak and percent_of_copy (traffic if each value moved once).
/// Largest first.
nlohmann::ordered_json run_bench_ops(const BenchOptions& options);

/// run_bench() for in-plane sizes 128 to 1024 that the network can take, on 1, 2, 4, ... threads up
/// to the machine's; and prediction of 8 to 64 slices: an array of objects for each.
nlohmann::ordered_json run_bench_scaling(const BenchOptions& options);

}  // namespace train
