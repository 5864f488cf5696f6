// live.html: a training while it runs, as a page that loads itself again.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "data/draw/plot.h"

namespace train {

enum class RunState { running, finished, stopped, failed };

/// PSNR of a method that needs no network on the validation slices, dB.
struct FreeScore {
  std::string method;  ///< of kMethods
  double psnr = 0;
};

/// A sheet of samples, by its file's name from the page's folder.
struct SampleFile {
  std::string file;
  std::uint64_t epoch = 0;
  std::uint64_t step = 0;
};

struct LiveRun {
  std::string recipe;
  RunState state = RunState::running;
  std::int64_t written = 0;  ///< when, ms since 1970
  double next = 0;           ///< seconds until the page is written again, at most
  std::uint64_t step = 0;    ///< done
  std::uint64_t total = 0;
  std::uint64_t epoch = 0;
  double elapsed = 0;                    ///< seconds of this program's training
  std::optional<double> left;            ///< seconds
  std::vector<data::Series> losses;      ///< loss_series()
  std::vector<data::Series> validation;  ///< validation_series()
  std::vector<FreeScore> free;           ///< empty where there is no scan
  std::vector<SampleFile> samples;       ///< in the order of steps
};

/// One page, whose script names nothing but the files of samples beside it.
std::string to_live_html(const LiveRun& run);

}  // namespace train
