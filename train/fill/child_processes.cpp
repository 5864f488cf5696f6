#include "train/fill/child_processes.h"

#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <exception>
#include <vector>

#ifdef __linux__
#include <sys/prctl.h>
#endif

#include "nn/core/error.h"

namespace train {
namespace {

struct Child {
  std::size_t task = 0;
  std::size_t slot = 0;
  pid_t process = -1;
  int from = -1;        ///< the pipe's end that is read
  std::string pending;  ///< the beginning of a line
};

[[noreturn]] void no_process(int error) {
  throw nn::Error(nn::Fault::job, "processes",
                  std::string("none can be made: ") + std::strerror(error), "",
                  "give fewer --jobs");
}

/// All of it, or the end of this process: nobody reads any more.
void write_line(int to, std::string line) {
  line += '\n';
  for (std::size_t done = 0; done < line.size();) {
    const ssize_t n = ::write(to, line.data() + done, line.size() - done);
    if (n < 0 && errno != EINTR) ::_exit(1);
    if (n > 0) done += static_cast<std::size_t>(n);
  }
}

/// Never returns, and runs none of the parent's clean-up.
[[noreturn]] void be_child(const ChildWork& work, std::size_t task, std::size_t slot, int to,
                           pid_t parent) {
#ifdef __linux__
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
#endif
  if (::getppid() != parent) ::_exit(1);  // it ended before it could be watched
  int code = 1;
  try {
    work.run(task, slot, [to](const std::string& line) { write_line(to, line); });
    code = 0;
  } catch (const std::exception& e) {
    std::fprintf(stderr, "ct2ct: %s\n", e.what());
  } catch (...) {
    code = 1;
  }
  std::fflush(nullptr);
  ::_exit(code);
}

class Children {
 public:
  Children(std::size_t at_once, const ChildWork& work) : free_(at_once), work_(work) {
    for (std::size_t s = 0; s < at_once; ++s) free_[s] = at_once - 1 - s;
  }
  Children(const Children&) = delete;
  Children& operator=(const Children&) = delete;
  /// Those that still run when an error ends the work.
  ~Children() {
    for (const Child& c : running_) {
      ::kill(c.process, SIGKILL);
      ::close(c.from);
      int status = 0;
      while (::waitpid(c.process, &status, 0) < 0 && errno == EINTR) continue;
    }
  }

  bool full() const { return free_.empty(); }
  bool none() const { return running_.empty(); }

  void begin(std::size_t task) {
    int ends[2];
    if (::pipe(ends) != 0) no_process(errno);
    const std::size_t slot = free_.back();
    const pid_t parent = ::getpid();
    std::fflush(nullptr);  // else the child's copies of what is not yet written come twice
    const pid_t process = ::fork();
    if (process < 0) {
      const int error = errno;
      ::close(ends[0]);
      ::close(ends[1]);
      no_process(error);
    }
    if (process == 0) {
      ::close(ends[0]);
      for (const Child& other : running_) ::close(other.from);
      be_child(work_, task, slot, ends[1], parent);
    }
    ::close(ends[1]);
    free_.pop_back();
    running_.push_back({task, slot, process, ends[0], ""});
  }

  /// Waits until some child says something or ends, or for `milliseconds`; -1: however long.
  void listen(int milliseconds) {
    std::vector<pollfd> waits;
    for (const Child& c : running_) waits.push_back({c.from, POLLIN, 0});
    if (::poll(waits.data(), static_cast<nfds_t>(waits.size()), milliseconds) < 0) {
      if (errno == EINTR) return;
      no_process(errno);
    }
    for (std::size_t k = waits.size(); k-- > 0;) {
      if (waits[k].revents != 0 && !hear(running_[k])) end(k);
    }
  }

 private:
  /// False when the child has closed its end.
  bool hear(Child& child) {
    char bytes[4096];
    const ssize_t n = ::read(child.from, bytes, sizeof bytes);
    if (n < 0) return errno == EINTR;
    child.pending.append(bytes, static_cast<std::size_t>(n));
    for (std::size_t end = child.pending.find('\n'); end != std::string::npos;
         end = child.pending.find('\n')) {
      const std::string line = child.pending.substr(0, end);
      child.pending.erase(0, end + 1);
      work_.heard(child.task, line);
    }
    return n > 0;
  }

  void end(std::size_t k) {
    const Child child = running_[k];
    running_.erase(running_.begin() + static_cast<std::ptrdiff_t>(k));
    free_.push_back(child.slot);
    ::close(child.from);
    int status = 0;
    while (::waitpid(child.process, &status, 0) < 0 && errno == EINTR) continue;
    std::string how;
    int signal = 0;
    if (WIFSIGNALED(status)) {
      signal = WTERMSIG(status);
      how = "its process was ended by signal " + std::to_string(signal) + " (" +
            ::strsignal(signal) + ")";
    } else if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
      how = "its process ended without a result";
    }
    work_.ended(child.task, how, signal);
  }

  std::vector<std::size_t> free_;  ///< slots, the next one last
  std::vector<Child> running_;
  const ChildWork& work_;
};

/// 0 to count - 1.
class Count final : public TaskSource {
 public:
  explicit Count(std::size_t count) : count_(count) {}
  std::optional<std::size_t> next() override {
    return next_ < count_ ? std::optional(next_++) : std::nullopt;
  }
  bool over() override { return next_ == count_; }

 private:
  std::size_t next_ = 0;
  std::size_t count_;
};

}  // namespace

void run_in_children(TaskSource& source, std::size_t at_once, const ChildWork& work) {
  constexpr int kPause = 10;  // ms
  Children children(std::max<std::size_t>(at_once, 1), work);
  while (!source.over() || !children.none()) {
    while (!children.full()) {
      const auto task = source.next();
      if (!task) break;
      children.begin(*task);
    }
    if (!children.none() || source.watches()) children.listen(source.watches() ? kPause : -1);
  }
}

void run_in_children(std::size_t count, std::size_t at_once, const ChildWork& work) {
  Count tasks(count);
  run_in_children(tasks, at_once, work);
}

}  // namespace train
