// Threads for connections. A connection that sends nothing holds one until its time is over, so
// there are many, made when they are needed and ended when they have had nothing to do for a while.
#pragma once

#include <httplib.h>

#include <condition_variable>
#include <deque>
#include <functional>
#include <list>
#include <mutex>
#include <thread>
#include <utility>

namespace train::app {

/// More connections wait until a thread is free.
inline constexpr std::size_t kMostThreads = 400;

class HttpThreads : public httplib::TaskQueue {
 public:
  /// Newer versions of the library want to know whether a task was taken, older ones do not.
  using Taken = decltype(std::declval<httplib::TaskQueue&>().enqueue(std::function<void()>()));

  Taken enqueue(std::function<void()> task) override;
  void shutdown() override;

 private:
  void work(std::list<std::thread>::iterator self);
  void join_ended();

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> tasks_;
  std::list<std::thread> threads_, ended_;
  std::size_t idle_ = 0;
  bool stopping_ = false;
};

}  // namespace train::app
