#include "data/triplets.h"

#include <algorithm>
#include <set>

#include "nn/core/error.h"
#include "tests/catch.h"

using data::Protocol;
using data::Triplet;

TEST_CASE("known slices, with the outer one replicated at the ends") {
  using Four = std::array<nn::index, 4>;
  CHECK(data::known_slices({0, 5, 1}, 20) == Four{2, 4, 6, 8});
  CHECK(data::known_slices({0, 1, 1}, 20) == Four{0, 0, 2, 4});
  CHECK(data::known_slices({0, 18, 1}, 20) == Four{15, 17, 19, 19});
  CHECK(data::known_slices({0, 7, 2}, 20) == Four{1, 5, 9, 13});
}

TEST_CASE("uneven steps: B lies in the middle or is no target, outer slices count by distance") {
  using Four = std::array<nn::index, 4>;
  std::vector<data::Position> at;
  for (const double z : {0.0, 2.0, 4.0, 6.0, 8.0, 11.0, 14.0, 17.0, 20.0}) {
    at.push_back({0.75 * z, 1, z});  // slanted: distances are 1.25 times the heights
  }
  for (nn::index b = 1; b <= 7; ++b) CHECK(data::in_the_middle({0, b, 1}, at) == (b != 4));
  CHECK_FALSE(data::in_the_middle({0, 5, 2}, at));
  CHECK(data::in_the_middle({0, 2, 2}, at));
  // 2.5 mm before A and 7.5 after C, where A and C are 5 mm apart: the second is just near enough.
  CHECK(data::known_slices({0, 3, 1}, 9) == Four{0, 2, 4, 6});
  CHECK(data::known_slices({0, 3, 1}, 9, at) == Four{0, 2, 4, 6});
  at[6][2] += 0.1;
  CHECK(data::known_slices({0, 3, 1}, 9, at) == Four{0, 2, 4, 4});
  CHECK(data::outer_counts(2, 3));
  CHECK_FALSE(data::outer_counts(1.9, 3));
  CHECK_FALSE(data::outer_counts(3.1, 2));
  // Agreement within the larger of 0.01 mm and 1 %.
  const auto middle = [](double b) {
    return data::in_the_middle({0, 1, 1},
                               std::vector<data::Position>{{0, 0, 0}, {0, 0, b}, {0, 0, 4}});
  };
  CHECK(middle(2.009));
  CHECK_FALSE(middle(2.011));
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
    CHECK(t.gap == 2);
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

TEST_CASE("the test of unseen has every odd slice with two neighbours") {
  CHECK(data::odd_targets(113).size() == 56);
  CHECK(data::odd_targets(4).size() == 1);
  CHECK(data::odd_targets(2).empty());
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
