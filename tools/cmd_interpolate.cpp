#include <optional>

#include "data/atomic_file.h"
#include "data/gif.h"
#include "data/nifti.h"
#include "data/pictures.h"
#include "data/read.h"
#include "nn/core/error.h"
#include "tools/commands.h"
#include "train/predict/interpolate.h"
#include "train/progress.h"

namespace tools {
namespace {

struct Options {
  std::string scan, model, out, gif, method = "model";
  nn::index factor = 2;
  data::ReadOptions read;
  double window_low = -160, window_high = 240;
};

bool ends_with_nifti(const std::string& path) {
  return path.ends_with(".nii") || path.ends_with(".nii.gz");
}

void write_gif_of(const Options& o, const data::Volume& volume, bool force) {
  const bool hu = volume.unit == data::Unit::hu;
  const data::Window window = hu ? data::Window{o.window_low, o.window_high} : data::Window{};
  std::vector<std::vector<std::uint8_t>> frames;
  for (nn::index k = 0; k < volume.slices(); ++k) {
    frames.push_back(data::to_grey(volume.slice(k), window));
  }
  data::write_gif(o.gif, frames, volume.width(), volume.height(), 8, force);
}

void run(const Options& o, const Common& common) {
  std::optional<train::Model> model;
  train::MiddleSlices middle;
  if (o.method == "model") {
    nn::require(!o.model.empty(), "interpolate", "no --model", "a model file",
                "give --model RUN/model.safetensors or --method cubic");
    model.emplace(train::Model::load(o.model));
    model->require_slices();
    middle = [&](std::span<const train::KnownSlices> known) { return model->predict(known); };
  } else {
    middle = train::method_without_network(o.method);
  }
  // Everything that can be wrong is found out before the long work.
  const bool nifti = ends_with_nifti(o.out);
  if (nifti) {
    const data::AtomicFile probe(o.out, common.force);
  } else {
    const data::AtomicFolder probe(o.out, "slice_", ".png", common.force);
  }
  if (!o.gif.empty()) const data::AtomicFile probe(o.gif, common.force);
  const data::Volume volume = data::read_volume(o.scan, o.read);
  if (model) model->require_unit(volume);

  const auto total = static_cast<std::uint64_t>(train::synthetic_slices(volume, o.factor));
  data::Volume result;
  {
    train::Progress progress("interpolate", total, common.quiet);
    for (const std::string& w : volume.warnings) progress.say("warning: " + w);
    result = train::interpolate(volume, o.factor, middle, [&](nn::index done) {
      progress.update(static_cast<std::uint64_t>(done));
    });
  }
  if (nifti) {
    data::write_nifti(o.out, result, common.force);
  } else {
    data::write_png_folder(o.out, result, {o.window_low, o.window_high}, common.force);
  }
  if (!o.gif.empty()) write_gif_of(o, result, common.force);
  if (common.quiet) return;
  print(std::to_string(volume.slices()) + " slices became " + std::to_string(result.slices()) +
        " (" + std::to_string(total) + " synthetic, for research): " + o.out + "\n");
}

}  // namespace

void add_interpolate(CLI::App& app, const Common& common) {
  auto o = std::make_shared<Options>();
  CLI::App* cmd = app.add_subcommand("interpolate", "Write a scan with 2, 4 or 8 times the slices");
  cmd->add_option("scan", o->scan, "NIfTI file, folder or zip of pictures, phantom:SEED")
      ->required();
  cmd->add_option("--model", o->model, "model.safetensors of a run");
  cmd->add_option("--factor", o->factor, "2, 4 or 8; n slices become (n - 1) * FACTOR + 1")
      ->check(whole_number(1, 1000))
      ->capture_default_str();
  cmd->add_option("--out", o->out, "Output: .nii, .nii.gz, or a folder of PNG")->required();
  cmd->add_option("--method", o->method, "model, cubic, linear or nearest")->capture_default_str();
  cmd->add_option("--gif", o->gif, "Also write an animation through all slices");
  cmd->add_option("--window-low", o->window_low, "HU that PNG and GIF show as black")
      ->capture_default_str();
  cmd->add_option("--window-high", o->window_high, "HU that PNG and GIF show as white")
      ->capture_default_str();
  add_reading(*cmd, o->read);
  cmd->final_callback([o, &common] { run(*o, common); });
}

}  // namespace tools
