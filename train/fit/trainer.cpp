#include "train/fit/trainer.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <optional>

#include "data/files/sha256.h"
#include "data/pictures/picture.h"
#include "data/volume/volume.h"
#include "nn/backend/arithmetic.h"
#include "nn/core/buffer_pool.h"
#include "nn/core/error.h"
#include "nn/core/parallel.h"
#include "train/fit/live.h"
#include "train/fit/run_folder.h"
#include "train/fit/samples.h"
#include "train/fit/spread.h"
#include "train/predict/default_model.h"
#include "train/predict/seal.h"
#include "train/program/progress.h"
#include "train/report/loss_curve.h"

namespace train {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

std::string format(const char* pattern, double value) {
  char text[64];
  std::snprintf(text, sizeof text, pattern, value);
  return text;
}

std::unique_ptr<Dataset> open_dataset(TrainOptions& o, Messages& messages) {
  if (auto* picture = std::get_if<Picture>(&o.recipe.input)) {
    auto pairs = std::make_unique<PairDataset>(o.scans, o.recipe, o.ranks);
    picture->channels = pairs->channels();
    return pairs;
  }
  auto scans = std::make_unique<ScanDataset>(o.scans, o.recipe, o.seed, o.read, o.ranks);
  messages.warn(scans->warnings());
  messages.require_none();
  if (scans->sources().front().unit == data::to_string(data::Unit::grey8)) {
    o.recipe.window_low = 0;
    o.recipe.window_high = 255;
    scans->set_window(0, 255);
  }
  return scans;
}

std::string hash_of(const std::vector<SourceInfo>& sources) {
  data::Sha256 hash;
  for (const SourceInfo& s : sources) hash.update(s.sha256.data(), s.sha256.size());
  return hash.hex();
}

/// Median time of a step without and with the discriminator, on networks that are thrown away, so
/// that training itself starts from the seed alone.
double measured_step_seconds(const TrainOptions& o, const Dataset& data, nn::SharedBatch* shared) {
  const Recipe& r = o.recipe;
  Pix2Pix networks(r.generator_config(), r.discriminator_config(), r.adam, o.seed);
  const nn::index multiple = networks.generator().multiple();
  const auto time_of = [&](bool adversarial) {
    StepSettings s = r.settings(o.seed, 0, 1);
    s.adversarial_weight = adversarial ? r.adversarial_weight : 0;
    std::vector<double> times;
    for (std::uint64_t i = 0; i < 6; ++i) {
      const auto start = Clock::now();
      networks.step(data.batch(r, o.seed, i, multiple, nullptr, shared), s, shared);
      if (i > 0) times.push_back(seconds_since(start));  // the first one allocates
    }
    std::sort(times.begin(), times.end());
    return times[times.size() / 2];
  };
  const double share = r.adversarial_weight > 0 ? 1 - r.adversarial_start : 0;
  double seconds = 0;
  if (share < 1) seconds += (1 - share) * time_of(false);
  if (share > 0) seconds += share * time_of(true);
  return seconds;
}

std::uint64_t whole_steps(double steps, const std::string& option) {
  nn::require(steps < 1e15, option, format("%g", steps) + " steps", "fewer than 1e15");
  return static_cast<std::uint64_t>(std::max(1.0, steps));
}

std::uint64_t schedule_length(const TrainOptions& o, const Dataset& data, nn::SharedBatch* shared,
                              RunConfig& config, Messages& messages) {
  if (o.steps) return *o.steps;
  if (!o.minutes) {
    const double epochs = o.epochs.value_or(o.recipe.epochs);
    return whole_steps(std::ceil(epochs * static_cast<double>(config.steps_per_epoch)), "--epochs");
  }
  messages.note("measuring how long a step takes");
  const auto start = Clock::now();
  const double step = measured_step_seconds(o, data, shared);
  nn::BufferPool::trim();
  // Measuring is part of the time asked for; so are samples and checkpoints, about 5 %.
  const double left = *o.minutes * 60 - seconds_since(start);
  config.minutes = *o.minutes;
  config.measured_step_ms = step * 1e3;
  const std::uint64_t steps = whole_steps(left * 0.95 / step, "--minutes");
  messages.note("a step takes " + format("%.1f", step * 1e3) + " ms: " + std::to_string(steps) +
                (steps == 1 ? " step in " : " steps in ") + format("%g", *o.minutes) +
                " minutes; --steps " + std::to_string(steps) + " repeats this run bit for bit");
  return steps;
}

/// The option that asks for another length than the run has; empty if none does.
std::string other_length(const TrainOptions& o, const RunConfig& config) {
  if (o.steps && *o.steps != config.total) return "--steps";
  if (o.minutes && *o.minutes != config.minutes) return "--minutes";
  const auto per_epoch = static_cast<double>(config.steps_per_epoch);
  const auto total = static_cast<double>(config.total);
  if (o.epochs && std::ceil(*o.epochs * per_epoch) != total) return "--epochs";
  return {};
}

/// Steps from one look at the validation slices to the next: whole epochs, but enough steps for
/// something to have changed. Where an epoch has six steps, looks would take longer than training.
std::uint64_t steps_between_looks(const RunConfig& config) {
  constexpr std::uint64_t kLeastSteps = 100;
  const std::uint64_t epochs = (kLeastSteps + config.steps_per_epoch - 1) / config.steps_per_epoch;
  return epochs * config.steps_per_epoch;
}

/// A line of losses.csv up to the examples.
std::string losses_line(std::uint64_t step, std::uint64_t epoch, const StepLosses& l,
                        const StepSettings& settings) {
  char line[256];
  std::snprintf(line, sizeof line, "%llu,%llu,%.9g,%.9g,%.9g,%.9g,%.9g,%.9g,",
                static_cast<unsigned long long>(step), static_cast<unsigned long long>(epoch),
                l.generator, l.l1, l.adversarial, l.real, l.fake, settings.generator_rate);
  return line;
}

/// The schedule for a time left: with a discriminator a step takes about twice as long.
std::vector<WorkPart> work_of(const Recipe& r, std::uint64_t total) {
  if (r.adversarial_weight <= 0) return {{total, 1}};
  const std::uint64_t alone = std::min(total, r.adversarial_from(total));
  return {{alone, 1}, {total - alone, 2}};
}

/// Losses beside the progress of a training.
std::string shown_losses(const StepLosses& l, bool adversarial) {
  std::string text = "L1 " + format("%.5f", l.l1);
  if (adversarial) {
    text += ", G " + format("%.3f", l.adversarial) + ", D " + format("%.3f", l.real + l.fake);
  }
  return text;
}

/// "4 ranks share each batch: 2 2 2 2 images"
std::string shares_of_ranks(nn::index batch, int ranks) {
  std::string text = std::to_string(ranks) + " ranks share each batch:";
  for (const nn::ImageRange& r : nn::images_of_ranks(batch, ranks)) {
    text += " " + std::to_string(r.count);
  }
  return text + " images";
}

/// Everything of a run that lives from one step to the next.
class Run {
 public:
  explicit Run(TrainOptions options)
      : options_(std::move(options)),
        folder_(options_.out),
        messages_(options_.messages != nullptr ? *options_.messages : silent_) {}

