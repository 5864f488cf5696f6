#include "train/bench/bench.h"

#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <vector>

#include "nn/backend/cpu/micro_kernel.h"
#include "nn/backend/wrappers.h"
#include "nn/core/buffer_pool.h"
#include "nn/core/error.h"
#include "nn/core/parallel.h"
#include "train/fit/pix2pix_step.h"
#include "train/recipe/recipe.h"

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

/// The most memory that was resident since the start or the last reset_peak().
double peak_rss_mb() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM:")) return std::floor(std::stod(line.substr(6)) / 1024);
  }
  rusage usage{};  // not Linux: since the start
  getrusage(RUSAGE_SELF, &usage);
  return std::floor(static_cast<double>(usage.ru_maxrss) / 1024);
}

/// Gives unused buffers back and lets the next peak_rss_mb() count from here (proc(5), clear_refs).
void reset_peak() {
  nn::BufferPool::trim();
  std::ofstream("/proc/self/clear_refs") << "5";
}

/// Both networks of a recipe and a batch of noise for them.
class Subject {
 public:
  explicit Subject(const BenchOptions& o)
      : recipe_(adjusted(o)),
        networks_(recipe_.generator_config(), recipe_.discriminator_config(), recipe_.adam, o.seed),
        rng_(o.seed, nn::Purpose::test),
        settings_(recipe_.settings(o.seed, 0, 1)) {
    const models::UNetConfig g = recipe_.generator_config();
    batch_ = {noise(recipe_.batch, o.size, g.in_channels),
              {},
              noise(recipe_.batch, o.size, g.out_channels)};
    one_ = nn::Var(noise(1, o.size, g.in_channels));
    if (g.base_channels() > 0) {
      batch_.base = noise(recipe_.batch, o.size, g.base_channels());
      one_base_ = nn::Var(noise(1, o.size, g.base_channels()));
    }
    settings_.adversarial_weight = recipe_.adversarial_weight;
    predict_.norm = recipe_.predict_mode;
  }

  void step() {
    ++settings_.pass.step;
    networks_.step(batch_, settings_);
  }
  /// As a model file predicts: a generator of its own, its batch norms folded where they can be.
  void predict() {
    if (predictor_ == nullptr) {
      predictor_ = std::make_unique<models::UNet>(recipe_.generator_config());
      if (recipe_.predict_mode == nn::NormMode::running) predictor_->fold_batch_norms();
      predictor_->fix_weights();
    }
    const nn::NoRecording quiet;
    predictor_->forward(one_, one_base_, predict_);
    nn::backend().wait();
  }
  const Recipe& recipe() const { return recipe_; }
  Pix2Pix& networks() { return networks_; }

 private:
  static Recipe adjusted(const BenchOptions& o) {
    Recipe r = recipe_named(o.recipe);
    if (o.width > 0) r.generator.width = r.discriminator.width = o.width;
    if (o.levels > 0) r.generator.levels = o.levels;
    const nn::index multiple = nn::index{1} << r.generator.levels;
    nn::require(o.size >= 16 && o.size % multiple == 0, "--size", std::to_string(o.size),
                "a multiple of " + std::to_string(multiple));
    return r;
  }
  nn::Tensor noise(nn::index images, nn::index size, nn::index channels) {
    nn::Tensor t({images, size, size, channels});
    for (nn::real& v : t.values()) v = static_cast<nn::real>(rng_.normal());
    return t;
  }

  Recipe recipe_;
  Pix2Pix networks_;
  nn::Rng rng_;
  StepSettings settings_;
  Batch batch_;
  nn::Var one_, one_base_;
  models::Pass predict_;
  std::unique_ptr<models::UNet> predictor_;
};

