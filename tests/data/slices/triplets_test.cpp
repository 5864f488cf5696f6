#include "data/slices/triplets.h"

#include <algorithm>
#include <map>
#include <set>

#include "nn/core/error.h"
#include "tests/catch.h"

using data::Protocol;
using data::Triplet;

TEST_CASE("known slices, with the outer one replicated at the ends") {
  using Four = std::array<nn::index, 4>;
  CHECK(data::known_slices({0, 5}, 20) == Four{2, 4, 6, 8});
  CHECK(data::known_slices({0, 1}, 20) == Four{0, 0, 2, 4});
  CHECK(data::known_slices({0, 18}, 20) == Four{15, 17, 19, 19});
  CHECK(data::known_slices({0, 7, 2, 2}, 20) == Four{1, 5, 9, 13});
}

TEST_CASE("known slices are a gap apart wherever B lies") {
  using Four = std::array<nn::index, 4>;
  CHECK(data::known_slices({0, 7, 1, 2}, 20) == Four{3, 6, 9, 12});
  CHECK(data::known_slices({0, 2, 1, 2}, 20) == Four{1, 1, 4, 7});  // outer0 would be -2
  CHECK(data::known_slices({0, 12, 7, 2}, 20) == Four{5, 5, 14, 14});
}

TEST_CASE("uneven steps: B lies where the distances say, outer slices count by distance") {
  using Four = std::array<nn::index, 4>;
  std::vector<data::Position> at;
  for (const double z : {0.0, 2.0, 4.0, 6.0, 8.0, 11.0, 14.0, 17.0, 20.0}) {
    at.push_back({0.75 * z, 1, z});  // slanted: distances are 1.25 times the heights
  }
  const auto t_of = [&](const Triplet& t) { return data::position_between(t, at); };
  for (nn::index b = 1; b <= 7; ++b) CHECK((t_of({0, b}) == 0.5) == (b != 4));
  CHECK(t_of({0, 4}) == Approx(0.4));            // 2 of 5
  CHECK(t_of({0, 5, 2, 2}) == Approx(5. / 11));  // 6 to 11 to 17
  CHECK(t_of({0, 2, 2, 2}) == 0.5);
  CHECK(t_of({0, 3, 1, 1}) == 0.5);
  CHECK(t_of({0, 1, 1, 3}) == 0.25);  // a ratio of whole numbers, not of distances
  CHECK(data::position_between({0, 5, 1, 2}, {}) == 1. / 3);
  // 2.5 mm before A and 7.5 after C, where A and C are 5 mm apart: the second is just near enough.
  CHECK(data::known_slices({0, 3}, 9) == Four{0, 2, 4, 6});
  CHECK(data::known_slices({0, 3}, 9, at) == Four{0, 2, 4, 6});
  at[6][2] += 0.1;
  CHECK(data::known_slices({0, 3}, 9, at) == Four{0, 2, 4, 4});
  CHECK(data::outer_counts(2, 3));
  CHECK_FALSE(data::outer_counts(1.9, 3));
  CHECK_FALSE(data::outer_counts(3.1, 2));
  // Agreement within the larger of 0.01 mm and 1 %.
  const auto middle = [](double b) {
    const std::vector<data::Position> three{{0, 0, 0}, {0, 0, b}, {0, 0, 4}};
    return data::position_between({0, 1}, three) == 0.5;
  };
  CHECK(middle(2.009));
  CHECK_FALSE(middle(2.011));
}

TEST_CASE("elsewhere: every gap that fits is as likely, and in it every place") {
  nn::Rng rng(3, nn::Purpose::test);
  std::map<std::pair<nn::index, nn::index>, int> seen;
  constexpr int kDraws = 30000;
  for (int i = 0; i < kDraws; ++i) {
    const Triplet t = data::elsewhere({4, 3, 2, 2}, 12, 5, 1, rng);
    REQUIRE(t.scan == 4);
    REQUIRE(t.target == 3);
    REQUIRE(t.a() >= 0);
    REQUIRE(t.c() < 12);
    ++seen[{t.gap(), t.before}];
  }
  // Gaps 2, 3, 4, 5 with 1, 2, 3 and, since A cannot lie before slice 0, 3 places.
  REQUIRE(seen.size() == 9);
  for (const auto& [where, times] : seen) {
    const nn::index places = std::min<nn::index>(where.first - 1, 3);
    CHECK(times == Approx(kDraws / 4. / static_cast<double>(places)).epsilon(0.08));
  }
  for (int i = 0; i < 200; ++i) {
    const Triplet t = data::elsewhere({0, 6, 2, 2}, 13, 10, 2, rng);
    CHECK(t.a() % 2 == 0);
    CHECK(t.c() % 2 == 0);
    CHECK(t.gap() <= 10);
  }
}

