#include <algorithm>
#include <filesystem>

#include "data/files/sha256.h"
#include "data/pictures/picture.h"
#include "data/pictures/pictures.h"
#include "data/volume/resample.h"
#include "nn/core/error.h"
#include "train/fit/dataset.h"
#include "train/fit/samples.h"
#include "train/fit/spread.h"

namespace train {
namespace {

namespace fs = std::filesystem;

/// Of a data set that comes in parts (train, val, test): their names.
std::vector<std::string> folders_with_pictures(const std::string& folder) {
  std::vector<std::string> names;
  for (const auto& part : fs::directory_iterator(folder)) {
    std::error_code error;
    const fs::directory_iterator files(part.path(), error);  // an error where it is no folder
    if (std::any_of(begin(files), end(files), [](const fs::directory_entry& file) {
          return data::named_like_picture(file.path().filename().string());
        })) {
      names.push_back(part.path().filename().string());
    }
  }
  std::sort(names.begin(), names.end(), [](const std::string& a, const std::string& b) {
    return (a == "train") != (b == "train") ? b == "train" : data::natural_less(a, b);
  });
  return names;
}

std::vector<std::string> pictures_in(const std::string& folder) {
  nn::require(fs::is_directory(folder), folder, "not a folder",
              "a folder of pictures A|B, each twice as wide as high");
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (entry.is_regular_file() && data::named_like_picture(name)) names.push_back(name);
  }
  std::sort(names.begin(), names.end(), data::natural_less);
  if (names.empty()) {
    const std::vector<std::string> below = folders_with_pictures(folder);
    throw nn::Error(
        nn::Fault::input, folder,
        below.empty() ? "no picture" : "no picture but in its folders " + data::shortened(below),
        "PNG or JPEG files with A and B side by side",
        below.empty() ? "" : "name one of them: " + (fs::path(folder) / below.back()).string());
  }
  return names;
}

}  // namespace

PairDataset::PairDataset(const std::vector<std::string>& folders, const Recipe& recipe,
                         nn::Ranks* ranks) {
  if (ranks == nullptr || ranks->first()) read(folders, recipe);
  if (ranks != nullptr) spread(*ranks, recipe.size + recipe.enlarge);
}

void PairDataset::read(const std::vector<std::string>& folders, const Recipe& recipe) {
  const data::Normalisation norm = recipe.normalisation();
  const nn::index side = recipe.size + recipe.enlarge;
  for (const std::string& folder : folders) {
    data::Sha256 hash;
    const auto before = static_cast<nn::index>(pairs_.size());
    for (const std::string& name : pictures_in(folder)) {
      const std::string path = (fs::path(folder) / name).string();
      const data::Image8 image = data::read_picture(path);
      nn::require(image.width % 2 == 0, path, "a width of " + std::to_string(image.width),
                  "an even one: A on the left, B on the right");
      if (pairs_.empty()) channels_ = image.channels;
      nn::require(image.channels == channels_, path,
                  std::to_string(image.channels) + " colour channels", std::to_string(channels_),
                  "do not mix grey and colour pictures");
      const nn::Tensor both = data::to_tensor(image);
      const nn::index half = image.width / 2;
      const auto prepared = [&](nn::index left) {
        const nn::Tensor part = data::cropped(both, 0, left, image.height, half);
        return norm.apply(data::resized(part, side, side), true);
      };
      pairs_.push_back({prepared(0), prepared(half), name});
      hash.update(image.bytes.data(), image.bytes.size());
    }
    sources_.push_back({data::name_of(folder), hash.hex(),
                        static_cast<nn::index>(pairs_.size()) - before, recipe.size, recipe.size, 0,
                        "grey8"});
  }
}

void PairDataset::spread(nn::Ranks& ranks, nn::index side) {
  std::vector<std::string> names;
  for (const Pair& p : pairs_) names.push_back(p.name);
  spread_text(ranks, names);
  auto channels = static_cast<std::uint64_t>(channels_);
  spread_numbers(ranks, {&channels});
  channels_ = static_cast<nn::index>(channels);
  pairs_.resize(names.size());
  for (std::size_t i = 0; i < names.size(); ++i) {
    Pair& p = pairs_[i];
    if (!ranks.first()) {
      const nn::Shape shape{1, side, side, channels_};
      p = {nn::Tensor(shape), nn::Tensor(shape), names[i]};
    }
    nn::spread(ranks, p.input.values());
    nn::spread(ranks, p.target.values());
  }
}

nn::Shape PairDataset::shape(nn::index example) const {
  return pairs_[static_cast<std::size_t>(example)].input.shape();
}

std::unique_ptr<SampleSheet> PairDataset::sample_sheet(const Recipe& recipe) const {
  return pair_sheet(recipe, *this);
}

Example PairDataset::example(nn::index i, const Cut& cut) const {
  const Pair& p = pairs_[static_cast<std::size_t>(i)];
  const auto window = [&](const nn::Tensor& t) {
    return data::cropped(t, cut.top, cut.left, cut.height, cut.width, cut.mirrored);
  };
  return {window(p.input), {}, window(p.target)};
}

}  // namespace train
