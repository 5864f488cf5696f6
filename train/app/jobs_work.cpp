#include <algorithm>
#include <chrono>
#include <filesystem>

#include "data/files/files.h"
#include "train/app/jobs.h"
#include "train/app/refused.h"

namespace train::app {
namespace {

namespace fs = std::filesystem;

void clear(const std::string& folder, bool keep_run) {
  std::error_code none;
  if (!keep_run) fs::remove_all(folder + "/out", none);
  for (const char* part : {"/view.html", "/view.html.record.json"}) {
    fs::remove(folder + part, none);
  }
}

}  // namespace

void Jobs::work() {
  while (true) {
    std::string next;
    {
      std::unique_lock lock(mutex_);
      const auto first = [&] {
        const Job* best = nullptr;
        for (const Job& j : jobs_) {
          if (j.state == JobState::queued && (best == nullptr || j.turn < best->turn)) best = &j;
        }
        return best;
      };
      wake_.wait(lock, [&] { return stopping_ || first() != nullptr; });
      if (stopping_) return;
      Job& j = job(first()->id);
      j.state = JobState::running;
      j.started = data::utc_now();
      j.progress.reset();
      j.messages = Json::array();
      next = running_ = j.id;
      cancelled_ = false;
      child_ = std::make_unique<Child>();
      put(j);
    }
    run(next);
  }
}

void Jobs::run(const std::string& id) {
  const auto change = [&](const std::function<void(Job&)>& what) {
    const std::lock_guard lock(mutex_);
    what(job(id));
  };
  const auto early = [&] {
    const std::lock_guard lock(mutex_);
    return cancelled_ || stopping_;
  };
  JobRun run{folder(id), *child_, change, copy_of(id), early};
  try {
    clear(run.folder, run.job.resume);
    fs::create_directories(run.folder + "/out");
    if (run.job.kind == "train") {
      run_train(run);
    } else {
      run_interpolate(run);
      save_where_asked(id);
    }
  } catch (const nn::Error& e) {
    change([&](Job& j) { j.error = to_page_error(e.where(), e.got(), e.expected(), e.hint()); });
  } catch (const std::exception& e) {
    change([&](Job& j) { j.error = to_page_error("job", e.what(), "", ""); });
  }
  finish(id, early());
}

void Jobs::finish(const std::string& id, bool early) {
  const std::lock_guard lock(mutex_);
  Job& j = job(id);
  running_.clear();
  child_.reset();
  const bool done = !j.result.is_null();
  if (stopping_ && !done) return;  // the next server takes it up
  const bool train = j.kind == "train";
  if (done) {
    j.state = j.result.value("complete", true) ? JobState::done : JobState::stopped;
    j.error = nullptr;
  } else if (early) {
    j.state = train ? JobState::stopped : JobState::cancelled;
    j.error = nullptr;
  } else {
    j.state = JobState::failed;
  }
  if (!done && !train) clear(folder(id), false);
  j.ended = data::utc_now();
  j.progress.reset();
  put(j);
}

void Jobs::save_where_asked(const std::string& id) {
  const Job job = copy_of(id);
  const Json& asked = job.asked;
  if (job.result.is_null() || !asked.contains("folder") || asked["folder"].is_null()) return;
  const std::string target = asked["folder"].get<std::string>();
  for (const Json& item : asked.at("formats")) {
    const auto format = item.get<std::string>();
    Json saved = Json::array();
    std::string problem;
    try {
      saved = save_outputs(job, folder(id), places_.allowed_folder(target),
                           {format, target, {}, false});
    } catch (const nn::Error& e) {
      problem = "not saved as " + format + ": " + e.what();
    }
    const std::lock_guard lock(mutex_);
    Job& j = this->job(id);
    for (const Json& path : saved) j.result["saved"].push_back(path);
    if (!problem.empty()) j.messages.push_back({{"kind", "warning"}, {"text", problem}});
  }
}

}  // namespace train::app
