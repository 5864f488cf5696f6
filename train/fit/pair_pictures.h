// Paired pictures A|B out of a scan, so that recipe pix2pix can be tried without a data set.
//
// B, on the right, is a slice as a viewer shows it. A, on the left, is the same slice painted by
// tissue: one flat grey level for each tissue of train/recipe/scan_profile.h. A says where each
// tissue is and nothing of what is inside it, so a network that makes B from A has to make that up.
// train/fit/pair_dataset.cpp reads such pictures.
#pragma once

#include <string>

#include "data/pictures/picture.h"
#include "data/volume/volume.h"

namespace train {

/// The pair of one slice (1,H,W,1) in HU: a grey picture of H rows and 2 W columns.
data::Image8 pair_picture(const nn::Tensor& slice, const data::Window& shown);

/// Slices with less body than this share of their pixels make no pair.
inline constexpr double kLeastBody = 0.05;

/// Writes slice_NNNN.png for each slice with enough body, by the slice's number, into a new folder
/// that appears when it is complete; returns how many. With `force` a folder that holds nothing but
/// such files is replaced. Input error for a scan that is not in HU, or that has no such slice.
nn::index write_pairs(const std::string& folder, const data::Volume& scan,
                      const data::Window& shown, bool force);

}  // namespace train
