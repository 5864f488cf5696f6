#include "data/files/atomic_file.h"
#include "data/nifti/nifti.h"
#include "data/phantom/phantom.h"
#include "tools/commands.h"

namespace tools {

void add_phantom(CLI::App& app, const Common& common) {
  struct Options {
    std::string out;
    std::string part = "head";
    std::string kernel = "none";
    data::PhantomOptions phantom;
  };
  auto o = std::make_shared<Options>();
  CLI::App* cmd = app.add_subcommand("phantom", "Write a made-up head or body, to try things on");
  cmd->add_option("out", o->out, "Output, .nii or .nii.gz")->required();
  cmd->add_option("--part", o->part, "head, chest, abdomen, pelvis or legs")->capture_default_str();
  cmd->add_option("--slices", o->phantom.slices,
                  "Number of slices, over 168 mm of a head or 240 mm of a body")
      ->check(whole_number(2, 1024))
      ->capture_default_str();
  cmd->add_option("--size", o->phantom.size,
                  "Number of rows and columns, over 220 mm of a head or 400 mm of a body")
      ->check(whole_number(16, 1024))
      ->capture_default_str();
  cmd->add_option("--seed", o->phantom.seed, "Every seed makes another body")
      ->capture_default_str();
  cmd->add_flag("--lesions", o->phantom.lesions,
                "Add bleeds, dark spots, calcifications and vessels of 2 to 10 mm");
  cmd->add_flag("--metal", o->phantom.metal, "Add clips, screws and tubes, with streaks");
  cmd->add_option("--noise", o->phantom.noise, "Standard deviation of the noise in HU")
      ->check(CLI::Range(0.0, 1000.0))
      ->capture_default_str();
  cmd->add_option("--kernel", o->kernel,
                  "none: white noise; soft: blurred, coarse noise; sharp: fine noise")
      ->capture_default_str();
  cmd->add_flag("--thick", o->phantom.thick,
                "Slices 2.5 times as thick as their spacing, instead of 1.5 times");
  set_help(*cmd,
           {{"What is in it",
             {"--part NAME", "--seed N", "--lesions", "--metal", "--slices N", "--size N"}},
            {"How it was scanned", {"--noise HU", "--kernel NAME", "--thick"}}},
           {{"A head to try the program on", "ct2ct phantom scan.nii.gz"},
            {"A small one, with the noise of a low dose",
             "ct2ct phantom small.nii.gz --slices 20 --size 128 --noise 40"},
            {"A chest", "ct2ct phantom chest.nii.gz --part chest --noise 10 --kernel soft"}});
  cmd->final_callback([o, &common] {
    data::require_ending(o->out, {".nii", ".nii.gz"});
    o->phantom.part = data::phantom_part(o->part);
    o->phantom.kernel = data::phantom_kernel(o->kernel);
    data::write_nifti(o->out, data::make_phantom(o->phantom), common.force);
    if (common.quiet) return;
    const std::string size = std::to_string(o->phantom.size);
    const std::string what = o->part == "legs" ? "made-up legs" : "a made-up " + o->part;
    print(o->out + ": " + what + " of " + std::to_string(o->phantom.slices) + " slices, " + size +
          " x " + size + "\n");
  });
}

}  // namespace tools
