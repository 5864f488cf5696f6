// The self-test of a model file: an input of noise and the network's answer to it. The loader
// computes the answer anew, so that a file and a program that do not fit each other are noticed
// before any slice is made.
#pragma once

#include <vector>

#include "nn/io/safetensors.h"
#include "train/predict/predict.h"
#include "train/recipe/recipe.h"

namespace train {

/// Makes a network ready to predict, for good: where its recipe predicts with running statistics,
/// batch norms are folded into convolutions; then the backend gets the weights in its own order.
void prepare(const Recipe& recipe, models::UNet& generator);

/// Height and width of the self-test's images: several times what the network can halve, so that
/// every tap of every layer meets data and not padding alone.
nn::index self_test_side(const models::UNetSettings& settings);

/// The tensors "selftest.*" for a network that has not been prepared, and is not changed.
std::vector<nn::ArrayToWrite> self_test_arrays(const Recipe& recipe, const models::UNet& generator);
/// The arithmetic that their answer was computed by, as a metadata entry.
inline constexpr const char* kSelfTestArithmetic = "selftest_arithmetic";
std::string arithmetic_text();

/// The metadata entry that holds a weighted sum of every tensor of the network, as a JSON object:
/// of value i, in the file's order, 1 + (40503 i mod 65536) / 65536 times, added in double one
/// after another. It tells that each value has come from the file to its place, also one that the
/// answer does not depend on, since a relu after it gives 0 everywhere.
inline constexpr const char* kWeightSums = "weight_sums";
std::string weight_sums(const models::UNet& generator);
/// Throws an input error where the sums are not those of the file.
void check_weight_sums(const nn::SafetensorsReader& file, const models::UNet& generator);

/// How many tensors a file has for the self-test. Throws an input error when their size is not that
/// of the recipe's, before memory is asked for. `sealed`: of the format of today.
std::size_t self_test_tensors(const nn::SafetensorsReader& file, const Recipe& recipe, bool sealed);

/// Runs a prepared network on the file's input. By the arithmetic of the file the answer must be
/// the file's to the bit, by another within 1e-4 of the largest value; otherwise throws an input
/// error. For a file of format 1, which names no arithmetic, the latter holds.
void check_self_test(const nn::SafetensorsReader& file, const Recipe& recipe,
                     models::UNet& generator, bool sealed);

}  // namespace train
