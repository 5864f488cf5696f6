// One piece of work of the server, as the page sees it and as it lies on the disk.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "train/app/requests.h"

namespace train::app {

enum class JobState { queued, running, done, failed, cancelled, stopped };

std::string to_string(JobState state);

/// How far a job that runs is.
struct JobProgress {
  std::string label;                ///< "self-check", "interpolate", "writing", "page", "train"
  double part = 0;                  ///< of the whole job, 0 to 1
  double elapsed = 0;               ///< seconds since the job began
  std::optional<double> left = {};  ///< seconds, of what the label says
  std::string message = {};
};

struct Job {
  std::string id;
  std::string kind;   ///< "interpolate" or "train"
  std::string title;  ///< name of the scan, or of the model
  JobState state = JobState::queued;
  std::string created, started, ended;  ///< ISO 8601, UTC; empty: not yet
  std::optional<JobProgress> progress = {};
  Json messages = Json::array();     ///< [{kind: "note" | "warning", text}]
  Json error = nullptr;              ///< {what, where, expected, hint}
  std::vector<std::string> command;  ///< that does the same, without the program's name
  Json result = nullptr;
  Json asked;  ///< the request

  // Only for the server.
  std::vector<std::string> scans;  ///< paths
  std::string stem;                ///< what its files are called, without ending
  bool dicom = false;              ///< the scan is DICOM
  bool resume = false;             ///< a training goes on
  std::uint64_t turn = 0;          ///< those with a lower one run before
};

/// For the page; `place`: how many run before it.
Json to_page_json(const Job& job, std::size_t place);
/// For the disk.
Json to_disk_json(const Job& job);
/// Throws nlohmann::json::exception for what to_disk_json() did not write.
Job job_from(const Json& disk);

/// {what, where, expected, hint, code}; `code` of refused.h
Json to_page_error(const std::string& where, const std::string& got, const std::string& expected,
                   const std::string& hint, const std::string& code = "");
/// The same from {"error": {where, got, expected, hint}}, a line of --messages json.
Json to_page_error(const Json& line);

// Lines of --messages json.

/// Takes what a line says into the job: notes, warnings, progress. A line that is no JSON is what a
/// library says, and is dropped. `elapsed`: seconds since the job began.
void hear(Job& job, const std::string& line, double elapsed);

}  // namespace train::app
