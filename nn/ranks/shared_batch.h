// A batch whose images are spread over ranks: every sum over the batch is added up over all of
// them, in the order in which one process adds it.
//
// A sum crosses images in these places, and nowhere else:
//   the gradient of a parameter   backward() of nn/autograd hands it to add()
//   the statistics of batch norm  NormForward and NormBackward call join()
//   a mean over a batch           the losses call join() and divide by values()
// An image knows its place in the batch in one: dropout draws the mask of first().
#pragma once

#include <deque>
#include <memory>
#include <span>
#include <vector>

#include "nn/core/tensor.h"
#include "nn/ranks/rank_tree.h"
#include "nn/ranks/ranks.h"

namespace nn {

template <class T>
class TreeSum;

class SharedBatch {
 public:
  /// Input error for more ranks than images.
  SharedBatch(Ranks& ranks, index images);
  ~SharedBatch();
  SharedBatch(const SharedBatch&) = delete;
  SharedBatch& operator=(const SharedBatch&) = delete;

  Ranks& ranks() { return ranks_; }
  /// The images of this rank.
  ImageRange own() const { return own_; }
  index images() const { return images_; }

  /// Of this rank's sums, those of the whole batch. Returns when they are there.
  void join(std::span<double> sums);

  /// A gradient of this rank's images. Its sum over the batch is written to `to`, or added to what
  /// is there, by finish() at the latest: meanwhile the next gradients are computed. All ranks add
  /// the same gradients in the same order.
  void add(const Tensor& part, const Tensor& to, bool to_old);
  /// Returns when all gradients are where they belong.
  void finish();

 private:
  struct Gradient {
    Tensor part, to;
    bool to_old;
  };
  struct Bundle;

  int next_tag();
  void send_bundle();
  void advance();

  Ranks& ranks_;
  index images_;
  ImageRange own_;
  int tag_ = 0;
  std::vector<Gradient> waiting_;  ///< not yet on their way
  index waiting_values_ = 0;
  std::deque<std::unique_ptr<Bundle>> bundles_;  ///< on their way, the oldest first
};

/// While an object of this class lives, the batches of this thread's ops are parts of `batch`, and
/// the targets of backward() are parameters. Null: they are whole.
class InSharedBatch {
 public:
  explicit InSharedBatch(SharedBatch* batch);
  ~InSharedBatch();
  InSharedBatch(const InSharedBatch&) = delete;
  InSharedBatch& operator=(const InSharedBatch&) = delete;

 private:
  SharedBatch* before_;
};

/// The batch that this thread's ops work on a part of; null: they have all of it.
SharedBatch* shared_batch();

/// How many images, and how many values, the whole batch has of which a tensor of this shape is
/// this rank's part.
inline index images_of(const SharedBatch* batch, const Shape& part) {
  return batch == nullptr ? part.n : batch->images();
}
inline index values_of(const SharedBatch* batch, const Shape& part) {
  return part.numel() / part.n * images_of(batch, part);
}

}  // namespace nn
