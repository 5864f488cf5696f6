#include <atomic>
#include <csignal>
#include <string>
#include <vector>

#include "nn/core/error.h"
#include "tools/commands.h"
#include "train/fit/trainer.h"
#include "train/predict/model_file.h"
#include "train/ranks/join.h"
#include "train/recipe/fields.h"

namespace tools {
namespace {

std::atomic<bool> stop_requested{false};

/// The first Ctrl-C requests an orderly end, the second one ends at once. So do SIGTERM and
/// SIGUSR1, the one signal that launchers pass on to all processes and do nothing else. Only in
/// training: all other commands write their outputs at the end and in one go, and may be ended at
/// any time.
void on_interrupt(int signal) {
  if (stop_requested.exchange(true)) std::signal(signal, SIG_DFL);
}

struct Options {
  train::TrainOptions train;
  std::string recipe = "residual";
  bool perception = false;
  std::string protocol;
  nn::index width = 0, levels = 0, size = 0;
  double dropout = -1;
  double adversarial = -1;
  double anywhere = -1, shrink = 0;
  double learning_rate = 0;
  std::vector<std::string> entries;
  bool identity = false;
};

/// What the command line changes in a recipe.
train::Recipe adjusted(const Options& o) {
  train::Recipe r = o.train.from.empty()
                        ? train::recipe_named(o.recipe)
                        : train::Model::load(o.train.from, o.train.expect_model).recipe();
  if (o.width > 0) {
    r.generator.width = o.width;
    if (r.four_slices() == nullptr) r.discriminator.width = o.width;
  }
  if (o.levels > 0) r.generator.levels = o.levels;
  if (o.size > 0) r.size = o.size;
  if (o.dropout >= 0) r.generator.dropout = o.dropout;
  if (o.learning_rate > 0) r.learning_rate = o.learning_rate;
  if (o.perception) {
    nn::require(r.four_slices() != nullptr, "--perception", "recipe " + r.name, "recipe residual",
                "the others are made for perception as they are");
    train::set_perception(r);
  }
  if (o.adversarial >= 0) r.adversarial_weight = o.adversarial;
  if (o.anywhere >= 0) {
    nn::require(r.four_slices() != nullptr, "--anywhere", "recipe " + r.name, "recipe residual");
    r.four_slices()->anywhere = o.anywhere;
  }
  if (o.shrink > 0) r.shrink = o.shrink;
  if (!o.protocol.empty()) r.protocol = data::protocol_from(o.protocol);
  if (o.identity) {
    nn::require(std::holds_alternative<train::Average>(r.input), "--identity", "recipe " + r.name,
                "recipe ct2ct");
    r.input = train::Identity{};
  }
  for (const std::string& entry : o.entries) train::set_entry(r, entry);
  const nn::index multiple = nn::index{1} << r.generator.levels;
  nn::require(r.size == 0 || (r.size >= 16 && r.size % multiple == 0), "--size",
              std::to_string(r.size),
              "at least 16 and a multiple of " + std::to_string(multiple) + " (2^levels)",
              "change --size or --levels");
  return r;
}

void set_train_help(CLI::App& command) {
  set_help(
      command,
      {{"Options", {"--out DIR", "--recipe NAME", "--from FILE", "--perception", "--resume"}},
       {"Length of the schedule, fixed at the start",
        {"--minutes MINUTES", "--steps N", "--epochs N", "--stop-at STEP",
         "--checkpoint-every STEPS"}},
       {"What is trained", {"--seed N", "--protocol NAME", "--size N", "--width N", "--levels N"}},
       {kExpert,
        {"--settings", "--set ENTRY=VALUE", "--adversarial WEIGHT", "--anywhere SHARE",
         "--shrink FACTOR", "--learning-rate RATE", "--dropout RATE", "--identity",
         "--dump-batches N", "--expect-model SHA256"}}},
      {{"A network for heads, in three minutes", "ct2ct train scan.nii.gz --out run --minutes 3"},
       {"Go on after Ctrl-C", "ct2ct train scan.nii.gz --out run --resume"},
       {"From the model in the box, with two scans",
        "ct2ct train a.nii.gz b.nii.gz --from default --out run --epochs 20"},
       {"Pictures A|B instead of scans",
        "ct2ct train pairs/ --recipe pix2pix --out run --steps 2000"}});
}

}  // namespace

void add_train(CLI::App& app, const Common& common) {
  auto o = std::make_shared<Options>();
  train::TrainOptions& t = o->train;
  CLI::App* cmd = app.add_subcommand("train", "Train a network on scans");
  cmd->add_option("scans", t.scans,
                  "NIfTI files, folders or zips of DICOM files or pictures, phantom:SEED; for "
                  "recipe pix2pix folders of pictures A|B")
      ->required();
  cmd->add_option("--out", t.out, "Folder of the run")->required();
  auto* from = cmd->add_option("--from", t.from,
                               "Start from this model, with its recipe, instead of random weights");
  cmd->add_option("--expect-model", t.expect_model,
                  "With --from: refuse a model file of another SHA-256; ct2ct info prints it")
      ->type_name("SHA256")
      ->needs(from);
  auto* recipe = cmd->add_option("--recipe", o->recipe,
                                 "residual (a correction to registration), ct2ct (the original) "
                                 "or pix2pix (paired pictures)");
  recipe->capture_default_str();
  auto* width =
      cmd->add_option("--width", o->width, "Channels of the first level [residual 32, else 64]");
  width->check(whole_number(1, 1024));
  auto* levels = cmd->add_option("--levels", o->levels, "Levels of the U-Net [residual 5, else 8]");
  levels->check(whole_number(2, 12));
  cmd->add_option("--size", o->size,
                  "Resample slices to SIZE x SIZE [residual: no, ct2ct 512, pix2pix 256]")
      ->check(whole_number(16, 8192));
  auto* length = cmd->add_option_group("length", "Length of the schedule, fixed at the start");
  length->add_option("--steps", t.steps, "Number of steps")->check(whole_number(1));
  length->add_option("--epochs", t.epochs, "Passes over the training data [by recipe]")
      ->check(positive_number());
  length
      ->add_option("--minutes", t.minutes,
                   "Measure the speed once, and fix the number of steps by it")
      ->check(positive_number());
  length->require_option(0, 1);
  cmd->add_option("--stop-at", t.stop_at,
                  "Save and stop at this step; the schedule does not change")
      ->check(whole_number(0));
  cmd->add_option("--checkpoint-every", t.checkpoint_every,
                  "Steps between checkpoints [whole epochs, at least 100]")
      ->check(whole_number(1));
  cmd->add_option("--seed", t.seed, "Seed of every random choice")->capture_default_str();
  cmd->add_option("--protocol", o->protocol,
                  "Which slices are trained on: unseen, self or seed (docs/audit/protocols.md) "
                  "[ct2ct: seed, else unseen]");
  add_read_options(*cmd, t.read);
  auto* point = cmd->add_flag("--perception,!--fidelity", o->perception,
                              "Texture before truth: the adversarial term has pix2pix's weight, "
                              "for half of the schedule [fidelity]");
  cmd->add_option("--adversarial", o->adversarial,
                  "Weight of the adversarial term; 0 leaves L1 alone [by recipe]")
      ->check(CLI::Range(0.0, 1e6))
      ->excludes(point);
  auto* anywhere =
      cmd->add_option("--anywhere", o->anywhere,
                      "Share of examples at any position in gaps of 2 to 10 slices; 0 trains a "
                      "network that makes middles only [residual 0.5]");
  anywhere->check(CLI::Range(0.0, 1.0));
  for (CLI::Option* fixed : {recipe, width, levels, anywhere}) from->excludes(fixed);
  cmd->add_option(
         "--shrink", o->shrink,
         "Crops cover up to this many times their side and are averaged down [residual 1.6]")
      ->check(CLI::Range(1.0, 4.0));
  cmd->add_option("--learning-rate", o->learning_rate,
                  "Learning rate of Adam at the start of the schedule [by recipe]")
      ->check(positive_number());
  cmd->add_option("--dropout", o->dropout, "Dropout rate in the decoder [by recipe]")
      ->check(CLI::Range(0.0, 0.99));
  cmd->add_option("--set", o->entries,
                  "ENTRY=VALUE, for experiments: any entry of the recipe (--settings lists "
                  "them), for instance generator.norm.kind=batch")
      ->allow_extra_args(false);
  cmd->add_flag("--identity", o->identity, "Sanity check of recipe ct2ct: learn to copy a slice");
  cmd->add_option("--dump-batches", t.dump_batches,
                  "Write the first N batches, to compare with another framework")
      ->check(whole_number(0, 1000));
  cmd->add_flag("--resume", t.resume, "Go on with the run in --out as if it had never stopped");
  cmd->add_flag_callback(
         "--settings",
         [o] {
           print(train::settings_text(adjusted(*o)));
           throw CLI::Success();
         },
         "Print every setting of the recipe, as the other options change it, and exit")
      ->configurable(false);
  set_train_help(*cmd);
  cmd->final_callback([o, &common] {
    train::TrainOptions& options = o->train;
    const train::Joined joined;
    options.ranks = joined.ranks();
    const bool leads = options.ranks == nullptr || options.ranks->first();
    if (leads) options.recipe = adjusted(*o);  // the others are told
    options.command = common.command_line;
    options.force = common.force;
    train::Messages messages(leads ? common.say() : train::Say::nothing, common.strict);
    options.messages = &messages;
    options.stop = &stop_requested;
    std::signal(SIGINT, on_interrupt);
    std::signal(SIGTERM, on_interrupt);
    std::signal(SIGUSR1, on_interrupt);
    const train::TrainResult result = train::run_training(options);
    if (common.quiet || !leads) return;
    char text[160];
    std::snprintf(text, sizeof text,
                  "%s at step %llu of %llu after %.0f s: ", result.complete ? "trained" : "stopped",
                  static_cast<unsigned long long>(result.steps),
                  static_cast<unsigned long long>(result.total), result.seconds);
    std::string shown;
    for (const std::string& name : result.to_look_at) shown += (shown.empty() ? "" : ", ") + name;
    print("To look at: " + shown + "\n" + text + options.out + "/model.safetensors\n");
  });
}

}  // namespace tools
