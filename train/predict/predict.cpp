#include "train/predict/predict.h"

#include <algorithm>
#include <utility>

#include "data/volume/normalise.h"
#include "data/volume/resample.h"
#include "models/interpolators.h"
#include "nn/core/buffer_pool.h"

namespace train {
namespace {

constexpr nn::index kPixelsAtOnce = nn::index{512} * 512;

}  // namespace

nn::index images_at_once(const nn::Shape& image) {
  return std::max<nn::index>(1, kPixelsAtOnce / (image.h * image.w));
}

void in_groups(std::size_t count, const std::function<MissingSlice(std::size_t i)>& missing,
               const std::function<void(std::size_t first, std::span<const MissingSlice>)>& work) {
  for (std::size_t first = 0; first < count;) {
    std::vector<MissingSlice> group{missing(first)};
    const nn::index at_once = images_at_once(group.front().known[1].shape());
    const std::size_t end = std::min(count, first + nn::at(at_once));
    for (std::size_t i = first + 1; i < end; ++i) group.push_back(missing(i));
    work(first, group);
    first = end;
  }
}

nn::Tensor run(const Recipe& recipe, models::UNet& generator, const nn::Tensor& input,
               const nn::Tensor& base) {
  const nn::NoRecording quiet;
  models::Pass pass;
  pass.norm = recipe.predict_mode;
  return generator.forward(nn::Var(input), base.empty() ? nn::Var() : nn::Var(base), pass).value();
}

std::vector<nn::Tensor> run_all(const Recipe& recipe, models::UNet& generator,
                                const std::vector<NetworkInput>& images) {
  std::vector<nn::Tensor> answers;
  if (images.empty()) return answers;
  const auto padded = [&](const nn::Tensor& t) {
    return data::padded_to_multiple(t, generator.multiple());
  };
  const nn::Shape& shape = images.front().input.shape();
  const nn::index at_once = recipe.predict_mode == nn::NormMode::running
                                ? images_at_once(padded(images.front().input).shape())
                                : 1;
  for (std::size_t first = 0; first < images.size(); first = answers.size()) {
    const std::size_t last = std::min(images.size(), first + static_cast<std::size_t>(at_once));
    std::vector<nn::Tensor> inputs;
    std::vector<nn::Tensor> bases;
    for (std::size_t i = first; i < last; ++i) {
      inputs.push_back(padded(images[i].input));
      if (!images[i].base.empty()) bases.push_back(padded(images[i].base));
    }
    // The buffers of a batch of another size fit this one nowhere.
    if (static_cast<nn::index>(inputs.size()) < at_once) nn::BufferPool::trim();
    const nn::Tensor y = run(recipe, generator, data::stacked(inputs),
                             bases.empty() ? nn::Tensor() : data::stacked(bases));
    for (nn::index n = 0; n < y.shape().n; ++n) {
      answers.push_back(data::cropped(data::image_of(y, n), 0, 0, shape.h, shape.w));
    }
  }
  return answers;
}

std::vector<BothOrders> predict_both(const Recipe& recipe, models::UNet& generator,
                                     std::span<const MissingSlice> missing) {
  const bool both_orders = recipe.four_slices() != nullptr;
  std::vector<NetworkInput> images;
  for (const MissingSlice& m : missing) {
    const MissingSlice seen = as_seen(recipe, m);
    images.push_back(network_input(recipe, seen));
    if (both_orders) images.push_back(network_input(recipe, seen.reversed()));
  }
  const std::vector<nn::Tensor> y = run_all(recipe, generator, images);

  const data::Normalisation norm = recipe.normalisation();
  std::vector<BothOrders> made;
  made.reserve(missing.size());
  for (auto next = y.begin(); next != y.end();) {
    const nn::Tensor& forward = *next++;
    const nn::Tensor& reversed = both_orders ? *next++ : forward;
    made.push_back({norm.restore(both_orders ? models::linear(forward, reversed, 0.5) : forward),
                    data::absolute_difference(norm.restore(forward), norm.restore(reversed))});
  }
  return made;
}

std::vector<nn::Tensor> predict_slices(const Recipe& recipe, models::UNet& generator,
                                       std::span<const MissingSlice> missing) {
  std::vector<nn::Tensor> slices;
  for (BothOrders& made : predict_both(recipe, generator, missing)) {
    slices.push_back(std::move(made.slice));
  }
  return slices;
}

}  // namespace train
