// Tasks in processes of their own: one that crashes, or is killed, takes no other along, and its
// memory is given back when it ends.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>

namespace train {

/// Sends a line, which must hold no line feed, to the parent.
using SendLine = std::function<void(const std::string& line)>;

struct ChildWork {
  /// Runs in the child: task `i`, in slot `slot` of those that run at once, from 0. An exception
  /// that leaves it ends the child like a crash.
  std::function<void(std::size_t i, std::size_t slot, const SendLine& send)> run;
  /// Runs in the parent, for each line that the child has sent.
  std::function<void(std::size_t i, const std::string& line)> heard;
  /// Runs in the parent, once for each task: `how` is empty for a child that ended as it should,
  /// else it says what ended it. `signal` is the signal's number, or 0.
  std::function<void(std::size_t i, const std::string& how, int signal)> ended;
};

/// Where tasks come from.
class TaskSource {
 public:
  TaskSource() = default;
  TaskSource(const TaskSource&) = delete;
  TaskSource& operator=(const TaskSource&) = delete;
  virtual ~TaskSource() = default;
  /// The next task, if there is one now. Called when one can be begun.
  virtual std::optional<std::size_t> next() = 0;
  /// Whether no other will come, nor anything else that is waited for.
  virtual bool over() = 0;
  /// Whether tasks may come at any time: then over() is called often, whatever children do.
  virtual bool watches() const { return false; }
};

/// All tasks of `source`, `at_once` at a time. Children are forks of the caller, which must have no
/// other thread that they need; they end when it ends. Job error when no process can be made.
void run_in_children(TaskSource& source, std::size_t at_once, const ChildWork& work);
/// Tasks 0 to count - 1, begun in this order.
void run_in_children(std::size_t count, std::size_t at_once, const ChildWork& work);

}  // namespace train
