// Which images a rank has, and whom it meets: trees written out by hand, and what must hold of all.
#include "nn/ranks/rank_tree.h"

#include <set>
#include <string>

#include "nn/core/error.h"
#include "tests/catch.h"

namespace nn {
namespace {

std::vector<index> counts(index images, int ranks) {
  std::vector<index> all;
  for (const ImageRange& r : images_of_ranks(images, ranks)) all.push_back(r.count);
  return all;
}

/// Every node of the tree over images.
void nodes_of(index first, index images, std::set<std::pair<index, index>>& nodes) {
  nodes.insert({first, images});
  if (images == 1) return;
  const index left = left_images(images);
  nodes_of(first, left, nodes);
  nodes_of(first + left, images - left, nodes);
}

}  // namespace

TEST_CASE("each rank has the images below one node of the tree") {
  CHECK(counts(8, 1) == std::vector<index>{8});
  CHECK(counts(8, 2) == std::vector<index>{4, 4});
  CHECK(counts(8, 3) == std::vector<index>{2, 2, 4});
  CHECK(counts(8, 8) == std::vector<index>(8, 1));
  CHECK(counts(4, 3) == std::vector<index>{1, 1, 2});
  CHECK(counts(6, 3) == std::vector<index>{2, 2, 2});
  CHECK(counts(5, 2) == std::vector<index>{4, 1});
  for (index images = 1; images <= 20; ++images) {
    std::set<std::pair<index, index>> nodes;
    nodes_of(0, images, nodes);
    for (int ranks = 1; ranks <= images; ++ranks) {
      index next = 0;
      const auto dealt = images_of_ranks(images, ranks);
      CHECK(static_cast<int>(dealt.size()) == ranks);
      for (const ImageRange& r : dealt) {
        INFO(images << " images, " << ranks << " ranks");
        CHECK(r.first == next);
        CHECK(nodes.contains({r.first, r.count}));
        next += r.count;
      }
      CHECK(next == images);
    }
  }
}

TEST_CASE("more ranks than images are refused with what to do") {
  try {
    images_of_ranks(1, 2);
    FAIL("two ranks share one image");
  } catch (const Error& e) {
    const std::string text = e.what();
    CHECK(text.find("2 ranks for a batch of 1") != std::string::npos);
    CHECK(text.find("--set batch=N") != std::string::npos);
    CHECK(e.exit_code() == 2);
  }
}

TEST_CASE("two ranks halve a vector, four halve it twice") {
  using Nodes = std::vector<std::vector<Meeting>>;
  const auto same = [](const Nodes& a, const Nodes& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const auto& x, const auto& y) {
      return std::equal(x.begin(), x.end(), y.begin(), y.end(),
                        [](const Meeting& m, const Meeting& n) {
                          return m.other == n.other && m.mine == n.mine && m.theirs == n.theirs;
                        });
    });
  };
  CHECK(same(meetings_of(0, 2, 2, 10), {{{1, {0, 5}, {5, 10}}}}));
  CHECK(same(meetings_of(1, 2, 2, 10), {{{0, {5, 10}, {0, 5}}}}));
  CHECK(same(meetings_of(2, 4, 4, 16), {{{3, {0, 8}, {8, 16}}}, {{0, {4, 8}, {0, 4}}}}));
  CHECK(same(meetings_of(0, 4, 4, 16), {{{1, {0, 8}, {8, 16}}}, {{2, {0, 4}, {4, 8}}}}));
  // 3 ranks: first 0 and 1, then both of them and 2, who has all of it until then.
  CHECK(same(meetings_of(2, 3, 3, 16), {{{0, {4, 8}, {0, 4}}, {1, {12, 16}, {8, 12}}}}));
  CHECK(meetings_of(0, 5, 1, 16).empty());
}

TEST_CASE("a meeting is the same for both, and no rank sends a vector more than twice") {
  for (int ranks = 2; ranks <= 9; ++ranks) {
    for (index images = ranks; images < ranks + 4; ++images) {
      constexpr index kSize = 1000;
      for (int rank = 0; rank < ranks; ++rank) {
        index sent = 0;
        for (const auto& node : meetings_of(rank, images, ranks, kSize)) {
          for (const Meeting& m : node) {
            sent += m.mine.size() + m.theirs.size();
            bool found = false;
            for (const auto& others : meetings_of(m.other, images, ranks, kSize)) {
              for (const Meeting& o : others) {
                found |= o.other == rank && o.mine == m.theirs && o.theirs == m.mine;
              }
            }
            INFO(rank << " of " << ranks);
            CHECK(found);
          }
        }
        CHECK(sent <= 2 * kSize);
      }
    }
  }
}

}  // namespace nn
