// Runs a test on a backend of its choice and puts the one before back, whatever the test throws.
#pragma once

#include <string>

#include "nn/backend/backend.h"

namespace nn::testing {

class BackendGuard {
 public:
  explicit BackendGuard(const std::string& name) : before_(backend().name()) {
    set_backend(make_backend(name));
  }
  ~BackendGuard() { set_backend(make_backend(before_)); }
  BackendGuard(const BackendGuard&) = delete;
  BackendGuard& operator=(const BackendGuard&) = delete;

 private:
  std::string before_;
};

}  // namespace nn::testing
