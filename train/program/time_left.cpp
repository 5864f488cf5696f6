#include "train/program/time_left.h"

#include <algorithm>

namespace train {
namespace {

/// More samples than this are thinned: every second one goes.
constexpr std::size_t kMostSamples = 512;

}  // namespace

TimeLeft::TimeLeft(std::vector<WorkPart> parts, std::uint64_t first) : parts_(std::move(parts)) {
  for (const WorkPart& p : parts_) total_ += p.units;
  enter(0, {0, std::min(first, total_)});
}

/// Goes to the part that holds unit `at.done`, and starts to measure it.
void TimeLeft::enter(std::size_t part, Sample at) {
  part_ = part;
  while (part_ + 1 < parts_.size() && at.done >= part_begin_ + parts_[part_].units) {
    part_begin_ += parts_[part_++].units;
  }
  samples_ = {at};
}

void TimeLeft::reach(double seconds, std::uint64_t done) {
  done = std::min(done, total_);
  if (parts_.empty() || done <= samples_.back().done) return;
  samples_.push_back({seconds, done});
  if (samples_.size() > kMostSamples) {
    std::size_t kept = 0;
    for (std::size_t i = 0; i < samples_.size(); i += 2) samples_[kept++] = samples_[i];
    samples_.resize(kept);
  }
  if (part_ + 1 == parts_.size() || done < part_begin_ + parts_[part_].units) return;
  last_cost_ = parts_[part_].cost;
  known_[last_cost_] = *measured();
  enter(part_, {seconds, done});
}

/// Seconds of a unit in the present part, over the later half of its time: what comes first, as
/// memory that is asked for, says little of what follows.
std::optional<double> TimeLeft::measured() const {
  if (samples_.size() < 2) return std::nullopt;
  const Sample& last = samples_.back();
  const double middle = (samples_.front().seconds + last.seconds) / 2;
  const auto after = std::find_if(samples_.begin() + 1, samples_.end() - 1,
                                  [&](const Sample& s) { return s.seconds > middle; });
  const Sample& from = *(after - 1);
  return (last.seconds - from.seconds) / static_cast<double>(last.done - from.done);
}

/// What a unit of this cost takes, where something was measured.
double TimeLeft::unit_seconds(double cost) const {
  const std::optional<double> now = measured();
  if (now && cost == parts_[part_].cost) return *now;
  if (const auto known = known_.find(cost); known != known_.end()) return known->second;
  if (now) return *now * cost / parts_[part_].cost;
  return known_.at(last_cost_) * cost / last_cost_;
}

std::optional<double> TimeLeft::seconds() const {
  if (parts_.empty() || (!measured() && known_.empty())) return std::nullopt;
  const std::uint64_t end = part_begin_ + parts_[part_].units;
  double sum = static_cast<double>(end - samples_.back().done) * unit_seconds(parts_[part_].cost);
  for (std::size_t p = part_ + 1; p < parts_.size(); ++p) {
    sum += static_cast<double>(parts_[p].units) * unit_seconds(parts_[p].cost);
  }
  return sum;
}

std::optional<double> TimeLeft::rate() const {
  if (parts_.empty() || (!measured() && known_.empty())) return std::nullopt;
  const double unit = measured() ? *measured() : known_.at(last_cost_);
  if (unit <= 0) return std::nullopt;
  return 1 / unit;
}

}  // namespace train
