#include "train/fit/live.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>

#include "data/files/atomic_file.h"
#include "nn/core/error.h"
#include "train/report/loss_curve.h"

namespace train {
namespace {

namespace fs = std::filesystem;
using Seconds = std::chrono::duration<double>;

constexpr double kLeastSeconds = 2;
constexpr double kShare = 200;  // of the time that goes by, one part in so many goes into the page

/// The sheets in the folder, in the order of epochs.
std::vector<SampleFile> samples_in(const RunFolder& folder, std::uint64_t steps_per_epoch) {
  std::vector<SampleFile> files;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(folder.file("samples"), none)) {
    const std::string name = entry.path().filename().string();
    unsigned long long epoch = 0;
    int end = 0;
    // NOLINTNEXTLINE(cert-err34-c): names that are no sheets are left out
    const bool ours = std::sscanf(name.c_str(), "epoch_%llu.png%n", &epoch, &end) == 1 &&
                      static_cast<std::size_t>(end) == name.size();
    if (ours) files.push_back({"samples/" + name, epoch, epoch * steps_per_epoch});
  }
  std::sort(files.begin(), files.end(),
            [](const SampleFile& a, const SampleFile& b) { return a.epoch < b.epoch; });
  return files;
}

std::int64_t now_ms() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

}  // namespace

LivePage::LivePage(const RunFolder& folder, const RunConfig& config, std::vector<FreeScore> free)
    : folder_(folder), steps_per_epoch_(config.steps_per_epoch) {
  run_.recipe = config.recipe.name;
  run_.total = config.total;
  run_.free = std::move(free);
}

LivePage::~LivePage() {
  if (!ended_) write(RunState::failed);
}

void LivePage::show(std::uint64_t step, std::optional<double> left) {
  run_.step = step;
  run_.left = left;
  if (Clock::now() >= next_) write(RunState::running);
}

void LivePage::end(std::uint64_t step) {
  run_.step = step;
  run_.left.reset();
  ended_ = true;
  write(step == run_.total ? RunState::finished : RunState::stopped);
}

/// The page is for a person who watches: where it cannot be written, the training goes on.
void LivePage::write(RunState state) {
  const auto begin = Clock::now();
  run_.state = state;
  run_.written = now_ms();
  run_.epoch = (run_.step + steps_per_epoch_ - 1) / steps_per_epoch_;
  run_.elapsed = Seconds(begin - start_).count();
  run_.losses = loss_series(folder_.file("losses.csv"));
  run_.validation = validation_series(folder_.file("validation.csv"));
  run_.samples = samples_in(folder_, steps_per_epoch_);
  for (SampleFile& s : run_.samples) s.step = std::min(s.step, run_.total);
  // A long step, a look at samples or a checkpoint may come between, as it did before.
  run_.next = std::max({kLeastSeconds, run_.next, Seconds(begin - last_).count()});
  last_ = begin;
  try {
    const std::string page = to_live_html(run_);
    data::write_file(folder_.file("live.html"), page.data(), page.size(), /*force=*/true);
  } catch (const std::exception&) {  // NOLINT(bugprone-empty-catch)
  }
  const Seconds cost = Clock::now() - begin;
  const Seconds wait(std::max(kLeastSeconds, kShare * cost.count()));
  next_ = begin + std::chrono::duration_cast<Clock::duration>(wait);
}

}  // namespace train
