#include "models/patchgan.h"

#include <algorithm>

#include "models/init.h"
#include "nn/core/error.h"

namespace models {

PatchGanSettings PatchGanSettings::original() {
  PatchGanSettings c;
  c.last_stddev = 0.2;
  return c;
}

PatchGanSettings PatchGanSettings::isola70() {
  PatchGanSettings c;
  c.stride2_levels = 3;
  c.stride1_levels = 1;
  c.last_padding = {1, 1, 1, 1};
  c.leaky_slope = 0.2;
  return c;
}

nn::index PatchGanSettings::receptive_field() const {
  // From the last layer to the first: r_in = (r_out - 1) * stride + kernel.
  nn::index r = 4;
  for (nn::index i = 0; i < stride1_levels; ++i) r = r - 1 + 4;
  for (nn::index i = 0; i < stride2_levels; ++i) r = (r - 1) * 2 + 4;
  return r;
}

PatchGan::PatchGan(const PatchGanConfig& config) : config_(config) {
  const nn::index count = config.stride2_levels + config.stride1_levels;
  nn::require(count >= 1 && count <= 12 && config.width >= 1 && config.width <= 1024, "PatchGAN",
              std::to_string(count) + " levels of width " + std::to_string(config.width),
              "1 to 12 levels, width 1 to 1024");
  nn::require(config.stride2_levels >= 0 && config.stride1_levels >= 0 && config.in_channels >= 1,
              "PatchGAN",
              std::to_string(config.stride2_levels) + " + " +
                  std::to_string(config.stride1_levels) + " levels, " +
                  std::to_string(config.in_channels) + " input channels",
              "no negative number of levels, at least 1 channel");
  nn::index cin = config.in_channels;
  for (nn::index i = 0; i < count; ++i) {
    const nn::index cout = config.width * (nn::index{1} << std::min<nn::index>(i, 3));
    const nn::Conv2dSpec spec{4, 4, i < config.stride2_levels ? 2 : 1, {1, 1, 1, 1}};
    const NormConfig norm = i == 0 ? NormConfig{Norm::none, 0, 0} : config.norm;
    levels_.push_back(
        {nn::Conv2d(spec, cin, cout, norm.kind == Norm::none), NormLayer(norm, cout)});
    cin = cout;
  }
  last_.emplace(nn::Conv2dSpec{4, 4, 1, config.last_padding}, cin, 1, true);
}

nn::Var PatchGan::forward(const nn::Var& image, const nn::Var& condition, nn::NormMode mode) {
  nn::Var h = nn::concat(image, condition);
  for (Level& level : levels_) {
    h = level.norm.forward(level.conv.forward(h), mode, {{}, config_.leaky_slope});
  }
  return last_->forward(h);
}

nn::ParameterList PatchGan::parameters() const {
  nn::ParameterList list;
  for (std::size_t i = 0; i < levels_.size(); ++i) {
    const std::string name = "level." + std::to_string(i);
    levels_[i].conv.collect(name + ".conv", list);
    levels_[i].norm.collect(name + ".norm", list);
  }
  last_->collect("last", list);
  return list;
}

void PatchGan::initialise(std::uint64_t seed) {
  nn::ParameterList list = parameters();
  initialise_convolutions(list, seed, kDiscriminatorStream, [&](const std::string& name) {
    return name == "last.weight" ? config_.last_stddev : 0.02;
  });
}

}  // namespace models
