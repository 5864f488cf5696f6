// A scan with more slices: real ones untouched and in place, synthetic ones between them.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "data/volume.h"
#include "train/predict/model_file.h"

namespace train {

/// From the four known slices (clamped HU, or grey levels) the one in the middle, for each entry.
using MiddleSlices = std::function<std::vector<nn::Tensor>(std::span<const KnownSlices>)>;

/// "cubic", "linear" or "nearest"; with anything else an input error.
MiddleSlices method_without_network(const std::string& name);

/// Called after each synthetic slice with how many are done.
using SliceDone = std::function<void(nn::index done)>;

/// How many slices interpolate() will make.
nn::index synthetic_slices(const data::Volume& volume, nn::index factor);

/// Factor 2, 4 or 8, by repeated halving of the gaps; input error for others and for scans with
/// fewer than 2 slices. At the ends of the scan the outer slice is its own neighbour. Where both
/// neighbours hold a scanner's padding (below -1024 HU), so does the slice between them. Memory
/// beyond the result does not grow with the number of slices: `middle` is given images_at_once().
data::Volume interpolate(const data::Volume& volume, nn::index factor, const MiddleSlices& middle,
                         const SliceDone& done);

}  // namespace train
