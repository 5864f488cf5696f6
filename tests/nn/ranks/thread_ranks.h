// Ranks that are threads of one process: what a training over several processes computes, without
// MPI.
#pragma once

#include <algorithm>
#include <cstring>
#include <exception>
#include <map>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <tuple>
#include <vector>

#include "nn/core/parallel.h"
#include "nn/ranks/ranks.h"

namespace ct2ct_test {

class ThreadRanks final : public nn::Ranks {
 public:
  using Bytes = std::vector<std::byte>;

  /// What is on its way between all ranks.
  struct Mail {
    std::mutex mutex;
    std::map<std::tuple<int, int, int>, std::vector<Bytes>> messages;  // by from, to, tag
    std::map<std::tuple<int, int, int>, std::size_t> awaited;          // how many, by the same
    std::map<int, std::vector<Letter>> letters;                        // to
  };

  ThreadRanks(Mail& mail, int rank, int size) : mail_(mail), rank_(rank), size_(size) {}
  int rank() const override { return rank_; }
  int size() const override { return size_; }

  std::unique_ptr<Transfer> exchange(int other, int tag, std::span<const std::byte> out,
                                     std::span<std::byte> in) override {
    if (!out.empty()) {
      const std::lock_guard lock(mail_.mutex);
      mail_.messages[{rank_, other, tag}].emplace_back(out.begin(), out.end());
    }
    return std::make_unique<Arrives>(mail_, std::tuple(other, rank_, tag), in);
  }

  void send(int to, const std::string& text) override {
    const std::lock_guard lock(mail_.mutex);
    mail_.letters[to].push_back({rank_, text});
  }
  std::optional<Letter> receive() override {
    const std::lock_guard lock(mail_.mutex);
    std::vector<Letter>& mine = mail_.letters[rank_];
    if (mine.empty()) return std::nullopt;
    const Letter first = mine.front();
    mine.erase(mine.begin());
    return first;
  }

 private:
  class Arrives final : public Transfer {
   public:
    Arrives(Mail& mail, std::tuple<int, int, int> what, std::span<std::byte> in)
        : mail_(mail), what_(what), in_(in) {
      if (in_.empty()) return;
      const std::lock_guard lock(mail_.mutex);
      number_ = mail_.awaited[what_]++;
    }
    bool done() override {
      if (in_.empty()) return true;
      const std::lock_guard lock(mail_.mutex);
      const std::vector<Bytes>& there = mail_.messages[what_];
      if (there.size() <= number_) return false;
      const Bytes& message = there[number_];
      if (message.size() != in_.size()) throw std::runtime_error("a message of another size");
      std::copy(message.begin(), message.end(), in_.begin());
      return true;
    }

   private:
    Mail& mail_;
    std::tuple<int, int, int> what_;
    std::span<std::byte> in_;
    std::size_t number_ = 0;  // as MPI: the n-th that is awaited gets the n-th that is sent
  };

  Mail& mail_;
  int rank_;
  int size_;
};

/// Calls body(ranks) on `size` threads, one for each rank; throws what one of them throws.
template <class Body>
void on_ranks(int size, const Body& body) {
  ThreadRanks::Mail mail;
  std::vector<std::exception_ptr> errors(static_cast<std::size_t>(size));
  std::vector<std::thread> threads;
  for (int rank = 0; rank < size; ++rank) {
    threads.emplace_back([&, rank] {
      const nn::WorkMode mode(1);
      try {
        ThreadRanks ranks(mail, rank, size);
        body(ranks);
      } catch (...) {
        errors[static_cast<std::size_t>(rank)] = std::current_exception();
      }
    });
  }
  for (std::thread& t : threads) t.join();
  for (const auto& e : errors) {
    if (e) std::rethrow_exception(e);
  }
}

}  // namespace ct2ct_test
