#include "data/files/atomic_file.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <string>

#include "tests/data/test_files.h"

namespace fs = std::filesystem;
using data_test::check_input_error;
using data_test::get;
using data_test::put;
using data_test::TempDir;

TEST_CASE("a file appears when it is complete", "[atomic]") {
  const TempDir dir;
  {
    data::AtomicFile file(dir / "a", false);
    file.write("abc", 3);
    CHECK_FALSE(fs::exists(dir / "a"));
    file.write("de", 2);
    file.commit();
  }
  CHECK(get(dir / "a") == "abcde");
  CHECK(dir.entries() == 1);
}

TEST_CASE("a file that is given up leaves nothing and spoils nothing", "[atomic]") {
  const TempDir dir;
  put(dir / "old", "precious");
  {
    data::AtomicFile file(dir / "old", true);
    file.write("x", 1);
  }
  { data::AtomicFile file(dir / "new", false); }
  CHECK(get(dir / "old") == "precious");
  CHECK(dir.entries() == 1);
}

TEST_CASE("an existing file is replaced only by force", "[atomic]") {
  const TempDir dir;
  put(dir / "a", "old");
  check_input_error([&] { data::write_file(dir / "a", "new", 3, false); }, {dir / "a", "--force"});
  CHECK(get(dir / "a") == "old");
  data::write_file(dir / "a", "new", 3, true);
  CHECK(get(dir / "a") == "new");
  CHECK(dir.entries() == 1);
  // It may also appear while the output is being made.
  data::AtomicFile late(dir / "b", false);
  put(dir / "b", "other");
  check_input_error([&] { late.commit(); }, {"--force"});
  CHECK(get(dir / "b") == "other");
}

TEST_CASE("impossible places are input errors", "[atomic]") {
  const TempDir dir;
  put(dir / "file", "");
  check_input_error([&] { data::write_file(dir / "none/a", "", 0, false); }, {"none/a", "folder"});
  check_input_error([&] { data::write_file(dir / "file/a", "", 0, false); }, {"file/a"});
  check_input_error([&] { data::write_file(dir.str(), "", 0, true); }, {"not a plain file"});
  // A device would do, but a broken check would replace it: a pipe of our own is no loss.
  REQUIRE(::mkfifo((dir / "pipe").c_str(), 0600) == 0);
  check_input_error([&] { data::write_file(dir / "pipe", "", 0, true); }, {"not a plain file"});
  CHECK(fs::is_fifo(dir / "pipe"));
  check_input_error([&] { data::write_file("", "", 0, true); }, {"empty name"});
  check_input_error([&] { data::write_file(dir / std::string(300, 'x'), "", 0, true); }, {"xxx"});
  CHECK(dir.entries() == 2);
}

TEST_CASE("a full disk is a job error and leaves nothing", "[atomic]") {
  // A limit on the size of files fails in the same place as a full disk, with another errno.
  const TempDir dir;
  const auto old_handler = std::signal(SIGXFSZ, SIG_IGN);
  rlimit old_limit{};
  REQUIRE(::getrlimit(RLIMIT_FSIZE, &old_limit) == 0);
  rlimit limit = old_limit;
  limit.rlim_cur = 1000;
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &limit) == 0);
  std::string what;
  nn::Fault fault = nn::Fault::input;
  try {
    const std::string text(5000, 'x');
    data::write_file(dir / "a", text.data(), text.size(), false);
  } catch (const nn::Error& e) {
    what = e.what();
    fault = e.fault();
  }
  ::setrlimit(RLIMIT_FSIZE, &old_limit);
  std::signal(SIGXFSZ, old_handler);
  CHECK(fault == nn::Fault::job);
  CHECK(what.find("cannot be written") != std::string::npos);
  CHECK(dir.entries() == 0);
}

TEST_CASE("a folder appears when it is complete", "[atomic]") {
  const TempDir dir;
  const std::string path = dir / "out/";  // with a slash, as shells complete it
  {
    data::AtomicFolder folder(path, "s_", ".png", false);
    put(folder.folder() + "/s_0.png", "0");
    CHECK_FALSE(fs::exists(dir / "out"));
    folder.commit();
  }
  CHECK(get(dir / "out/s_0.png") == "0");
  { data::AtomicFolder given_up(dir / "other", "s_", ".png", false); }
  CHECK(dir.entries() == 1);
}

