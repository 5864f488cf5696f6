// What a training over several ranks (nn/ranks/ranks.h) gives to all of them: rank 0 alone reads
// and writes files. Every function is called by all ranks together; null means one process, and
// nothing is done.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "nn/ranks/ranks.h"
#include "train/fit/pix2pix_step.h"
#include "train/predict/loaded_scan.h"
#include "train/recipe/recipe.h"

namespace train {

/// A run as rank 0 knows it before the scans are read. Input error where another rank is of another
/// version or computes in another way (nn/backend/arithmetic.h).
void spread_start(nn::Ranks* ranks, Recipe& recipe, std::uint64_t& seed);

/// load_scan(), but rank 0 alone reads. The others get what training needs: view, info and
/// `interpolated`.
LoadedScan load_scan_once(nn::Ranks* ranks, const std::string& path, const data::ReadOptions& read,
                          nn::index size);

/// A list of strings, a list of numbers.
void spread_text(nn::Ranks& ranks, std::vector<std::string>& lines);
void spread_numbers(nn::Ranks& ranks, std::vector<std::uint64_t*> numbers);

/// Weights, running statistics and the state of both Adams.
void spread_networks(nn::Ranks& ranks, Pix2Pix& networks);

}  // namespace train
