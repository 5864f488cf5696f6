#include <algorithm>
#include <nlohmann/json.hpp>

#include "nn/check/gradcheck.h"
#include "nn/core/error.h"
#include "tools/commands.h"

namespace tools {

void add_gradcheck(CLI::App& app, const Common&) {
  struct Options {
    std::uint64_t seed = 1;
    bool json = false;
  };
  auto o = std::make_shared<Options>();
  CLI::App* cmd = app.add_subcommand(
      "gradcheck",
      "Prove every gradient of this build: the specification against the complex step, float "
      "ops against the specification");
  cmd->add_option("--seed", o->seed, "Seed of the random inputs")->capture_default_str();
  cmd->add_flag("--json", o->json, "Print JSON");
  set_help(*cmd, {{"Options", {"--seed N", "--json"}}},
           {{"Check this build", "ct2ct gradcheck"},
            {"With other random inputs", "ct2ct gradcheck --seed 2"}});
  cmd->final_callback([o] {
    const std::vector<nn::GradcheckRow> rows = nn::gradcheck(o->seed);
    nlohmann::ordered_json list = nlohmann::ordered_json::array();
    std::string text;
    char line[160];
    std::snprintf(line, sizeof line, "%-28s %-8s %12s %12s %12s\n", "op", "gradient", "kernel_rel",
                  "tape_rel", "tape_bound");
    text += line;
    for (const nn::GradcheckRow& r : rows) {
      list.push_back({{"op", r.op},
                      {"input", r.input},
                      {"kernel_rel", r.kernel_rel},
                      {"tape_rel", r.tape_rel},
                      {"tape_bound", r.tape_bound},
                      {"ok", r.ok}});
      std::snprintf(line, sizeof line, "%-28s %-8s %12.3g %12.3g %12.3g %s\n", r.op.c_str(),
                    r.input.c_str(), r.kernel_rel, r.tape_rel, r.tape_bound, r.ok ? "" : "FAILED");
      text += line;
    }
    const auto failed =
        std::count_if(rows.begin(), rows.end(), [](const auto& r) { return !r.ok; });
    const nlohmann::ordered_json j = {
        {"kernel_limit", nn::kKernelLimit}, {"failed", failed}, {"gradients", std::move(list)}};
    print(o->json ? j.dump(2) + "\n" : text);
    if (failed > 0) {
      throw nn::Error(nn::Fault::job, "gradcheck", std::to_string(failed) + " gradients wrong",
                      "none", "do not use this build");
    }
  });
}

}  // namespace tools
