// The one exception type of the project. What a user reads is one line:
//   ct2ct: <where>: <what was got>, expected <what>; <what to do>
#pragma once

#include <stdexcept>
#include <string>

namespace nn {

/// Whose fault it is decides the exit code of the program.
enum class Fault {
  job = 1,    ///< the work failed although the request made sense (disk full, wrong internal state)
  input = 2,  ///< the request cannot be met: wrong file, wrong argument, impossible shape
  warned = 3,  ///< the request was met with a warning, and --strict makes warnings fail
};

class Error : public std::runtime_error {
 public:
  /// `where`: operation or file. `got`: what was found. `expected`: what would have been right.
  /// `hint`: what the user can do. `expected` and `hint` may be empty.
  Error(Fault fault, const std::string& where, const std::string& got, const std::string& expected,
        const std::string& hint = "");

  Fault fault() const { return fault_; }
  int exit_code() const { return static_cast<int>(fault_); }

  /// The four parts of the line, as the constructor got them.
  const std::string& where() const { return where_; }
  const std::string& got() const { return got_; }
  const std::string& expected() const { return expected_; }
  const std::string& hint() const { return hint_; }

 private:
  Fault fault_;
  std::string where_, got_, expected_, hint_;
};

/// Throws an input error unless `ok`. The caller builds the texts on every call, so in a hot loop
/// throw Error by hand instead.
void require(bool ok, const std::string& where, const std::string& got, const std::string& expected,
             const std::string& hint = "");

}  // namespace nn
