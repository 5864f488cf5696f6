#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tools/commands.h"
#include "train/bench/bench.h"

namespace tools {
namespace {

std::string plain(const nlohmann::ordered_json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

/// An array of objects as a table: names of the first one's entries, then a line for each.
std::string table(const nlohmann::ordered_json& rows) {
  if (rows.empty()) return "";
  std::vector<std::string> names;
  std::vector<std::size_t> widths;
  for (const auto& [key, value] : rows.front().items()) {
    names.push_back(key);
    widths.push_back(key.size());
    for (const auto& row : rows) widths.back() = std::max(widths.back(), plain(row[key]).size());
  }
  std::string text;
  const auto cell = [&](std::size_t i, const std::string& value) {
    text += value + std::string(widths[i] - value.size() + 2, ' ');
  };
  for (std::size_t i = 0; i < names.size(); ++i) cell(i, names[i]);
  text += "\n";
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < names.size(); ++i) cell(i, plain(row[names[i]]));
    text += "\n";
  }
  return text;
}

/// Entries line by line, arrays as tables.
std::string as_text(const nlohmann::ordered_json& j) {
  std::string text;
  for (const auto& [key, value] : j.items()) {
    text += value.is_array() ? "\n" + table(value) : key + ": " + plain(value) + "\n";
  }
  return text;
}

}  // namespace

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
  cmd->add_option("--steps", o->bench.steps, "Number of steps that are timed")
      ->check(whole_number(1, 100000))
      ->capture_default_str();
  cmd->add_flag("--json", o->json, "Print one JSON object");
  cmd->require_subcommand(0, 1);
  CLI::App* ops =
      cmd->add_subcommand("ops", "Show where the time of a training step goes, kernel by kernel");
  ops->add_flag("--predict", o->bench.predict,
                "The same for a prediction, whose weights are fixed");
  CLI::App* scaling = cmd->add_subcommand(
      "scaling", "Time several in-plane sizes, numbers of threads and of slices");
  for (CLI::App* sub : {ops, scaling}) sub->fallthrough();
  set_help(*cmd,
           {{"Options",
             {"--recipe NAME", "--size N", "--width N", "--levels N", "--steps N", "--json"}}},
           {{"A training step and a prediction, at 512 x 512", "ct2ct bench --size 512"},
            {"Kernel by kernel", "ct2ct bench ops --size 256"},
            {"The kernels of a prediction", "ct2ct bench ops --predict"}});
  set_help(*ops, {{"Options", {"--predict"}}},
           {{"Kernel by kernel", "ct2ct bench ops --size 256"}});
  set_help(*scaling, {}, {{"On up to four threads", "ct2ct bench scaling --threads 4"}});
  cmd->final_callback([o, ops, scaling] {
    const auto measure = ops->parsed()       ? train::run_bench_ops
                         : scaling->parsed() ? train::run_bench_scaling
                                             : train::run_bench;
    const nlohmann::ordered_json j = measure(o->bench);
    print(o->json ? j.dump() + "\n" : as_text(j));
  });
}

}  // namespace tools
