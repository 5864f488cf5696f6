#include "train/fill/many_scans.h"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <memory>
#include <new>

#include "data/files/atomic_file.h"
#include "nn/core/parallel.h"
#include "train/fill/child_processes.h"
#include "train/fill/deal_scans.h"

namespace train {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;
using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// From a child to its parent: a result, or {"now": TEXT}.

Json to_line(const nn::Error& e) {
  return {{"where", e.where()},
          {"got", e.got()},
          {"expected", e.expected()},
          {"hint", e.hint()},
          {"exit_code", e.exit_code()}};
}

Json to_line(const ScanResult& r) {
  return {{"state", static_cast<int>(r.state)},
          {"out", r.out},
          {"record", r.record},
          {"slices_before", r.slices_before},
          {"slices", r.slices},
          {"made_by", r.made_by},
          {"seconds", r.seconds},
          {"warnings", r.warnings},
          {"error", r.error ? to_line(*r.error) : Json()}};
}

void set_from(ScanResult& r, const Json& j) {
  r.state = static_cast<ScanState>(j.at("state").get<int>());
  r.out = j.at("out");
  r.record = j.at("record");
  r.slices_before = j.at("slices_before");
  r.slices = j.at("slices");
  r.made_by = j.at("made_by");
  r.seconds = j.at("seconds");
  r.warnings = j.at("warnings").get<std::vector<std::string>>();
  if (const Json& e = j.at("error"); !e.is_null()) {
    r.error.emplace(static_cast<nn::Fault>(e.at("exit_code").get<int>()), e.at("where"),
                    e.at("got"), e.at("expected"), e.at("hint"));
  }
}

std::string dumped(const Json& j) {
  // File names may hold bytes that are no UTF-8.
  return j.dump(-1, ' ', false, Json::error_handler_t::replace);
}

/// At most five lines a second.
FillWatch sender(const SendLine& send) {
  auto last = std::make_shared<Clock::time_point>();
  return [send, last](const FillProgress& p) {
    if (p.done == 0 || seconds_since(*last) >= 0.2) {
      *last = Clock::now();
      const std::string at = std::to_string(p.done) + "/" + std::to_string(p.total);
      send(dumped({{"now", std::string(p.stage) + " " + at}}));
    }
    return true;
  };
}

void set_counts(ScanResult& r, const Json& record) {
  r.slices_before = record.at("slices_before");
  r.slices = record.at("slices");
  r.made_by = record.at("made_by");
}

/// In the child: makes one scan, or finds it made.
void make(ScanResult& r, const ManyOptions& many, Messages& messages, const SendLine& send) {
  InterpolateOptions o = many.job;
  o.scan = r.task.scan;
  if (!r.task.series.empty()) o.read.series = r.task.series;
  o.out_dir = many.out_dir;
  o.out_stem = r.task.name;
  const bool force = o.force;
  o.force = true;  // until it is known what stands there
  Interpolation job(o, messages);
  const std::vector<std::string> outputs = job.outputs();
  r.out = outputs.front();
  r.record = outputs.back();
  const Found found = what_stands(outputs, job.decided_by(many.more_options));
  if (found.standing == Standing::valid) {
    r.state = ScanState::already_there;
    set_counts(r, found.record);
    return;
  }
  nn::require(found.standing != Standing::different || force, r.out,
              "exists already and is not this scan's: " + found.why, "a new name",
              "give --force to make it again");
  job.set_force(force || found.standing == Standing::leftover);
  for (const std::string& path : outputs) data::remove_leftovers(path);
  const FillWatch watch = sender(send);
  job.self_check(watch);
  job.fill(watch);
  set_counts(r, Json::parse(job.write(many.command_line, many.more_options)));
  r.state = ScanState::made;
}

ScanResult result_of(const ScanTask& task, const ManyOptions& many, const SendLine& send) {
  const Clock::time_point start = Clock::now();
  ScanResult r;
  r.task = task;
  Messages messages(Say::nothing, many.strict);
  try {
    make(r, many, messages, send);
  } catch (const nn::Error& e) {
    r.error = e;
  } catch (const std::bad_alloc&) {
    r.error.emplace(nn::Fault::job, "memory", "not enough", "", "give fewer --jobs");
  } catch (const std::exception& e) {
    r.error.emplace(nn::Fault::job, "unexpected error", e.what(), "");
  }
  r.warnings = messages.warnings();
  r.seconds = seconds_since(start);
  return r;
}

void make_in_child(const ScanTask& task, const ManyOptions& many, int threads,
                   const SendLine& send) {
  nn::set_threads(threads);
  send(dumped({{"now", "read"}}));
  send(dumped(to_line(result_of(task, many, send))));
}

/// Each of `jobs` gets its share of the threads, at least one.
int threads_of(std::size_t slot, std::size_t jobs, int threads) {
  const auto all = static_cast<std::size_t>(threads);
  return static_cast<int>(std::max<std::size_t>(1, all / jobs + (slot < all % jobs ? 1 : 0)));
}

/// A process that is to be forked must have no second thread.
class OneThread {
 public:
  OneThread() : before_(nn::threads()) { nn::set_threads(1); }
  ~OneThread() { nn::set_threads(before_); }
  OneThread(const OneThread&) = delete;
  OneThread& operator=(const OneThread&) = delete;
  int before() const { return before_; }

