// Adam's constants, apart from Adam: a recipe names them where nothing is trained.
#pragma once

namespace nn {

struct AdamOptions {
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
};

}  // namespace nn
