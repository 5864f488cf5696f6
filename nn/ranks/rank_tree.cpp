#include "nn/ranks/rank_tree.h"

#include <algorithm>

#include "nn/core/error.h"

namespace nn {
namespace {

/// How many of a node's ranks are on its left side: as its images are, and on either side no fewer
/// than one and no more than it has images.
int left_ranks(index images, int ranks) {
  const index left = left_images(images);
  const index share = (2 * left * ranks + images) / (2 * images);
  const index least = std::max<index>(1, ranks - (images - left));
  const index most = std::min<index>(left, ranks - 1);
  return static_cast<int>(std::clamp(share, least, most));
}

void deal(ImageRange images, int ranks, std::vector<ImageRange>& dealt) {
  if (ranks == 1) {
    dealt.push_back(images);
    return;
  }
  const index left = left_images(images.count);
  const int on_left = left_ranks(images.count, ranks);
  deal({images.first, left}, on_left, dealt);
  deal({images.first + left, images.count - left}, ranks - on_left, dealt);
}

struct Owned {
  Piece piece;
  int owner = 0;
};

/// Finds the meetings of one rank.
class Meetings {
 public:
  explicit Meetings(int rank) : rank_(rank) {}

  /// Who owns which piece of the sum of `ranks` ranks from `first` on, which have `images` images.
  std::vector<Owned> owners(int first, int ranks, index images, index size) {
    if (ranks == 1) return {{{0, size}, first}};
    const int on_left = left_ranks(images, ranks);
    const index left = left_images(images);
    const auto lefts = owners(first, on_left, left, size);
    const auto rights = owners(first + on_left, ranks - on_left, images - left, size);
    std::vector<Owned> both;
    std::vector<Meeting> mine;
    auto l = lefts.begin();
    auto r = rights.begin();
    for (index at = 0; at < size;) {
      const index end = std::min(l->piece.end, r->piece.end);
      const index middle = at + (end - at) / 2;
      const Piece of_left{at, middle};
      const Piece of_right{middle, end};
      both.push_back({of_left, l->owner});
      both.push_back({of_right, r->owner});
      if (l->owner == rank_) mine.push_back({r->owner, of_left, of_right});
      if (r->owner == rank_) mine.push_back({l->owner, of_right, of_left});
      if (l->piece.end == end) ++l;
      if (r->piece.end == end) ++r;
      at = end;
    }
    if (first <= rank_ && rank_ < first + ranks) nodes_.push_back(std::move(mine));
    std::erase_if(both, [](const Owned& o) { return o.piece.size() == 0; });
    return both;
  }

  std::vector<std::vector<Meeting>> nodes() { return std::move(nodes_); }

 private:
  int rank_;
  std::vector<std::vector<Meeting>> nodes_;
};

}  // namespace

std::vector<ImageRange> images_of_ranks(index images, int ranks) {
  require(ranks >= 1 && ranks <= images, "ranks",
          std::to_string(ranks) + " ranks for a batch of " + std::to_string(images),
          "at most as many ranks as a batch has images",
          "start fewer, or train with a larger batch (--set batch=N), which gives another model");
  std::vector<ImageRange> dealt;
  deal({0, images}, ranks, dealt);
  return dealt;
}

std::vector<std::vector<Meeting>> meetings_of(int rank, index images, int ranks, index size) {
  Meetings meetings(rank);
  static_cast<void>(meetings.owners(0, ranks, images, size));
  return meetings.nodes();
}

}  // namespace nn
