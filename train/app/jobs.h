// The queue: jobs run one at a time, oldest first, each by children of this program in a folder of
// its own. Everything is on the disk, so that a server which was killed takes its jobs up again.
//
//   jobs/ID/job.json     what to_disk_json() writes, at each change of state
//   jobs/ID/out/         what the children write
//   jobs/ID/view.html    the page of `ct2ct view`
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "train/app/child.h"
#include "train/app/job.h"
#include "train/app/places.h"
#include "train/app/scans.h"

namespace train::app {

/// What a job's steps work with.
struct JobRun {
  std::string folder;  ///< of the job
  Child& child;
  /// Changes the job that the page sees.
  std::function<void(const std::function<void(Job&)>&)> change;
  Job job;                            ///< as it was when it began
  std::function<bool()> ended_early;  ///< someone wants it to end
  std::chrono::steady_clock::time_point began = std::chrono::steady_clock::now();
};

/// Runs the children of a job and sets its result or its error. job_steps.cpp
void run_interpolate(JobRun& run);
void run_train(JobRun& run);
/// The state of a training that has ended: done or stopped, by what the child has printed.
Json train_result(const std::string& id, const std::string& folder, const std::string& said);
/// The result of an interpolation, from what it has written. results.cpp
Json interpolate_result(const Job& job, const std::string& folder);
/// The file of a name that the result lists. Refused with 404 for another.
std::string listed_file(const Job& job, const std::string& folder, const std::string& name);
/// Copies outputs to `target`, a folder that is allowed; makes a mesh first. save.cpp
Json save_outputs(const Job& job, const std::string& folder, const std::string& target,
                  const SaveRequest& request);

class Jobs {
 public:
  Jobs(std::string state, const Places& places, Scans& scans);
  ~Jobs();
  Jobs(const Jobs&) = delete;
  Jobs& operator=(const Jobs&) = delete;

  /// Takes up what a server before has left, and begins to work.
  void start();
  /// Ends the job that runs; it stays on the disk as one that runs.
  void stop();

  Json add(const InterpolateRequest& request);
  Json add(const TrainRequest& request);
  /// The last one first.
  Json list() const;
  /// Refused with 404 for an id that does not exist; so do all below.
  Json find(const std::string& id) const;
  Json cancel(const std::string& id);
  Json resume(const std::string& id);
  void remove(const std::string& id);
  Json save(const std::string& id, const SaveRequest& request);
  /// Paths of files to be sent. Refused with 404 where there is none.
  std::string view_page(const std::string& id) const;
  std::string live_page(const std::string& id) const;
  /// Of a training: a picture that its live page shows.
  std::string sample(const std::string& id, const std::string& name) const;
  std::string output(const std::string& id, const std::string& name) const;

  bool running() const;
  /// Models that trainings have made: [{model, name}]
  Json models() const;
  /// Paths of the scans of all jobs.
  std::vector<std::string> scans_in_use() const;

 private:
  std::string folder(const std::string& id) const { return state_ + "/jobs/" + id; }
  Job& job(const std::string& id);
  Job copy_of(const std::string& id) const;
  std::size_t place_of(const Job& job) const;
  std::string model_path(const std::string& model) const;
  void put(const Job& job) const;
  Json add(Job job);
  void load();
  void work();
  void run(const std::string& id);
  void finish(const std::string& id, bool early);
  void save_where_asked(const std::string& id);

  std::string state_;
  const Places& places_;
  Scans& scans_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<Job> jobs_;  ///< by the time when they were made
  std::uint64_t turn_ = 0;
  std::string running_;  ///< id; empty: none
  std::unique_ptr<Child> child_;
  bool cancelled_ = false;  ///< the one that runs
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace train::app
