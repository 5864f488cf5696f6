// What a run says on standard error while it works. Warnings are always said and kept; notes and
// progress are for a person who watches. Standard output stays a result.
//
// As JSON, for a program that watches, each line is one object:
//   {"note": "TEXT"}   {"warning": "TEXT"}
//   {"progress": {"label", "done", "total", "elapsed", "left", "message"}}   seconds; left or null
//   {"error": {"where", "got", "expected", "hint", "text"}, "exit_code": N}  the last line
//   {"failed": {"scan", "where", "got", "expected", "hint", "text"}}         one of many scans
#pragma once

#include <cstdio>
#include <functional>
#include <string>
#include <vector>

#include "nn/core/error.h"

namespace train {

enum class Say {
  nothing,     ///< warnings are kept alone: for callers that show them in their own way
  warnings,    ///< --quiet
  everything,  ///< notes and progress as well
};

/// Where messages appear, and a clock.
struct Screen {
  std::FILE* file = nullptr;
  std::function<int()> columns;     ///< of a terminal; 0: it is none
  std::function<double()> seconds;  ///< of a clock that never goes back
  bool json = false;                ///< a program reads it
};

/// Standard error. Its width is asked of the terminal each time, else of COLUMNS, else it is 80.
Screen standard_error();
/// From now on standard_error() is read by a program (--messages json).
void set_json_messages(bool json);
bool json_messages();

/// The parts of an error, and its whole text. Bytes that are no UTF-8 are replaced.
std::string to_error_json(const nn::Error& error);

class Messages {
 public:
  /// `strict`: warnings are errors, which require_none() throws.
  explicit Messages(Say say = Say::nothing, bool strict = false, Screen screen = standard_error());
  /// Ends the line of a bar.
  ~Messages();
  Messages(const Messages&) = delete;
  Messages& operator=(const Messages&) = delete;

  /// A line that a user may miss without harm.
  void note(const std::string& line);
  /// Keeps the line, and says "warning: LINE".
  void warn(const std::string& line);
  /// Each line, after `where` and a colon if there is one.
  void warn(const std::vector<std::string>& lines, const std::string& where = "");

  /// In the order in which they were given, without the word "warning".
  const std::vector<std::string>& warnings() const { return warnings_; }

  /// One of many scans failed, and the work goes on.
  void failed(const std::string& scan, const nn::Error& error);

  /// With `strict` and any warning: an error with exit code 3 (nn::Fault::warned). To be called as
  /// soon as warnings are known, and always before the first output is named.
  void require_none() const;

  // For Progress.

  /// Work begins that cannot say how far it is. A log does not show it.
  void busy(const std::string& text);

  /// Whether a program reads what is said: then show() gets objects.
  bool json() const { return screen_.json; }
  /// Whether it is time to show how far the work is: on a terminal and for a program five times a
  /// second and at the end (`last`), elsewhere every ten seconds, whatever work it is.
  bool wants_progress(bool last) const;
  /// What may be written on a line of the terminal, one less than its width; 0: there is no
  /// terminal.
  int columns() const;
  double seconds() const { return screen_.seconds(); }
  /// A text in the place of the last one, or on a line of its own where there is no terminal.
  void show(const std::string& text);
  /// What is said next begins on a new line.
  void end_line();

 private:
  void line(const char* kind, const std::string& text);

  Say say_;
  bool strict_;
  Screen screen_;
  double next_ = 0;  ///< when progress is shown again
  bool open_line_ = false;
  std::vector<std::string> warnings_;
};

}  // namespace train
