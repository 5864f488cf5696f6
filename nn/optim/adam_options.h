// Adam's constants, in a header of their own: recipes name them, and recipes are also read where
// nothing is trained.
#pragma once

namespace nn {

struct AdamOptions {
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
};

}  // namespace nn
