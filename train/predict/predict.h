// Predicts missing slices by a generator: in both orders, padded, several images at once.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "train/predict/example.h"

namespace train {

/// How many images of this shape (1,H,W,C) are processed together: as many as have the pixels of
/// one 512x512 image, at least 1. Groups of small images keep all threads busy and read the weights
/// once; memory does not grow with the number of slices.
nn::index images_at_once(const nn::Shape& image);

/// Goes through `count` missing slices of one shape in groups of images_at_once(). `missing`
/// returns slice i with its known neighbours; `work` gets a group and the number of its first
/// slice. Memory does not grow with `count`.
void in_groups(std::size_t count, const std::function<MissingSlice(std::size_t i)>& missing,
               const std::function<void(std::size_t first, std::span<const MissingSlice>)>& work);

/// Runs the generator for prediction, in network units. `input` is (N,H,W,C), with H and W
/// multiples of UNet::multiple(). `base` is (N,H,W,base_channels()), empty for the tanh head.
nn::Tensor run(const Recipe& recipe, models::UNet& generator, const nn::Tensor& input,
               const nn::Tensor& base);

/// The answer to each input (1,H,W,C); all have one shape, with any H and W. Inputs are padded, run
/// in batches, and the answers cut back. Batches do not change the bits: if a recipe predicts with
/// the statistics of the batch, images are run one at a time.
std::vector<nn::Tensor> run_all(const Recipe& recipe, models::UNet& generator,
                                const std::vector<NetworkInput>& images);

/// A slice (1,H,W,1) in the unit of the known slices, and how far its two answers differ.
struct BothOrders {
  nn::Tensor slice;
  nn::Tensor disagreement;  ///< |forward - reversed|; 0 for a generator that has one answer
};

/// The slice for each entry; all have one shape. A generator with four input slices gets them in
/// both orders, and the mean of both answers is returned: the order makes no difference. The inputs
/// of all entries are in memory at once: use in_groups() for many.
std::vector<BothOrders> predict_both(const Recipe& recipe, models::UNet& generator,
                                     std::span<const MissingSlice> missing);

/// The slices of predict_both() alone.
std::vector<nn::Tensor> predict_slices(const Recipe& recipe, models::UNet& generator,
                                       std::span<const MissingSlice> missing);

}  // namespace train
