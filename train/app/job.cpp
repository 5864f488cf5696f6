#include "train/app/job.h"

#include <algorithm>
#include <array>
#include <utility>

namespace train::app {
namespace {

constexpr std::array<std::pair<JobState, const char*>, 6> kStates{
    {{JobState::queued, "queued"},
     {JobState::running, "running"},
     {JobState::done, "done"},
     {JobState::failed, "failed"},
     {JobState::cancelled, "cancelled"},
     {JobState::stopped, "stopped"}}};

constexpr std::size_t kMostMessages = 200;

JobState state_from(const std::string& word) {
  for (const auto& [state, name] : kStates) {
    if (word == name) return state;
  }
  return JobState::failed;
}

Json or_null(const std::string& text) { return text.empty() ? Json() : Json(text); }

std::string text_in(const Json& j, const char* name) {
  const auto at = j.is_object() ? j.find(name) : j.end();
  return j.is_object() && at != j.end() && at->is_string() ? at->get<std::string>() : "";
}

double number_in(const Json& j, const char* name) {
  const auto at = j.find(name);
  return at != j.end() && at->is_number() ? at->get<double>() : 0.0;
}

/// Where the parts of a job begin and end on its scale from 0 to 1, by rough experience.
struct Stage {
  const char* label;
  double from, to;
};
constexpr std::array<Stage, 5> kStages{{{"self-check", 0, 0.55},
                                        {"interpolate", 0.55, 0.92},
                                        {"writing", 0.92, 0.97},
                                        {"page", 0.97, 1},
                                        {"train", 0, 1}}};

Json to_json(const JobProgress& p) {
  return {{"label", p.label},
          {"part", p.part},
          {"elapsed", p.elapsed},
          {"left", p.left ? Json(*p.left) : Json()},
          {"message", p.message}};
}

void hear_progress(Job& job, const Json& p, double elapsed) {
  std::string label = text_in(p, "label");
  if (label.starts_with("writing ")) label = "writing";
  const auto stage = std::find_if(kStages.begin(), kStages.end(),
                                  [&](const Stage& s) { return label == s.label; });
  const double total = number_in(p, "total");
  const double part = total > 0 ? std::clamp(number_in(p, "done") / total, 0.0, 1.0) : 0;
  JobProgress now{label, part, elapsed, {}, text_in(p, "message")};
  if (stage != kStages.end()) {
    // Without a network there is no self-check before.
    const bool first = label == "interpolate" && text_in(job.asked, "method") != "model";
    const double from = first ? 0 : stage->from;
    now.part = from + part * (stage->to - from);
  }
  const auto left = p.find("left");
  if (left != p.end() && left->is_number()) now.left = left->get<double>();
  if (job.progress) now.part = std::max(now.part, job.progress->part);
  job.progress = std::move(now);
}

}  // namespace

std::string to_string(JobState state) {
  for (const auto& [s, name] : kStates) {
    if (s == state) return name;
  }
  return "";
}

Json to_page_json(const Job& j, std::size_t place) {
  Json command = Json::array({"ct2ct"});
  for (const std::string& word : j.command) command.push_back(word);
  return {{"id", j.id},
          {"kind", j.kind},
          {"title", j.title},
          {"state", to_string(j.state)},
          {"place", place},
          {"created", j.created},
          {"started", or_null(j.started)},
          {"ended", or_null(j.ended)},
          {"progress", j.progress ? to_json(*j.progress) : Json()},
          {"messages", j.messages},
          {"error", j.error},
          {"command", command},
          {"result", j.result},
          {"asked", j.asked}};
}

Json to_disk_json(const Job& j) {
  return {{"id", j.id},           {"kind", j.kind},
          {"title", j.title},     {"state", to_string(j.state)},
          {"created", j.created}, {"started", j.started},
          {"ended", j.ended},     {"messages", j.messages},
          {"error", j.error},     {"command", j.command},
          {"result", j.result},   {"asked", j.asked},
          {"scans", j.scans},     {"stem", j.stem},
          {"dicom", j.dicom},     {"resume", j.resume},
          {"turn", j.turn}};
}

Job job_from(const Json& d) {
  Job j;
  j.id = d.at("id").get<std::string>();
  j.kind = d.at("kind").get<std::string>();
  j.title = d.at("title").get<std::string>();
  j.state = state_from(d.at("state").get<std::string>());
  j.created = d.at("created").get<std::string>();
  j.started = d.at("started").get<std::string>();
  j.ended = d.at("ended").get<std::string>();
  j.messages = d.at("messages");
  j.error = d.at("error");
  j.command = d.at("command").get<std::vector<std::string>>();
  j.result = d.at("result");
  j.asked = d.at("asked");
  j.scans = d.at("scans").get<std::vector<std::string>>();
  j.stem = d.at("stem").get<std::string>();
  j.dicom = d.at("dicom").get<bool>();
  j.resume = d.at("resume").get<bool>();
  j.turn = d.at("turn").get<std::uint64_t>();
  return j;
}

Json to_page_error(const std::string& where, const std::string& got, const std::string& expected,
                   const std::string& hint, const std::string& code) {
  return {{"what", got},
          {"where", where},
          {"expected", expected},
          {"hint", hint},
          {"code", or_null(code)}};
}

Json to_page_error(const Json& line) {
  const auto e = line.find("error");
  if (e == line.end()) return nullptr;
  return to_page_error(text_in(*e, "where"), text_in(*e, "got"), text_in(*e, "expected"),
                       text_in(*e, "hint"));
}

void hear(Job& job, const std::string& text, double elapsed) {
  const Json line = Json::parse(text, nullptr, false);
  if (!line.is_object()) return;
  for (const char* kind : {"note", "warning"}) {
    const std::string said = text_in(line, kind);
    if (said.empty() || job.messages.size() >= kMostMessages) continue;
    job.messages.push_back({{"kind", kind}, {"text", said}});
  }
  if (const auto p = line.find("progress"); p != line.end() && p->is_object()) {
    hear_progress(job, *p, elapsed);
  }
  if (const Json error = to_page_error(line); !error.is_null()) job.error = error;
}

}  // namespace train::app
