// A picture and what a model of paired pictures makes of it.
#pragma once

#include <string>

#include "data/pictures/picture.h"
#include "train/predict/model_file.h"

namespace train {

/// Pictures (1,H,W,C) of grey levels 0..255.
struct Translation {
  nn::Tensor input;
  nn::Tensor output;  ///< whole levels, as a PNG stores them
  nn::Tensor truth;   ///< empty unless the picture was a pair A|B
};

/// Throws an input error for other channels than the model was trained on, and for a pair of odd
/// width. `where` names the picture.
void require_translatable(const Model& model, const data::Image8& picture, bool paired,
                          const std::string& where);

/// Translates a picture that fits the model, or of a pair A|B side by side the left half.
Translation translate(const Model& model, const data::Image8& picture, bool paired);

/// Mean of |output - truth| over all pixels and channels, in grey levels.
double mean_l1(const Translation& t);

}  // namespace train
