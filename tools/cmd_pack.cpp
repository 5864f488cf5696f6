#include <cstdio>

#include "tools/commands.h"
#include "train/predict/pack.h"

namespace tools {
namespace {

train::Warn heeding(train::Messages& messages) {
  return [&messages](const std::vector<std::string>& warnings) {
    messages.warn(warnings);
    messages.require_none();
  };
}

}  // namespace

void add_pack(CLI::App& app, const Common& common) {
  struct Options {
    std::string model, out;
  };
  auto o = std::make_shared<Options>();
  CLI::App* cmd =
      app.add_subcommand("pack", "Write a model file of half the size, with weights of 16 bits");
  cmd->add_option("model", o->model, "model.safetensors of a run")->required();
  cmd->add_option("--out", o->out, "The smaller model file")->required();
  set_help(
      *cmd, {{"Options", {"--out FILE"}}},
      {{"A smaller file to give away", "ct2ct pack run/model.safetensors --out small.safetensors"},
       {"What it is, before and after", "ct2ct info small.safetensors"}});
  cmd->final_callback([o, &common] {
    train::Messages messages(common.say(), common.strict);
    const train::Packed packed =
        train::pack_model(o->model, o->out, common.force, heeding(messages));
    if (common.quiet) return;
    char text[160];
    std::snprintf(text, sizeof text,
                  "%zu bytes became %zu; the self-test's output changed by at most %.2g: ",
                  packed.bytes_before, packed.bytes, packed.largest_change);
    print(text + o->out + "\n");
  });
}

void add_seal(CLI::App& app, const Common& common) {
  struct Options {
    std::string model, out;
  };
  auto o = std::make_shared<Options>();
  CLI::App* cmd = app.add_subcommand(
      "seal", "Renew a model file of an older format: the same weights, with a SHA-256 of its own");
  cmd->add_option("model", o->model, "The model file")->required();
  cmd->add_option("--out", o->out, "The new model file")->required();
  set_help(
      *cmd, {{"Options", {"--out FILE"}}},
      {{"Renew a file of an older version", "ct2ct seal old.safetensors --out new.safetensors"},
       {"Check it from now on",
        "ct2ct interpolate scan.nii.gz --model new.safetensors --expect-model SHA256"}});
  cmd->final_callback([o, &common] {
    train::Messages messages(common.say(), common.strict);
    const std::string sha256 = train::seal_model(o->model, o->out, common.force, heeding(messages));
    if (!common.quiet) print(sha256 + "  " + o->out + "\n");
  });
}

}  // namespace tools
