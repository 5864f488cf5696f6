#include "models/unet.h"

#include <algorithm>

#include "models/init.h"
#include "nn/core/error.h"

namespace models {
namespace {

constexpr nn::Conv2dSpec kHalve{4, 4, 2, {1, 1, 1, 1}};  // transposed: doubles
constexpr nn::Conv2dSpec kSame3{3, 3, 1, {1, 1, 1, 1}};
constexpr double kRelu = 0;  // slope of the negative side

/// Channels after encoder level i: w, 2w, 4w, then 8w.
nn::index channels_at(const UNetConfig& c, nn::index level) {
  return c.width * (nn::index{1} << std::min<nn::index>(level, 3));
}

void check(const UNetConfig& c) {
  const auto whole = [](const char* what, nn::index got, nn::index low, nn::index high) {
    nn::require(got >= low && got <= high, "U-Net", std::string(what) + " " + std::to_string(got),
                std::to_string(low) + " to " + std::to_string(high));
  };
  whole("levels", c.levels, 2, 12);
  whole("width", c.width, 1, 1024);
  whole("input channels", c.in_channels, 1, 64);
  whole("output channels", c.out_channels, 1, 64);
  whole("planes", c.planes, 0, c.in_channels - 1);
  if (c.head != Head::tanh) whole("head channels", c.head_channels, 1, 1024);
  if (c.head == Head::movement) whole("output channels", c.out_channels, 1, 1);
}

/// What the planes add to a map of lower resolution. Empty for a level without planes.
nn::Var from_planes(const std::optional<nn::Conv2d>& layer, const nn::Var& planes) {
  return layer ? layer->forward(planes) : nn::Var();
}

}  // namespace

nn::index UNet::at_least_parameters(const UNetConfig& config) {
  check(config);
  nn::index count = 0;
  nn::index cin = config.in_channels;
  for (nn::index i = 0; i < config.levels; ++i) {
    count += kHalve.kernel_h * kHalve.kernel_w * cin * channels_at(config, i);
    cin = channels_at(config, i);
  }
  return count;
}

UNet::UNet(const UNetConfig& config) : config_(config) {
  check(config);
  const nn::index levels = config.levels;
  const NormConfig no_norm{Norm::none, 0, 0};
  const auto biased = [](const NormConfig& norm) { return norm.kind == Norm::none; };
  // For a map of `stride` times fewer rows and columns than the image.
  const auto planes = [&](const NormConfig& norm, nn::index channels, nn::index stride) {
    std::optional<nn::Conv2d> layer;
    if (config.planes > 0 && norm.kind != Norm::none) {
      layer.emplace(nn::Conv2dSpec{1, 1, stride, {}}, config.planes, channels, false);
    }
    return layer;
  };

  for (nn::index i = 0; i < levels; ++i) {
    const bool innermost = i == levels - 1;
    const NormConfig norm = i == 0 || (innermost && !config.norm_innermost) ? no_norm : config.norm;
    const nn::index cin = i == 0 ? config.in_channels : channels_at(config, i - 1);
    const nn::index cout = channels_at(config, i);
    downs_.push_back({nn::Conv2d(kHalve, cin, cout, biased(norm)), NormLayer(norm, cout),
                      planes(norm, cout, nn::index{2} << i)});
  }
  for (nn::index i = levels - 1; i >= 1; --i) {
    // All levels but the innermost get the output of the level below and a skip.
    const nn::index cin = channels_at(config, i) * (i == levels - 1 ? 1 : 2);
    const nn::index cout = channels_at(config, i - 1);
    ups_.push_back({nn::ConvTranspose2d(kHalve, cin, cout, biased(config.norm)),
                    NormLayer(config.norm, cout), planes(config.norm, cout, nn::index{1} << i)});
  }
  const nn::index cin = channels_at(config, 0) * 2;
  if (config.head == Head::tanh) {
    last_.emplace(kHalve, cin, config.out_channels, true);
  } else {
    const nn::index mixed = config.head_channels;
    last_.emplace(kHalve, cin, mixed, true);
    head_.emplace(ResidualHead{nn::Conv2d(kSame3, mixed + config.in_channels, mixed, true),
                               nn::Conv2d(kSame3, mixed, config.out_channels, true),
                               {}});
    if (config.head == Head::movement) head_->movement.emplace(mixed);
  }
}

nn::Var UNet::forward(const nn::Var& x, const nn::Var& base, const Pass& pass) {
  nn::require(x.shape().h % multiple() == 0 && x.shape().w % multiple() == 0, "U-Net",
              "an image of " + nn::to_string(x.shape()),
              "height and width to be multiples of " + std::to_string(multiple()),
              "use fewer levels or another size");
  const nn::Var whole(config_.planes == 0
                          ? nn::Tensor()
                          : channels_of(x.value(), x.shape().c - config_.planes, config_.planes));
  std::vector<nn::Var> skips;
  nn::Var h = x;
  for (Down& down : downs_) {
    h = down.conv.forward(h);
    const nn::Var planes = from_planes(down.planes, whole);
    h = down.norm.forward(h, pass.norm, {planes, config_.leaky_slope});
    skips.push_back(h);
  }
  const auto given = [&](const nn::Var& made) {
    return config_.relu_skips ? nn::leaky_relu(made, kRelu) : made;
  };
  h = given(h);
  for (std::size_t i = 0; i < ups_.size(); ++i) {
    h = ups_[i].conv.forward(h);
    const nn::Var planes = from_planes(ups_[i].planes, whole);
    h = ups_[i].norm.forward(h, pass.norm, {planes, kRelu});
    // pix2pix has dropout before the relu. Both orders give the same values, and this one needs one
    // pass over memory less.
    if (pass.dropout && config_.dropout > 0 && static_cast<nn::index>(i) < config_.dropout_levels) {
      const nn::Rng rng(pass.seed, nn::Purpose::dropout, pass.step, static_cast<std::uint32_t>(i));
      h = nn::dropout(h, config_.dropout, rng);
    }
    h = nn::concat(h, given(skips[skips.size() - 2 - i]));
  }
  h = last_->forward(h);
  if (config_.head == Head::tanh) return nn::tanh(h);

  nn::require(static_cast<bool>(base), "U-Net", "no base image", "one for a head that corrects it");
  h = nn::concat(nn::leaky_relu(h, config_.leaky_slope), x);
  h = nn::leaky_relu(head_->mix.forward(h), config_.leaky_slope);
  const nn::Var value = head_->last.forward(h);
  if (!head_->movement) return nn::add(value, base);
  return nn::add(nn::add(value, head_->movement->forward(h, base.value())),
                 nn::Var(channels_of(base.value(), 0, config_.out_channels)));
}

void UNet::fold_batch_norms() {
  for (Down& down : downs_) down.norm.fold_into(down.conv);
  for (Up& up : ups_) up.norm.fold_into(up.conv);
}

void UNet::fix_weights() {
  for (Down& down : downs_) {
    down.conv.fix();
    if (down.planes) down.planes->fix();
  }
  for (Up& up : ups_) {
    up.conv.fix();
    if (up.planes) up.planes->fix();
  }
  last_->fix();
  if (head_) {
    head_->mix.fix();
    head_->last.fix();
    if (head_->movement) head_->movement->fix();
  }
}

nn::ParameterList UNet::parameters() const {
  nn::ParameterList list;
  for (std::size_t i = 0; i < downs_.size(); ++i) {
    const std::string name = "down." + std::to_string(i);
    downs_[i].conv.collect(name + ".conv", list);
    downs_[i].norm.collect(name + ".norm", list);
    if (downs_[i].planes) downs_[i].planes->collect(name + ".planes", list);
  }
  for (std::size_t i = 0; i < ups_.size(); ++i) {
    const std::string name = "up." + std::to_string(i);
    ups_[i].conv.collect(name + ".conv", list);
    ups_[i].norm.collect(name + ".norm", list);
    if (ups_[i].planes) ups_[i].planes->collect(name + ".planes", list);
  }
  last_->collect("last", list);
  if (head_) {
    head_->mix.collect("head.mix", list);
    head_->last.collect("head.last", list);
    if (head_->movement) head_->movement->collect("head", list);
  }
  return list;
}

void UNet::initialise(std::uint64_t seed) {
  nn::ParameterList list = parameters();
  initialise_convolutions(list, seed, kGeneratorStream, [](const std::string& name) {
    const bool last = name.starts_with("head.") && name != "head.mix.weight";
    return last || name.ends_with(".planes.weight") ? 0.0 : 0.02;
  });
  if (head_ && head_->movement) head_->movement->initialise();
}

}  // namespace models
