#include <cstdio>
#include <optional>

#include "nn/core/error.h"
#include "tools/commands.h"
#include "train/fill/interpolate_files.h"
#include "train/fill/many_scans.h"
#include "train/fill/self_check_text.h"
#include "train/program/progress.h"
#include "train/ranks/join.h"

namespace tools {
namespace {

struct Options {
  train::InterpolateOptions job;
  train::ManyOptions many;
  std::vector<std::string> outs, formats;
  bool no_self_check = false;
  bool json = false;
};

/// Shows each stage of the work as a bar of its own.
class Bars {
 public:
  explicit Bars(train::Messages& messages) : messages_(messages) {}

  train::FillWatch watch() {
    return [this](const train::FillProgress& p) {
      if (p.done == 0) {
        bar_.emplace(p.stage, std::vector<train::WorkPart>(p.work.begin(), p.work.end()),
                     messages_);
      }
      if (p.done > 0) bar_->update(p.done);
      if (p.done == p.total) bar_.reset();
      return true;
    };
  }

 private:
  train::Messages& messages_;
  std::optional<train::Progress> bar_;
};

/// What the self-check found, for a person.
std::string verdict(const train::ScanFill& fill) {
  if (fill.by_cubic_alone()) {
    return "used: cubic for the whole scan (the model was not trained for such scans)\n";
  }
  std::string text;
  if (fill.check()) text += train::to_text(*fill.check(), fill.cut());
  if (fill.error_map()) text += train::to_text(*fill.error_map());
  return text;
}

std::string what_was_done(const train::Interpolation& job) {
  const train::ScanFill& fill = job.filled();
  return std::to_string(fill.slices_before()) + " slices became " +
         std::to_string(fill.scan().slices()) + " (" + std::to_string(fill.plan().synthetic()) +
         " synthetic, for research): " + job.out() +
         (job.only_new() ? ", the synthetic ones only" : "") +
         (job.straightened() ? ", straightened: all slices are resampled" : "") + "\n";
}

void run_one(Options& o, const Common& common) {
  train::Messages messages(common.say(), common.strict);
  train::Interpolation job(o.job, messages);
  Bars bars(messages);
  const bool talks = !common.quiet && !o.json;
  job.self_check(bars.watch());
  if (talks) print(verdict(job.filled()));
  job.fill(bars.watch());
  const std::size_t further = o.job.further.size();
  if (o.json && further > 0) print("[\n");
  for (std::size_t i = 0; i <= further; ++i) {
    if (i > 0) job.use_further(i - 1);
    std::string record = job.write(common.command_line, to_options_json(common));
    if (i < further) record.insert(record.find_last_not_of('\n') + 1, ",");
    if (o.json) print(record);
    if (talks) print(what_was_done(job));
  }
  if (o.json && further > 0) print("]\n");
}

/// Hands each --out to the job, with its --format.
void set_outputs(Options& o) {
  const std::size_t outs = o.outs.size(), formats = o.formats.size();
  nn::require(formats == 0 || formats == std::max<std::size_t>(outs, 1), "--format",
              std::to_string(formats) + " for " + std::to_string(outs) + " outputs",
              "none, or one for each --out in the same order");
  nn::require(outs < 2 || o.many.out_dir.empty(), "--out-dir", "several --out as well",
              "one of them");
  for (std::size_t i = 0; i < std::max(outs, formats); ++i) {
    const train::FurtherOutput output{i < outs ? o.outs[i] : "", i < formats ? o.formats[i] : ""};
    if (i > 0) o.job.further.push_back(output);
    if (i > 0) continue;
    o.job.out = output.out;
    o.job.format = output.format;
  }
}

void run_many(Options& o, const Common& common) {
  std::optional<train::Joined> joined;
  if (o.many.part.count == 1) joined.emplace();  // parts share nothing, however they are started
  o.many.ranks = joined ? joined->ranks() : nullptr;
  const bool leads = o.many.ranks == nullptr || o.many.ranks->first();
  train::Messages messages(leads ? common.say() : train::Say::nothing, common.strict);
  o.many.job = o.job;
  o.many.sources.read = o.job.read;
  o.many.sources.any_scan = o.job.fill.any_scan;
  o.many.strict = common.strict;
  o.many.command_line = common.command_line;
  o.many.more_options = to_options_json(common);
  std::optional<train::Progress> bar;
  train::ManyWatch watch;
  watch.progress = [&](std::size_t done, std::size_t total, const std::string& now) {
    if (!bar) bar.emplace("scans", total, messages);
    bar->update(done, now);
  };
  watch.failed = [&](const train::ScanResult& r) { messages.failed(r.task.name, *r.error); };
  const train::ManyResult result = train::interpolate_many(o.many, messages, watch);
  if (!leads) return;
  joined.reset();
  bar.reset();
  if (o.json)
    print(train::to_json(result).dump(2, ' ', false,
                                      nlohmann::ordered_json::error_handler_t::replace) +
          "\n");
  if (!o.json && !common.quiet) print(train::to_text(result));
  const std::size_t failed = result.count(train::ScanState::failed);
  if (failed == 0) return;
  throw nn::Error(
      nn::Fault::job, o.many.out_dir,
      std::to_string(failed) + " of " + std::to_string(result.scans.size()) + " scans failed", "",
      "the lines above say why; the same command makes what is missing");
}

void add_many_options(CLI::App& cmd, train::ManyOptions& many) {
  cmd.add_option("--out-dir", many.out_dir,
                 "A folder for all outputs, each named after its scan. What is there "
                 "with a valid record is not made again")
      ->type_name("DIR");
  cmd.add_option("--list", many.sources.list,
                 "A file with the path of a scan in each line; - for standard input")
      ->type_name("FILE");
  cmd.add_flag("--all-series", many.sources.all_series,
               "Every DICOM series below the folders that are named");
  cmd.add_option("--jobs", many.jobs, "How many are made at once; they share the threads")
      ->check(whole_number(1, 1024))
      ->capture_default_str();
  cmd.add_option_function<std::string>(
         "--part", [&many](const std::string& text) { many.part = train::part_of_text(text); },
         "The I-th of N parts of the list, for several machines [1/1]")
      ->type_name("I/N");
}

void run(Options& o, const Common& common) {
  o.job.fill.self_check = !o.no_self_check;
  o.job.force = common.force;
  set_outputs(o);
  const train::ScanSources& sources = o.many.sources;
  if (!o.many.out_dir.empty()) return run_many(o, common);
  train::require_one_process("interpolate without --out-dir");
  const char* hint = "give --out-dir DIR, a folder for all outputs";
  for (const auto& [option, given] :
       {std::pair("--list", !sources.list.empty()), std::pair("--all-series", sources.all_series),
        std::pair("--part", o.many.part.count > 1), std::pair("--jobs", o.many.jobs > 1)}) {
    nn::require(!given, option, "no --out-dir", "a folder for the outputs", hint);
  }
  nn::require(!sources.scans.empty(), "interpolate", "no scan", "a scan",
              "see ct2ct interpolate --help");
  nn::require(sources.scans.size() == 1, "interpolate",
              std::to_string(sources.scans.size()) + " scans without --out-dir", "one scan", hint);
  o.job.scan = sources.scans.front();
  run_one(o, common);
}

}  // namespace

void add_interpolate(CLI::App& app, const Common& common) {
  auto o = std::make_shared<Options>();
  CLI::App* cmd = app.add_subcommand("interpolate", "Write a scan with more slices");
  cmd->add_option("scan", o->many.sources.scans,
                  "NIfTI, NRRD, MetaImage or TIFF file, folder or zip of DICOM files or pictures, "
                  "phantom:SEED; several with --out-dir");
  add_model_options(*cmd, o->job.model, o->job.expect_model,
                    "model.safetensors of a run; default: the one in the box, trained on made-up "
                    "heads alone")
      ->capture_default_str();
  cmd->add_option("--factor", o->job.fill.factor,
                  "Cut every gap into 2 to 10 steps: n slices become (n - 1) * FACTOR + 1 [2]")
      ->check(whole_number(train::kLeastFactor, train::kMostFactor));
  cmd->add_option("--spacing", o->job.fill.spacing,
                  "Instead: cut every gap into steps of about this many mm")
      ->check(positive_number());
  cmd->add_flag(
      "--fill-gaps", o->job.fill.fill_gaps,
      "Also fill gaps over 1.5 times the steps around, or wider than those of the training");
  cmd->add_option("--out", o->outs,
                  "Output: .nii, .nii.gz, .nrrd, .nhdr, .mha, .mhd, DIR/ for DICOM, or a folder: "
                  "DICOM if the scan is, else PNG; several times for several outputs "
                  "[the scan's name with _x2, in the current folder]")
      ->type_name("PATH")
      ->allow_extra_args(false);
  cmd->add_option("--format", o->formats,
                  "dicom, nifti, nrrd, metaimage or png; of several outputs one each "
                  "[what --out and the scan say]")
      ->type_name("NAME")
      ->allow_extra_args(false);
  cmd->add_flag("--only-new", o->job.only_new, "Write the synthetic slices only");
  cmd->add_flag(
      "--straighten", o->job.straighten,
      "NIfTI or PNG of a tilted scan: shift every slice, real ones too, so that the stack "
      "stands upright, for readers that know no shear");
  cmd->add_flag("--any-orientation", o->job.any_orientation,
                "Write DICOM also from a scan that does not say where left and right are");
  cmd->add_option("--method", o->job.fill.method, "model, registered, cubic, linear or nearest")
      ->capture_default_str();
  cmd->add_flag("--in-passes", o->job.fill.in_passes,
                "Let a network use slices that it has made as if they were real");
  cmd->add_flag("--match-noise", o->job.fill.match_noise,
                "Add noise to synthetic slices, of the strength and grain of real ones, so "
                "that slices look alike; it holds no information and makes errors larger");
  cmd->add_option("--gif", o->job.gif,
                  "Also write an animation through all slices, before and after");
  cmd->add_option("--fps", o->job.fps, "Frames a second of the animation")
      ->check(whole_number(1, 50))
      ->needs(cmd->get_option("--gif"))
      ->capture_default_str();
  cmd->add_option(
      "--labels", o->job.labels,
      "Label map on the scan's grid: also write it with the new slices, by the shapes of "
      "its labels");
  cmd->add_option("--labels-out", o->job.labels_out,
                  "Where [beside the output, with _labels in its name]");
  cmd->add_option(
      "--uncertainty", o->job.uncertainty,
      "Also write a map of expected errors in HU, .nii or .nii.gz, and its check, .svg");
  add_window_option(*cmd, o->job.window,
                    "HU that PNG and GIF show: brain, bone, lung, soft or CENTRE,WIDTH [the DICOM "
                    "scan's own, else -160 to 240]");
  cmd->add_flag("--no-self-check", o->no_self_check,
                "Use the network everywhere, without checking it on this scan first");
  cmd->add_flag("--any-scan", o->job.fill.any_scan,
                "Accept scans unlike the training, where the self-check decides, and scans that "
                "were interpolated before");
  cmd->add_flag("--json", o->json,
                "Print the record as JSON instead of sentences; of many scans the table");
  add_many_options(*cmd, o->many);
  add_read_options(*cmd, o->job.read);
  set_help(
      *cmd,
      {{"Options",
        {"--out PATH", "--factor N", "--spacing MM", "--model FILE", "--method NAME",
         "--format NAME", "--only-new", "--gif FILE", "--fps N", "--uncertainty FILE",
         "--window NAME|HU,HU", "--labels FILE", "--labels-out FILE", "--json"}},
       {"Many scans", {"--out-dir DIR", "--list FILE", "--all-series", "--jobs N", "--part I/N"}},
       {kExpert,
        {"--fill-gaps", "--any-scan", "--no-self-check", "--straighten", "--any-orientation",
         "--in-passes", "--match-noise"}}},
      {{"Twice as many slices, by the model in the box", "ct2ct interpolate scan.nii.gz"},
       {"Slices of 1 mm, of a folder of DICOM files",
        "ct2ct interpolate dicom/ --spacing 1 --out thin/"},
       {"By a model of your own, with a map of expected errors",
        "ct2ct interpolate a.nii --model m.safetensors --uncertainty errors.nii"},
       {"DICOM and NIfTI at once", "ct2ct interpolate dicom/ --out thin/ --out thin.nii.gz"},
       {"Every series of a folder, two at a time",
        "ct2ct interpolate archive/ --all-series --jobs 2 --out-dir doubled"}});
  cmd->final_callback([o, &common] { run(*o, common); });
}

}  // namespace tools
