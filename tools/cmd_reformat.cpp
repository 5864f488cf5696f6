#include <optional>

#include "data/draw/reformat_picture.h"
#include "data/files/atomic_file.h"
#include "data/io/read.h"
#include "nn/core/error.h"
#include "tools/commands.h"
#include "train/fill/record.h"
#include "train/program/progress.h"
#include "train/view/scan_record.h"

namespace tools {
namespace {

struct Options {
  std::string scan, after, out, gif, plane = "coronal";
  std::optional<double> at, slab;
  std::optional<data::AskedWindow> window;
  bool mip = false;
  nn::index size = 512;
  nn::index fps = data::kFramesPerSecond;
  data::ReadOptions read;
};

/// Bone is what a projection shows, whatever window the slices have.
data::ShownWindow window_of(const Options& o, const data::Volume& scan) {
  if (o.mip && !o.window && scan.unit == data::Unit::hu) {
    return {{0, 1800}, "the default of projections"};
  }
  return data::window_of(scan, o.window);
}

nlohmann::ordered_json options_of(const Options& o, const Common& common) {
  using Json = nlohmann::ordered_json;
  Json j{{"plane", o.plane}, {"at_mm", o.at ? Json(*o.at) : Json()},
         {"mip", o.mip},     {"slab_mm", o.slab ? Json(*o.slab) : Json()},
         {"size", o.size},   {"fps", o.gif.empty() ? Json() : Json(o.fps)}};
  j.update(train::to_read_json(o.read));
  j.update(to_options_json(common));
  return j;
}

void run(const Options& o, const Common& common) {
  nn::require(!o.out.empty() || !o.gif.empty(), "reformat", "no output",
              "a picture or an animation", "give --out FILE.png, --gif FILE.gif or both");
  nn::require(!o.slab || o.mip, "--slab", "no --mip", "both", "only a projection has a slab");
  data::ReformatOptions options;
  options.plane = data::plane_named(o.plane);
  options.at = o.at;
  options.mip = o.mip;
  options.slab = o.slab.value_or(0);
  options.size = o.size;
  if (!o.out.empty()) data::require_ending(o.out, {".png"});
  if (!o.gif.empty()) data::require_ending(o.gif, {".gif"});
  const std::string record_file = train::record_path(o.out.empty() ? o.gif : o.out);
  for (const std::string& path : {o.out, o.gif, record_file}) {
    if (!path.empty()) const data::AtomicFile probe(path, common.force);
  }
  const data::Volume scan = data::read_volume(o.scan, o.read);
  std::optional<data::Volume> after;
  if (!o.after.empty()) after = data::read_volume(o.after, o.read);
  const data::Volume* second = after ? &*after : nullptr;

  const data::Volume& last = after ? *after : scan;
  train::Record record("reformat", common.command_line);
  record.add_input(scan);
  if (after) record.add_input(*after);
  nlohmann::ordered_json taken = options_of(o, common);
  taken["axis"] = scan.slice_axis;
  record.set_options(taken);
  const data::ShownWindow shown = window_of(o, scan);
  options.window = shown.window;
  record.set_result({{"window", train::to_window_json(shown)}});
  train::Messages messages(common.say(), common.strict);
  for (const data::Volume* v : {&scan, second}) {
    if (v != nullptr) messages.warn(v->warnings, v->source);
  }
  options.notes = train::notes_of(
      train::slice_kinds(last, after ? &scan : nullptr, train::find_record(last, "", messages)));
  messages.require_none();
  messages.note("window: " + data::to_string(shown, scan.unit));
  data::OutputSet outputs(common.force);
  if (!o.out.empty()) {
    const data::Canvas picture = data::reformat_picture(scan, second, options);
    const auto png = data::encode_png(picture.width(), picture.height(), 3, picture.rgb());
    outputs.file(o.out).write(png.data(), png.size());
  }
  if (!o.gif.empty()) {
    train::Progress progress("reformat", static_cast<std::uint64_t>(last.slices()), messages);
    data::write_slices_gif(outputs, o.gif, scan, second, options, o.fps, [&](nn::index frames) {
      progress.update(static_cast<std::uint64_t>(frames));
    });
  }
  record.write(outputs, record_file, messages);
  outputs.commit();
  if (common.quiet) return;
  const std::string both = !o.out.empty() && !o.gif.empty() ? " and " : "";
  print("drawn: " + o.out + both + o.gif + "\n");
}

}  // namespace

void add_reformat(CLI::App& app, const Common& common) {
  auto o = std::make_shared<Options>();
  CLI::App* cmd = app.add_subcommand(
      "reformat", "Draw a scan from the front, the side or above, before and after");
  cmd->add_option("scan", o->scan,
                  "NIfTI, NRRD, MetaImage or TIFF file, folder or zip of DICOM files or pictures, "
                  "phantom:SEED")
      ->required();
  cmd->add_option("after", o->after, "The same scan after interpolation, drawn beside it");
  cmd->add_option("--out", o->out, "The PNG to write");
  cmd->add_option("--plane", o->plane, "Plane of the PNG: coronal, sagittal, axial or slices")
      ->capture_default_str();
  cmd->add_option(
      "--at", o->at,
      "Where to cut: mm to the patient's front (coronal), right (sagittal) or head (axial) "
      "[the middle]");
  cmd->add_flag("--mip", o->mip, "Maximum intensity projection");
  cmd->add_option("--slab", o->slab, "Thickness in mm around --at that the projection covers [all]")
      ->check(positive_number());
  cmd->add_option("--gif", o->gif, "Also, or only, write an animation through the slices");
  CLI::Option* gif = cmd->get_option("--gif");
  cmd->add_option("--fps", o->fps, "Frames a second of the animation")
      ->check(whole_number(1, 50))
      ->needs(gif)
      ->capture_default_str();
  cmd->add_option("--size", o->size, "Pixels of a panel's longer side")
      ->check(whole_number(16, 4096))
      ->capture_default_str();
  add_window_option(*cmd, o->window,
                    "Which HU are shown: brain, bone, lung, soft or CENTRE,WIDTH [with --mip 0 to "
                    "1800; else the DICOM scan's own, else -160 to 240]");
  add_read_options(*cmd, o->read);
  set_help(*cmd,
           {{"Options",
             {"--out FILE", "--gif FILE", "--plane NAME", "--at MM", "--fps N",
              "--window NAME|HU,HU", "--size N"}},
            {"Projections", {"--mip", "--slab MM"}}},
           {{"The middle from the front, before and after",
             "ct2ct reformat scan.nii.gz x2.nii.gz --out front.png"},
            {"From the side, 20 mm to the right",
             "ct2ct reformat scan.nii.gz --plane sagittal --at 20 --out side.png"},
            {"Bone, as a projection", "ct2ct reformat dicom/ --mip --out bone.png"},
            {"An animation through the slices", "ct2ct reformat scan.nii.gz --gif slices.gif"}});
  cmd->final_callback([o, &common] { run(*o, common); });
}

}  // namespace tools
