#include "train/report/live_page.h"

#include <nlohmann/json.hpp>

#include "data/draw/markup.h"
#include "train/program/version.h"
#include "train/report/report_page.h"
#include "train/view/view_files.h"

namespace train {
namespace {

using Json = nlohmann::ordered_json;

const char* name_of(RunState state) {
  switch (state) {
    case RunState::running:
      return "running";
    case RunState::finished:
      return "finished";
    case RunState::stopped:
      return "stopped";
    case RunState::failed:
      break;
  }
  return "failed";
}

Json to_live_json(const LiveRun& run) {
  Json free = Json::array(), samples = Json::array();
  for (const FreeScore& f : run.free) free.push_back({{"method", f.method}, {"psnr", f.psnr}});
  for (const SampleFile& s : run.samples) {
    samples.push_back({{"file", s.file}, {"epoch", s.epoch}, {"step", s.step}});
  }
  return {{"program", std::string("ct2ct ") + kVersion},
          {"recipe", run.recipe},
          {"state", name_of(run.state)},
          {"written", run.written},
          {"next", run.next},
          {"step", run.step},
          {"total", run.total},
          {"epoch", run.epoch},
          {"elapsed", run.elapsed},
          {"left", run.left ? Json(*run.left) : Json()},
          {"losses", to_series_json(run.losses)},
          {"validation", to_series_json(run.validation)},
          {"free", std::move(free)},
          {"samples", std::move(samples)}};
}

/// What the page says without scripts.
std::string said_without_scripts(const LiveRun& run) {
  std::string text = "Recipe " + run.recipe + ", " + name_of(run.state) + ": step " +
                     std::to_string(run.step) + " of " + std::to_string(run.total);
  if (run.left) text += ", about " + data::fixed(*run.left / 60, 1) + " minutes left";
  if (!run.validation.empty() && !run.validation.front().y.empty()) {
    text += ". Validation PSNR of the network: " + data::fixed(run.validation.front().y.back(), 2) +
            " dB";
  }
  for (const FreeScore& f : run.free)
    text += ", " + f.method + " " + data::fixed(f.psnr, 2) + " dB";
  return "<p>" + data::escaped(text) +
         ".</p>\n<p>Curves and samples need a browser that runs the "
         "script of this page.</p>\n";
}

}  // namespace

std::string to_live_html(const LiveRun& run) {
  const bool again = run.state == RunState::running;
  std::string page = page_template("live");
  fill_in(page, "data",
          data_element("ct2ct-live", "application/json", to_page_text(to_live_json(run))));
  fill_in(page, "still", said_without_scripts(run));
  fill_in(page, "refresh",
          again ? "<noscript><meta http-equiv=\"refresh\" content=\"10\" /></noscript>" : "");
  return page;
}

}  // namespace train
