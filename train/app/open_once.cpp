#include "train/app/open_once.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <thread>

#include "nn/core/error.h"

extern char** environ;  // NOLINT: the C library's

namespace train::app {
namespace {

namespace fs = std::filesystem;

std::string in_environment(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

/// The file that the browser is shown: in the home folder itself, since browsers that are kept in a
/// sandbox see no hidden folders.
std::string shown_file() {
  const std::string home = in_environment("HOME");
  return home.starts_with('/') ? home + "/ct2ct-app.html" : "";
}

bool put_private(const std::string& path, const std::string& text) {
  ::unlink(path.c_str());
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (file < 0) return false;
  const ssize_t n = ::write(file, text.data(), text.size());
  ::close(file);
  return n == static_cast<ssize_t>(text.size());
}

}  // namespace

std::string state_folder(const std::string& asked) {
  std::string path = asked;
  if (path.empty()) {
    std::string base = in_environment("XDG_STATE_HOME");
    if (!base.starts_with('/')) {
      const std::string home = in_environment("HOME");
      nn::require(home.starts_with('/'), "app", "no HOME", "a home folder", "give --state DIR");
      base = home + "/.local/state";
    }
    path = base + "/ct2ct/app";
  }
  std::error_code error;
  fs::create_directories(path, error);
  const fs::path real = fs::canonical(path, error);
  struct stat about {};
  const bool there = !error && ::stat(real.c_str(), &about) == 0 && S_ISDIR(about.st_mode);
  nn::require(there, "--state " + path, "a folder that cannot be made", "one that can");
  nn::require(about.st_uid == ::geteuid() && ::chmod(real.c_str(), 0700) == 0, "--state " + path,
              "a folder of another user", "one of your own");
  return real.string();
}

StateLock::StateLock(const std::string& state) : path_(state + "/lock") {
  file_ = ::open(path_.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
  nn::require(file_ >= 0, path_, "a file that cannot be opened", "one that can",
              "give another --state DIR");
  held_ = ::flock(file_, LOCK_EX | LOCK_NB) == 0;
  if (held_ && ::ftruncate(file_, 0) != 0) held_ = false;
}

StateLock::~StateLock() {
  if (held_ && ::ftruncate(file_, 0) != 0) held_ = false;
  if (file_ >= 0) ::close(file_);
}

void StateLock::put_address(const std::string& address) const {
  const std::string text =
      nlohmann::ordered_json{{"pid", ::getpid()}, {"address", address}}.dump() + "\n";
  if (::pwrite(file_, text.data(), text.size(), 0) != static_cast<ssize_t>(text.size())) {
    throw nn::Error(nn::Fault::job, path_, "cannot be written", "", "is the disk full?");
  }
}

std::string StateLock::other_address() const {
  for (int tries = 0; tries < 30; ++tries) {  // it may just be starting
    std::array<char, 1024> bytes{};
    const ssize_t n = ::pread(file_, bytes.data(), bytes.size(), 0);
    const std::string text(bytes.data(), n > 0 ? static_cast<std::size_t>(n) : 0);
    const auto j = nlohmann::ordered_json::parse(text, nullptr, false);
    if (j.is_object() && j.contains("address")) return j["address"].get<std::string>();
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  return "";
}

void show_in_browser(const std::string& address) {
  const std::string file = shown_file();
  if (file.empty() ||
      (in_environment("DISPLAY").empty() && in_environment("WAYLAND_DISPLAY").empty())) {
    return;
  }
  const std::string page =
      "<!doctype html><meta charset=\"utf-8\"><title>ct2ct</title>"
      "<meta http-equiv=\"refresh\" content=\"0;url=" +
      address +
      "\">"
      "<a href=\"" +
      address + "\">ct2ct</a>\n";
  if (!put_private(file, page)) return;
  std::string name = "xdg-open", shown = "file://" + file;
  std::array<char*, 3> words{name.data(), shown.data(), nullptr};
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_init(&actions);
  posix_spawnattr_init(&attributes);
  for (const int standard : {0, 1, 2}) {
    posix_spawn_file_actions_addopen(&actions, standard, "/dev/null", O_RDWR, 0);
  }
  sigset_t none;
  sigemptyset(&none);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
  pid_t process = -1;
  const int failed =
      ::posix_spawnp(&process, name.c_str(), &actions, &attributes, words.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  if (failed != 0) return remove_shown();
  // It may live as long as the browser does.
  std::thread([process] {
    int status = 0;
    while (::waitpid(process, &status, 0) < 0 && errno == EINTR) {
    }
  }).detach();
}

void remove_shown() {
  const std::string file = shown_file();
  if (!file.empty()) ::unlink(file.c_str());
}

}  // namespace train::app
