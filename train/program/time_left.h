// How long work will take from now on, estimated from how it went so far. No clock: the caller says
// what time it is, so that tests can.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

namespace train {

/// Units of work of one kind that follow each other.
struct WorkPart {
  std::uint64_t units = 0;
  /// How long one unit takes, compared with units of other parts: a rough guess, which is used
  /// until a part of this cost was measured. Parts of one kind have the same cost.
  double cost = 1;
};

class TimeLeft {
 public:
  /// The work, part by part in order. Units before `first` were done by an earlier run.
  explicit TimeLeft(std::vector<WorkPart> parts, std::uint64_t first = 0);

  /// `done` units, those of earlier runs included, are done at `seconds` since the work began.
  void reach(double seconds, std::uint64_t done);

  std::uint64_t total() const { return total_; }
  /// For what is left; none before the first unit of this run.
  std::optional<double> seconds() const;
  /// Units a second at present; none before the first unit of this run.
  std::optional<double> rate() const;

 private:
  struct Sample {
    double seconds;
    std::uint64_t done;
  };

  void enter(std::size_t part, Sample at);
  std::optional<double> measured() const;
  double unit_seconds(double cost) const;

  std::vector<WorkPart> parts_;
  std::uint64_t total_ = 0;
  std::size_t part_ = 0;
  std::uint64_t part_begin_ = 0;    ///< the first unit of the present part
  std::vector<Sample> samples_;     ///< of the present part, its begin first
  std::map<double, double> known_;  ///< by cost: seconds of a unit, of parts that have ended
  double last_cost_ = 0;            ///< of the last part that was measured; 0: none
};

}  // namespace train
