// The server of `ct2ct app`: HTTP by cpp-httplib, on this computer's own address alone. Every
// request goes through the guard; what it may do is the list in server.cpp.
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "train/app/jobs.h"
#include "train/app/places.h"
#include "train/app/scans.h"

namespace train::app {

class Server {
 public:
  /// Listens on 127.0.0.1 from now on; `port` 0: any that is free. Input error for one that is not.
  Server(int port, const Places& places, Scans& scans, Jobs& jobs);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// With the token, for the first visit.
  std::string address() const;
  /// Answers requests until stop().
  void serve();
  /// False, and nothing is done, as long as serve() does not listen.
  bool stop();

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

/// The page as tools/web builds it. page.cpp
std::string app_page();

}  // namespace train::app
