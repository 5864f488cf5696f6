// Which scans a run of many makes, in which order, and what their outputs are called. Equal inputs
// in any order give an equal list; that is what lets parts of it run on several machines at once.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "data/io/read.h"

namespace train {

struct ScanTask {
  std::string scan;    ///< as data::read_volume() takes it
  std::string series;  ///< for ReadOptions::series; empty: not said
  /// What its outputs are called, without suffix and ending. No two of a list have the same.
  std::string name;
};

/// What the user names. An error of the user's in it is an input error.
struct ScanSources {
  std::vector<std::string> scans = {};
  /// A file with the path of a scan in each line, or "-" for standard input; empty: none. Blank
  /// lines and lines that begin with '#' are left out, and so are blanks around a path.
  std::string list = {};
  /// Folders and zips of DICOM stand for each of their series that more slices can be made for.
  bool all_series = false;
  bool any_scan = false;  ///< with all_series: those that hold interpolated slices, too
  data::ReadOptions read = {};
};

struct ScanList {
  /// Ordered by path and series, each once.
  std::vector<ScanTask> tasks;
  std::vector<std::string> left_out;  ///< series that are no task, one line each, with the reason
};

/// Scans that cannot be read are tasks, which will fail. Input error for no scan at all, for a list
/// that cannot be read, and for `all_series` with ReadOptions::series.
ScanList scan_list(const ScanSources& sources);

/// The paths in a list.
std::vector<std::string> lines_of_list(std::istream& in);

/// Gives each task its name: data::output_stem() of its path, and "_series" with the SeriesNumber
/// where `numbers` (one a task) has one. Where names are equal, the folders above come before them,
/// as many as tell them apart; what these cannot tell apart gets a number. Tasks must be in the
/// order of scan_list().
void name_tasks(std::vector<ScanTask>& tasks, const std::vector<std::string>& numbers);

/// Part `index` of `count`, from 1.
struct Part {
  std::size_t index = 1;
  std::size_t count = 1;
};

/// "2/8". Input error for anything else, and for 0/8 and 9/8.
Part part_of_text(const std::string& text);

/// Every count-th task, the first being the index-th: a list's parts are disjoint, and together
/// they are the list.
std::vector<ScanTask> part_of(const std::vector<ScanTask>& tasks, const Part& part);

}  // namespace train