TEST_CASE("a folder is replaced only by force, and only if nothing else is in it", "[atomic]") {
  const TempDir dir;
  const std::string path = dir / "out";
  const auto make = [&](const std::string& text, bool force) {
    data::AtomicFolder folder(path, "s_", ".png", force);
    put(folder.folder() + "/s_1.png", text);
    folder.commit();
  };
  fs::create_directory(path);
  make("first", false);  // an empty folder is no loss
  put(path + "/s_2.png", "stale");
  check_input_error([&] { make("second", false); }, {path, "--force"});
  CHECK(get(path + "/s_1.png") == "first");
  make("second", true);
  CHECK(get(path + "/s_1.png") == "second");
  CHECK_FALSE(fs::exists(path + "/s_2.png"));

  put(path + "/thesis.txt", "precious");
  check_input_error([&] { make("third", true); }, {path, "thesis.txt"});
  CHECK(get(path + "/thesis.txt") == "precious");
  fs::remove(path + "/thesis.txt");
  put(path + "/s_x.png", "not numbered");
  check_input_error([&] { make("third", true); }, {"s_x.png"});
  fs::remove(path + "/s_x.png");
  fs::create_directory(path + "/s_3.png");
  check_input_error([&] { make("third", true); }, {"s_3.png"});
  CHECK(get(path + "/s_1.png") == "second");
  CHECK(dir.entries() == 1);

  const std::vector<std::string> names{"s_1.png"};
  check_input_error([&] { data::AtomicFolder(path, names, true); }, {"s_3.png"});
  fs::remove(path + "/s_3.png");
  data::AtomicFolder(path, names, true).commit();
  CHECK(fs::is_empty(path));
  put(path + "/s_2.png", "not in the list");
  check_input_error([&] { data::AtomicFolder(path, names, true); }, {"s_2.png"});

  put(dir / "file", "");
  check_input_error([&] { data::AtomicFolder(dir / "file", "s_", ".png", true); },
                    {"not a folder"});
}

TEST_CASE("what a killed process left goes, what a living one writes stays", "[atomic]") {
  const TempDir dir;
  put(dir / ".scan.nii.4711.0.tmp", "half");
  fs::create_directories(dir / ".scan.nii.4711.12.tmp");  // of a folder of that name
  put(dir / ".scan.nii.4711.12.tmp/slice_0000.dcm", "half");
  // Names of other outputs, and of others.
  for (const char* other :
       {".scan.nii.gz.4711.0.tmp", ".scan.nii.a.0.tmp", ".scan.nii.4711.tmp", ".scan.nii..0.tmp",
        ".scan.nii.4711.0.tmp.bak", ".scan.nii.tmp", "scan.nii.4711.0.tmp"}) {
    put(dir / other, "other");
  }
  data::AtomicFile file(dir / "scan.nii", false);
  file.write("abc", 3);
  data::AtomicFolder folder(dir / "scan.nii/", "slice_", ".dcm", false);
  put(folder.folder() + "/slice_0000.dcm", "x");
  CHECK(dir.entries() == 11);
  data::remove_leftovers(dir / "scan.nii/");
  CHECK(dir.entries() == 9);
  CHECK_FALSE(fs::exists(dir / ".scan.nii.4711.0.tmp"));
  CHECK_FALSE(fs::exists(dir / ".scan.nii.4711.12.tmp"));
  file.commit();
  CHECK(get(dir / "scan.nii") == "abc");
  CHECK(get(folder.folder() + "/slice_0000.dcm") == "x");
  data::remove_leftovers(dir / "no such folder/scan.nii");
}

TEST_CASE("a leftover of a process of the same number is in nobody's way", "[atomic]") {
  const TempDir dir;
  // The counter of temporary names goes up by one with each.
  unsigned next = 0;
  {
    const data::AtomicFile probe(dir / "a", false);
    const std::string name = fs::path(probe.temporary()).stem().string();
    next = static_cast<unsigned>(std::stoul(name.substr(name.rfind('.') + 1))) + 1;
  }
  const std::string taken = dir / (".a." + std::to_string(::getpid()) + ".");
  put(taken + std::to_string(next) + ".tmp", "half");
  fs::create_directories(taken + std::to_string(next + 1) + ".tmp");
  put(taken + std::to_string(next + 1) + ".tmp/half", "half");
  data::AtomicFolder folder(dir / "a", "slice_", ".png", false);
  CHECK(fs::is_empty(folder.folder()));
}
