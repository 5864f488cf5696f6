#include "tools/commands.h"
#include "train/view/view_files.h"

namespace tools {
namespace {

std::string what_was_done(const std::string& out, const train::ViewDone& done) {
  char size[32];
  std::snprintf(size, sizeof size, "%.1f MB", static_cast<double>(done.bytes) / 1e6);
  std::string text = out + ": " + size + ", ";
  if (done.slices_before > 0) text += std::to_string(done.slices_before) + " slices before, ";
  text += std::to_string(done.slices) + " slices";
  if (done.synthetic > 0)
    text += " (" + std::to_string(done.synthetic) + " synthetic, for research)";
  if (done.unknown > 0) text += " (not known which of them are synthetic)";
  if (done.reduction > 1) {
    const std::string n = std::to_string(done.reduction);
    text += ", reduced to the mean of " + n + " x " + n + " pixels";
  }
  return text + "\n";
}

void run(train::ViewOptions& o, const Common& common) {
  o.force = common.force;
  train::Messages messages(common.say(), common.strict);
  const train::ViewDone done =
      train::write_view(o, common.command_line, to_options_json(common), messages);
  if (!common.quiet) print(what_was_done(o.out, done));
}

}  // namespace

void add_view(CLI::App& app, const Common& common) {
  auto o = std::make_shared<train::ViewOptions>();
  CLI::App* cmd = app.add_subcommand(
      "view",
      "Write a page that shows a scan in a browser, before and after; no name of a patient or file "
      "is put into it");
  cmd->add_option("scan", o->scan,
                  "NIfTI, NRRD, MetaImage or TIFF file, folder or zip of DICOM files or pictures, "
                  "phantom:SEED")
      ->required();
  cmd->add_option("after", o->after, "The same scan after interpolation, shown with it");
  cmd->add_option("--out", o->out, "The page to write, .html")->required();
  cmd->add_option("--uncertainty", o->uncertainty,
                  "Map of expected errors that interpolate wrote with the last scan");
  cmd->add_option("--record", o->record,
                  "Record of the last scan, which says what made each slice [the one beside it]");
  add_window_option(*cmd, o->window,
                    "HU shown at first: brain, bone, lung, soft or CENTRE,WIDTH [the DICOM scan's "
                    "own, else -160 to 240]");
  add_read_options(*cmd, o->read);
  set_help(
      *cmd,
      {{"Options", {"--out FILE", "--uncertainty FILE", "--record FILE", "--window NAME|HU,HU"}}},
      {{"A scan, before and after", "ct2ct view scan.nii.gz x2.nii.gz --out page.html"},
       {"With the map of expected errors",
        "ct2ct view scan.nii.gz x2.nii.gz --uncertainty errors.nii.gz --out page.html"}});
  cmd->final_callback([o, &common] { run(*o, common); });
}

}  // namespace tools
