// The training loop: from scans to RUN/model.safetensors.
//
// RUN holds config.json (what was asked for), losses.csv (a line each step), validation.csv and
// samples/ (before the first step, then after an epoch, or several short ones), live.html (the page
// of all this, while it runs), checkpoint.safetensors and, at the end or at a stop,
// model.safetensors with the plots losses.svg and validation.svg.
//
// Several ranks (nn/ranks/ranks.h) share each batch and take every step together. Rank 0 reads and
// writes all files and says what there is to say. The run is the same, by every bit, for any number
// of ranks; so another number may go on with it.
#pragma once

#include <atomic>
#include <optional>
#include <string>
#include <vector>

#include "data/io/read.h"
#include "train/fit/pix2pix_step.h"
#include "train/program/messages.h"
#include "train/recipe/recipe.h"

namespace train {

struct TrainOptions {
  std::vector<std::string> scans;
  std::string out;
  std::string from;  ///< model file whose generator training starts from; of the same recipe
  std::string expect_model;          ///< SHA-256 that `from` must have, or empty
  std::vector<std::string> command;  ///< command line, for the record alone
  Recipe recipe;
  std::uint64_t seed = 1234;
  data::ReadOptions read;  ///< of every scan
  // The length of the schedule: exactly one is used; without any, the recipe's epochs.
  std::optional<std::uint64_t> steps;
  std::optional<double> epochs;
  std::optional<double> minutes;
  std::optional<std::uint64_t> stop_at;           ///< saves and ends there; the schedule stays
  std::optional<std::uint64_t> checkpoint_every;  ///< steps; without it as often as samples
  std::uint64_t dump_batches = 0;  ///< writes the first batches to RUN/batches.safetensors
  bool resume = false;
  bool force = false;
  nn::Ranks* ranks = nullptr;               ///< null: this process alone
  Messages* messages = nullptr;             ///< null: nothing is said
  const std::atomic<bool>* stop = nullptr;  ///< becomes true on Ctrl-C
};

struct TrainResult {
  std::uint64_t steps = 0;  ///< done
  std::uint64_t total = 0;
  bool complete = false;
  double seconds = 0;
  StepLosses last;
  std::vector<std::string> to_look_at;  ///< pages, plots and pictures of the run that exist
};

/// To be called by all ranks, with equal options; scans and `from` may be missing where rank 0 is
/// not. Input error for more ranks than images in a batch. What readers warn of is said, and where
/// that is an error thrown, before anything is written.
TrainResult run_training(TrainOptions options);

/// What to say of a training whose length was fixed by a measured speed, for `minutes`, after
/// `elapsed` seconds and with an estimate of `left` more: empty while it is less than a quarter
/// late, before a tenth of the time, and for minutes of 0.
std::string slower_than_measured(double minutes, double elapsed, std::optional<double> left);

}  // namespace train
