#include <nlohmann/json.hpp>

#include "tools/commands.h"
#include "train/bench/bench.h"

namespace tools {

void add_bench(CLI::App& app, const Common&) {
  struct Options {
    train::BenchOptions bench;
    bool json = false;
  };
  auto o = std::make_shared<Options>();
  CLI::App* cmd = app.add_subcommand("bench", "Time a training step and a prediction");
  cmd->add_option("--recipe", o->bench.recipe, "residual, ct2ct or pix2pix")->capture_default_str();
  cmd->add_option("--size", o->bench.size, "In-plane size of the images")
      ->check(whole_number(16, 4096))
      ->capture_default_str();
  cmd->add_option("--width", o->bench.width, "Channels of the first level [by recipe]")
      ->check(whole_number(1, 1024));
  cmd->add_option("--levels", o->bench.levels, "Levels of the U-Net [by recipe]")
      ->check(whole_number(2, 12));
  cmd->add_option("--steps", o->bench.steps, "Steps that are timed")
      ->check(whole_number(1, 100000))
      ->capture_default_str();
  cmd->add_flag("--json", o->json, "Print one JSON object");
  cmd->final_callback([o] {
    const nlohmann::ordered_json j = train::run_bench(o->bench);
    if (o->json) {
      print(j.dump() + "\n");
      return;
    }
    std::string text;
    for (const auto& [key, value] : j.items()) {
      text += key + ": " + (value.is_string() ? value.get<std::string>() : value.dump()) + "\n";
    }
    print(text);
  });
}

}  // namespace tools