TEST_CASE("gaps trained at any position: at most 10 slices, at most 15 mm, at least 4 slices") {
  CHECK(data::widest_gap_slices(0.625) == 10);
  CHECK(data::widest_gap_slices(1.5) == 10);
  CHECK(data::widest_gap_slices(2) == 7);
  CHECK(data::widest_gap_slices(5) == 4);
  CHECK(data::widest_gap_slices(0) == 4);
}

TEST_CASE("triplets never cross from one scan into the next") {
  for (const Protocol p : {Protocol::unseen, Protocol::self, Protocol::seed}) {
    const std::vector<nn::index> slices{9, 20, 7};
    const auto split = data::split_triplets(slices, p, 1);
    auto all = split.train;
    all.insert(all.end(), split.validation.begin(), split.validation.end());
    for (const Triplet& t : all) {
      const nn::index n = slices[static_cast<std::size_t>(t.scan)];
      for (const nn::index k : data::known_slices(t, n)) {
        REQUIRE(k >= 0);
        REQUIRE(k < n);
      }
    }
  }
}

TEST_CASE("unseen: gaps 1 and 2, validation targets are never trained on") {
  const auto split = data::split_triplets({40}, Protocol::unseen, 1);
  CHECK(split.train.size() + split.validation.size() == 38 + 36);
  for (const Triplet& t : split.train) CHECK(t.target % 16 != 8);
  for (const Triplet& t : split.validation) CHECK(t.target % 16 == 8);
}

TEST_CASE("self: only even slices are seen, at twice the gap") {
  const auto split = data::split_triplets({41}, Protocol::self, 1);
  auto all = split.train;
  all.insert(all.end(), split.validation.begin(), split.validation.end());
  CHECK(all.size() == 19);
  for (const Triplet& t : all) {
    CHECK(t.gap() == 4);
    CHECK(t.target % 2 == 0);
    for (const nn::index k : data::known_slices(t, 41)) CHECK(k % 2 == 0);
  }
}

TEST_CASE("seed: 80 to 20, without overlap, fixed by the seed") {
  const auto split = data::split_triplets({102}, Protocol::seed, 1234);
  CHECK(split.train.size() == 80);
  CHECK(split.validation.size() == 20);
  std::set<nn::index> targets;
  for (const Triplet& t : split.train) targets.insert(t.target);
  for (const Triplet& t : split.validation) targets.insert(t.target);
  CHECK(targets.size() == 100);
  CHECK(data::split_triplets({102}, Protocol::seed, 1234).train == split.train);
  CHECK(data::split_triplets({102}, Protocol::seed, 1235).train != split.train);
}

TEST_CASE("the test of unseen has every hidden slice with two known neighbours") {
  CHECK(data::thinned_targets(113, 2).size() == 56);
  CHECK(data::thinned_targets(4, 2).size() == 1);
  CHECK(data::thinned_targets(2, 2).empty());
  CHECK(data::thinned_targets(9, 4) ==
        std::vector<Triplet>{
            {0, 1, 1, 3}, {0, 2, 2, 2}, {0, 3, 3, 1}, {0, 5, 1, 3}, {0, 6, 2, 2}, {0, 7, 3, 1}});
}

TEST_CASE("shuffling is a permutation that seed and number decide") {
  auto a = data::shuffled(50, 3, 1);
  CHECK(a == data::shuffled(50, 3, 1));
  CHECK(a != data::shuffled(50, 3, 2));
  std::sort(a.begin(), a.end());
  for (nn::index i = 0; i < 50; ++i) CHECK(a[static_cast<std::size_t>(i)] == i);
}

TEST_CASE("scans too short, and unknown protocols, are input errors") {
  CHECK_THROWS_AS(data::split_triplets({2, 2}, Protocol::unseen, 1), nn::Error);
  CHECK_THROWS_AS(data::split_triplets({4}, Protocol::self, 1), nn::Error);
  CHECK_THROWS_AS(data::protocol_from("other"), nn::Error);
}
