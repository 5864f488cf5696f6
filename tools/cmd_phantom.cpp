#include "data/files/atomic_file.h"
#include "data/nifti/nifti.h"
#include "data/phantom/phantom.h"
#include "tools/commands.h"

namespace tools {

void add_phantom(CLI::App& app, const Common& common) {
  struct Options {
    std::string out;
    data::PhantomOptions phantom;
  };
  auto o = std::make_shared<Options>();
  CLI::App* cmd = app.add_subcommand("phantom", "Write a made-up head, to try the program on");
  cmd->add_option("out", o->out, "Output, .nii or .nii.gz")->required();
  cmd->add_option("--slices", o->phantom.slices, "Number of slices, over 168 mm")
      ->check(whole_number(2, 1024))
      ->capture_default_str();
  cmd->add_option("--size", o->phantom.size, "Number of rows and columns, over 220 mm")
      ->check(whole_number(16, 1024))
      ->capture_default_str();
  cmd->add_option("--seed", o->phantom.seed, "Every seed makes another head")
      ->capture_default_str();
  cmd->add_option("--noise", o->phantom.noise, "Standard deviation of the noise in HU")
      ->check(CLI::Range(0.0, 1000.0))
      ->capture_default_str();
  set_help(*cmd, {{"Options", {"--slices N", "--size N", "--seed N", "--noise HU"}}},
           {{"A head to try the program on", "ct2ct phantom scan.nii.gz"},
            {"A small one, with the noise of a low dose",
             "ct2ct phantom small.nii.gz --slices 20 --size 128 --noise 40"}});
  cmd->final_callback([o, &common] {
    data::require_ending(o->out, {".nii", ".nii.gz"});
    data::write_nifti(o->out, data::make_phantom(o->phantom), common.force);
    if (common.quiet) return;
    const std::string size = std::to_string(o->phantom.size);
    print(o->out + ": a made-up head of " + std::to_string(o->phantom.slices) + " slices, " + size +
          " x " + size + "\n");
  });
}

}  // namespace tools
