// A request that is not met, with the status of its answer.
#pragma once

#include <string>

#include "nn/core/error.h"

namespace train::app {

/// Thrown by everything that answers a request. The page gets the parts of the error as JSON.
class Refused : public nn::Error {
 public:
  /// `code` names what users can cause: the page says that in its own language, by texts_es.ts.
  Refused(int status, const std::string& where, const std::string& got, const std::string& expected,
          const std::string& hint = "", const char* code = "")
      : nn::Error(nn::Fault::input, where, got, expected, hint), status_(status), code_(code) {}

  /// Of HTTP: 400 for what cannot be understood, 403 forbidden, 404 not there, 405 method, 409 not
  /// now, 413 too large, 415 another kind of content.
  int status() const { return status_; }
  /// Empty where the page shows the English words.
  const char* code() const { return code_; }

 private:
  int status_;
  const char* code_;
};

/// Throws Refused unless `ok`.
inline void allow(bool ok, int status, const std::string& where, const std::string& got,
                  const std::string& expected, const std::string& hint = "",
                  const char* code = "") {
  if (!ok) throw Refused(status, where, got, expected, hint, code);
}

}  // namespace train::app