  TrainResult train();

 private:
  /// Rank 0 alone has files and messages.
  bool leads() const { return options_.ranks == nullptr || options_.ranks->first(); }
  void open_data();
  void begin();
  void follow();
  void make_networks();
  void agree();
  bool stopped() const;
  void start_from(const std::string& path);
  void take_up();
  void take_up_checkpoint();
  void look(std::uint64_t step);
  void save(std::uint64_t step, bool with_model);
  void finish(std::uint64_t step, std::optional<LivePage>& live, TrainResult& result);
  void dump_batches() const;
  void open_logs();

  TrainOptions options_;
  RunFolder folder_;
  Messages silent_;
  Messages& messages_;
  RunConfig config_;
  std::string config_sha256_;
  std::unique_ptr<nn::SharedBatch> shared_;  ///< null in one process
  std::unique_ptr<Dataset> data_;
  std::unique_ptr<Pix2Pix> networks_;
  std::unique_ptr<SampleSheet> samples_;
  std::unique_ptr<CsvLog> losses_, validation_;
  models::Taps least_squares_{};
  std::uint64_t first_step_ = 0;
};

void Run::open_data() {
  spread_start(options_.ranks, options_.recipe, options_.seed);
  if (options_.ranks != nullptr) {
    shared_ = std::make_unique<nn::SharedBatch>(*options_.ranks, options_.recipe.batch);
  }
  data_ = open_dataset(options_, messages_);
}

void Run::make_networks() {
  const Recipe& r = config_.recipe;
  networks_ = std::make_unique<Pix2Pix>(r.generator_config(), r.discriminator_config(), r.adam,
                                        config_.seed);
}

/// What ranks other than 0 do of begin() and take_up().
void Run::follow() {
  open_data();
  config_.recipe = options_.recipe;
  config_.seed = options_.seed;
  if (options_.minutes && !options_.resume) {
    static_cast<void>(measured_step_seconds(options_, *data_, shared_.get()));
    nn::BufferPool::trim();
  }
  make_networks();
}

/// From here on all ranks know the same.
void Run::agree() {
  if (shared_ == nullptr) return;
  spread_numbers(*options_.ranks, {&config_.total, &config_.steps_per_epoch, &first_step_});
  spread_networks(*options_.ranks, *networks_);
  messages_.note(shares_of_ranks(config_.recipe.batch, options_.ranks->size()));
}

/// Whether any rank was told to stop.
bool Run::stopped() const {
  double stops = options_.stop != nullptr && options_.stop->load() ? 1 : 0;
  if (shared_ != nullptr) shared_->join({&stops, 1});
  return stops > 0;
}

void Run::begin() {
  folder_.check_free(options_.force);
  open_data();
  config_.recipe = options_.recipe;
  config_.read = options_.read;
  config_.seed = options_.seed;
  config_.arithmetic = nn::arithmetic();
  config_.build = build_info();
  config_.command = options_.command;
  config_.sources = data_->sources();
  config_.data_sha256 = hash_of(config_.sources);
  config_.steps_per_epoch = data_->steps_per_epoch(options_.recipe);
  // What no network could be trained on is found out before anything is written.
  const nn::index multiple = nn::index{1} << options_.recipe.generator.levels;
  static_cast<void>(data_->batch(options_.recipe, options_.seed, 0, multiple));
  config_.total = schedule_length(options_, *data_, shared_.get(), config_, messages_);
  make_networks();
  if (!options_.from.empty()) start_from(options_.from);
  folder_.create();
  folder_.save_config(config_);
  config_sha256_ = folder_.config_sha256();
  if (!options_.from.empty()) save(0, false);  // --resume starts from there too
}

/// The generator's weights are the model's; the discriminator and both Adams start afresh, since a
/// model file has none.
void Run::start_from(const std::string& path) {
  const nn::SafetensorsReader file = open_model(path);
  const Model model = Model::load(file, options_.expect_model);
  messages_.warn(model.warnings());
  messages_.require_none();
  const TrainingRecord& record = model.training();
  nn::require(record.sources.empty() || record.sources.front().unit == config_.sources.front().unit,
              "--from", "a model trained on scans in another unit", config_.sources.front().unit,
              "start from another model");
  load_generator(file, networks_->generator());
  config_.from = model.sha256();
  config_.before = record.all_scans();
}

void Run::take_up() {
  config_ = folder_.load_config();
  config_sha256_ = folder_.config_sha256();
  messages_.warn(folder_.check_going_on(config_));
  if (const std::string option = other_length(options_, config_); !option.empty()) {
    messages_.warn(option + " is ignored: the length of a run, here " +
                   std::to_string(config_.total) + " steps, is fixed when it begins");
  }
  messages_.require_none();
  folder_.remove_leftovers();
  options_.recipe = config_.recipe;
  options_.read = config_.read;
  options_.seed = config_.seed;
  open_data();
  config_.sources = data_->sources();
  const std::string hash = hash_of(config_.sources);
  nn::require(hash == config_.data_sha256, options_.out, "a run on other scans",
              "the scans that it was started with", "give the same scans in the same order");
  make_networks();
  if (folder_.has("checkpoint.safetensors")) {
    take_up_checkpoint();
  } else {
    nn::require(config_.from.empty(), options_.out,
                "no checkpoint of a run that started from a model", "one",
                "start again with --from and --force, without --resume");
  }
  folder_.complete();
  messages_.note("going on at step " + std::to_string(first_step_) + " of " +
                 std::to_string(config_.total));
}

void Run::take_up_checkpoint() {
  std::vector<std::string> warnings;
  const CheckpointInfo info = load_checkpoint(folder_.file("checkpoint.safetensors"),
                                              config_.data_sha256, *networks_, warnings);
  messages_.warn(warnings);
  messages_.require_none();
  nn::require(info.config_sha256.empty() || info.config_sha256 == config_sha256_,
              folder_.file("config.json"), "SHA-256 " + config_sha256_,
              info.config_sha256 + ", as the checkpoint says",
              "the file was changed after the run began: put it back as it was");
  first_step_ = info.step;
}

void Run::save(std::uint64_t step, bool with_model) {
  if (!leads()) return;
  save_checkpoint(
      folder_.file("checkpoint.safetensors"),
      {step, config_.total, config_.seed, step * static_cast<std::uint64_t>(config_.recipe.batch),
       config_.data_sha256, config_sha256_},
      *networks_);
  if (!with_model) return;
  TrainingRecord record;
  record.sources = config_.sources;
  record.seed = config_.seed;
  record.split_seed = config_.seed;
  record.steps = step;
  record.total_steps = config_.total;
  record.least_squares = least_squares_;
  record.from = config_.from;
  record.before = config_.before;
  const ModelContents model = model_contents(config_.recipe, record, networks_->generator());
  write_tensor_file(folder_.file("model.safetensors"), model.metadata, model.arrays, true);
}

void Run::look(std::uint64_t step) {
  if (!leads()) return;
  const std::uint64_t epoch = (step + config_.steps_per_epoch - 1) / config_.steps_per_epoch;
  char name[40];
  std::snprintf(name, sizeof name, "samples/epoch_%04llu.png",
                static_cast<unsigned long long>(epoch));
  const SampleScores scores = samples_->draw(networks_->generator(), folder_.file(name));
  if (!scores.measured) return;
  validation_->add(std::to_string(step) + "," + std::to_string(epoch) + "," +
                   format("%.4f", scores.model_psnr) + "," + format("%.4f", scores.cubic_psnr) +
                   "," + format("%.4f", scores.linear_psnr));
  messages_.note("epoch " + std::to_string(epoch) + ", step " + std::to_string(step) +
                 ": validation PSNR " + format("%.2f", scores.model_psnr) + " dB, cubic " +
                 format("%.2f", scores.cubic_psnr) + " dB");
}

void Run::dump_batches() const {
  std::vector<nn::ArrayToWrite> arrays;
  const auto add = [&](const std::string& name, const nn::Tensor& t) {
    const nn::Shape s = t.shape();
    arrays.push_back({name, {s.n, s.c, s.h, s.w}, [t, s](float* out) {
                        for (nn::index n = 0; n < s.n; ++n) {
                          for (nn::index c = 0; c < s.c; ++c) {
                            for (nn::index p = 0; p < s.h * s.w; ++p) {
                              *out++ = static_cast<float>(t.data()[(n * s.h * s.w + p) * s.c + c]);
                            }
                          }
                        }
                      }});
  };
  const nn::index multiple = networks_->generator().multiple();
  for (std::uint64_t k = 0; k < options_.dump_batches; ++k) {
    const Batch b = data_->batch(config_.recipe, config_.seed, k, multiple);
    add("input." + std::to_string(k), b.input);
    if (!b.base.empty()) add("base." + std::to_string(k), b.base);
    add("target." + std::to_string(k), b.target);
    if (!b.bone.empty()) add("bone." + std::to_string(k), b.bone);
  }
  write_tensor_file(folder_.file("batches.safetensors"), {{"layout", "NCHW"}}, arrays, true);
}

void Run::open_logs() {
  least_squares_ = data_->least_squares();
  samples_ = data_->sample_sheet(config_.recipe);
  if (options_.dump_batches > 0) dump_batches();
  losses_ = std::make_unique<CsvLog>(folder_.file("losses.csv"), kLossesHeader, first_step_);
  validation_ = std::make_unique<CsvLog>(folder_.file("validation.csv"), kValidationHeader,
                                         first_step_ > 0 ? first_step_ + 1 : 0);
}

TrainResult Run::train() {
  if (!leads()) {
    follow();
  } else if (options_.resume) {
    take_up();
  } else {
    begin();
  }
  agree();
  if (leads()) open_logs();
  const Recipe& r = config_.recipe;
  const std::uint64_t stop_at = std::min(options_.stop_at.value_or(config_.total), config_.total);
  const std::uint64_t between_looks = steps_between_looks(config_);
  const std::uint64_t every = options_.checkpoint_every.value_or(between_looks);
  const nn::index multiple = networks_->generator().multiple();
  TrainResult result;
  result.total = config_.total;
  const auto start = Clock::now();
  std::uint64_t step = first_step_;
  if (step == 0) look(0);  // what the curves begin with: the untrained network
  std::optional<LivePage> live;
  if (leads()) {
    live.emplace(folder_, config_, samples_->without_network());
    live->show(step, {});
    messages_.note("follow it in a browser: " + folder_.file("live.html"));
  }
  {
    Progress progress("train", work_of(r, config_.total), messages_, first_step_);
    bool said_slower = first_step_ > 0;
    while (step < stop_at && !stopped()) {
      std::string examples;
      const Batch batch = data_->batch(r, config_.seed, step, multiple, &examples, shared_.get());
      const StepSettings settings = r.settings(config_.seed, step, config_.total);
      const StepLosses l = networks_->step(batch, settings, shared_.get());
      if (!std::isfinite(l.generator)) {
        throw nn::Error(
            nn::Fault::job, "train", "a loss that is not finite at step " + std::to_string(step),
            "finite losses", "the last checkpoint is intact; use a lower learning rate");
      }
      const std::uint64_t epoch = step / config_.steps_per_epoch + 1;
      if (losses_) losses_->add(losses_line(step, epoch, l, settings) + examples);
      result.last = l;
      ++step;
      progress.update(step, shown_losses(l, settings.adversarial_weight > 0));
      if (!said_slower) {
        const std::string slower =
            slower_than_measured(config_.minutes, seconds_since(start), progress.left());
        said_slower = !slower.empty();
        if (said_slower) messages_.note(slower);
      }
      if (step % between_looks == 0 || step == config_.total) look(step);
      if (step % every == 0 && step < stop_at) save(step, false);
      if (live) live->show(step, progress.left());
    }
  }
  finish(step, live, result);
  result.seconds = seconds_since(start);
  return result;
}

/// Saves the model and what shows how it came about.
void Run::finish(std::uint64_t step, std::optional<LivePage>& live, TrainResult& result) {
  save(step, true);
  if (live) {
    draw_loss_curve(folder_.file("losses.csv"), folder_.file("losses.svg"));
    draw_validation_curve(folder_.file("validation.csv"), live->without_network(),
                          folder_.file("validation.svg"));
    live->end(step);
  }
  result.steps = step;
  result.complete = step == config_.total;
  for (const char* name : {"live.html", "losses.svg", "validation.svg", "samples"}) {
    if (folder_.has(name)) result.to_look_at.push_back(folder_.file(name));
  }
}

}  // namespace

std::string slower_than_measured(double minutes, double elapsed, std::optional<double> left) {
  constexpr double kEnough = 0.1;  // of the time, before which the estimate says little
  constexpr double kSlower = 1.25;
  const double planned = minutes * 60;
  if (minutes <= 0 || !left || elapsed < kEnough * planned) return {};
  const double all = elapsed + *left;
  if (all < kSlower * planned) return {};
  return "steps take longer than measured: the training will end after about " +
         format("%.1f", all / 60) + " minutes, not " + format("%g", minutes) +
         ", since its number of steps stays; Ctrl-C stops it, and --resume goes on";
}

TrainResult run_training(TrainOptions options) { return Run(std::move(options)).train(); }

}  // namespace train
