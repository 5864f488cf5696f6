// What a run says on standard error while it works. Warnings are always said and kept; notes and
// progress are for a person who watches. Standard output stays a result.
#pragma once

#include <string>
#include <vector>

namespace train {

enum class Say {
  nothing,     ///< warnings are kept alone: for callers that show them in their own way
  warnings,    ///< --quiet
  everything,  ///< notes and progress as well
};

class Messages {
 public:
  /// `strict`: warnings are errors, which require_none() throws.
  explicit Messages(Say say = Say::nothing, bool strict = false);
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

  /// With `strict` and any warning: an error with exit code 3 (nn::Fault::warned). To be called as
  /// soon as warnings are known, and always before the first output is named.
  void require_none() const;

  /// For Progress: whether it is shown, and a text in the place of the last one, or on a line of
  /// its own where standard error is no terminal.
  bool shows_progress() const { return say_ == Say::everything; }
  bool terminal() const { return terminal_; }
  void show(const std::string& text);
  /// What is said next begins on a new line.
  void end_line();

 private:
  void line(const std::string& text);

  Say say_;
  bool strict_;
  bool terminal_;
  bool open_line_ = false;
  std::vector<std::string> warnings_;
};

}  // namespace train
