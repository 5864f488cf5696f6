// First weights. Convolutions are drawn from N(0, stddev). Biases and shifts stay 0 and gains of
// norms stay 1, as the layers set them.
#pragma once

#include <functional>
#include <string>

#include "nn/modules/parameters.h"

namespace models {

/// Numbers of the random streams, one for each network, so that they never share random numbers.
inline constexpr std::uint32_t kGeneratorStream = 0;
inline constexpr std::uint32_t kDiscriminatorStream = 1;

/// Fills every convolution weight from its own stream (seed, network, position in the list).
/// `stddev` gives the standard deviation for a parameter's name.
void initialise_convolutions(nn::ParameterList& list, std::uint64_t seed, std::uint32_t network,
                             const std::function<double(const std::string&)>& stddev);

}  // namespace models
