#include "train/predict/model_file.h"

#include <cmath>

#include "data/volume/resample.h"
#include "nn/core/error.h"

namespace train {

void require_translatable(const Model& model, const data::Image8& picture, bool paired,
                          const std::string& where) {
  const nn::index channels = model.recipe().generator_config().in_channels;
  nn::require(picture.channels == channels, where,
              picture.channels == 1 ? "a grey picture" : "a colour picture",
              channels == 1 ? "a grey one" : "a colour one",
              "the model was trained on such pictures");
  nn::require(!paired || picture.width % 2 == 0, where,
              "a width of " + std::to_string(picture.width),
              "an even one: A on the left, B on the right", "leave out --paired for inputs alone");
}

Translation translate(const Model& model, const data::Image8& picture, bool paired) {
  const nn::Tensor whole = data::to_tensor(picture);
  const nn::index width = paired ? picture.width / 2 : picture.width;
  Translation t;
  t.input = data::cropped(whole, 0, 0, picture.height, width);
  if (paired) t.truth = data::cropped(whole, 0, width, picture.height, width);
  const nn::Tensor made = model.translate(t.input);
  t.output = data::to_tensor({width, picture.height, picture.channels, data::to_grey(made, {})});
  return t;
}

double mean_l1(const Translation& t) {
  double sum = 0;
  for (nn::index i = 0; i < t.output.numel(); ++i) {
    sum += std::fabs(static_cast<double>(t.output.data()[i] - t.truth.data()[i]));
  }
  return sum / static_cast<double>(t.output.numel());
}

}  // namespace train
