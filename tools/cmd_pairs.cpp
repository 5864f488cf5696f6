#include "data/files/atomic_file.h"
#include "data/io/read.h"
#include "tools/commands.h"
#include "train/fit/pair_pictures.h"

namespace tools {
namespace {

struct Options {
  std::string scan, out;
  std::optional<data::AskedWindow> window;
  data::ReadOptions read;
};

void run(const Options& o, const Common& common) {
  { const data::AtomicFolder probe(o.out, "slice_", ".png", common.force); }
  const data::Volume scan = data::read_volume(o.scan, o.read);
  train::Messages messages(common.say(), common.strict);
  messages.warn(scan.warnings);
  messages.require_none();
  const data::ShownWindow shown = data::window_of(scan, o.window);
  const nn::index pairs = train::write_pairs(o.out, scan, shown.window, common.force);
  messages.note("window: " + data::to_string(shown, scan.unit));
  if (common.quiet) return;
  print(o.out + ": " + std::to_string(pairs) + " pairs A|B of " + std::to_string(scan.slices()) +
        " slices\n");
}

}  // namespace

void add_pairs(CLI::App& app, const Common& common) {
  auto o = std::make_shared<Options>();
  CLI::App* cmd = app.add_subcommand(
      "pairs", "Write pictures A|B of a scan for recipe pix2pix: its tissues, and its slices");
  cmd->add_option("scan", o->scan,
                  "NIfTI, NRRD, MetaImage or TIFF file, folder or zip of DICOM files or pictures, "
                  "phantom:SEED")
      ->required();
  cmd->add_option("--out", o->out, "Folder for a PNG of each slice that shows a body")->required();
  add_window_option(*cmd, o->window,
                    "HU that B shows: brain, bone, lung, soft or CENTRE,WIDTH [the DICOM scan's "
                    "own, else -160 to 240]");
  add_read_options(*cmd, o->read);
  set_help(
      *cmd, {{"Options", {"--out DIR", "--window NAME|HU,HU"}}},
      {{"Pairs of tissues and slices", "ct2ct pairs scan.nii.gz --out pairs"},
       {"Slices as a bone window shows them", "ct2ct pairs dicom/ --window bone --out pairs"}});
  cmd->final_callback([o, &common] { run(*o, common); });
}

}  // namespace tools
