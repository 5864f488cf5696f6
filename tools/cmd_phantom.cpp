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
  cmd->final_callback(
      [o, &common] { data::write_nifti(o->out, data::make_phantom(o->phantom), common.force); });
}

}  // namespace tools
