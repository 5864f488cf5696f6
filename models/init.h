// First weights: N(0, stddev) for convolutions; biases 0, norm gains 1 and shifts 0 as built.
#pragma once

#include <functional>
#include <string>

#include "nn/modules/parameters.h"

namespace models {

/// Streams of the initialisation, so that the two networks never share random numbers.
inline constexpr std::uint32_t kGeneratorStream = 0;
inline constexpr std::uint32_t kDiscriminatorStream = 1;

/// Fills every convolution weight from its own stream (seed, network, position in the list).
/// `stddev` is asked with the parameter's name.
void initialise_convolutions(nn::ParameterList& list, std::uint64_t seed, std::uint32_t network,
                             const std::function<double(const std::string&)>& stddev);

}  // namespace models
