// Which images of a batch a rank has, and with whom it exchanges what to add up sums over the whole
// batch.
//
// A sum over a batch is added in the tree of nn/core/image_tree.h. Each rank has the images below
// one node of it and forms their sum alone. For 8 images and 3 ranks:
//
//             +                      rank 0: images 0 to 3
//         /       \                  rank 1: images 4 and 5
//     rank 0        +                rank 2: images 6 and 7
//                 /   \              first rank 1 and 2, then 0 with both of them
//            rank 1   rank 2
//
// The sums are long vectors, so no rank sends a whole one (recursive halving and doubling: Thakur,
// Rabenseifner, Gropp, "Optimization of collective communication operations in MPICH", 2005). Where
// two groups of ranks meet, each value has an owner on either side. The two owners share what both
// have: one adds the first half and the other the second. So after the top every value has been
// added once for each node, by one owner. Then they go back down: the two owners exchange their
// halves, and every rank has all sums.
#pragma once

#include <vector>

#include "nn/core/image_tree.h"

namespace nn {

/// Consecutive images of a batch.
struct ImageRange {
  index first = 0;
  index count = 0;
  friend bool operator==(const ImageRange&, const ImageRange&) = default;
};

/// The images of each rank, in order; 1 <= ranks <= images. A rank's images are the leaves of one
/// node of the tree over images.
std::vector<ImageRange> images_of_ranks(index images, int ranks);

/// Values [first, end) of a vector.
struct Piece {
  index first = 0;
  index end = 0;
  index size() const { return end - first; }
  friend bool operator==(const Piece&, const Piece&) = default;
};

/// One meeting of two owners.
struct Meeting {
  int other = 0;  ///< the other rank
  Piece mine;     ///< what this rank adds up
  Piece theirs;   ///< what the other one does
};

/// The meetings of `rank`, for vectors of `size` values, node by node from the leaves to the top.
/// Those of one node may take place at the same time.
std::vector<std::vector<Meeting>> meetings_of(int rank, index images, int ranks, index size);

}  // namespace nn
