#include "train/app/jobs.h"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <tuple>

#include "data/files/files.h"
#include "data/files/sha256.h"
#include "train/app/guard.h"
#include "train/app/refused.h"

namespace train::app {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostJobs = 500;

/// Later ones come later in the order of texts.
std::string new_id() {
  std::string id;
  for (const char c : data::utc_now()) {
    if (data::is_digit(c)) id += c;
  }
  id += '-';
  const std::string random = random_text(16);
  return id + data::sha256_of(random.data(), random.size()).substr(0, 8);
}

void remove_outputs(const std::string& folder) {
  std::error_code none;
  for (const char* part : {"/out", "/view.html", "/view.html.record.json", "/log.jsonl"}) {
    fs::remove_all(folder + part, none);
  }
}

}  // namespace

Jobs::Jobs(std::string state, const Places& places, Scans& scans)
    : state_(std::move(state)), places_(places), scans_(scans) {
  fs::create_directories(state_ + "/jobs");
}

Jobs::~Jobs() { stop(); }

void Jobs::load() {
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(state_ + "/jobs", none)) {
    const std::string id = entry.path().filename().string();
    if (!is_id(id)) continue;
    const Json disk = Json::parse(text_of_file(folder(id) + "/job.json"), nullptr, false);
    try {
      Job job = job_from(disk);
      if (job.id == id) jobs_.push_back(std::move(job));
    } catch (const Json::exception&) {
      continue;  // of another version, or damaged: it stays where it is
    }
  }
  std::sort(jobs_.begin(), jobs_.end(), [](const Job& a, const Job& b) {
    return std::tie(a.created, a.turn, a.id) < std::tie(b.created, b.turn, b.id);
  });
  for (Job& j : jobs_) {
    turn_ = std::max(turn_, j.turn);
    if (j.state != JobState::running) continue;
    j.state = JobState::queued;  // its server is dead
    j.resume = j.kind == "train";
    j.turn = 0;
    put(j);
  }
}

void Jobs::start() {
  const std::lock_guard lock(mutex_);
  load();
  thread_ = std::thread([this] { work(); });
}

void Jobs::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    if (child_) child_->signal(SIGTERM);
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Jobs::put(const Job& job) const {
  fs::create_directories(folder(job.id));
  put_file(folder(job.id) + "/job.json", to_text(to_disk_json(job)));
}

Job& Jobs::job(const std::string& id) {
  const auto at =
      std::find_if(jobs_.begin(), jobs_.end(), [&](const Job& j) { return j.id == id; });
  allow(at != jobs_.end(), 404, "job", "an id that does not exist", "one of the list");
  return *at;
}

Job Jobs::copy_of(const std::string& id) const {
  const std::lock_guard lock(mutex_);
  return const_cast<Jobs*>(this)->job(id);
}

std::size_t Jobs::place_of(const Job& job) const {
  if (job.state != JobState::queued) return 0;
  std::size_t place = running_.empty() ? 0 : 1;
  for (const Job& j : jobs_) place += j.state == JobState::queued && j.turn < job.turn ? 1 : 0;
  return place;
}

Json Jobs::list() const {
  const std::lock_guard lock(mutex_);
  Json list = Json::array();
  for (auto j = jobs_.rbegin(); j != jobs_.rend(); ++j) {
    list.push_back(to_page_json(*j, place_of(*j)));
  }
  return list;
}

Json Jobs::find(const std::string& id) const {
  const std::lock_guard lock(mutex_);
  const Job& j = const_cast<Jobs*>(this)->job(id);
  return to_page_json(j, place_of(j));
}

bool Jobs::running() const {
  const std::lock_guard lock(mutex_);
  return !running_.empty();
}

Json Jobs::add(Job job) {
  const std::lock_guard lock(mutex_);
  allow(jobs_.size() < kMostJobs, 409, "jobs", std::to_string(jobs_.size()) + " jobs",
        "fewer than " + std::to_string(kMostJobs), "remove some that are done", "too_many_jobs");
  job.id = new_id();
  job.created = data::utc_now();
  job.turn = ++turn_;
  put(job);
  jobs_.push_back(job);
  wake_.notify_all();
  return to_page_json(job, place_of(job));
}

std::string Jobs::model_path(const std::string& model) const {
  if (model == "default") return model;
  for (const Json& own : models()) {
    if (own.at("model") == model) return model;
  }
  return places_.allowed(model);
}

Json Jobs::add(const InterpolateRequest& r) {
  const Json scan = scans_.find(r.scan);
  Job job;
  job.kind = "interpolate";
  job.title = scan.at("name").get<std::string>();
  job.scans = {places_.allowed_or_below(scan.at("path").get<std::string>(), state_ + "/dropped")};
  job.dicom = scan.at("format").get<std::string>().starts_with("DICOM");
  allow(job.dicom || std::count(r.formats.begin(), r.formats.end(), "dicom") == 0, 400, "formats",
        "dicom", "another format", "DICOM is written for scans that came as DICOM");
  char suffix[40];
  std::snprintf(suffix, sizeof suffix, r.spacing > 0 ? "_%gmm" : "_x%g",
                r.spacing > 0 ? r.spacing : static_cast<double>(r.factor));
  job.stem = stem_from(job.scans.front()) + suffix;
  job.asked = {{"kind", job.kind},
               {"scan", r.scan},
               {"series", r.series ? Json(*r.series) : Json()},
               {"factor", r.factor > 0 ? Json(r.factor) : Json()},
               {"spacing", r.spacing > 0 ? Json(r.spacing) : Json()},
               {"model", r.method == "model" ? model_path(r.model) : r.model},
               {"method", r.method},
               {"formats", r.formats},
               {"folder", r.folder ? Json(places_.allowed_folder(*r.folder)) : Json()}};
  return add(std::move(job));
}

