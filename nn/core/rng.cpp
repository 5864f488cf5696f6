#include "nn/core/rng.h"

#include <cmath>

#include "nn/core/math.h"

namespace nn {

std::array<std::uint32_t, 4> philox4x32_10(std::array<std::uint32_t, 4> c,
                                           std::array<std::uint32_t, 2> k) {
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t p0 = std::uint64_t{0xD2511F53} * c[0];
    const std::uint64_t p1 = std::uint64_t{0xCD9E8D57} * c[2];
    c = {static_cast<std::uint32_t>(p1 >> 32) ^ c[1] ^ k[0], static_cast<std::uint32_t>(p1),
         static_cast<std::uint32_t>(p0 >> 32) ^ c[3] ^ k[1], static_cast<std::uint32_t>(p0)};
    k[0] += 0x9E3779B9;  // golden ratio
    k[1] += 0xBB67AE85;  // sqrt(3) - 1
  }
  return c;
}

Rng::Rng(std::uint64_t seed, Purpose purpose, std::uint32_t a, std::uint32_t b)
    : key_{static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)},
      purpose_(static_cast<std::uint32_t>(purpose)),
      a_(a),
      b_(b) {}

std::uint32_t Rng::bits_at(std::uint64_t i) const {
  return philox4x32_10({static_cast<std::uint32_t>(i / 4), b_, a_, purpose_}, key_)[i % 4];
}

std::uint32_t Rng::bits() {
  const auto lane = static_cast<std::size_t>(position_ % 4);
  if (lane == 0) {
    block_ = philox4x32_10({static_cast<std::uint32_t>(position_ / 4), b_, a_, purpose_}, key_);
  }
  ++position_;
  return block_[lane];
}

double Rng::uniform() {
  const std::uint64_t high = bits() >> 6;  // 26 bits
  const std::uint64_t low = bits() >> 5;   // 27 bits
  return static_cast<double>((high << 27) | low) * 0x1.0p-53;
}

std::uint32_t Rng::below(std::uint32_t n) {
  std::uint64_t product = std::uint64_t{bits()} * n;
  auto low = static_cast<std::uint32_t>(product);
  if (low < n) {
    const std::uint32_t threshold = (0U - n) % n;
    while (low < threshold) {
      product = std::uint64_t{bits()} * n;
      low = static_cast<std::uint32_t>(product);
    }
  }
  return static_cast<std::uint32_t>(product >> 32);
}

double Rng::normal() {
  const double u = 1.0 - uniform();  // (0, 1], so that the logarithm is finite
  const double v = uniform();
  return std::sqrt(-2.0 * math::log(u)) * math::cos(2.0 * math::kPi * v);
}

}  // namespace nn
