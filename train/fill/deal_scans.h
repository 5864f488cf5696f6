// Many scans over several ranks (nn/ranks/ranks.h). Rank 0 has the list and deals out its scans:
// each rank, rank 0 among them, gets the next one when it is free. Each scan is still made by a
// child process of its rank (child_processes.h), so a scan that crashes its reader costs no rank.
// What children say comes to rank 0, whichever rank they belong to.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "nn/ranks/ranks.h"
#include "train/fill/child_processes.h"
#include "train/fill/scan_list.h"

namespace train {

/// On rank 0: `work` hears of the scans of all ranks.
class ScanDealer final : public TaskSource {
 public:
  ScanDealer(nn::Ranks& ranks, std::vector<ScanTask> tasks, const ChildWork& work);

  std::optional<std::size_t> next() override;
  bool over() override;
  bool watches() const override { return true; }

 private:
  void answer(const nn::Ranks::Letter& letter);

  nn::Ranks& ranks_;
  std::vector<ScanTask> tasks_;
  const ChildWork& work_;
  std::size_t dealt_ = 0;
  std::size_t away_ = 0;  ///< scans that other ranks are at
  int working_;           ///< ranks that were not yet told that there are no more
};

/// On the others: makes what rank 0 deals.
class ScanTaker final : public TaskSource {
 public:
  explicit ScanTaker(nn::Ranks& ranks) : ranks_(ranks) {}

  std::optional<std::size_t> next() override;
  bool over() override { return over_; }
  bool watches() const override { return true; }

  /// A scan that was dealt.
  const ScanTask& task(std::size_t i) const { return tasks_.at(i); }
  /// What a child said and how it ended, to rank 0.
  void heard(std::size_t i, const std::string& line);
  void ended(std::size_t i, const std::string& how, int signal);

 private:
  nn::Ranks& ranks_;
  std::map<std::size_t, ScanTask> tasks_;
  bool asked_ = false;
  bool over_ = false;
};

}  // namespace train
