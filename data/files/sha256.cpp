#include "data/files/sha256.h"

#include <sha2.h>

#include <array>
#include <cstdint>
#include <fstream>

#include "nn/core/error.h"

namespace data {

struct Sha256::State {
  SHA2_CTX context;
};

Sha256::Sha256() : state_(std::make_unique<State>()) { SHA256Init(&state_->context); }
Sha256::~Sha256() = default;

void Sha256::update(const void* bytes, std::size_t count) {
  SHA256Update(&state_->context, static_cast<const std::uint8_t*>(bytes), count);
}

std::string Sha256::hex() {
  std::array<std::uint8_t, SHA256_DIGEST_LENGTH> digest{};
  SHA256Final(digest.data(), &state_->context);
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const std::uint8_t b : digest) {
    text += kDigits[b >> 4];
    text += kDigits[b & 15];
  }
  return text;
}

std::string sha256_of(const void* bytes, std::size_t count) {
  Sha256 hash;
  hash.update(bytes, count);
  return hash.hex();
}

std::string sha256_of_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  nn::require(file.good(), path, "cannot be opened", "a readable file");
  Sha256 hash;
  std::array<char, 1 << 16> buffer{};
  while (file) {
    file.read(buffer.data(), static_cast<std::streamsize>(buffer.size()));
    hash.update(buffer.data(), static_cast<std::size_t>(file.gcount()));
  }
  nn::require(file.eof(), path, "cannot be read", "a readable file");
  return hash.hex();
}

}  // namespace data
