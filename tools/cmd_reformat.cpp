#include <optional>

#include "data/atomic_file.h"
#include "data/read.h"
#include "nn/core/error.h"
#include "tools/commands.h"
#include "train/evaluate/reformat_picture.h"
#include "train/progress.h"

namespace tools {
namespace {

struct Options {
  std::string scan, after, out, gif, plane = "coronal";
  std::optional<double> at, slab, window_low, window_high;
  bool mip = false;
  nn::index size = 512;
  data::ReadOptions read;
};

/// Bone is what a projection shows.
data::Window window_of(const Options& o) {
  const data::Window usual = o.mip ? data::Window{0, 1800} : data::Window{-160, 240};
  return {o.window_low.value_or(usual.low), o.window_high.value_or(usual.high)};
}

void run(const Options& o, const Common& common) {
  nn::require(!o.out.empty() || !o.gif.empty(), "reformat", "no output",
              "a picture or an animation", "give --out FILE.png, --gif FILE.gif or both");
  nn::require(!o.slab || o.mip, "--slab", "no --mip", "both", "only a projection has a slab");
  train::ReformatOptions options;
  options.plane = data::plane_named(o.plane);
  options.at = o.at;
  options.mip = o.mip;
  options.slab = o.slab.value_or(0);
  options.size = o.size;
  options.window = window_of(o);
  for (const std::string& path : {o.out, o.gif}) {
    if (!path.empty()) const data::AtomicFile probe(path, common.force);
  }
  const data::Volume scan = data::read_volume(o.scan, o.read);
  std::optional<data::Volume> after;
  if (!o.after.empty()) after = data::read_volume(o.after, o.read);
  const data::Volume* second = after ? &*after : nullptr;

  const data::Volume& last = after ? *after : scan;
  train::Messages messages(common.say(), common.strict);
  for (const data::Volume* v : {&scan, second}) {
    if (v != nullptr) messages.warn(v->warnings, v->source);
  }
  messages.require_none();
  train::Progress progress("reformat", static_cast<std::uint64_t>(last.slices()), messages);
  if (!o.out.empty()) {
    const train::Canvas picture = train::reformat_picture(scan, second, options);
    data::write_png(o.out, picture.width(), picture.height(), 3, picture.rgb(), common.force);
  }
  if (!o.gif.empty()) {
    train::write_slices_gif(o.gif, scan, second, options, common.force, [&](nn::index frames) {
      progress.update(static_cast<std::uint64_t>(frames));
    });
  }
}

}  // namespace

void add_reformat(CLI::App& app, const Common& common) {
  auto o = std::make_shared<Options>();
  CLI::App* cmd = app.add_subcommand(
      "reformat", "Draw a scan from the front, the side or above, before and after");
  cmd->add_option("scan", o->scan,
                  "NIfTI file, folder or zip of DICOM files or pictures, phantom:SEED")
      ->required();
  cmd->add_option("after", o->after, "The same scan interpolated: drawn beside it");
  cmd->add_option("--out", o->out, "PNG to write");
  cmd->add_option("--plane", o->plane, "Of the PNG: coronal, sagittal, axial or slices")
      ->capture_default_str();
  cmd->add_option("--at", o->at,
                  "Millimetres to the patient's front (coronal), right (sagittal), head (axial) "
                  "[the middle]");
  cmd->add_flag("--mip", o->mip, "Maximum intensity projection");
  cmd->add_option("--slab", o->slab, "Millimetres around --at that it covers [all]")
      ->check(positive_number());
  cmd->add_option("--gif", o->gif, "Animation through the slices");
  cmd->add_option("--size", o->size, "Pixels of a panel's longer side")
      ->check(whole_number(16, 4096))
      ->capture_default_str();
  cmd->add_option("--window-low", o->window_low, "HU shown as black [-160, with --mip 0]");
  cmd->add_option("--window-high", o->window_high, "HU shown as white [240, with --mip 1800]");
  add_read_options(*cmd, o->read);
  cmd->final_callback([o, &common] { run(*o, common); });
}

}  // namespace tools
