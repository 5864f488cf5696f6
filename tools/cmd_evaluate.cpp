#include <filesystem>
#include <nlohmann/json.hpp>

#include "data/atomic_file.h"
#include "data/picture.h"
#include "nn/core/error.h"
#include "tools/commands.h"
#include "train/evaluate/evaluate.h"

namespace tools {
namespace {

struct Options {
  std::vector<std::string> scans;
  std::string model, out, protocol;
  train::EvaluateOptions evaluate;
  bool json = false;
};

void run(Options& o, const Common& common) {
  namespace fs = std::filesystem;
  std::error_code error;
  nn::require(common.force || !fs::exists(o.out, error), o.out, "exists already", "a new folder",
              "choose another --out or give --force");
  nn::require(!fs::exists(o.out, error) || fs::is_directory(o.out, error), o.out,
              "exists and is no folder", "a folder");
  if (!o.protocol.empty()) o.evaluate.protocol = data::protocol_from(o.protocol);
  o.evaluate.quiet = common.quiet;
  const train::Model model = train::Model::load(o.model);
  std::vector<train::ScanReport> reports;
  for (const std::string& scan : o.scans) {
    reports.push_back(train::evaluate(scan, model, o.evaluate));
  }

  fs::create_directories(o.out, error);
  nn::require(!error, o.out, "cannot be made (" + error.message() + ")", "a writable place",
              "choose another --out");
  for (std::size_t i = 0; i < reports.size(); ++i) {
    const train::Canvas& c = reports[i].montage;
    const std::string name =
        reports.size() == 1 ? "montage.png" : "montage_" + std::to_string(i + 1) + ".png";
    data::write_png(o.out + "/" + name, c.width(), c.height(), 3, c.rgb(), common.force);
  }
  const std::string json = train::to_report_json(reports).dump(2) + "\n";
  const std::string text = train::to_report_text(reports);
  data::write_file(o.out + "/metrics.json", json.data(), json.size(), common.force);
  data::write_file(o.out + "/report.md", text.data(), text.size(), common.force);
  print(o.json ? json : text);
}

}  // namespace

void add_evaluate(CLI::App& app, const Common& common) {
  auto o = std::make_shared<Options>();
  CLI::App* cmd = app.add_subcommand(
      "evaluate", "Measure a model on scans: even slices known, odd slices the truth");
  cmd->add_option("scans", o->scans, "NIfTI files, folders or zips of pictures, phantom:SEED")
      ->required();
  cmd->add_option("--model", o->model, "model.safetensors of a run")->required();
  cmd->add_option("--out", o->out, "Folder for metrics.json, report.md and the montage")
      ->required();
  cmd->add_option("--size", o->evaluate.size, "Resample slices to SIZE x SIZE [no]")
      ->check(whole_number(16, 8192));
  cmd->add_option("--protocol", o->protocol, "unseen, self or seed [the model's]");
  add_reading(*cmd, o->evaluate.read);
  cmd->add_flag("--json", o->json, "Print metrics.json instead of a table");
  cmd->final_callback([o, &common] { run(*o, common); });
}

}  // namespace tools
