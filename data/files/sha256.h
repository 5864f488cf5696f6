// SHA-256 (FIPS 180-4) of scans and files, by libmd. For naming data, not for secrets.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

namespace data {

class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;

  void update(const void* bytes, std::size_t count);
  /// 64 lower-case hexadecimal digits; ends the computation.
  std::string hex();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

std::string sha256_of(const void* bytes, std::size_t count);

/// Throws an input error when the file cannot be read.
std::string sha256_of_file(const std::string& path);

}  // namespace data
