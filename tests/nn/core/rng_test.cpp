// The generator against the known answers of its authors, its streams by their definition, and the
// distributions by their moments. Statistical bounds are five standard deviations; seeds are fixed.
#include "nn/core/rng.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <set>
#include <vector>

#include "tests/catch.h"

namespace nn {
namespace {

using Block = std::array<std::uint32_t, 4>;

TEST_CASE("philox4x32_10: known answers of Random123", "[core][rng]") {
  // github.com/DEShawResearch/random123, tests/kat_vectors
  CHECK(philox4x32_10({0, 0, 0, 0}, {0, 0}) ==
        Block{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  CHECK(philox4x32_10({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, {0xffffffff, 0xffffffff}) ==
        Block{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
  CHECK(philox4x32_10({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}) ==
        Block{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

TEST_CASE("Rng: what names a stream, and where its numbers are", "[core][rng]") {
  Rng rng(0x0123456789abcdefULL, Purpose::test, 11, 22);
  // Key: the seed's two halves. Counter: block, second name, first name, purpose (test is 7).
  for (std::uint32_t block = 0; block < 3; ++block) {
    const Block expected = philox4x32_10({block, 22, 11, 7}, {0x89abcdef, 0x01234567});
    for (std::size_t lane = 0; lane < 4; ++lane) {
      CHECK(rng.bits_at(4 * std::uint64_t{block} + lane) == expected[lane]);
      CHECK(rng.bits() == expected[lane]);
    }
  }
  // bits_at does not move the stream, and reaches the last block.
  CHECK(rng.bits() == rng.bits_at(12));
  CHECK(rng.bits_at((std::uint64_t{1} << 34) - 1) ==
        philox4x32_10({0xffffffff, 22, 11, 7}, {0x89abcdef, 0x01234567})[3]);
}

TEST_CASE("Rng: purposes keep their numbers", "[core][rng]") {
  CHECK(static_cast<int>(Purpose::init) == 1);
  CHECK(static_cast<int>(Purpose::dropout) == 2);
  CHECK(static_cast<int>(Purpose::sampling) == 3);
  CHECK(static_cast<int>(Purpose::split) == 4);
  CHECK(static_cast<int>(Purpose::phantom) == 5);
  CHECK(static_cast<int>(Purpose::bootstrap) == 6);
  CHECK(static_cast<int>(Purpose::test) == 7);
}

TEST_CASE("Rng: a change in any part of the name gives another stream", "[core][rng]") {
  const std::vector<Rng> streams{
      Rng(1, Purpose::test),       Rng(2, Purpose::test),
      Rng(1, Purpose::dropout),    Rng(1, Purpose::test, 1, 0),
      Rng(1, Purpose::test, 0, 1), Rng(1 + (std::uint64_t{1} << 32), Purpose::test),
      Rng(1, Purpose::test, 1, 1),
  };
  std::set<std::uint64_t> pairs;
  for (const Rng& r : streams) {
    for (std::uint64_t i = 0; i < 2000; i += 2) {
      pairs.insert((std::uint64_t{r.bits_at(i)} << 32) | r.bits_at(i + 1));
    }
  }
  CHECK(pairs.size() == streams.size() * 1000);  // an accidental repetition has odds of 1e-12
  for (std::size_t a = 0; a < streams.size(); ++a) {
    for (std::size_t b = 0; b < a; ++b) {
      Rng left = streams[a];
      Rng right = streams[b];
      constexpr int kCount = 10000;
      double product = 0;
      for (int i = 0; i < kCount; ++i) product += (left.uniform() - 0.5) * (right.uniform() - 0.5);
      // Each product has mean 0 and standard deviation 1/12.
      CHECK(std::fabs(product / kCount) < 5.0 / 12 / std::sqrt(kCount));
    }
  }
}

TEST_CASE("Rng::uniform: range and moments", "[core][rng]") {
  Rng rng(3, Purpose::test);
  constexpr int kCount = 200000;
  double sum = 0;
  double squares = 0;
  double lag = 0;
  double before = 0.5;
  double least = 1;
  double most = 0;
  for (int i = 0; i < kCount; ++i) {
    const double u = rng.uniform();
    sum += u;
    squares += (u - 0.5) * (u - 0.5);
    lag += (u - 0.5) * (before - 0.5);
    before = u;
    least = std::min(least, u);
    most = std::max(most, u);
  }
  CHECK(least >= 0);
  CHECK(most < 1);
  CHECK(least < 1e-4);
  CHECK(most > 1 - 1e-4);
  const double root = std::sqrt(kCount);
  CHECK(std::fabs(sum / kCount - 0.5) < 5 * std::sqrt(1.0 / 12) / root);
  // Var((u - 1/2)^2) = 1/80 - 1/144 = 1/180
  CHECK(std::fabs(squares / kCount - 1.0 / 12) < 5 * std::sqrt(1.0 / 180) / root);
  CHECK(std::fabs(lag / kCount) < 5.0 / 12 / root);
}

TEST_CASE("Rng::uniform: is made of two draws, the first one leading", "[core][rng]") {
  Rng rng(4, Purpose::test);
  const Rng bits = rng;
  const std::uint64_t high = bits.bits_at(0) >> 6;
  const std::uint64_t low = bits.bits_at(1) >> 5;
  CHECK(rng.uniform() == std::ldexp(static_cast<double>(high * (1U << 27) + low), -53));
  CHECK(rng.bits() == bits.bits_at(2));
}

TEST_CASE("Rng::below: range and shares", "[core][rng]") {
  Rng rng(5, Purpose::test);
  for (int i = 0; i < 100; ++i) CHECK(rng.below(1) == 0);
  for (const std::uint32_t n : {2U, 3U, 10U, 64U}) {
    constexpr int kCount = 64000;
    std::vector<int> seen(n);
    for (int i = 0; i < kCount; ++i) {
      const std::uint32_t k = rng.below(n);
      REQUIRE(k < n);
      ++seen[k];
    }
    double chi2 = 0;
    const double expected = static_cast<double>(kCount) / n;
    for (const int s : seen) chi2 += (s - expected) * (s - expected) / expected;
    INFO("n " << n);
    CHECK(chi2 < (n - 1) + 5 * std::sqrt(2.0 * (n - 1)));
  }
}

TEST_CASE("Rng::below: has no modulo bias", "[core][rng]") {
  // Scaling 2^32 values to 3 * 2^30 without rejection gives every multiple of 3 twice as often as
  // the others: a share of 1/2 instead of 1/3.
  Rng rng(6, Purpose::test);
  constexpr std::uint32_t kN = 3U << 30;
  constexpr int kCount = 100000;
  int multiples = 0;
  for (int i = 0; i < kCount; ++i) {
    const std::uint32_t k = rng.below(kN);
    REQUIRE(k < kN);
    multiples += k % 3 == 0 ? 1 : 0;
  }
  const double share = static_cast<double>(multiples) / kCount;
  CHECK(std::fabs(share - 1.0 / 3) < 5 * std::sqrt(2.0 / 9 / kCount));
}

TEST_CASE("Rng::normal: moments and tails", "[core][rng]") {
  Rng rng(7, Purpose::test);
  constexpr int kCount = 200000;
  std::array<double, 5> moment{};
  int beyond_2 = 0;
  for (int i = 0; i < kCount; ++i) {
    const double x = rng.normal();
    REQUIRE(std::isfinite(x));
    double power = 1;
    for (double& m : moment) {
      m += power / kCount;
      power *= x;
    }
    beyond_2 += std::fabs(x) > 2 ? 1 : 0;
  }
  const double root = std::sqrt(kCount);
  CHECK(std::fabs(moment[1]) < 5 * 1 / root);
  CHECK(std::fabs(moment[2] - 1) < 5 * std::sqrt(2.0) / root);
  CHECK(std::fabs(moment[3]) < 5 * std::sqrt(15.0) / root);
  CHECK(std::fabs(moment[4] - 3) < 5 * std::sqrt(96.0) / root);
  const double tail = std::erfc(2 / std::sqrt(2.0));
  CHECK(std::fabs(static_cast<double>(beyond_2) / kCount - tail) <
        5 * std::sqrt(tail * (1 - tail) / kCount));
}

}  // namespace
}  // namespace nn
