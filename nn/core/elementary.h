// The elementary functions and random numbers of kernels, for the CPU and a GPU: +, -, *, / and bit
// operations only, so that every processor gives the same bits. nn/core/math.h and nn/core/rng.h
// are these functions under the names that the rest of the project uses.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>

#include "nn/core/host_device.h"

namespace nn::elementary {

// ln 2 in two parts (Cody & Waite 1980): the leading part has trailing zero bits, so that a small
// integer times it is exact.
constexpr double kLn2High = 0x1.62e42feep-1;
constexpr double kLn2Low = 0x1.a39ef35793c76p-33;

NN_HOST_DEVICE inline std::uint64_t bits_of(double x) {
  std::uint64_t bits = 0;
  std::memcpy(&bits, &x, sizeof bits);
  return bits;
}
NN_HOST_DEVICE inline double double_of(std::uint64_t bits) {
  double x = 0;
  std::memcpy(&x, &bits, sizeof x);
  return x;
}

/// x * 2^n for n in [-1022, 1023].
NN_HOST_DEVICE inline double scale(double x, int n) {
  return x * double_of(static_cast<std::uint64_t>(n + 1023) << 52);
}

/// 1/k! for k = 0..19, each the nearest double.
struct InverseFactorials {
  double of[20] = {};
  NN_HOST_DEVICE constexpr InverseFactorials() {
    double factorial = 1;  // exact up to 22!
    for (int k = 0; k < 20; ++k) {
      if (k > 0) factorial *= k;
      of[k] = 1 / factorial;
    }
  }
};

/// e^r - 1 for |r| <= 0.35: Taylor series up to r^14/14!, remainder under 1e-18.
NN_HOST_DEVICE inline double expm1_small(double r) {
  constexpr InverseFactorials kInverse;
  double sum = 0;
  NN_UNROLL
  for (int k = 14; k >= 1; --k) sum = sum * r + kInverse.of[k];
  return sum * r;
}

/// e^x, within 2 units in the last place; 0 below -745, infinity above 709.78.
NN_HOST_DEVICE inline double exp(double x) {
  constexpr double kShift = 0x1.8p52;  // adding it rounds to a whole number, ties to even
  if (x != x) return x;
  if (x > 709.78) return HUGE_VAL;
  if (x < -745) return 0;
  const double n = (x * (1 / (kLn2High + kLn2Low)) + kShift) - kShift;
  const double r = (x - n * kLn2High) - n * kLn2Low;
  const double y = 1 + expm1_small(r);
  const int k = static_cast<int>(n);
  // In two steps, because 2^k itself may be no normal number (k = 1024, or below -1022).
  return scale(scale(y, k / 2), k - k / 2);
}

/// Natural logarithm of 2^e times a positive normal number, within 2 ulp.
NN_HOST_DEVICE inline double log_of_normal(double x, int e = 0) {
  const std::uint64_t bits = bits_of(x);
  e += static_cast<int>(bits >> 52) - 1023;
  double m = double_of((bits & 0xFFFFFFFFFFFFFULL) | (1023ULL << 52));  // [1, 2)
  if (m > 1.4142135623730951) {
    m *= 0.5;
    ++e;
  }
  // log m = 2 artanh(s), s = (m - 1)/(m + 1), |s| <= 0.1716: odd series up to s^25.
  const double f = m - 1;
  const double s = f / (m + 1);
  const double z = s * s;
  double sum = 0;
  for (int k = 12; k >= 1; --k) sum = sum * z + 1.0 / (2 * k + 1);
  const double tail = 2 * s * (z * sum);
  const double n = e;
  return n * kLn2High + (2 * s + (tail + n * kLn2Low));
}

/// log(1 + x) for x >= 0, accurate for small x (Kahan's correction).
NN_HOST_DEVICE inline double log1p(double x) {
  const double u = 1 + x;
  if (u == 1) return x;
  if (u != u || u == HUGE_VAL) return u;
  return log_of_normal(u) * (x / (u - 1));
}

/// Within 4 ulp. It has no branches and no calls, so the compiler can vectorise a loop over an
/// image.
NN_HOST_DEVICE inline double tanh(double x) {
  constexpr double kShift = 0x1.8p52;  // adding it rounds to a whole number
  const double magnitude = fabs(x);
  const double a = 22.0 < magnitude ? 22.0 : magnitude;  // tanh(22) rounds to 1
  const double whole = -2 * a * (1 / (kLn2High + kLn2Low)) + kShift;
  const double n = whole - kShift;
  const double r = (-2 * a - n * kLn2High) - n * kLn2Low;
  // 2^n: the last bits of `whole` hold n, and a double's exponent begins at bit 52.
  const double scale = double_of((bits_of(whole) + 1023) << 52);
  const double e = scale * expm1_small(r) + (scale - 1);  // e^(-2a) - 1
  return copysign(e / (e + 2), x);
}

NN_HOST_DEVICE inline float exp(float x) { return static_cast<float>(exp(static_cast<double>(x))); }
NN_HOST_DEVICE inline float log1p(float x) {
  return static_cast<float>(log1p(static_cast<double>(x)));
}
NN_HOST_DEVICE inline float tanh(float x) {
  return static_cast<float>(tanh(static_cast<double>(x)));
}

/// A stream of random numbers by Philox4x32-10 (nn/core/rng.h), as plain numbers.
struct Philox {
  std::uint32_t key[2];
  std::uint32_t a, b, purpose;

  /// One block: 128 random bits for a 128-bit counter `c`, in place of it.
  NN_HOST_DEVICE static void block(std::uint32_t (&c)[4], std::uint32_t k0, std::uint32_t k1) {
    for (int round = 0; round < 10; ++round) {
      const std::uint64_t p0 = std::uint64_t{0xD2511F53} * c[0];
      const std::uint64_t p1 = std::uint64_t{0xCD9E8D57} * c[2];
      const std::uint32_t c1 = c[1];
      const std::uint32_t c3 = c[3];
      c[0] = static_cast<std::uint32_t>(p1 >> 32) ^ c1 ^ k0;
      c[1] = static_cast<std::uint32_t>(p1);
      c[2] = static_cast<std::uint32_t>(p0 >> 32) ^ c3 ^ k1;
      c[3] = static_cast<std::uint32_t>(p0);
      k0 += 0x9E3779B9;  // golden ratio
      k1 += 0xBB67AE85;  // sqrt(3) - 1
    }
  }
  /// The i-th 32 bits of the stream.
  NN_HOST_DEVICE std::uint32_t bits_at(std::uint64_t i) const {
    std::uint32_t c[4] = {static_cast<std::uint32_t>(i / 4), b, a, purpose};
    block(c, key[0], key[1]);
    return c[i % 4];
  }
};

}  // namespace nn::elementary
