#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "train/app/jobs.h"

namespace train::app {
namespace {

namespace fs = std::filesystem;
using Words = std::vector<std::string>;

std::optional<std::string> text_or_none(const Json& j) {
  return j.is_string() ? std::optional(j.get<std::string>()) : std::nullopt;
}

void append(Words& words, const Words& more) {
  words.insert(words.end(), more.begin(), more.end());
}

/// What is left out where it cannot be made and nobody asked for it.
struct LeftOut {
  bool map = false, dicom = false;
};

Words interpolate_words(const Job& job, const std::string& folder, const LeftOut& without) {
  const Json& a = job.asked;
  Words words{"interpolate", job.scans.front()};
  append(words, series_options(text_or_none(a.at("series"))));
  words.push_back(a.at("factor").is_null() ? "--spacing=" + a.at("spacing").dump()
                                           : "--factor=" + a.at("factor").dump());
  const std::string method = a.at("method").get<std::string>();
  words.push_back("--method=" + method);
  if (method == "model") words.push_back("--model=" + a.at("model").get<std::string>());
  const std::string out = folder + "/out/", base = out + job.stem;
  append(words, {"--out=" + base + ".nii.gz", "--format=nifti"});
  if (job.dicom && !without.dicom) {
    append(words, {"--out=" + out + "dicom/" + job.stem, "--format=dicom"});
  }
  append(words, {"--out=" + out + "png/" + job.stem, "--format=png"});
  words.push_back("--gif=" + base + ".gif");
  if (method == "model" && !without.map)
    words.push_back("--uncertainty=" + base + "_errors.nii.gz");
  return words;
}

Words view_words(const Job& job, const std::string& folder) {
  const std::string base = folder + "/out/" + job.stem;
  Words words{"view", job.scans.front(), base + ".nii.gz"};
  append(words, series_options(text_or_none(job.asked.at("series"))));
  if (fs::is_regular_file(base + "_errors.nii.gz")) {
    words.push_back("--uncertainty=" + base + "_errors.nii.gz");
  }
  words.push_back("--out=" + folder + "/view.html");
  return words;
}

Words train_words(const Job& job, const std::string& folder, bool resume) {
  const Json& a = job.asked;
  Words words{"train"};
  append(words, job.scans);
  append(words, series_options(text_or_none(a.at("scans").at(0).at("series"))));
  words.push_back("--out=" + folder + "/out/run");
  if (resume) {
    words.emplace_back("--resume");
    return words;
  }
  words.push_back("--minutes=" + a.at("minutes").dump());
  if (const auto from = text_or_none(a.at("from"))) words.push_back("--from=" + *from);
  return words;
}

/// Runs one child of a job. What it says goes into the job and into log.jsonl.
ChildEnd step(JobRun& run, Words words) {
  words.emplace_back("--messages=json");
  std::ofstream log(run.folder + "/log.jsonl", std::ios::app);
  const auto heard = [&](const std::string& line) {
    log << line << '\n';
    const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - run.began;
    run.change([&](Job& j) { hear(j, line, elapsed.count()); });
  };
  ChildEnd end = run.child.run(words, "/", heard);
  if (end.signal != 0 && !run.ended_early()) {
    run.change([&](Job& j) {
      j.error = to_page_error(words.front(),
                              "its process was ended by signal " + std::to_string(end.signal),
                              "a run to its end", "is there enough memory?", "killed");
    });
  }
  return end;
}

/// What may be left out after this error, or nothing.
bool leave_out(LeftOut& without, const Job& job, const Json& error) {
  if (!error.is_object()) return false;
  const std::string where = error.at("where").get<std::string>();
  const Json& formats = job.asked.at("formats");
  const bool dicom_asked = std::count(formats.begin(), formats.end(), "dicom") > 0;
  if (where == "--uncertainty" && !without.map) {
    without.map = true;
    return true;
  }
  if (where.find("/out/dicom/") != std::string::npos && !without.dicom && !dicom_asked) {
    without.dicom = true;
    return true;
  }
  return false;
}

Json error_now(JobRun& run) {
  Json error;
  run.change([&](Job& j) { error = j.error; });
  return error;
}

}  // namespace

void run_interpolate(JobRun& run) {
  for (const char* part : {"/out/dicom", "/out/png"}) fs::create_directories(run.folder + part);
  LeftOut without;
  while (true) {
    const Words words = interpolate_words(run.job, run.folder, without);
    run.change([&](Job& j) {
      j.command = words;
      j.messages = Json::array();
      j.error = nullptr;
    });
    const ChildEnd end = step(run, words);
    if (run.ended_early()) return;
    if (end.code == 0) break;
    if (!leave_out(without, run.job, error_now(run))) return;
  }
  run.change([&](Job& j) { hear(j, R"({"progress":{"label":"page","done":0,"total":1}})", 0); });
  const ChildEnd shown = step(run, view_words(run.job, run.folder));
  if (run.ended_early()) return;
  Json error = error_now(run);
  const Json result = interpolate_result(run.job, run.folder);
  run.change([&](Job& j) {
    if (shown.code != 0 && error.is_object()) {
      j.messages.push_back(
          {{"kind", "warning"}, {"text", "no page: " + error.at("what").get<std::string>()}});
    }
    j.result = result;
  });
}

void run_train(JobRun& run) {
  const bool resume = run.job.resume && fs::is_regular_file(run.folder + "/out/run/config.json");
  if (!resume) {
    std::error_code none;
    fs::remove_all(run.folder + "/out/run", none);
  }
  const Words words = train_words(run.job, run.folder, resume);
  run.change([&](Job& j) {
    if (!resume) j.command = words;
  });
  const ChildEnd end = step(run, words);
  if (end.code == 0) {
    const Json result = train_result(run.job.id, run.folder, end.out);
    run.change([&](Job& j) { j.result = result; });
  }
}

Json train_result(const std::string& id, const std::string& folder, const std::string& said) {
  // "trained at step 10 of 10 after 3 s: PATH", or "stopped at ..."
  unsigned long long steps = 0, total = 0;
  double seconds = 0;
  const std::size_t at = said.find(" at step ");
  const bool read =
      at != std::string::npos && std::sscanf(said.c_str() + at, " at step %llu of %llu after %lf s",
                                             &steps, &total, &seconds) == 3;
  const std::string model = folder + "/out/run/model.safetensors";
  const bool live = fs::is_regular_file(folder + "/out/run/live.html");
  return {{"complete", !read || steps == total},
          {"steps", steps},
          {"total", total},
          {"seconds", seconds},
          {"model", fs::is_regular_file(model) ? Json(model) : Json()},
          {"live", live ? Json("/jobs/" + id + "/live") : Json()}};
}

}  // namespace train::app
