#include <nlohmann/json.hpp>
#include <optional>

#include "data/draw/reformat_picture.h"
#include "data/files/atomic_file.h"
#include "data/io/read.h"
#include "data/io/slice_table.h"
#include "data/io/write.h"
#include "data/nifti/nifti.h"
#include "data/pictures/pictures.h"
#include "data/volume/placement.h"
#include "data/volume/straighten.h"
#include "nn/core/error.h"
#include "tools/commands.h"
#include "train/fill/record.h"
#include "train/fill/self_check_text.h"
#include "train/predict/default_model.h"
#include "train/predict/interpolate.h"
#include "train/program/progress.h"
#include "train/program/version.h"
#include "train/report/calibration_plot.h"
#include "train/self_check/error_map.h"
#include "train/self_check/trained_for.h"

namespace tools {
namespace {

struct Options {
  std::string scan, model = train::kDefaultModel, expect_model, out, format, gif, uncertainty,
                    method = "model";
  nn::index factor = 0;
  double spacing = 0;
  bool fill_gaps = false, only_new = false, in_passes = false;
  bool no_self_check = false, any_scan = false, json = false;
  bool straighten = false, any_orientation = false;
  data::ReadOptions read;
  std::optional<data::AskedWindow> window;
};

void write_gif_of(data::OutputSet& outputs, const Options& o, const data::Volume& before,
                  const data::Volume& after, const data::Window& window) {
  data::ReformatOptions options;
  options.window = window;
  options.size = 384;
  data::write_slices_gif(outputs, o.gif, before, &after, options);
}

/// Errors of int16 in steps of this many HU: up to 4095.
constexpr double kErrorStep = 0.125;

std::string plot_path(const Options& o) { return data::stem_of(o.uncertainty) + ".svg"; }

/// Whether a map can be made and written, as far as that is known before the long work.
void check_uncertainty(const Options& o, const data::Volume& scan, bool force) {
  nn::require(o.method == "model" && !o.no_self_check, "--uncertainty",
              o.no_self_check ? "--no-self-check" : "--method " + o.method,
              "a network and its self-check, from which errors are learned",
              "leave --uncertainty out");
  nn::require(!o.straighten, "--uncertainty", "--straighten",
              "one of them: the map lies on the slices as they were read", "leave one out");
  nn::require(scan.unit == data::Unit::hu, "--uncertainty", "a scan that is not in HU", "one in HU",
              "leave --uncertainty out");
  nn::require(o.uncertainty.ends_with(".nii") || o.uncertainty.ends_with(".nii.gz"), o.uncertainty,
              "another name than NIfTI files have", "a name that ends in .nii or .nii.gz");
  nn::require(data::stem_of(o.uncertainty) != data::stem_of(o.out), o.uncertainty,
              "the name of the output", "another one");
  data::require_nifti_steps(o.uncertainty, data::written_positions(scan, o.only_new),
                            "leave --uncertainty out");
  const data::AtomicFile map(o.uncertainty, force);
  const data::AtomicFile plot(plot_path(o), force);
}

void write_uncertainty(data::OutputSet& outputs, const Options& o, const train::ErrorMap& map,
                       const data::Volume& errors) {
  const data::MapLabel label{"expected error", "expected absolute error in HU, RESEARCH"};
  data::write_nifti_map(outputs, o.uncertainty, o.only_new ? errors.only_synthetic() : errors,
                        label);
  outputs.put(plot_path(o), train::calibration_plot(map).file());
}

/// The model, where the method is one, and the method.
struct Maker {
  std::optional<train::Model> model;
  train::Method method;
};

void load_model(const Options& o, Maker& maker) {
  if (o.method != "model") {
    nn::require(o.expect_model.empty(), "--expect-model", "--method " + o.method,
                "a method with a model", "leave --expect-model out");
    return;
  }
  maker.model.emplace(train::Model::load(o.model, o.expect_model));
  maker.model->require_slices();
}

void choose_method(const Options& o, data::Unit unit, Maker& maker) {
  maker.method = maker.model ? train::method_of(*maker.model, o.in_passes)
                             : train::method_without_network(o.method, unit);
}

train::Plan plan_for(const Options& o, const Maker& maker, const data::Volume& volume) {
  train::PlanOptions options;
  options.factor = o.factor > 0 || o.spacing > 0 ? o.factor : train::kLeastFactor;
  options.spacing = o.spacing;
  options.fill_gaps = o.fill_gaps;
  if (maker.model) {
    maker.model->require_unit(volume);
    options.trained = maker.model->widest_gap();
  }
  train::Plan plan = train::plan(volume, options);
  train::require_parts(maker.method, plan);
  return plan;
}

/// Whether the model was trained for scans like this one; none without a model. Refuses what is no
/// CT in HU, unless the user insists.
std::optional<train::TrainedFor> judge(const Options& o, const Maker& maker,
                                       const data::Volume& scan) {
  if (!maker.model) return std::nullopt;
  std::optional<train::ScanProfile> profile;
  if (scan.unit == data::Unit::hu) profile = train::profile_of(scan);
  const auto judged = train::trained_for(*maker.model, profile, data::median_gap(scan));
  if (!o.any_scan) train::require_ct(judged, o.scan);
  return judged;
}

/// Whether methods without a network take the model's place.
bool untrained(const Options& o, const std::optional<train::TrainedFor>& judged) {
  return judged && !judged->holds() && !o.any_scan;
}

/// How the scan is filled, and by what that was decided.
struct Filling {
  train::CheckedMethods by;
  std::optional<train::SelfCheck> check;
  std::vector<bool> cut;   ///< gap by gap, whether slices are made in it
  bool untrained = false;  ///< by cubic alone, since the model was not trained for such a scan
  std::optional<train::ErrorMap> map;  ///< where it is asked for
};

/// `scan`: already refined by the plan; `sha256` of the scan as it was read.
Filling methods_for(const Options& o, const Maker& maker, const data::Volume& scan,
                    const train::Plan& plan, const std::string& sha256,
                    const std::optional<train::TrainedFor>& judged, train::Messages& messages) {
  Filling f;
  for (const nn::index parts : plan.parts) f.cut.push_back(parts > 1);
  if (untrained(o, judged) && !o.no_self_check) {
    const train::KnownScan known = train::known_scan(scan);
    const auto total = train::slices_to_make(known, f.cut, {}, maker.method).registered.size();
    train::Progress progress("self-check", total, messages);
    f.check = train::self_check_without_network(
        known, f.cut, [&](nn::index done) { progress.update(static_cast<std::uint64_t>(done)); });
    f.by =
        train::checked_methods(*f.check, train::method_of(train::Fallback::registered, scan.unit));
    return f;
  }
  if (untrained(o, judged)) {
    f.untrained = true;
    f.by.methods = {train::cubic_for_untrained()};
    f.by.gaps.resize(plan.parts.size());
    return f;
  }
  if (!maker.model || o.no_self_check) {
    f.by.methods = {maker.method};
    f.by.gaps.resize(plan.parts.size());
    return f;
  }
  const train::KnownScan known = train::known_scan(scan);
  const nn::Shape slice{1, scan.height(), scan.width(), 1};
  const auto trained = train::trained_targets(*maker.model, sha256, slice, known.slices());
  const auto total = train::slices_to_make(known, f.cut, trained, maker.method).count();
  train::Progress progress("self-check", total, messages);
  f.check = train::self_check(known, f.cut, trained, maker.method, [&](nn::index done) {
    progress.update(static_cast<std::uint64_t>(done));
  });
  if (o.uncertainty.empty()) {
    f.by = train::checked_methods(*f.check, maker.method);
  } else {
    f.map = train::calibrated(*f.check);
    f.by = train::mapped_methods(*f.check, maker.method, *f.map);
  }
  return f;
}

nlohmann::ordered_json options_of(const Options& o, data::OutputFormat format, int axis,
                                  const Common& common) {
  using Json = nlohmann::ordered_json;
  const nn::index factor = o.factor > 0 ? o.factor : train::kLeastFactor;
  Json j{{"method", o.method},
         {"expect_model", o.expect_model.empty() ? Json() : Json(o.expect_model)},
         {"factor", o.spacing > 0 ? Json() : Json(factor)},
         {"spacing_mm", o.spacing > 0 ? Json(o.spacing) : Json()},
         {"fill_gaps", o.fill_gaps},
         {"in_passes", o.in_passes},
         {"only_new", o.only_new},
         {"self_check", !o.no_self_check},
         {"any_scan", o.any_scan},
         {"straighten", o.straighten},
         {"any_orientation", o.any_orientation},
         {"format", data::to_string(format)}};
  j.update(to_read_json(o.read));
  j["axis"] = axis;
  j.update(to_options_json(common));
  return j;
}

/// What was done with a scan that had `before` slices; `scan` holds all of them, also where only
/// the synthetic ones were written.
nlohmann::ordered_json result_of(const Options& o, const std::optional<train::TrainedFor>& judged,
                                 const Filling& f, nn::index before, const data::Volume& scan,
                                 const std::optional<data::ShownWindow>& window) {
  using Json = nlohmann::ordered_json;
  nn::index synthetic = 0;
  for (nn::index k = 0; k < scan.slices(); ++k) synthetic += scan.origin(k).synthetic() ? 1 : 0;
  Json j{{"out", o.out},
         {"slices_before", before},
         {"slices", scan.slices()},
         {"synthetic", synthetic},
         {"straightened", o.straighten && data::is_sheared(scan)}};
  j.update(train::methods_json(scan));
  j["window"] = window ? to_window_json(*window) : Json();
  j["trained_for"] = judged ? train::to_trained_for_json(*judged) : Json();
  j["self_check"] = f.check ? train::to_self_check_json(*f.check, f.cut) : Json();
  j["uncertainty"] = f.map ? train::to_error_map_json(*f.map) : Json();
  return j;
}

/// After the scan and what is made of it, for instance scan_x4.nii.gz.
std::string out_for(const Options& o, const data::Volume& scan) {
  char suffix[40];
  if (o.spacing > 0) {
    std::snprintf(suffix, sizeof suffix, "_%gmm", o.spacing);
  } else {
    std::snprintf(suffix, sizeof suffix, "_x%d",
                  static_cast<int>(o.factor > 0 ? o.factor : train::kLeastFactor));
  }
  return data::output_named_after(o.scan, suffix, o.format, scan);
}

void run(Options& o, const Common& common) {
  train::Messages messages(common.say(), common.strict);
  nn::require(o.factor == 0 || o.spacing == 0, "interpolate", "both --factor and --spacing",
              "one of them");
  Maker maker;  // stays where it is: the method refers to the model
  load_model(o, maker);
  // Everything that can be wrong is found out before the long work.
  data::Volume scan = data::read_volume(o.scan, o.read);
  const std::string made = data::interpolated_before(scan);
  nn::require(made.empty() || o.any_scan, o.scan, made, "slices that a scanner measured",
              "name the scan that they were made of; --any-scan goes on all the same");
  if (!made.empty()) scan.warnings.push_back("this scan holds " + made);
  choose_method(o, scan.unit, maker);
  if (o.out.empty()) o.out = out_for(o, scan);
  const data::ShownWindow shown = data::window_of(scan, o.window);
  const data::WriteOptions write{data::output_format(o.format, o.out, scan),
                                 o.only_new,
                                 shown.window,
                                 {train::kVersion, maker.model ? maker.model->sha256() : ""},
                                 o.straighten,
                                 o.any_orientation};
  const bool drawn = write.format == data::OutputFormat::png || !o.gif.empty();
  nn::require(drawn || !o.window, "--window", "no picture to be shown", "PNG or --gif",
              "leave --window out: values are written as they are");
  const std::string record_file = data::beside(o.out, write.format, ".record.json");
  train::Record record("interpolate", common.command_line);
  record.add_input(scan);
  if (maker.model) record.set_model(o.model);
  record.set_options(options_of(o, write.format, scan.slice_axis, common));
  const nn::index slices = scan.slices();
  const train::Plan plan = plan_for(o, maker, scan);
  const auto judged = judge(o, maker, scan);
  std::optional<data::Volume> before;
  if (!o.gif.empty()) before = scan;
  const std::string sha256 = maker.model && !o.no_self_check ? scan.sha256() : "";
  scan = scan.refined(plan.parts);
  data::check_output(o.out, scan, write, common.force);
  { const data::AtomicFile probe(record_file, common.force); }
  if (write.format == data::OutputFormat::dicom && !scan.oriented) {
    scan.warnings.emplace_back(
        "the axes are taken for right, anterior and superior, which the header does not say: left "
        "and right may be exchanged in the DICOM series (--any-orientation)");
  }
  const bool straighten = o.straighten && data::is_sheared(scan);
  if (!o.gif.empty()) const data::AtomicFile probe(o.gif, common.force);
  if (!o.uncertainty.empty()) {
    check_uncertainty(o, scan, common.force);
    nn::require(!untrained(o, judged), "--uncertainty", "a scan that the model was not trained for",
                "one that it was trained for, since errors are learned from its self-check",
                "leave --uncertainty out, or give --any-scan");
  }

  const auto total = static_cast<std::uint64_t>(plan.synthetic());
  if (maker.model && o.model == train::kDefaultModel) {
    messages.note(
        "by the model in the box, trained on made-up heads alone: one trained on other real "
        "scans of your kind may do better (ct2ct train --from default)");
  }
  if (maker.model) messages.warn(maker.model->warnings());
  if (o.straighten && !straighten) messages.note("--straighten: no tilt, slices stay as they are");
  messages.warn(scan.warnings);
  messages.warn(plan.warnings);
  if (const std::string w = judged ? train::to_line(*judged) : ""; !w.empty()) messages.warn(w);
  messages.require_none();
  const Filling filling = methods_for(o, maker, scan, plan, sha256, judged, messages);
  if (filling.check && !train::is_model_alone(*filling.check)) {
    const std::string what = filling.check->network ? "not all slices are the network's; " : "";
    messages.warn(what + train::to_line(*filling.check));
    messages.require_none();
  }
  if (filling.check && !common.quiet && !o.json) {
    print(train::to_text(*filling.check, filling.cut));
    if (filling.map) print(train::to_text(*filling.map));
  }
  if (filling.untrained && !common.quiet && !o.json) {
    print("used: cubic for the whole scan (the model was not trained for such scans)\n");
  }
  std::optional<data::Volume> errors;
  if (filling.map) errors = scan.blank(kErrorStep);
  {
    train::Progress progress("interpolate", total, messages);
    train::fill(
        scan, filling.by.methods, filling.by.gaps,
        [&](nn::index done) { progress.update(static_cast<std::uint64_t>(done)); },
        errors ? &*errors : nullptr);
  }
  data::OutputSet outputs(common.force);
  data::write_volume(outputs, o.out, scan, write);
  if (errors) write_uncertainty(outputs, o, *filling.map, *errors);
  if (before) write_gif_of(outputs, o, *before, scan, shown.window);
  record.set_result(
      result_of(o, judged, filling, slices, scan, drawn ? std::optional(shown) : std::nullopt));
  const std::string text = record.write(outputs, record_file, messages);
  outputs.commit();
  if (drawn) messages.note("window: " + data::to_string(shown, scan.unit));
  if (o.json) print(text);
  if (common.quiet || o.json) return;
  print(std::to_string(slices) + " slices became " + std::to_string(scan.slices()) + " (" +
        std::to_string(total) + " synthetic, for research): " + o.out +
        (o.only_new ? ", the synthetic ones only" : "") +
        (straighten ? ", straightened: all slices are resampled" : "") + "\n");
}

}  // namespace

void add_interpolate(CLI::App& app, const Common& common) {
  auto o = std::make_shared<Options>();
  CLI::App* cmd = app.add_subcommand("interpolate", "Write a scan with more slices");
  cmd->add_option("scan", o->scan,
                  "NIfTI file, folder or zip of DICOM files or pictures, phantom:SEED")
      ->required();
  add_model_options(*cmd, o->model, o->expect_model,
                    "model.safetensors of a run; default: the one in the box, trained on made-up "
                    "heads alone")
      ->capture_default_str();
  cmd->add_option("--factor", o->factor,
                  "Cut every gap in 2 to 10: n slices become (n - 1) * FACTOR + 1 [2]")
      ->check(whole_number(train::kLeastFactor, train::kMostFactor));
  cmd->add_option("--spacing", o->spacing, "Instead: cut every gap into steps of about so many mm")
      ->check(positive_number());
  cmd->add_flag(
      "--fill-gaps", o->fill_gaps,
      "Also gaps over 1.5 times the steps around, or wider than the model was trained for");
  cmd->add_option(
      "--out", o->out,
      "Output: .nii, .nii.gz, DIR/ for DICOM, or a folder: DICOM if the scan is, else PNG "
      "[the scan's name with _x2, in the current folder]");
  cmd->add_option("--format", o->format, "dicom, nifti or png [what --out and the scan say]");
  cmd->add_flag("--only-new", o->only_new, "Write the synthetic slices only");
  cmd->add_flag(
      "--straighten", o->straighten,
      "NIfTI or PNG of a tilted scan: shift every slice, real ones too, so that the stack "
      "stands upright, for readers that know no shear");
  cmd->add_flag("--any-orientation", o->any_orientation,
                "DICOM also from a scan that does not say where left and right are");
  cmd->add_option("--method", o->method, "model, registered, cubic, linear or nearest")
      ->capture_default_str();
  cmd->add_flag("--in-passes", o->in_passes,
                "A network takes slices that it has made for known ones, not real ones alone");
  cmd->add_option("--gif", o->gif, "Also write an animation through all slices, before and after");
  cmd->add_option(
      "--uncertainty", o->uncertainty,
      "Also write a map of expected errors in HU, .nii or .nii.gz, and its check, .svg");
  add_window_option(*cmd, o->window,
                    "HU that PNG and GIF show: brain, bone, lung, soft or CENTRE,WIDTH [the DICOM "
                    "scan's own, else -160 to 240]");
  cmd->add_flag("--no-self-check", o->no_self_check,
                "Use the network everywhere, without asking whether it is of use on this scan");
  cmd->add_flag("--any-scan", o->any_scan,
                "Also on scans unlike those that the model was trained on, where the self-check "
                "decides, and between slices that were interpolated before");
  cmd->add_flag("--json", o->json, "Print what was done and the self-check as JSON");
  add_read_options(*cmd, o->read);
  cmd->final_callback([o, &common] { run(*o, common); });
}

}  // namespace tools
