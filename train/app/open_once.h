// One server for each state folder, and the browser that shows it.
#pragma once

#include <string>

namespace train::app {

/// The folder of a server's own files: `asked`, or ct2ct/app in XDG_STATE_HOME, else in
/// ~/.local/state. Makes it, for its owner alone. Input error for one of another owner, and where
/// it cannot be made.
std::string state_folder(const std::string& asked);

/// Held as long as the server runs. The kernel gives it back when the process ends, however it
/// ends.
class StateLock {
 public:
  explicit StateLock(const std::string& state);
  ~StateLock();
  StateLock(const StateLock&) = delete;
  StateLock& operator=(const StateLock&) = delete;

  /// False: another server has it.
  bool held() const { return held_; }
  /// Tells others where the server is.
  void put_address(const std::string& address) const;
  /// Where the other server is; empty where it does not say.
  std::string other_address() const;

 private:
  std::string path_;
  int file_ = -1;
  bool held_ = false;
};

/// Shows an address in the user's browser, by xdg-open and no shell. The address holds a token,
/// which other users could see on the command line of a browser: it stands in a file that only its
/// owner can read, and the browser is shown that. Nothing happens without a display or xdg-open.
void show_in_browser(const std::string& address);
/// Removes that file.
void remove_shown();

}  // namespace train::app
