// Rewrites a model file: with 16-bit weights, at half the size, or in the current format.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace train {

/// What packing did.
struct Packed {
  std::size_t bytes_before = 0;
  std::size_t bytes = 0;
  double largest_change = 0;  ///< of a value of the self-test's output, in network units
};

/// Called with the warnings about the original before anything is written.
using Warn = std::function<void(const std::vector<std::string>&)>;

/// Writes the model `path` to `out` with every weight rounded to the nearest 16-bit float. Running
/// statistics keep 32 bits. The self-test is computed with the rounded weights. The same model
/// gives the same file. Input error if `path` is no model, or has a weight above 65504.
Packed pack_model(const std::string& path, const std::string& out, bool force,
                  const Warn& warn = {});

/// Writes a model of any format in the current format. The weights stay as stored; a seal and the
/// current self-test are added. Returns the SHA-256 of the new file. Input error if `path` is no
/// model.
std::string seal_model(const std::string& path, const std::string& out, bool force,
                       const Warn& warn = {});

}  // namespace train
