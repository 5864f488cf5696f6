// parallel_for leaves its thread flushing denormals to zero (nn/core/parallel.h). A test about
// denormals works in the standard's mode while one of these lives: arithmetic, and comparisons too,
// for which a denormal would otherwise equal zero.
#pragma once

#include <cfenv>

namespace nn::testing {

class IeeeMode {
 public:
  IeeeMode() {
    std::fegetenv(&before_);
    std::fesetenv(FE_DFL_ENV);
  }
  ~IeeeMode() { std::fesetenv(&before_); }
  IeeeMode(const IeeeMode&) = delete;
  IeeeMode& operator=(const IeeeMode&) = delete;

 private:
  std::fenv_t before_{};
};

}  // namespace nn::testing
