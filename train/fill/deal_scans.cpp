#include "train/fill/deal_scans.h"

#include <nlohmann/json.hpp>

namespace train {
namespace {

// Letters to rank 0: {"free"}, {"heard", LINE}, {"ended", HOW, "signal"}, the last two with
// {"task"}. From rank 0: {"task", "scan", "series", "name"}, or {} when there are no more.

/// Paths may hold bytes that are no UTF-8, and must arrive as they are: binary.
std::string packed(const nlohmann::ordered_json& j) {
  const std::vector<std::uint8_t> bytes = nlohmann::ordered_json::to_cbor(j);
  return {bytes.begin(), bytes.end()};
}

nlohmann::ordered_json unpacked(const std::string& text) {
  return nlohmann::ordered_json::from_cbor(text);
}

}  // namespace

ScanDealer::ScanDealer(nn::Ranks& ranks, std::vector<ScanTask> tasks, const ChildWork& work)
    : ranks_(ranks), tasks_(std::move(tasks)), work_(work), working_(ranks.size() - 1) {}

std::optional<std::size_t> ScanDealer::next() {
  while (const auto letter = ranks_.receive()) answer(*letter);
  if (dealt_ == tasks_.size()) return std::nullopt;
  return dealt_++;
}

bool ScanDealer::over() {
  while (const auto letter = ranks_.receive()) answer(*letter);
  return dealt_ == tasks_.size() && away_ == 0 && working_ == 0;
}

void ScanDealer::answer(const nn::Ranks::Letter& letter) {
  const nlohmann::ordered_json j = unpacked(letter.text);
  if (j.contains("heard")) {
    work_.heard(j.at("task"), j.at("heard"));
  } else if (j.contains("ended")) {
    --away_;
    work_.ended(j.at("task"), j.at("ended"), j.at("signal"));
  } else if (dealt_ < tasks_.size()) {
    const ScanTask& t = tasks_[dealt_];
    ++away_;
    ranks_.send(
        letter.from,
        packed({{"task", dealt_++}, {"scan", t.scan}, {"series", t.series}, {"name", t.name}}));
  } else {
    --working_;
    ranks_.send(letter.from, packed(nlohmann::ordered_json::object()));
  }
}

std::optional<std::size_t> ScanTaker::next() {
  if (!asked_ && !over_) ranks_.send(0, packed({{"free", true}}));
  asked_ = true;
  const auto letter = ranks_.receive();
  if (!letter) return std::nullopt;
  asked_ = false;
  const nlohmann::ordered_json j = unpacked(letter->text);
  over_ = j.empty();
  if (over_) return std::nullopt;
  const std::size_t i = j.at("task");
  tasks_[i] = {j.at("scan"), j.at("series"), j.at("name")};
  return i;
}

void ScanTaker::heard(std::size_t i, const std::string& line) {
  ranks_.send(0, packed({{"task", i}, {"heard", line}}));
}

void ScanTaker::ended(std::size_t i, const std::string& how, int signal) {
  ranks_.send(0, packed({{"task", i}, {"ended", how}, {"signal", signal}}));
}

}  // namespace train