/// Multiply-adds in registers on all threads: 10^9 additions and multiplications a second.
double peak_gflops() {
  const nn::cpu::MicroKernel& kernel = nn::cpu::micro_kernel();
  constexpr nn::index kRounds = 2'000'000;
  std::vector<float> sink(static_cast<std::size_t>(nn::threads()));
  double best = 0;
  for (int repeat = 0; repeat < 5; ++repeat) {
    const auto start = std::chrono::steady_clock::now();
    nn::parallel_for(nn::threads(), [&](nn::index i) {
      sink[static_cast<std::size_t>(i)] = kernel.spin(kRounds);
    });
    const std::chrono::duration<double> s = std::chrono::steady_clock::now() - start;
    const auto flop = 2.0 * static_cast<double>(kRounds * kernel.rows * kernel.cols);
    best = std::max(best, nn::threads() * flop / s.count() / 1e9);
  }
  return best;
}

/// Copying what no cache holds, on all threads: 10^9 bytes read and written a second.
double copy_gb_s() {
  constexpr nn::index kCount = nn::index{1} << 26;
  const nn::Tensor from = nn::Tensor::zeros({1, 1, 1, kCount});
  nn::Tensor to = nn::Tensor::zeros({1, 1, 1, kCount});
  double best = 0;
  for (int repeat = 0; repeat < 5; ++repeat) {
    const auto start = std::chrono::steady_clock::now();
    nn::parallel_chunks(kCount, nn::index{1} << 20, [&](nn::index begin, nn::index end) {
      std::copy(from.data() + begin, from.data() + end, to.data() + begin);
    });
    const std::chrono::duration<double> s = std::chrono::steady_clock::now() - start;
    best = std::max(best, 8.0 * static_cast<double>(kCount) / s.count() / 1e9);
  }
  return best;
}

double rounded(double v) { return std::round(v * 100) / 100; }

/// All calls of one kernel with one shape.
struct KernelSum {
  std::string kernel, shape, algorithm;
  nn::index calls = 0;
  double flop = 0, bytes = 0, seconds = 0;
};

/// The kernel that takes longest first.
std::vector<KernelSum> summed(const std::vector<nn::KernelTime>& log) {
  std::map<std::pair<std::string, std::string>, KernelSum> by_name;
  for (const nn::KernelTime& t : log) {
    KernelSum& sum = by_name[{t.kernel, t.shape}];
    sum.kernel = t.kernel;
    sum.shape = t.shape;
    sum.algorithm = t.algorithm;
    ++sum.calls;
    sum.flop += t.flop;
    sum.bytes += t.bytes;
    sum.seconds += t.seconds;
  }
  std::vector<KernelSum> sums;
  sums.reserve(by_name.size());
  for (const auto& entry : by_name) sums.push_back(entry.second);
  std::sort(sums.begin(), sums.end(),
            [](const KernelSum& a, const KernelSum& b) { return a.seconds > b.seconds; });
  return sums;
}

/// Of one step; `peak` in GFLOP/s and `copy` in GB/s are the machine's.
nlohmann::ordered_json ops_json(const std::vector<KernelSum>& sums, nn::index steps_done,
                                double peak, double copy) {
  const auto steps = static_cast<double>(steps_done);
  nlohmann::ordered_json ops = nlohmann::ordered_json::array();
  for (const KernelSum& r : sums) {
    ops.push_back({{"kernel", r.kernel},
                   {"shape", r.shape},
                   {"algorithm", r.algorithm},
                   {"calls", r.calls / steps_done},
                   {"ms", rounded(r.seconds / steps * 1e3)},
                   {"gflop", rounded(r.flop / steps / 1e9)},
                   {"mb", rounded(r.bytes / steps / 1e6)},
                   {"gflop_s", rounded(r.flop / r.seconds / 1e9)},
                   {"gb_s", rounded(r.bytes / r.seconds / 1e9)},
                   {"percent_of_peak", rounded(100 * r.flop / r.seconds / 1e9 / peak)},
                   {"percent_of_copy", rounded(100 * r.bytes / r.seconds / 1e9 / copy)}});
  }
  return ops;
}

}  // namespace

