// From the slices that are known to those that are missing, by a generator: both orders, padding,
// several images at once.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "train/predict/example.h"

namespace train {

/// How many images of this shape (1,H,W,C) are worked on together: those with the pixels of one
/// 512x512 image, at least 1. Small images keep all threads busy that way, weights are read once
/// for several of them, and memory does not grow with the number of slices.
nn::index images_at_once(const nn::Shape& image);

/// Goes through `count` missing slices of one shape in groups of images_at_once(). `missing` says
/// what is known around slice i; `work` is given a group and the number of its first slice. Memory
/// does not grow with `count`.
void in_groups(std::size_t count, const std::function<MissingSlice(std::size_t i)>& missing,
               const std::function<void(std::size_t first, std::span<const MissingSlice>)>& work);

/// The generator as its recipe predicts, in network units: input (N,H,W,C), H and W multiples of
/// UNet::multiple(). base: (N,H,W,C) for a residual generator, else empty.
nn::Tensor run(const Recipe& recipe, models::UNet& generator, const nn::Tensor& input,
               const nn::Tensor& base);

/// The answer to each input (1,H,W,C) of one shape with any H and W: padded, run in batches, cut
/// back. The bits are those of one image at a time; where a recipe predicts with the statistics of
/// the batch, images are run one at a time.
std::vector<nn::Tensor> run_all(const Recipe& recipe, models::UNet& generator,
                                const std::vector<NetworkInput>& images);

/// A slice (1,H,W,1) in the unit of the known ones, and where its two answers disagree.
struct BothOrders {
  nn::Tensor slice;
  nn::Tensor disagreement;  ///< |forward - reversed|; 0 for a generator that has one answer
};

/// The slice for each entry, all of one shape. A generator of four slices sees them in both orders,
/// and where its recipe trains with mirrored images also mirrored; the mean of all answers is
/// returned, so that it treats them alike. Holds the inputs of all entries: see in_groups().
std::vector<BothOrders> predict_both(const Recipe& recipe, models::UNet& generator,
                                     std::span<const MissingSlice> missing);

/// The slices of predict_both() alone.
std::vector<nn::Tensor> predict_slices(const Recipe& recipe, models::UNet& generator,
                                       std::span<const MissingSlice> missing);

}  // namespace train
