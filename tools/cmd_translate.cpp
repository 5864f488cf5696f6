#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>

#include "data/draw/markup.h"
#include "data/files/atomic_file.h"
#include "data/io/read.h"
#include "nn/core/error.h"
#include "tools/commands.h"
#include "train/fill/record.h"
#include "train/predict/model_file.h"
#include "train/program/progress.h"
#include "train/report/montage.h"

namespace tools {
namespace {

constexpr const char* kMontage = "montage.png";
constexpr std::size_t kMontageRows = 8;

struct Options {
  std::string pictures, model, expect_model, out;
  bool paired = false;
  bool json = false;
};

std::string where(const data::PictureList& list, std::size_t i) {
  return list.files.where(list.names[i]);
}

data::Image8 load(const data::PictureList& list, std::size_t i) {
  return data::decode_picture(list.load(list.names[i]), where(list, i));
}

/// NAME.png for every picture, whatever folder it is in.
std::vector<std::string> output_names(const data::PictureList& list, bool paired) {
  std::vector<std::string> names;
  std::set<std::string> taken;
  if (paired) taken.insert(kMontage);
  for (std::size_t i = 0; i < list.names.size(); ++i) {
    names.push_back(std::filesystem::path(list.names[i]).stem().string() + ".png");
    nn::require(taken.insert(names.back()).second, where(list, i),
                "a second output " + names.back(), "names that differ before the dot",
                "rename the picture");
  }
  return names;
}

void run(const Options& o, const Common& common) {
  const train::Model model = train::Model::load(o.model, o.expect_model);
  model.require_pictures();
  const data::PictureList list = data::list_pictures(o.pictures);
  std::error_code error;
  nn::require(!std::filesystem::equivalent(o.pictures, o.out, error), o.out,
              "the folder of the pictures", "another folder", "choose another --out");
  const std::vector<std::string> names = output_names(list, o.paired);
  std::vector<std::string> files = names;
  if (o.paired) files.emplace_back(kMontage);
  data::OutputSet outputs(common.force);
  const data::AtomicFolder& out = outputs.folder(o.out, files);
  const std::string record_file = train::record_path(o.out);
  { const data::AtomicFile probe(record_file, common.force); }
  // Everything that can be wrong is found out before the long work.
  for (std::size_t i = 0; i < names.size(); ++i) {
    train::require_translatable(model, load(list, i), o.paired, where(list, i));
  }

  train::Messages messages(common.say(), common.strict);
  messages.warn(model.warnings());
  train::Record record("translate", common.command_line);
  record.add_input(data::input_files(list, o.pictures), list.format());
  record.set_model(o.model);
  nlohmann::ordered_json options{{"paired", o.paired}};
  options.update(to_options_json(common));
  record.set_options(options);
  nlohmann::ordered_json report{
      {"out", o.out}, {"pictures", nlohmann::ordered_json::array()}, {"mean_l1", nullptr}};
  std::vector<train::Translation> rows;
  double sum = 0;
  {
    messages.warn(data::left_out_lines(list.left_out));
    messages.require_none();
    train::Progress progress("translate", names.size(), messages);
    for (std::size_t i = 0; i < names.size(); ++i) {
      const train::Translation t = train::translate(model, load(list, i), o.paired);
      const nn::Shape& s = t.output.shape();
      data::write_png(out.folder() + "/" + names[i], s.w, s.h, static_cast<int>(s.c),
                      data::to_grey(t.output, {}), false);
      report["pictures"].push_back({{"name", names[i]}});
      if (o.paired) {
        const double l1 = train::mean_l1(t);
        report["pictures"].back()["l1"] = l1;
        sum += l1;
        if (rows.size() < kMontageRows) rows.push_back(t);
      }
      progress.update(i + 1);
    }
  }
  if (o.paired) {
    report["mean_l1"] = sum / static_cast<double>(names.size());
    const data::Canvas c = train::pair_montage(rows);
    data::write_png(out.folder() + "/" + kMontage, c.width(), c.height(), 3, c.rgb(), false);
  }
  record.set_result(report);
  const std::string text = record.write(outputs, record_file, messages);
  outputs.commit();
  if (o.json) return print(text);
  if (!common.quiet) print("translated " + std::to_string(names.size()) + ": " + o.out + "\n");
  if (o.paired) {
    print("mean L1 to the truth: " + data::fixed(report["mean_l1"].get<double>(), 3) +
          " grey levels\n");
  }
}

}  // namespace

void add_translate(CLI::App& app, const Common& common) {
  auto o = std::make_shared<Options>();
  CLI::App* cmd =
      app.add_subcommand("translate", "Apply a model of paired pictures to other pictures");
  cmd->add_option("pictures", o->pictures, "PNG or JPEG file, folder or zip of them")->required();
  add_model_options(*cmd, o->model, o->expect_model, "model.safetensors of a run of recipe pix2pix")
      ->required();
  cmd->add_option("--out", o->out, "Folder for a PNG of each picture")->required();
  cmd->add_flag("--paired", o->paired,
                "Pictures are A|B: translate A, and compare with B (mean L1, montage.png)");
  cmd->add_flag("--json", o->json, "Print the result as JSON");
  set_help(*cmd, {{"Options", {"--model FILE", "--out DIR", "--paired", "--json"}}},
           {{"Translate every picture of a folder",
             "ct2ct translate pictures/ --model run/model.safetensors --out made"},
            {"Compare with the truth, the right half of each picture",
             "ct2ct translate pairs/ --paired --model run/model.safetensors --out made"}});
  cmd->final_callback([o, &common] { run(*o, common); });
}

}  // namespace tools
