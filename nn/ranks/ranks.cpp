#include "nn/ranks/ranks.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <thread>

namespace nn {
namespace {

constexpr int kSpreadTag = 0;
/// Largest message: its length must fit into the int of MPI.
constexpr std::size_t kMostBytes = std::size_t{1} << 26;

/// In a binomial tree: every rank that has the bytes sends them on.
void spread_part(Ranks& ranks, std::span<std::byte> bytes) {
  const int rank = ranks.rank();
  int above = 1;  // the rank that it comes from is this many below
  while (rank % (2 * above) == 0 && above < ranks.size()) above *= 2;
  if (rank > 0) {
    const auto from = ranks.exchange(rank - above, kSpreadTag, {}, bytes);
    wait_until([&] { return from->done(); });
  }
  for (int below = above / 2; below > 0; below /= 2) {
    if (rank + below >= ranks.size()) continue;
    const auto to = ranks.exchange(rank + below, kSpreadTag, bytes, {});
    wait_until([&] { return to->done(); });
  }
}

}  // namespace

void wait_until(const std::function<bool()>& ready) {
  using Clock = std::chrono::steady_clock;
  constexpr int kBusy = 200;
  for (int i = 0; i < kBusy; ++i) {
    if (ready()) return;
  }
  const auto start = Clock::now();
  while (!ready()) {
    if (Clock::now() - start < std::chrono::milliseconds(2)) {
      std::this_thread::yield();
    } else {
      std::this_thread::sleep_for(std::chrono::microseconds(50));
    }
  }
}

void spread(Ranks& ranks, std::span<std::byte> bytes) {
  for (std::size_t first = 0; first < bytes.size(); first += kMostBytes) {
    spread_part(ranks, bytes.subspan(first, std::min(kMostBytes, bytes.size() - first)));
  }
}

void spread(Ranks& ranks, std::span<real> values) { spread(ranks, std::as_writable_bytes(values)); }

void spread(Ranks& ranks, std::string& text) {
  std::array<std::size_t, 1> length{text.size()};
  spread(ranks, std::as_writable_bytes(std::span(length)));
  text.resize(length[0]);
  spread(ranks, std::as_writable_bytes(std::span(text)));
}

}  // namespace nn
