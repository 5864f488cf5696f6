#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "data/files/atomic_file.h"
#include "nn/core/error.h"
#include "tools/commands.h"
#include "train/fill/record.h"
#include "train/predict/default_model.h"
#include "train/predict/plan.h"
#include "train/program/progress.h"
#include "train/report/loss_curve.h"
#include "train/report/report.h"
#include "train/report/report_page.h"

namespace tools {
namespace {

struct Options {
  std::vector<std::string> scans;
  std::string model = train::kDefaultModel, expect_model, out, protocol;
  train::EvaluateOptions evaluate;
  bool json = false, full = false;
};

nlohmann::ordered_json options_of(const Options& o, const train::Report& report,
                                  const Common& common) {
  using Json = nlohmann::ordered_json;
  Json j{{"factor", o.evaluate.factor},
         {"in_passes", o.evaluate.in_passes},
         {"size", o.evaluate.size > 0 ? Json(o.evaluate.size) : Json()},
         {"lesions", o.evaluate.lesions},
         {"protocol", report.scans.front().protocol},
         {"windows", Json::array()}};
  for (const train::ScanReport& r : report.scans) {
    j["windows"].push_back(train::to_window_json(r.window));
  }
  j.update(train::to_read_json(o.evaluate.read));
  j.update(to_options_json(common));
  return j;
}

void run(Options& o, const Common& common) {
  // Found out before the long work.
  train::check_report_folder(o.out, o.scans.size(), common.force);
  const std::string record_file = train::record_path(o.out);
  { const data::AtomicFile probe(record_file, common.force); }
  if (!o.protocol.empty()) o.evaluate.protocol = data::protocol_from(o.protocol);
  train::Messages messages(common.say(), common.strict);
  o.evaluate.messages = &messages;
  const train::Model model = train::Model::load(o.model, o.expect_model);
  messages.warn(model.warnings());
  messages.require_none();
  o.evaluate.kept_pixels = train::kPagePixels / static_cast<double>(o.scans.size());
  train::Report report;
  report.model = train::model_card(o.model, model);
  if (o.model != train::kDefaultModel) {  // which lies in no run's folder
    report.losses =
        train::loss_series((std::filesystem::path(o.model).parent_path() / "losses.csv").string());
  }
  for (const std::string& scan : o.scans) {
    report.scans.push_back(train::evaluate(scan, model, o.evaluate));
  }

  train::Record record("evaluate", common.command_line);
  for (const train::ScanReport& r : report.scans) record.add_input(r.files, r.format, r.sha256);
  record.set_model(o.model);
  record.set_options(options_of(o, report, common));
  data::OutputSet outputs(common.force);
  train::write_report(outputs, o.out, report);
  record.write(outputs, record_file, messages);
  outputs.commit();
  if (o.json) return print(train::report_json_text(report));
  print(o.full ? train::to_report_text(report) : train::to_summary_text(report));
  if (!common.quiet)
    print("Report: " + (std::filesystem::path(o.out) / "report.html").string() + "\n");
}

}  // namespace

void add_evaluate(CLI::App& app, const Common& common) {
  auto o = std::make_shared<Options>();
  CLI::App* cmd = app.add_subcommand(
      "evaluate", "Measure a model: hide every second slice, make it again, compare");
  cmd->add_option("scans", o->scans,
                  "NIfTI files, folders or zips of DICOM files or pictures, phantom:SEED")
      ->required();
  add_model_options(*cmd, o->model, o->expect_model,
                    "model.safetensors of a run; default: the one in the box")
      ->capture_default_str();
  cmd->add_option("--out", o->out,
                  "Folder for report.html, report.md, metrics.json,\nslices.csv and montages")
      ->required();
  cmd->add_option("--size", o->evaluate.size, "Resample slices to SIZE x SIZE [no]")
      ->check(whole_number(16, 8192));
  cmd->add_option("--factor", o->evaluate.factor,
                  "Every FACTOR-th slice is known, the others are the truth")
      ->check(whole_number(train::kLeastFactor, train::kMostFactor))
      ->capture_default_str();
  cmd->add_flag("--in-passes", o->evaluate.in_passes, "As interpolate --in-passes");
  cmd->add_option("--protocol", o->protocol, "unseen, self or seed [the model's]");
  add_window_option(*cmd, o->evaluate.window,
                    "HU that montages show: brain, bone, lung, soft or CENTRE,WIDTH [the DICOM "
                    "scan's own, else -160 to 240]");
  add_read_options(*cmd, o->evaluate.read);
  cmd->add_option("--lesions", o->evaluate.lesions,
                  "Also put N small lesions into each scan, and measure how\nmuch of them is shown "
                  "where a slice was hidden [none]")
      ->check(whole_number(1, 100000));
  cmd->add_flag("--full", o->full, "Print all tables, as in report.md");
  cmd->add_flag("--json", o->json, "Print metrics.json instead of a table");
  set_help(
      *cmd,
      {{"Options",
        {"--out DIR", "--model FILE", "--factor N", "--lesions N", "--full", "--json",
         "--window NAME|HU,HU"}},
       {kExpert, {"--protocol NAME", "--in-passes", "--size N"}}},
      {{"How good the model in the box is on a scan", "ct2ct evaluate scan.nii.gz --out report"},
       {"A model of your own, on two scans that it has not seen",
        "ct2ct evaluate a.nii.gz b.nii.gz --model run/model.safetensors --out report"},
       {"With a quarter of the slices known", "ct2ct evaluate dicom/ --factor 4 --out report"}});
  cmd->final_callback([o, &common] { run(*o, common); });
}

}  // namespace tools
