#include "train/fill/scan_list.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <set>

#include "data/io/write.h"
#include "nn/core/error.h"

namespace train {
namespace {

namespace fs = std::filesystem;

/// A task with what its name is made of.
struct Named {
  ScanTask task;
  std::string number;  ///< SeriesNumber, or the number in the listing; empty: of no series
};

std::string plain_path(const std::string& path) {
  std::string plain = fs::path(path).lexically_normal().string();
  while (plain.size() > 1 && plain.back() == '/') plain.pop_back();
  return plain;
}

/// Why no slices can be made for a series, or "".
std::string no_task(const data::DicomGroup& g, bool any_scan) {
  if (g.pictures) return "pictures, not HU";
  if (g.slices < 2) return "one slice";
  if (g.interpolated > 0 && !any_scan) return "slices that were interpolated before";
  return "";
}

/// The series of one source; `whole` itself where it has none.
std::vector<Named> series_of(const std::string& whole, const ScanSources& sources,
                             std::vector<std::string>& left_out) {
  const data::DicomListing listing = data::list_series(whole, sources.read);
  std::map<std::string, int> with_uid;
  for (const data::DicomGroup& g : listing.groups) ++with_uid[g.series_instance_uid];
  std::error_code error;
  const bool folder = fs::is_directory(whole, error);
  std::vector<Named> found;
  for (std::size_t i = 0; i < listing.groups.size(); ++i) {
    const data::DicomGroup& g = listing.groups[i];
    const std::string number = std::to_string(i + 1);
    if (const std::string why = no_task(g, sources.any_scan); !why.empty()) {
      left_out.push_back(std::string(whole)
                             .append(": series ")
                             .append(number)
                             .append(" was left out: ")
                             .append(why));
      continue;
    }
    // A UID says it best: numbers change when a series is added.
    const bool by_uid = !g.series_instance_uid.empty() && with_uid[g.series_instance_uid] == 1;
    const bool below = by_uid && folder && !g.folder.empty();
    found.push_back({{below ? plain_path(whole + "/" + g.folder) : whole,
                      by_uid ? g.series_instance_uid : number, ""},
                     g.series_number.empty() ? number : g.series_number});
  }
  // Nothing to make, or no DICOM: its own error, or its only scan.
  if (found.empty()) found.push_back({{whole, "", ""}, ""});
  return found;
}

/// The folders above a path, the last one first.
std::vector<std::string> folders_above(const std::string& path) {
  std::vector<std::string> names;
  for (fs::path p = fs::absolute(path).lexically_normal().parent_path(); p.has_relative_path();
       p = p.parent_path()) {
    names.push_back(p.filename().string());
  }
  return names;
}

/// Numbers of the tasks of equal names.
std::map<std::string, std::vector<std::size_t>> by_name(const std::vector<ScanTask>& tasks) {
  std::map<std::string, std::vector<std::size_t>> groups;
  for (std::size_t i = 0; i < tasks.size(); ++i) groups[tasks[i].name].push_back(i);
  return groups;
}

/// One more folder before the names of tasks that share theirs with a task of another folder. False
/// when there is none to add.
bool add_folders(std::vector<ScanTask>& tasks, std::vector<std::size_t>& used) {
  bool added = false;
  for (const auto& [name, members] : by_name(tasks)) {
    std::set<std::vector<std::string>> folders;
    for (const std::size_t i : members) folders.insert(folders_above(tasks[i].scan));
    if (folders.size() < 2) continue;
    for (const std::size_t i : members) {
      const std::vector<std::string> above = folders_above(tasks[i].scan);
      if (used[i] >= above.size()) continue;
      tasks[i].name.insert(0, above[used[i]++] + "_");
      added = true;
    }
  }
  return added;
}

void add_numbers(std::vector<ScanTask>& tasks) {
  const auto groups = by_name(tasks);
  std::set<std::string> taken;
  for (const auto& [name, members] : groups) taken.insert(name);
  for (const auto& [name, members] : groups) {
    int number = 2;
    for (std::size_t k = 1; k < members.size(); ++k) {
      std::string& own = tasks[members[k]].name;
      do own = name + "_" + std::to_string(number++);
      while (!taken.insert(own).second);
    }
  }
}

std::vector<std::string> paths_in(const ScanSources& sources) {
  std::vector<std::string> paths = sources.scans;
  if (sources.list.empty()) return paths;
  std::ifstream file;
  if (sources.list != "-") {
    file.open(sources.list);
    std::error_code error;
    nn::require(file.good() && !fs::is_directory(sources.list, error), sources.list,
                "cannot be read", "a file with the path of a scan in each line");
  }
  const auto more = lines_of_list(sources.list == "-" ? std::cin : file);
  paths.insert(paths.end(), more.begin(), more.end());
  return paths;
}

}  // namespace

std::vector<std::string> lines_of_list(std::istream& in) {
  constexpr char kBlanks[] = " \t\r\f\v";
  std::vector<std::string> paths;
  for (std::string line; std::getline(in, line);) {
    const std::size_t first = line.find_first_not_of(kBlanks);
    if (first == std::string::npos || line[first] == '#') continue;
    paths.push_back(line.substr(first, line.find_last_not_of(kBlanks) + 1 - first));
  }
  return paths;
}

void name_tasks(std::vector<ScanTask>& tasks, const std::vector<std::string>& numbers) {
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    std::string number = numbers[i];
    std::replace(number.begin(), number.end(), '/', '_');
    tasks[i].name = data::output_stem(tasks[i].scan) + (number.empty() ? "" : "_series" + number);
  }
  std::vector<std::size_t> used(tasks.size(), 0);
  while (add_folders(tasks, used)) continue;
  add_numbers(tasks);
}