nlohmann::ordered_json run_bench(const BenchOptions& o) {
  Subject subject(o);
  const Times train = timed(o.steps, [&] { subject.step(); });
  const double peak = peak_rss_mb();
  const Times infer = timed(2 * o.steps, [&] { subject.predict(); });
  return {{"recipe", subject.recipe().name},
          {"size", o.size},
          {"batch", subject.recipe().batch},
          {"threads", nn::threads()},
          {"backend", nn::backend().name()},
          {"generator_params", subject.networks().generator().parameters().count()},
          {"discriminator_params", subject.networks().discriminator().parameters().count()},
          {"train_step_ms", train.median},
          {"train_step_min_ms", train.minimum},
          {"infer_ms", infer.median},
          {"infer_min_ms", infer.minimum},
          {"peak_rss_mb", peak}};
}

nlohmann::ordered_json run_bench_ops(const BenchOptions& o) {
  const double peak = peak_gflops();
  const double copy = copy_gb_s();
  Subject subject(o);
  std::vector<nn::KernelTime> log;
  const std::string name = nn::backend().name();
  nn::set_backend(nn::make_timed_backend(nn::make_backend(name), log));
  const auto run = [&] { o.predict ? subject.predict() : subject.step(); };
  run();
  run();
  log.clear();
  const auto start = std::chrono::steady_clock::now();
  for (nn::index i = 0; i < o.steps; ++i) run();
  const std::chrono::duration<double> whole = std::chrono::steady_clock::now() - start;
  nn::set_backend(nn::make_backend(name));

  const std::vector<KernelSum> sums = summed(log);
  double in_kernels = 0;
  for (const nn::KernelTime& t : log) in_kernels += t.seconds;

  const auto steps = static_cast<double>(o.steps);
  return {{"machine",
           {{"isa", nn::cpu::micro_kernel().isa},
            {"threads", nn::threads()},
            {"peak_gflops", rounded(peak)},
            {"copy_gb_s", rounded(copy)}}},
          {"recipe", subject.recipe().name},
          {"size", o.size},
          {"step_ms", rounded(whole.count() / steps * 1e3)},
          {"in_kernels_ms", rounded(in_kernels / steps * 1e3)},
          {"ops", ops_json(sums, o.steps, peak, copy)}};
}

nlohmann::ordered_json run_bench_scaling(const BenchOptions& o) {
  const int before = nn::threads();
  std::vector<int> counts;
  for (int t = 1; t < nn::available_threads(); t *= 2) counts.push_back(t);
  counts.push_back(nn::available_threads());

  nlohmann::ordered_json sizes = nlohmann::ordered_json::array();
  nlohmann::ordered_json slices = nlohmann::ordered_json::array();
  {  // before the sizes, whose memory would stay
    Subject subject(o);
    for (const int t : counts) {
      nn::set_threads(t);
      for (const nn::index count : {8, 16, 32, 64}) {
        reset_peak();
        const Times all = timed(1, [&] {
          for (nn::index i = 0; i < count; ++i) subject.predict();
        });
        slices.push_back({{"slices", count},
                          {"size", o.size},
                          {"threads", t},
                          {"ms", all.median},
                          {"ms_per_slice", rounded(all.median / static_cast<double>(count))},
                          {"peak_rss_mb", peak_rss_mb()}});
      }
    }
  }
  BenchOptions sized = o;
  const nn::index levels = o.levels > 0 ? o.levels : recipe_named(o.recipe).generator.levels;
  for (const nn::index size : {128, 256, 512, 1024}) {
    if (size % (nn::index{1} << levels) != 0) continue;
    sized.size = size;
    for (const int t : counts) {
      nn::set_threads(t);
      reset_peak();
      sizes.push_back(run_bench(sized));
    }
  }
  nn::set_threads(before);
  return {{"sizes", sizes}, {"slices", slices}};
}

}  // namespace train
