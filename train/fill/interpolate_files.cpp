#include "train/fill/interpolate_files.h"

#include <algorithm>
#include <cstdio>

#include "data/draw/reformat_picture.h"
#include "data/files/atomic_file.h"
#include "data/io/write.h"
#include "data/nifti/nifti.h"
#include "data/volume/labels.h"
#include "data/volume/straighten.h"
#include "nn/core/error.h"
#include "train/fill/self_check_text.h"
#include "train/program/version.h"

namespace train {
namespace {

std::string plot_path(const InterpolateOptions& o) { return data::stem_of(o.uncertainty) + ".svg"; }

/// After the scan and what is made of it, for instance scan_x4.nii.gz.
std::string out_for(const InterpolateOptions& o, const data::Volume& scan) {
  char suffix[40];
  if (o.fill.spacing > 0) {
    std::snprintf(suffix, sizeof suffix, "_%gmm", o.fill.spacing);
  } else {
    std::snprintf(suffix, sizeof suffix, "_x%d",
                  static_cast<int>(o.fill.factor > 0 ? o.fill.factor : kLeastFactor));
  }
  const std::string stem = o.out_stem.empty() ? data::output_stem(o.scan) : o.out_stem;
  const std::string name = data::output_named(stem, suffix, o.format, scan);
  return o.out_dir.empty() ? name : o.out_dir + "/" + name;
}

/// Whether a map can be written, as far as that is known before the long work.
void check_map(const InterpolateOptions& o, const data::Volume& scan) {
  nn::require(!o.straighten, "--uncertainty", "--straighten",
              "one of them: the map lies on the slices as they were read", "leave one out");
  nn::require(o.uncertainty.ends_with(".nii") || o.uncertainty.ends_with(".nii.gz"), o.uncertainty,
              "another name than NIfTI files have", "a name that ends in .nii or .nii.gz");
  nn::require(data::stem_of(o.uncertainty) != data::stem_of(o.out), o.uncertainty,
              "the name of the output", "another one");
  data::require_nifti_steps(o.uncertainty, data::written_positions(scan, o.only_new),
                            "leave --uncertainty out");
  const data::AtomicFile map(o.uncertainty, o.force);
  const data::AtomicFile plot(plot_path(o), o.force);
}

void write_map(data::OutputSet& outputs, const InterpolateOptions& o, const ScanFill& fill) {
  const data::MapLabel label{"expected error", "expected absolute error in HU, RESEARCH"};
  const data::Volume& errors = *fill.errors();
  data::write_nifti_map(outputs, o.uncertainty, o.only_new ? errors.only_synthetic() : errors,
                        label);
  outputs.put(plot_path(o), calibration_plot(*fill.error_map()).file());
}

void write_animation(data::OutputSet& outputs, const InterpolateOptions& o,
                     const data::Volume& before, const data::Volume& after,
                     const data::Window& window) {
  data::ReformatOptions options;
  options.window = window;
  options.size = 384;
  options.notes = data::notes_of(after);
  data::write_slices_gif(outputs, o.gif, before, &after, options, o.fps);
}

}  // namespace

ScanToFill read_scan(const std::string& path, const data::ReadOptions& read) {
  ScanToFill scan;
  scan.volume = std::make_shared<const data::Volume>(data::read_volume(path, read));
  scan.files = data::input_files(*scan.volume);
  scan.sha256 = scan.volume->sha256();
  return scan;
}

Interpolation::Interpolation(InterpolateOptions options, Messages& messages)
    : options_(std::move(options)), messages_(messages) {
  InterpolateOptions& o = options_;
  if (o.fill.method == "model") {
    model_ = std::make_shared<const Model>(Model::load(o.model, o.expect_model));
  } else {
    nn::require(o.expect_model.empty(), "--expect-model", "--method " + o.fill.method,
                "a method with a model", "leave --expect-model out");
  }
  ScanToFill scan = read_scan(o.scan, o.read);
  if (o.out.empty()) o.out = out_for(o, *scan.volume);
  start(std::move(scan));
  if (o.gif.empty() && o.further.empty()) before_.reset();
}

Interpolation::Interpolation(InterpolateOptions options, ScanToFill scan,
                             std::shared_ptr<const Model> model, Messages& messages)
    : options_(std::move(options)), messages_(messages) {
  if (options_.fill.method == "model") model_ = std::move(model);
  start(std::move(scan));
}

void Interpolation::start(ScanToFill scan) {
  InterpolateOptions& o = options_;
  o.fill.error_map = o.fill.error_map || !o.uncertainty.empty();
  before_ = std::move(scan.volume);
  slice_axis_ = before_->slice_axis;
  input_files_ = std::move(scan.files);
  input_format_ = before_->format;
  input_sha256_ = std::move(scan.sha256);
  if (!o.labels.empty()) read_labels();
  if (!o.out.empty()) choose_output();
  fill_.emplace(*before_, model_.get(), o.fill);
  if (!o.out.empty()) check_outputs();
  check_further();
  say_what_is_known();
}

bool Interpolation::drawn() const {
  return !options_.out.empty() &&
         (write_.format == data::OutputFormat::png || !options_.gif.empty());
}

bool Interpolation::any_picture() const {
  return drawn() ||
         std::any_of(options_.further.begin(), options_.further.end(), [&](const auto& f) {
           return data::output_format(f.format, f.out, *before_) == data::OutputFormat::png;
         });
}

void Interpolation::choose_output() {
  const InterpolateOptions& o = options_;
  const data::Volume& scan = *before_;
  shown_ = data::window_of(scan, o.window);
  write_ = {data::output_format(o.format, o.out, scan), o.only_new,   shown_.window,
            {kVersion, model_ ? model_->sha256() : ""}, o.straighten, o.any_orientation};
  nn::require(any_picture() || !o.window, "--window", "no picture to be shown", "PNG or --gif",
              "leave --window out: values are written as they are");
  if (labels_ && o.labels_out.empty()) {
    options_.labels_out = data::labels_named_after(o.out, *labels_);
  }
}

void Interpolation::set_output(OutputOptions output) {
  nn::require(!output.out.empty(), "output", "no path", "a file or folder to write to");
  static_cast<OutputOptions&>(options_) = std::move(output);
  choose_output();
  nn::require(options_.uncertainty.empty() || fill_->error_map(), "--uncertainty",
              "a scan that was filled without a map of expected errors", "one that has it",
              "give the option when the scan is filled");
  const std::size_t known = fill_->scan().warnings.size();
  check_outputs();
  for (std::size_t i = known; i < fill_->scan().warnings.size(); ++i) {
    messages_.warn(fill_->scan().warnings[i]);
  }
  messages_.require_none();
}

void Interpolation::use_further(std::size_t i) {
  InterpolateOptions& o = options_;
  const FurtherOutput& further = o.further[i];
  o.out = further.out;
  o.format = further.format;
  for (std::string* first : {&o.gif, &o.uncertainty, &o.labels_out}) first->clear();
  labels_.reset();
  choose_output();
}

void Interpolation::check_further() {
  if (options_.further.empty()) return;
  const InterpolateOptions first = options_;
  std::optional<data::Volume> labels = std::move(labels_);
  std::vector<std::string> names = outputs();
  for (std::size_t i = 0; i < first.further.size(); ++i) {
    use_further(i);
    for (const std::string& name : outputs()) {
      nn::require(std::count(names.begin(), names.end(), name) == 0, "--out " + options_.out,
                  name + " twice", "outputs whose tables and records have names of their own",
                  "change the name, or write to another folder");
      names.push_back(name);
    }
    check_outputs();
  }
  options_ = first;
  labels_ = std::move(labels);
  choose_output();
  straightened_ = options_.straighten && data::is_sheared(fill_->scan());
}

void Interpolation::read_labels() {
  data::ReadOptions read;
  read.axis = before_->slice_axis;
  labels_ = data::read_volume(options_.labels, read);
  data::require_labels_of(*labels_, *before_);
  label_files_ = data::input_files(*labels_);
}

void Interpolation::check_outputs() {
  const InterpolateOptions& o = options_;
  data::Volume& scan = fill_->scan();
  straightened_ = o.straighten && data::is_sheared(scan);
  data::check_output(o.out, scan, write_, o.force);
  const data::AtomicFile record(beside(".record.json"), o.force);
  if (write_.format == data::OutputFormat::dicom && !scan.oriented) {
    const std::string w =
        "the axes are taken for right, anterior and superior, which the header does not say: left "
        "and right may be exchanged in the DICOM series (--any-orientation)";
    if (std::count(scan.warnings.begin(), scan.warnings.end(), w) == 0) scan.warnings.push_back(w);
  }
  if (!o.gif.empty()) {
    data::require_ending(o.gif, {".gif"});
    const data::AtomicFile probe(o.gif, o.force);
  }
  if (!o.uncertainty.empty()) check_map(o, scan);
  if (labels_) {
    nn::require(!o.straighten, "--labels", "--straighten",
                "one of them: labels lie on the slices as they were read", "leave one out");
    data::check_label_output(o.labels_out, data::written_positions(scan, o.only_new), o.force);
    nn::require(o.labels_out != o.out && o.labels_out != o.uncertainty, o.labels_out,
                "the name of another output", "a name of its own");
  }
}

void Interpolation::say_what_is_known() {
  if (model_ && options_.model == kDefaultModel) {
    messages_.note(
        "by the model in the box, trained on made-up heads alone: one trained on other real "
        "scans of your kind may do better (ct2ct train --from default)");
  }
  if (model_) messages_.warn(model_->warnings());
  if (options_.straighten && !straightened_) {
    messages_.note("--straighten: no tilt, slices stay as they are");
  }
  messages_.warn(fill_->scan().warnings);
  messages_.warn(fill_->plan().warnings);
  const auto& judged = fill_->trained_for();
  if (const std::string w = judged ? to_line(*judged) : ""; !w.empty()) messages_.warn(w);
  messages_.require_none();
}

void Interpolation::self_check(const FillWatch& watch) {
  fill_->self_check(watch);
  const auto& check = fill_->check();
  if (!check || is_model_alone(*check)) return;
  const std::string what = check->network ? "not all slices are the network's; " : "";
  messages_.warn(what + to_line(*check));
  messages_.require_none();
}

void Interpolation::fill(const FillWatch& watch) { fill_->fill(watch); }

nlohmann::ordered_json Interpolation::options_json(const nlohmann::ordered_json& more) const {
  using Json = nlohmann::ordered_json;
  const InterpolateOptions& o = options_;
  const nn::index factor = o.fill.factor > 0 ? o.fill.factor : kLeastFactor;
  Json j{{"method", o.fill.method},
         {"expect_model", o.expect_model.empty() ? Json() : Json(o.expect_model)},
         {"factor", o.fill.spacing > 0 ? Json() : Json(factor)},
         {"spacing_mm", o.fill.spacing > 0 ? Json(o.fill.spacing) : Json()},
         {"fill_gaps", o.fill.fill_gaps},
         {"in_passes", o.fill.in_passes},
         {"match_noise", o.fill.match_noise},
         {"only_new", o.only_new},
         {"self_check", o.fill.self_check},
         {"any_scan", o.fill.any_scan},
         {"straighten", o.straighten},
         {"any_orientation", o.any_orientation},
         {"format", o.out.empty() ? Json() : Json(data::to_string(write_.format))}};
  j.update(to_read_json(o.read));
  j["axis"] = slice_axis_;
  if (!o.gif.empty()) j["fps"] = o.fps;
  j.update(more);
  return j;
}

Record Interpolation::begun(const std::vector<std::string>& command_line,
                            const nlohmann::ordered_json& more_options) const {
  Record record("interpolate", command_line);
  record.add_input(input_files_, input_format_, input_sha256_);
  if (labels_) record.add_input(label_files_, labels_->format, labels_->sha256());
  if (model_) record.set_model(options_.model, model_->sha256());
  record.set_options(options_json(more_options));
  return record;
}

nlohmann::ordered_json Interpolation::decided_by(const nlohmann::ordered_json& more_options) const {
  const auto all = begun({}, more_options).json(data::OutputSet(false), Messages());
  return {{"inputs", all.at("inputs")}, {"model", all.at("model")}, {"options", all.at("options")}};
}

nlohmann::ordered_json Interpolation::result() const {
  using Json = nlohmann::ordered_json;
  Json j{{"out", options_.out.empty() ? Json() : Json(options_.out)}};
  j.update(fill_->result());
  j["straightened"] = straightened_;
  j["labels"] = labels_ ? Json(options_.labels_out) : Json();
  j["window"] = drawn() ? to_window_json(shown_) : Json();
  return j;
}

std::string Interpolation::record_text(const std::vector<std::string>& command_line,
                                       const nlohmann::ordered_json& more_options) const {
  Record record = begun(command_line, more_options);
  record.set_result(result());
  return record.text(data::OutputSet(false), messages_);
}

std::string Interpolation::beside(const char* ending) const {
  return data::beside(options_.out, write_.format, ending);
}

std::vector<std::string> Interpolation::outputs() const {
  return {options_.out, beside(".slices.csv"), beside(".record.json")};
}

std::string Interpolation::write(const std::vector<std::string>& command_line,
                                 const nlohmann::ordered_json& more_options) {
  const InterpolateOptions& o = options_;
  const data::Volume& scan = fill_->scan();
  Record record = begun(command_line, more_options);
  data::OutputSet outputs(o.force);
  // Compression of a long scan takes as long as many of its slices.
  messages_.busy("writing " + o.out);
  data::write_volume(outputs, o.out, scan, write_);
  if (labels_) {
    const data::Volume made = data::interpolated_labels(*labels_, scan);
    data::write_labels(outputs, o.labels_out, o.only_new ? made.only_synthetic() : made,
                       {kVersion, ""});
  }
  if (!o.uncertainty.empty()) write_map(outputs, o, *fill_);
  if (!o.gif.empty()) write_animation(outputs, o, *before_, scan, shown_.window);
  record.set_result(result());
  std::string text = record.write(outputs, beside(".record.json"), messages_);
  outputs.commit();
  messages_.end_line();
  if (drawn()) messages_.note("window: " + data::to_string(shown_, scan.unit));
  if (labels_) messages_.note("labels with the new slices: " + o.labels_out);
  return text;
}

}  // namespace train
