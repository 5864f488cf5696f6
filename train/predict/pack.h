// A model file written anew: at half the size, with its weights in 16 bits, or in today's format.
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

/// Called, before anything is written, with what a user should know of the original.
using Warn = std::function<void(const std::vector<std::string>&)>;

/// Writes the model `path` to `out` with every weight rounded to the nearest of 16 bits; running
/// statistics keep 32, and the self-test is that of the rounded weights. The same model gives the
/// same file. Throws an input error for what is no model, or has a weight above 65504.
Packed pack_model(const std::string& path, const std::string& out, bool force,
                  const Warn& warn = {});

/// Writes a model of any format in that of today: the same weights, stored as they were, with a
/// seal and today's self-test. Returns the new file's SHA-256. Throws an input error for what is no
/// model.
std::string seal_model(const std::string& path, const std::string& out, bool force,
                       const Warn& warn = {});

}  // namespace train
