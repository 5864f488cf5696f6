#include "train/app/app.h"

#include <pthread.h>

#include <atomic>
#include <csignal>
#include <ctime>
#include <thread>

#include "nn/core/error.h"
#include "train/app/jobs.h"
#include "train/app/open_once.h"
#include "train/app/places.h"
#include "train/app/scans.h"
#include "train/app/server.h"

namespace train {
namespace {

/// SIGINT and SIGTERM, taken by a thread that stops the server. All other threads, which begin
/// later, do not see them.
class Signals {
 public:
  Signals() {
    sigemptyset(&watched_);
    sigaddset(&watched_, SIGINT);
    sigaddset(&watched_, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &watched_, nullptr);
  }
  ~Signals() {
    over_ = true;
    if (thread_.joinable()) thread_.join();
  }
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  void stop_by_them(app::Server& server) {
    thread_ = std::thread([this, &server] {
      constexpr timespec kWait{0, 200'000'000};
      bool asked = false;  // perhaps before the server listens
      while (!over_ && !(asked && server.stop()))
        if (sigtimedwait(&watched_, nullptr, &kWait) > 0) asked = true;
    });
  }

 private:
  sigset_t watched_{};
  std::atomic<bool> over_{false};
  std::thread thread_;
};

}  // namespace

bool has_app() { return true; }

void run_app(const AppOptions& o,
             const std::function<void(const std::string& address, bool already)>& say) {
  const app::Places places(o.folders);
  const std::string state = app::state_folder(o.state);
  app::StateLock lock(state);
  if (!lock.held()) {
    const std::string address = lock.other_address();
    nn::require(!address.empty(), state, "in use by a program that does not answer",
                "one server for each folder", "end it, or give another --state DIR");
    say(address, true);
    if (o.browser) app::show_in_browser(address);
    return;
  }
  Signals signals;
  app::Scans scans(state);
  app::Jobs jobs(state, places, scans);
  app::Server server(o.port, places, scans, jobs);
  jobs.start();
  scans.remove_old_drops(jobs.scans_in_use());
  lock.put_address(server.address());
  signals.stop_by_them(server);
  say(server.address(), false);
  if (o.browser) app::show_in_browser(server.address());
  server.serve();
  jobs.stop();
  app::remove_shown();
}

}  // namespace train