ScanList scan_list(const ScanSources& sources) {
  nn::require(!sources.all_series || sources.read.series.empty(), "--all-series",
              "--series as well", "one of them");
  const std::vector<std::string> paths = paths_in(sources);
  nn::require(!paths.empty(), "interpolate", "no scan", "a scan, or a list of scans",
              "name scans, or a file that lists them: --list FILE");
  ScanList list;
  std::vector<Named> all;
  std::set<std::string> seen;
  for (const std::string& path : paths) {
    const std::string plain = plain_path(path);
    if (!seen.insert(plain).second) continue;
    if (!sources.all_series) {
      all.push_back({{plain, "", ""}, ""});
      continue;
    }
    for (Named& n : series_of(plain, sources, list.left_out)) all.push_back(std::move(n));
  }
  const auto key = [](const Named& n) { return std::pair(n.task.scan, n.task.series); };
  std::sort(all.begin(), all.end(),
            [&](const Named& a, const Named& b) { return key(a) < key(b); });
  all.erase(std::unique(all.begin(), all.end(),
                        [&](const Named& a, const Named& b) { return key(a) == key(b); }),
            all.end());
  std::vector<std::string> numbers;
  for (const Named& n : all) {
    list.tasks.push_back(n.task);
    numbers.push_back(n.number);
  }
  name_tasks(list.tasks, numbers);
  return list;
}

Part part_of_text(const std::string& text) {
  const auto number = [](const std::string& t) -> std::size_t {
    constexpr std::size_t kMostDigits = 9;
    const bool digits = !t.empty() && t.size() <= kMostDigits &&
                        t.find_first_not_of("0123456789") == std::string::npos;
    return digits ? std::stoul(t) : 0;
  };
  const std::size_t slash = text.find('/');
  Part part{0, 0};
  if (slash != std::string::npos)
    part = {number(text.substr(0, slash)), number(text.substr(slash + 1))};
  nn::require(part.index >= 1 && part.index <= part.count, "--part", "'" + text + "'",
              "which part of how many, from 1/8 to 8/8 for instance");
  return part;
}

std::vector<ScanTask> part_of(const std::vector<ScanTask>& tasks, const Part& part) {
  std::vector<ScanTask> own;
  for (std::size_t i = part.index - 1; i < tasks.size(); i += part.count) own.push_back(tasks[i]);
  return own;
}

}  // namespace train
