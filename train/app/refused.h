// A request that is not met, with the status of its answer.
#pragma once

#include <string>

#include "nn/core/error.h"

namespace train::app {

/// Thrown by everything that answers a request. The page gets the parts of the error as JSON.
class Refused : public nn::Error {
 public:
  Refused(int status, const std::string& where, const std::string& got, const std::string& expected,
          const std::string& hint = "")
      : nn::Error(nn::Fault::input, where, got, expected, hint), status_(status) {}

  /// Of HTTP: 400 for what cannot be understood, 403 forbidden, 404 not there, 405 method, 409 not
  /// now, 413 too large, 415 another kind of content.
  int status() const { return status_; }

 private:
  int status_;
};

/// Throws Refused unless `ok`.
inline void allow(bool ok, int status, const std::string& where, const std::string& got,
                  const std::string& expected, const std::string& hint = "") {
  if (!ok) throw Refused(status, where, got, expected, hint);
}

}  // namespace train::app