Json Jobs::add(const TrainRequest& r) {
  Job job;
  job.kind = "train";
  job.title = r.name;
  Json scans = Json::array();
  for (const TrainRequest::Scan& s : r.scans) {
    const Json scan = scans_.find(s.scan);
    job.scans.push_back(
        places_.allowed_or_below(scan.at("path").get<std::string>(), state_ + "/dropped"));
    allow(s.series == r.scans.front().series, 400, "scans", "several series of several scans",
          "one series", "open the folder of each series by itself", "several_series");
    scans.push_back({{"scan", s.scan}, {"series", s.series ? Json(*s.series) : Json()}});
  }
  job.asked = {{"kind", job.kind},
               {"scans", scans},
               {"minutes", r.minutes},
               {"from", r.from ? Json(model_path(*r.from)) : Json()},
               {"name", r.name}};
  return add(std::move(job));
}

Json Jobs::cancel(const std::string& id) {
  const std::lock_guard lock(mutex_);
  Job& j = job(id);
  if (j.state == JobState::running) {
    cancelled_ = true;
    if (child_) child_->signal(SIGTERM);
  } else if (j.state == JobState::queued) {
    const bool begun = j.kind == "train" && j.resume;
    j.state = begun ? JobState::stopped : JobState::cancelled;
    j.ended = data::utc_now();
    if (!begun) remove_outputs(folder(id));
    put(j);
  }
  return to_page_json(j, place_of(j));
}

Json Jobs::resume(const std::string& id) {
  const std::lock_guard lock(mutex_);
  Job& j = job(id);
  const bool over =
      j.state == JobState::failed || j.state == JobState::cancelled || j.state == JobState::stopped;
  allow(over, 409, "job " + id, "a job that is " + to_string(j.state),
        "one that was stopped, cancelled or has failed");
  j.resume = j.kind == "train";
  j.state = JobState::queued;
  j.turn = ++turn_;
  j.error = nullptr;
  j.result = nullptr;
  j.progress.reset();
  j.messages = Json::array();
  j.started.clear();
  j.ended.clear();
  put(j);
  wake_.notify_all();
  return to_page_json(j, place_of(j));
}

void Jobs::remove(const std::string& id) {
  const std::lock_guard lock(mutex_);
  const Job& j = job(id);
  allow(j.state != JobState::running, 409, "job " + id, "a job that runs", "one that does not",
        "cancel it first", "job_runs");
  std::error_code none;
  fs::remove_all(folder(id), none);
  std::erase_if(jobs_, [&](const Job& other) { return other.id == id; });
}

Json Jobs::save(const std::string& id, const SaveRequest& request) {
  const Job job = copy_of(id);
  allow(job.state == JobState::done && job.kind == "interpolate", 409, "job " + id,
        "a " + job.kind + " job that is " + to_string(job.state), "an interpolation that is done");
  const Json saved = save_outputs(job, folder(id), places_.allowed_folder(request.folder), request);
  const std::lock_guard lock(mutex_);
  Job& j = this->job(id);
  for (const Json& path : saved) {
    Json& list = j.result["saved"];
    if (std::find(list.begin(), list.end(), path) == list.end()) list.push_back(path);
  }
  put(j);
  return {{"saved", saved}};
}

std::string Jobs::view_page(const std::string& id) const {
  copy_of(id);
  std::string file = folder(id) + "/view.html";
  allow(fs::is_regular_file(file), 404, "page", "nothing", "a job that is done");
  return file;
}

std::string Jobs::live_page(const std::string& id) const {
  copy_of(id);
  std::string file = folder(id) + "/out/run/live.html";
  allow(fs::is_regular_file(file), 404, "page", "nothing", "a training that has begun");
  return file;
}

std::string Jobs::sample(const std::string& id, const std::string& name) const {
  copy_of(id);
  const bool plain = name.ends_with(".png") && name.size() <= 200 && !name.starts_with('.') &&
                     std::all_of(name.begin(), name.end(), [](char c) {
                       return data::is_digit(c) || (c >= 'a' && c <= 'z') ||
                              (c >= 'A' && c <= 'Z') || c == '.' || c == '-' || c == '_';
                     });
  std::string file = plain ? folder(id) + "/out/run/samples/" + name : "";
  allow(plain && fs::is_regular_file(file), 404, "picture", "nothing", "a picture of a training");
  return file;
}

std::string Jobs::output(const std::string& id, const std::string& name) const {
  return listed_file(copy_of(id), folder(id), name);
}

Json Jobs::models() const {
  const std::lock_guard lock(mutex_);
  Json list = Json::array();
  for (const Job& j : jobs_) {
    const std::string model = folder(j.id) + "/out/run/model.safetensors";
    if (j.kind == "train" && fs::is_regular_file(model)) {
      list.push_back({{"model", model}, {"name", j.title}});
    }
  }
  return list;
}

std::vector<std::string> Jobs::scans_in_use() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> paths;
  for (const Job& j : jobs_) paths.insert(paths.end(), j.scans.begin(), j.scans.end());
  return paths;
}

}  // namespace train::app
