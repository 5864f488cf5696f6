#include "nn/core/rng.h"

#include <cmath>

#include "nn/core/math.h"

namespace nn {

std::array<std::uint32_t, 4> philox4x32_10(std::array<std::uint32_t, 4> c,
                                           std::array<std::uint32_t, 2> k) {
  std::uint32_t block[4] = {c[0], c[1], c[2], c[3]};
  elementary::Philox::block(block, k[0], k[1]);
  return {block[0], block[1], block[2], block[3]};
}

Rng::Rng(std::uint64_t seed, Purpose purpose, std::uint32_t a, std::uint32_t b)
    : stream_{{static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)},
              a,
              b,
              static_cast<std::uint32_t>(purpose)} {}

std::uint32_t Rng::bits() {
  const auto lane = static_cast<std::size_t>(position_ % 4);
  if (lane == 0) {
    block_ = philox4x32_10(
        {static_cast<std::uint32_t>(position_ / 4), stream_.b, stream_.a, stream_.purpose},
        {stream_.key[0], stream_.key[1]});
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
