#include "train/app/http_threads.h"

#include <chrono>
#include <system_error>

namespace train::app {
namespace {

constexpr std::chrono::seconds kIdle{20};

}  // namespace

HttpThreads::Taken HttpThreads::enqueue(std::function<void()> task) {
  {
    const std::lock_guard lock(mutex_);
    join_ended();
    tasks_.push_back(std::move(task));
    if (idle_ < tasks_.size() && threads_.size() < kMostThreads) {
      threads_.emplace_back();
      const auto self = std::prev(threads_.end());
      try {
        *self = std::thread([this, self] { work(self); });
      } catch (const std::system_error&) {
        threads_.erase(self);  // the task waits for another thread
      }
    }
  }
  wake_.notify_one();
  return Taken(true);
}

void HttpThreads::join_ended() {
  for (std::thread& t : ended_) t.join();
  ended_.clear();
}

void HttpThreads::work(std::list<std::thread>::iterator self) {
  std::unique_lock lock(mutex_);
  while (true) {
    ++idle_;
    const bool something =
        wake_.wait_for(lock, kIdle, [&] { return stopping_ || !tasks_.empty(); });
    --idle_;
    if (!tasks_.empty()) {
      const std::function<void()> task = std::move(tasks_.front());
      tasks_.pop_front();
      lock.unlock();
      task();
      lock.lock();
      continue;
    }
    if (something) return;  // stopping: shutdown() joins it
    ended_.splice(ended_.end(), threads_, self);
    return;
  }
}

void HttpThreads::shutdown() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  // No other thread changes the lists now: those that end by themselves see `stopping_` first.
  for (std::list<std::thread>* list : {&threads_, &ended_}) {
    for (std::thread& t : *list) {
      if (t.joinable()) t.join();
    }
  }
}

}  // namespace train::app
