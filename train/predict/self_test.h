// The self-test of a model file: an input of noise and the network's answer to it. The loader
// computes the answer again. So it notices if file and program do not fit each other, before any
// slice is made.
#pragma once

#include <vector>

#include "nn/io/safetensors.h"
#include "train/predict/predict.h"
#include "train/recipe/recipe.h"

namespace train {

/// Makes a network ready to predict; this cannot be undone. If its recipe predicts with running
/// statistics, batch norms are folded into convolutions. Then the backend packs the weights in its
/// own order.
void prepare(const Recipe& recipe, models::UNet& generator);

/// Height and width of the self-test's images: 2 or 3 times 2^levels, so that every tap of every
/// layer sees data and not only padding.
nn::index self_test_side(const models::UNetSettings& settings);

/// The tensors "selftest.*" of a network before prepare(). The network is not changed.
std::vector<nn::ArrayToWrite> self_test_arrays(const Recipe& recipe, const models::UNet& generator);
/// The metadata entry that names the arithmetic of the stored answer, and the current arithmetic.
inline constexpr const char* kSelfTestArithmetic = "selftest_arithmetic";
std::string arithmetic_text();

/// The metadata entry with a weighted sum of every tensor of the network, as a JSON object. Value
/// i, in the file's order, has the weight 1 + (40503 i mod 65536) / 65536; the sum is formed in
/// double, one addition after another. It shows that each value of the file is in its place. It
/// also covers values on which the answer does not depend, because a relu after them gives 0
/// everywhere.
inline constexpr const char* kWeightSums = "weight_sums";
std::string weight_sums(const models::UNet& generator);
/// Throws an input error if the sums differ from the file's.
void check_weight_sums(const nn::SafetensorsReader& file, const models::UNet& generator);

/// How many tensors a file has for the self-test. Throws an input error if their size does not fit
/// the recipe, before memory is allocated. `sealed`: the file has the current format.
std::size_t self_test_tensors(const nn::SafetensorsReader& file, const Recipe& recipe, bool sealed);

/// Runs a prepared network on the file's input. With the arithmetic that the file names, the answer
/// must equal the file's answer to the bit. With another arithmetic, and for a file of format 1,
/// which names none, it must be within 1e-4 of the largest value. Otherwise throws an input error.
void check_self_test(const nn::SafetensorsReader& file, const Recipe& recipe,
                     models::UNet& generator, bool sealed);

}  // namespace train