 private:
  int before_;
};

void check(const ManyOptions& o) {
  const auto refuse = [](const std::string& option, const std::string& value) {
    nn::require(value.empty(), option, "--out-dir as well", "one of them",
                option + " names one file: interpolate that scan alone");
  };
  refuse("--out", o.job.out);
  refuse("--gif", o.job.gif);
  refuse("--uncertainty", o.job.uncertainty);
  refuse("--labels", o.job.labels);
}

void make_folder(const std::string& path) {
  std::error_code error;
  fs::create_directories(path, error);
  nn::require(fs::is_directory(path), path, error ? error.message() : "exists and is not a folder",
              "a folder for the outputs", "choose another --out-dir");
}

/// In the parent: what the children say becomes results.
class Listener {
 public:
  Listener(ManyResult& result, Messages& messages, const ManyWatch& watch)
      : scans_(result.scans),
        begun_(scans_.size()),
        heard_(scans_.size(), false),
        messages_(messages),
        watch_(watch) {}

  void hear(std::size_t i, const std::string& line) {
    const Json j = Json::parse(line);
    if (!j.contains("now")) {
      set_from(scans_[i], j);
      heard_[i] = true;
      return;
    }
    if (begun_[i] == Clock::time_point()) begun_[i] = Clock::now();
    show(scans_[i].task.name + " " + j.at("now").get<std::string>());
  }

  void end(std::size_t i, const std::string& how, int signal) {
    ScanResult& r = scans_[i];
    if (!heard_[i]) {
      const char* hint = signal == SIGKILL ? "if the memory was not enough, give fewer --jobs" : "";
      r.error.emplace(nn::Fault::job, r.task.scan, how, "", hint);
      r.seconds = begun_[i] == Clock::time_point() ? 0 : seconds_since(begun_[i]);
    }
    ++done_;
    messages_.warn(r.warnings, r.task.name);
    if (r.error && watch_.failed) watch_.failed(r);
    show("");
  }

 private:
  void show(const std::string& now) const {
    if (watch_.progress) watch_.progress(done_, scans_.size(), now);
  }

  std::vector<ScanResult>& scans_;
  std::vector<Clock::time_point> begun_;
  std::vector<bool> heard_;
  std::size_t done_ = 0;
  Messages& messages_;
  const ManyWatch& watch_;
};

}  // namespace

std::size_t ManyResult::count(ScanState state) const {
  return static_cast<std::size_t>(std::count_if(
      scans.begin(), scans.end(), [&](const ScanResult& r) { return r.state == state; }));
}

namespace {

/// On a rank other than 0: makes the scans that it is dealt.
void make_dealt(const ManyOptions& o, int threads) {
  ScanTaker taker(*o.ranks);
  ChildWork work;
  work.run = [&](std::size_t i, std::size_t slot, const SendLine& send) {
    make_in_child(taker.task(i), o, threads_of(slot, o.jobs, threads), send);
  };
  work.heard = [&](std::size_t i, const std::string& line) { taker.heard(i, line); };
  work.ended = [&](std::size_t i, const std::string& how, int signal) {
    taker.ended(i, how, signal);
  };
  run_in_children(taker, o.jobs, work);
}

}  // namespace

ManyResult interpolate_many(const ManyOptions& options, Messages& messages,
                            const ManyWatch& watch) {
  check(options);
  const OneThread one;
  ManyResult result;
  result.options = options;
  ManyOptions& o = result.options;
  while (o.out_dir.size() > 1 && o.out_dir.back() == '/') o.out_dir.pop_back();
  if (o.ranks != nullptr && !o.ranks->first()) {
    make_dealt(o, one.before());
    return result;
  }
  const ScanList list = scan_list(o.sources);
  make_folder(o.out_dir);
  for (const std::string& line : list.left_out) messages.note(line);
  result.of_all = list.tasks.size();
  const std::vector<ScanTask> tasks = part_of(list.tasks, o.part);
  for (const ScanTask& task : tasks) result.scans.emplace_back().task = task;
  const std::size_t jobs =
      std::clamp<std::size_t>(o.jobs, 1, std::max<std::size_t>(1, result.scans.size()));
  Listener listener(result, messages, watch);
  ChildWork work;
  work.run = [&](std::size_t i, std::size_t slot, const SendLine& send) {
    make_in_child(tasks[i], o, threads_of(slot, jobs, one.before()), send);
  };
  work.heard = [&](std::size_t i, const std::string& line) { listener.hear(i, line); };
  work.ended = [&](std::size_t i, const std::string& how, int signal) {
    listener.end(i, how, signal);
  };
  if (o.ranks == nullptr) {
    run_in_children(tasks.size(), jobs, work);
  } else {
    ScanDealer dealer(*o.ranks, tasks, work);
    run_in_children(dealer, jobs, work);
  }
  return result;
}

}  // namespace train
