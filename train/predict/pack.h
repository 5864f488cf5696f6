// A model file of half the size: its weights in 16 bits.
#pragma once

#include <string>

namespace train {

/// What packing did.
struct Packed {
  std::size_t bytes_before = 0;
  std::size_t bytes = 0;
  double largest_change = 0;  ///< of a value of the self-test's output, in network units
};

/// Writes the model `path` to `out` with every weight rounded to the nearest of 16 bits (running
/// statistics and the self-test stay as they are stored, the latter of the rounded weights), and
/// the SHA-256 of the original as metadata `packed_from`. Throws an input error for what is no
/// model, or has a weight above 65504.
Packed pack_model(const std::string& path, const std::string& out, bool force);

}  // namespace train
