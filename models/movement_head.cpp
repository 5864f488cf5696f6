#include "models/movement_head.h"

#include <algorithm>

#include "nn/core/error.h"

namespace models {
namespace {

constexpr nn::Conv2dSpec kHead3{3, 3, 1, {1, 1, 1, 1}};
constexpr nn::real kFirstWeight = 0.5F;

}  // namespace

nn::Tensor channels_of(const nn::Tensor& x, nn::index first, nn::index count) {
  const nn::Shape& s = x.shape();
  nn::Tensor part({s.n, s.h, s.w, count});
  nn::backend().run(nn::ConcatBackward{x, first, {&part}});
  return part;
}

MovementHead::MovementHead(nn::index features)
    : slices_{OfSlice{nn::Conv2d(kHead3, features, 2, true), nn::Conv2d(kHead3, features, 1, true),
                      nn::Conv2d(kHead3, features, 1, true)},
              OfSlice{nn::Conv2d(kHead3, features, 2, true), nn::Conv2d(kHead3, features, 1, true),
                      nn::Conv2d(kHead3, features, 1, true)}} {}

nn::Var MovementHead::forward(const nn::Var& features, const nn::Tensor& given) const {
  nn::require(given.shape().c == kGivenChannels, "movement head",
              std::to_string(given.shape().c) + " channels beside the input",
              std::to_string(kGivenChannels) + ": a slice, A, C and their movements");
  const nn::Var minus_slice = nn::scale(nn::Var(channels_of(given, 0, 1)), -1);
  nn::Var sum;
  for (std::size_t k = 0; k < slices_.size(); ++k) {
    const OfSlice& of = slices_[k];
    const auto number = static_cast<nn::index>(k);
    const nn::Var slice(channels_of(given, 1 + number, 1));
    const nn::Var found(channels_of(given, 3 + 2 * number, 2));
    const nn::Var again = nn::warp2d(slice, nn::add(of.movement.forward(features), found));
    const nn::Var before = nn::warp2d(slice, found);
    const auto add = [&](const nn::Conv2d& weight, const nn::Var& moved) {
      const nn::Var part = nn::multiply(weight.forward(features), nn::add(moved, minus_slice));
      sum = sum ? nn::add(sum, part) : part;
    };
    add(of.again, again);
    add(of.before, before);
  }
  return sum;
}

void MovementHead::collect(const std::string& prefix, nn::ParameterList& list) const {
  for (std::size_t k = 0; k < slices_.size(); ++k) {
    const std::string name = prefix + (k == 0 ? ".a" : ".c");
    slices_[k].movement.collect(name + ".movement", list);
    slices_[k].again.collect(name + ".again", list);
    slices_[k].before.collect(name + ".before", list);
  }
}

void MovementHead::initialise() {
  nn::ParameterList list;
  collect("", list);
  for (nn::Parameter& p : list.parameters) {
    if (p.name.ends_with(".again.bias")) p.var.mutable_value().fill(kFirstWeight);
    if (p.name.ends_with(".before.bias")) p.var.mutable_value().fill(-kFirstWeight);
  }
}

void MovementHead::fix() {
  for (OfSlice& of : slices_) {
    of.movement.fix();
    of.again.fix();
    of.before.fix();
  }
}

}  // namespace models
