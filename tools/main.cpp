// ct2ct: the program. Reads the command line, sets threads and device, runs one subcommand, and
// turns every error into one line and an exit code: 0 fine, 1 the job failed, 2 wrong input,
// 3 a warning where none is wanted (--strict).
#include <cstdio>
#include <cstring>
#include <exception>
#include <nlohmann/json.hpp>

#include "nn/backend/backend.h"
#include "nn/backend/cpu/conv_kernels.h"
#include "nn/backend/winograd.h"
#include "nn/core/error.h"
#include "nn/core/parallel.h"
#include "tools/commands.h"
#include "train/fill/build_info.h"

namespace {

std::string version_text(bool json) {
  const train::BuildInfo build = train::build_info();
  return json ? nlohmann::json(build).dump(2) : train::text_of(build);
}

/// Whether the command line has --json, also where it cannot be understood as a whole.
bool wants_json(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--json") == 0) return true;
  }
  return false;
}

/// One line on standard error, as text or as JSON (docs/audit/record.md); returns the exit code.
int fail(const nn::Error& e, bool json) {
  if (!json) {
    std::fprintf(stderr, "ct2ct: %s\n", e.what());
    return e.exit_code();
  }
  const nlohmann::ordered_json line{{"error",
                                     {{"where", e.where()},
                                      {"got", e.got()},
                                      {"expected", e.expected()},
                                      {"hint", e.hint()},
                                      {"text", e.what()}}},
                                    {"exit_code", e.exit_code()}};
  // File names may hold bytes that are no UTF-8.
  const auto replace = nlohmann::ordered_json::error_handler_t::replace;
  std::fprintf(stderr, "%s\n", line.dump(-1, ' ', false, replace).c_str());
  return e.exit_code();
}

int run(int argc, char** argv) {
  tools::Common common;
  common.command_line.assign(argv, argv + argc);

  CLI::App app{
      "ct2ct adds slices between the slices of a CT scan. It trains a pix2pix network on scans, "
      "makes the new slices with it, and measures whether they are better than without a network.\n"
      "Synthetic slices are for research, not for diagnosis.\n\n"
      "  ct2ct phantom scan.nii.gz                              make a scan to try it on\n"
      "  ct2ct interpolate scan.nii.gz --out x2.nii.gz          double it, by the model in the "
      "box\n"
      "  ct2ct train scan.nii.gz --out run --minutes 3          train a network\n"
      "  ct2ct interpolate other.nii.gz --model run/model.safetensors --out x2.nii.gz\n"
      "  ct2ct evaluate other.nii.gz --model run/model.safetensors --out report\n"
      "  ct2ct reformat other.nii.gz x2.nii.gz --out front.png  look at it, before and after\n"
      "  ct2ct mesh x2.nii.gz --out skull.stl                   write its bone as a surface\n",
      "ct2ct"};
  bool version_as_json = false;
  app.add_flag("--json", version_as_json,
               "With --version: print JSON, with compiler flags and more");
  app.set_version_flag("--version", [&] { return version_text(version_as_json); })
      ->description("Print what the program was built from, and exit");
  app.require_subcommand(1);
  app.fallthrough();
  app.add_option("--threads", common.threads,
                 "Number of threads; the results do not depend on it [all cores]")
      ->check(tools::whole_number(1, 1024));
  app.add_option("--device", common.device, "cpu, ref (slow specification) or check:cpu,ref")
      ->capture_default_str();
  app.add_flag("--no-winograd", common.no_winograd,
               "Compute every convolution by its definition, which is slower");
  app.add_flag("--force", common.force, "Replace outputs that exist");
  app.add_flag("--quiet", common.quiet,
               "Print no progress and no closing sentences; warnings still appear");
  app.add_flag("--strict", common.strict,
               "Treat every warning as an error: write nothing and end with exit code 3");

  tools::add_phantom(app, common);
  tools::add_train(app, common);
  tools::add_interpolate(app, common);
  tools::add_evaluate(app, common);
  tools::add_pairs(app, common);
  tools::add_translate(app, common);
  tools::add_reformat(app, common);
  tools::add_mesh(app, common);
  tools::add_view(app, common);
  tools::add_pack(app, common);
  tools::add_seal(app, common);
  tools::add_info(app, common);
  tools::add_gradcheck(app, common);
  tools::add_bench(app, common);

  // Subcommands run from here, once the common options are known.
  app.parse_complete_callback([&] {
    nn::require(!version_as_json, "--json", "given before the command", "after it",
                "the command says whether it takes --json");
    nn::set_denormal_mode();
    if (common.threads > 0) nn::set_threads(common.threads);
    if (common.no_winograd || nn::cpu::eigen_asked_for())
      nn::set_winograd_use(nn::WinogradUse::never);
    nn::set_backend(nn::make_backend(common.device));
  });

  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& e) {
    return app.exit(e);  // --help, --version
  } catch (const CLI::ParseError& e) {
    std::string text = e.what();
    const bool no_command = app.get_subcommands().empty() && argc > 1 && argv[1][0] != '-';
    if (no_command) {  // the library calls a mistyped command a missing one
      text = "unknown command '" + std::string(argv[1]) +
             "', expected phantom, train, interpolate, evaluate, pairs, translate, reformat, mesh, "
             "pack, seal, info, gradcheck or bench";
    }
    return fail(nn::Error(nn::Fault::input, "command line", text, "", "see ct2ct --help"),
                wants_json(argc, argv));
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const bool json = wants_json(argc, argv);
  try {
    return run(argc, argv);
  } catch (const nn::Error& e) {
    return fail(e, json);
  } catch (const std::bad_alloc&) {
    const char* hint = "use a smaller image, width or batch";
    return fail(nn::Error(nn::Fault::job, "memory", "not enough", "", hint), json);
  } catch (const std::exception& e) {
    return fail(nn::Error(nn::Fault::job, "unexpected error", e.what(), ""), json);
  }
}
