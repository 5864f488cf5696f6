#include "train/app/child.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "nn/core/error.h"

namespace train::app {
namespace {

constexpr std::size_t kMostOut = 64 << 20;  // a listing of 65536 files has less
constexpr std::size_t kMostLine = 64 << 10;

[[noreturn]] void no_child(int error) {
  throw nn::Error(nn::Fault::job, "processes",
                  std::string("none can be made: ") + std::strerror(error), "",
                  "end other programs, and try again");
}

/// Everything but the three standard files: connections of the server, above all.
void close_the_rest() {
#ifdef SYS_close_range
  if (::syscall(SYS_close_range, 3U, ~0U, 0U) == 0) return;
#endif
  for (int fd = 3; fd < 4096; ++fd) ::close(fd);
}

/// What the child needs, made before fork(): afterwards only functions that are safe for signals
/// may be called, since other threads may hold locks.
struct Start {
  std::vector<char*> argv;
  const char* folder;
  int out, err;
  pid_t parent;
};

[[noreturn]] void be_program(const Start& s) {
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (::getppid() != s.parent) ::_exit(1);  // it ended before it could be watched
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::signal(SIGPIPE, SIG_DFL);
  const int nothing = ::open("/dev/null", O_RDONLY);
  if (nothing < 0 || ::dup2(nothing, 0) < 0 || ::dup2(s.out, 1) < 0 || ::dup2(s.err, 2) < 0 ||
      ::chdir(s.folder) != 0) {
    ::_exit(1);
  }
  close_the_rest();
  ::execv("/proc/self/exe", s.argv.data());
  ::_exit(1);
}

/// Splits what is read into lines of bounded length.
class Lines {
 public:
  explicit Lines(const Child::Heard& heard) : heard_(heard) {}

  void add(const char* bytes, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      if (bytes[i] == '\n') {
        end();
      } else if (line_.size() < kMostLine) {
        line_ += bytes[i];
      }
    }
  }
  void end() {
    if (!line_.empty()) heard_(line_);
    line_.clear();
  }

 private:
  const Child::Heard& heard_;
  std::string line_;
};

}  // namespace

void Child::begin(const std::vector<std::string>& arguments, const std::string& folder) {
  std::array<int, 2> out{}, err{};
  if (::pipe2(out.data(), O_CLOEXEC) != 0) no_child(errno);
  if (::pipe2(err.data(), O_CLOEXEC) != 0) {
    const int error = errno;
    ::close(out[0]);
    ::close(out[1]);
    no_child(error);
  }
  std::vector<std::string> words{"ct2ct"};
  words.insert(words.end(), arguments.begin(), arguments.end());
  Start start{{}, folder.c_str(), out[1], err[1], ::getpid()};
  for (std::string& w : words) start.argv.push_back(w.data());
  start.argv.push_back(nullptr);

  const std::lock_guard lock(mutex_);
  process_ = ::fork();
  if (process_ == 0) be_program(start);
  const int error = errno;
  ::close(out[1]);
  ::close(err[1]);
  out_ = out[0];
  err_ = err[0];
  if (process_ < 0) {
    ::close(out_);
    ::close(err_);
    no_child(error);
  }
  if (asked_ != 0) ::kill(process_, asked_);
}

void Child::listen(ChildEnd& end, const Heard& heard) {
  Lines lines(heard);
  std::array<pollfd, 2> from{{{out_, POLLIN, 0}, {err_, POLLIN, 0}}};
  std::array<char, 16384> bytes{};
  while (from[0].fd >= 0 || from[1].fd >= 0) {
    if (::poll(from.data(), from.size(), -1) < 0) {
      if (errno == EINTR) continue;
      break;
    }
    for (pollfd& p : from) {
      if (p.fd < 0 || p.revents == 0) continue;
      const ssize_t n = ::read(p.fd, bytes.data(), bytes.size());
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) {
        p.fd = -1;
        continue;
      }
      const auto count = static_cast<std::size_t>(n);
      if (&p == &from[1]) {
        lines.add(bytes.data(), count);
      } else if (end.out.size() + count <= kMostOut) {
        end.out.append(bytes.data(), count);
      } else if (!end.cut) {
        end.cut = true;
        signal(SIGKILL);
      }
    }
  }
  lines.end();
}

ChildEnd Child::run(const std::vector<std::string>& arguments, const std::string& folder,
                    const Heard& heard) {
  begin(arguments, folder);
  ChildEnd end;
  listen(end, heard);
  ::close(out_);
  ::close(err_);
  // It is waited for without the lock, and forgotten before its number can be another process's.
  siginfo_t info{};
  while (::waitid(P_PID, static_cast<id_t>(process_), &info, WEXITED | WNOWAIT) < 0 &&
         errno == EINTR) {
  }
  const std::lock_guard lock(mutex_);
  int status = 0;
  while (::waitpid(process_, &status, 0) < 0 && errno == EINTR) {
  }
  process_ = -1;
  if (WIFEXITED(status)) end.code = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) end.signal = WTERMSIG(status);
  return end;
}

void Child::signal(int number) {
  const std::lock_guard lock(mutex_);
  if (process_ > 0) {
    ::kill(process_, number);
  } else {
    asked_ = number;
  }
}

}  // namespace train::app
