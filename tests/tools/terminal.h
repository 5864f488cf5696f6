// The program on a terminal that the test holds the other end of.
#pragma once

#include <pty.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "tests/tools/desk.h"

namespace tools_test {

/// Runs the program with standard error on a terminal of `columns`; `out` stays empty, and `err` is
/// what the terminal got.
inline Result on_terminal(const Desk& desk, const std::string& arguments, int columns) {
  winsize size{};
  size.ws_row = 24;
  size.ws_col = static_cast<unsigned short>(columns);
  int end = -1;
  const std::string command = "cd '" + (desk / "").string() + "' && exec '" CT2CT_BINARY "' " +
                              arguments + " >/dev/null </dev/null";
  const pid_t child = ::forkpty(&end, nullptr, nullptr, &size);
  if (child == 0) {
    ::execl("/bin/sh", "sh", "-c", command.c_str(), static_cast<char*>(nullptr));
    ::_exit(127);
  }
  REQUIRE(child > 0);
  Result r;
  std::vector<char> part(4096);
  for (ssize_t got = 0; (got = ::read(end, part.data(), part.size())) > 0;) {
    r.err.append(part.data(), static_cast<std::size_t>(got));
  }
  ::close(end);
  int status = 0;
  ::waitpid(child, &status, 0);
  r.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return r;
}

}  // namespace tools_test
