// The program as its own child: every piece of work of the server is a run of ct2ct with an
// argument vector. No shell is involved. A reader that crashes ends its child, not the server.
#pragma once

#include <functional>
#include <mutex>
#include <string>
#include <vector>

namespace train::app {

struct ChildEnd {
  int code = -1;     ///< exit code; -1 if a signal ended it
  int signal = 0;    ///< that ended it, or 0
  bool cut = false;  ///< its standard output had more than the most bytes, and it was ended
  std::string out;   ///< standard output
};

class Child {
 public:
  /// Called for each line of standard error, which is at most 64 KiB long; the rest is left out.
  using Heard = std::function<void(const std::string& line)>;

  /// Runs `ct2ct ARGUMENTS` in `folder` and waits for its end. It ends by SIGTERM when the calling
  /// thread ends. Job error when no process can be made. One run at a time for each object.
  ChildEnd run(const std::vector<std::string>& arguments, const std::string& folder,
               const Heard& heard);
  /// Sends a signal to the child that runs, if there is one. A signal that comes before run() is
  /// sent when it begins.
  void signal(int number);

 private:
  void begin(const std::vector<std::string>& arguments, const std::string& folder);
  void listen(ChildEnd& end, const Heard& heard);

  std::mutex mutex_;
  int process_ = -1;  ///< guarded by mutex_
  int asked_ = 0;     ///< a signal that came before; guarded by mutex_
  int out_ = -1, err_ = -1;
};

}  // namespace train::app
