// ct2ct: the program. Reads the command line, sets threads and device, runs one subcommand, and
// turns every error into one line and an exit code: 0 fine, 1 the job failed, 2 wrong input,
// 3 a warning where none is wanted (--strict).
#include <cstdio>
#include <exception>
#include <nlohmann/json.hpp>

#include "nn/backend/backend.h"
#include "nn/backend/cpu/conv_kernels.h"
#include "nn/backend/winograd.h"
#include "nn/core/error.h"
#include "nn/core/parallel.h"
#include "tools/command_line.h"
#include "tools/commands.h"
#include "train/fill/build_info.h"
#include "train/ranks/join.h"

namespace {

std::string version_text(bool json) {
  train::BuildInfo build = train::build_info();
  const std::string mpi = train::mpi_version();
  build.options["CT2CT_MPI"] = !mpi.empty();
  if (!mpi.empty()) build.libraries.push_back({"MPI", mpi, "linked"});
  return json ? nlohmann::json(build).dump(2) : train::text_of(build);
}

/// Whether the command line has --json or --messages json, also where it cannot be understood as a
/// whole.
bool wants_json(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    const std::string next = i + 1 < argc ? argv[i + 1] : "";
    if (word == "--json" || word == "--messages=json") return true;
    if (word == "--messages" && next == "json") return true;
  }
  return false;
}

/// One line on standard error, as text or as JSON (docs/audit/record.md); returns the exit code.
int fail(const nn::Error& e, bool json) {
  if (!train::says_error()) return e.exit_code();
  if (!json) {
    std::fprintf(stderr, "ct2ct: %s%s\n", train::rank_prefix().c_str(), e.what());
    return e.exit_code();
  }
  std::fprintf(stderr, "%s\n", train::to_error_json(e).c_str());
  return e.exit_code();
}

/// Options of every command.
void add_common(CLI::App& app, tools::Common& common) {
  app.set_help_flag("-h,--help", "Print this help, and exit")->configurable(false);
  app.set_help_all_flag("--help-all", "The same with options for experts")->configurable(false);
  app.add_flag("--force", common.force, "Replace outputs that exist");
  app.add_flag("--quiet", common.quiet,
               "Print no progress and no closing sentences; warnings still appear");
  app.add_flag("--strict", common.strict,
               "Treat every warning as an error: write nothing and end with exit code 3");
  app.add_option_function<std::string>(
         "--messages",
         [](const std::string& form) {
           nn::require(form == "text" || form == "json", "--messages", "'" + form + "'",
                       "text or json");
           train::set_json_messages(form == "json");
         },
         "What is said on standard error: text, or json, an object in each line, for programs "
         "[text]")
      ->type_name("FORM");
  app.add_option("--threads", common.threads,
                 "Number of threads; the results do not depend on it [CT2CT_THREADS, else all "
                 "cores]")
      ->check(tools::whole_number(1, 1024));
  app.set_config("--config", "",
                 "Read options from a file of INI or TOML, with a section for each command; the "
                 "command line goes first");
  app.allow_config_extras(CLI::config_extras_mode::error);
  app.add_option("--device", common.device,
                 "cpu, ref (slow specification), cuda or cuda:N (a GPU, in a build with CUDA), "
                 "emulated (the GPU's kernels on the CPU, slow) or check:A,B of two of these; with "
                 "mpirun one for all processes, or a list with one for each")
      ->capture_default_str();
  app.add_flag("--no-winograd", common.no_winograd,
               "Compute every convolution by its definition, which is slower");
  app.require_subcommand(1);
  app.fallthrough();
}

std::vector<tools::HelpGroup> program_help() {
  return {{"Options", {"--version", "--json"}},
          {tools::kEveryCommand,
           {"--help", "--help-all", "--threads N", "--force", "--quiet", "--strict",
            "--messages FORM", "--config FILE"}},
          {tools::kExpert, {"--device NAME", "--no-winograd"}}};
}

std::vector<tools::HelpExample> program_examples() {
  return {{"Make a scan to try it on", "ct2ct phantom scan.nii.gz"},
          {"Double it, by the model in the box", "ct2ct interpolate scan.nii.gz --out x2.nii.gz"},
          {"Look at it, before and after", "ct2ct reformat scan.nii.gz x2.nii.gz --out front.png"},
          {"Train a network of your own, and measure it on another scan",
           "ct2ct train scan.nii.gz --out run --minutes 3\n"
           "    ct2ct evaluate other.nii.gz --model run/model.safetensors --out report"}};
}

void add_commands(CLI::App& app, const tools::Common& common) {
  tools::add_phantom(app, common);
  tools::add_train(app, common);
  tools::add_interpolate(app, common);
  tools::add_evaluate(app, common);
  tools::add_pairs(app, common);
  tools::add_translate(app, common);
  tools::add_reformat(app, common);
  tools::add_mesh(app, common);
  tools::add_view(app, common);
  tools::add_app(app, common);
  tools::add_pack(app, common);
  tools::add_seal(app, common);
  tools::add_info(app, common);
  tools::add_gradcheck(app, common);
  tools::add_bench(app, common);
  tools::add_manual(app);
  tools::add_help(app);
}

int run(int argc, char** argv) {
  tools::Common common;
  common.command_line.assign(argv, argv + argc);

  CLI::App app{
      "ct2ct adds slices between the slices of a CT scan. It trains a pix2pix network on scans, "
      "makes the new slices with it, and measures whether they are better than without a network. "
      "Synthetic slices are for research, not for diagnosis.",
      "ct2ct"};
  bool version_as_json = false;
  add_common(app, common);
  app.add_flag("--json", version_as_json,
               "With --version: print JSON, with compiler flags and more");
  app.set_version_flag("--version", [&] { return version_text(version_as_json); })
      ->description("Print what the program was built from, and exit");
  tools::set_help(app, program_help(), program_examples());
  add_commands(app, common);

  // Subcommands run from here, once the common options are known.
  app.parse_complete_callback([&] {
    nn::require(!version_as_json, "--json", "given before the command", "after it",
                "the command says whether it takes --json");
    for (const CLI::App* command : app.get_subcommands()) {
      const bool shares = command->get_name() == "train" || command->get_name() == "interpolate";
      if (!shares) train::require_one_process(command->get_name());
    }
    nn::set_denormal_mode();
    if (common.threads == 0) common.threads = tools::threads_in_environment();
    if (common.threads > 0) nn::set_threads(common.threads);
    if (common.no_winograd || nn::cpu::eigen_asked_for())
      nn::set_winograd_use(nn::WinogradUse::never);
    nn::set_backend(nn::make_backend(train::own_device(common.device)));
  });

  if (argc == 1) {
    tools::print(app.help());
    return 0;
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& e) {
    return app.exit(e);  // --help, --version
  } catch (const CLI::ParseError& e) {
    const std::vector<std::string> arguments(argv + 1, argv + argc);
    return fail(tools::explained(app, e, arguments), wants_json(argc, argv));
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const bool json = wants_json(argc, argv);
  try {
    return run(argc, argv);
  } catch (const nn::Error& e) {
    return train::end_all(fail(e, json));
  } catch (const std::bad_alloc&) {
    const char* hint = "use a smaller image, width or batch";
    return train::end_all(fail(nn::Error(nn::Fault::job, "memory", "not enough", "", hint), json));
  } catch (const std::exception& e) {
    return train::end_all(fail(nn::Error(nn::Fault::job, "unexpected error", e.what(), ""), json));
  }
}
