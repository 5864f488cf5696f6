#include "train/fit/dataset.h"

#include <algorithm>
#include <filesystem>

#include "data/measure/metrics.h"
#include "data/volume/resample.h"
#include "nn/core/error.h"
#include "train/fit/samples.h"
#include "train/fit/spread.h"

namespace train {
namespace {

/// 1 where the truth and both its neighbours are bone, so that no edge is in it; else 0.
nn::Tensor pure_bone(const nn::Tensor& truth, const MissingSlice& m) {
  nn::Tensor bone(truth.shape());
  const auto is_bone = [](const nn::Tensor& slice, nn::index i) {
    return data::tissue_of(static_cast<double>(slice.data()[i])) == data::Tissue::bone;
  };
  for (nn::index i = 0; i < truth.numel(); ++i) {
    const bool pure = is_bone(truth, i) && is_bone(m.known[1], i) && is_bone(m.known[2], i);
    bone.data()[i] = pure ? nn::real{1} : nn::real{0};
  }
  return bone;
}

/// Height and width of all crops of a batch: the recipe's, shrunk to what the first image allows.
std::array<nn::index, 2> crop_of(const Recipe& recipe, const nn::Shape& image, nn::index multiple) {
  const auto fit = [&](nn::index size) {
    const nn::index wanted = recipe.crop > 0 ? std::min(recipe.crop, size) : size - recipe.enlarge;
    return wanted / multiple * multiple;
  };
  const nn::index height = fit(image.h);
  const nn::index width = fit(image.w);
  nn::require(height > 0 && width > 0, "train",
              "images of " + std::to_string(image.h) + "x" + std::to_string(image.w),
              "at least " + std::to_string(multiple) + " pixels each way",
              "the levels are too deep for these images; use fewer --levels or a larger --size");
  return {height, width};
}

/// Where an image is cut, and what is done with the crop. A run can be repeated only as long as the
/// order of the draws stays as it is.
Dataset::Cut drawn_cut(const Recipe& recipe, const nn::Shape& image, nn::index height,
                       nn::index width, nn::Rng& rng) {
  const auto place = [&](nn::index size, nn::index cut) {
    return static_cast<nn::index>(rng.below(static_cast<std::uint32_t>(size - cut + 1)));
  };
  nn::require(image.h >= height && image.w >= width, "train", "scans of different sizes",
              "one size for whole images", "use --size");
  Dataset::Cut cut;
  cut.height = height;
  cut.width = width;
  if (recipe.shrink > 1) {
    const auto times = [](nn::index image_side, nn::index side) {
      return static_cast<double>(image_side) / static_cast<double>(side);
    };
    const double most = std::min({recipe.shrink, times(image.h, height), times(image.w, width)});
    const double side = 1 + (most - 1) * rng.uniform();
    cut.height = static_cast<nn::index>(side * static_cast<double>(height));
    cut.width = static_cast<nn::index>(side * static_cast<double>(width));
    cut.shrunk_height = height;
    cut.shrunk_width = width;
  }
  cut.top = place(image.h, cut.height);
  cut.left = place(image.w, cut.width);
  cut.mirrored = recipe.mirror && rng.below(2) == 1;
  cut.reversed = recipe.swap && rng.below(2) == 1;
  if (recipe.anywhere() > 0 && rng.uniform() < recipe.anywhere()) cut.elsewhere = rng.bits();
  return cut;
}

/// Examples joined to a batch; what one of them lacks, all lack.
Batch joined(const std::vector<Example>& examples) {
  const auto stack = [&](nn::Tensor Example::*part) {
    std::vector<nn::Tensor> all;
    for (const Example& e : examples) {
      if (!(e.*part).empty()) all.push_back(e.*part);
    }
    return all.empty() ? nn::Tensor() : data::stacked(all);
  };
  Batch b;
  b.input = stack(&Example::input);
  b.base = stack(&Example::base);
  b.target = stack(&Example::target);
  b.bone = stack(&Example::bone);
  return b;
}

}  // namespace

Batch Dataset::batch(const Recipe& recipe, std::uint64_t seed, std::uint64_t step,
                     nn::index multiple, std::string* labels, const nn::SharedBatch* shared) const {
  const nn::ImageRange own = shared != nullptr ? shared->own() : nn::ImageRange{0, recipe.batch};
  const auto per_epoch = static_cast<std::uint64_t>(count());
  std::vector<Example> examples;
  std::vector<nn::index> order;
  std::uint64_t order_epoch = 0;
  std::array<nn::index, 2> crop{};
  for (nn::index k = 0; k < recipe.batch; ++k) {
    const std::uint64_t position =
        step * static_cast<std::uint64_t>(recipe.batch) + static_cast<std::uint64_t>(k);
    const std::uint64_t epoch = position / per_epoch;
    if (order.empty() || order_epoch != epoch) {
      order = data::shuffled(count(), seed, static_cast<std::uint32_t>(epoch + 1));
      order_epoch = epoch;
    }
    const nn::index i = order[static_cast<std::size_t>(position % per_epoch)];
    const nn::Shape image = shape(i);
    if (k == 0) crop = crop_of(recipe, image, multiple);
    nn::Rng rng(seed, nn::Purpose::sampling, static_cast<std::uint32_t>(step),
                static_cast<std::uint32_t>(k));
    const Cut cut = drawn_cut(recipe, image, crop[0], crop[1], rng);
    if (labels != nullptr) *labels += (k == 0 ? "" : " ") + label(i, cut);
    if (own.first <= k && k < own.first + own.count) examples.push_back(example(i, cut));
  }
  return joined(examples);
}

std::uint64_t Dataset::steps_per_epoch(const Recipe& recipe) const {
  return static_cast<std::uint64_t>((count() + recipe.batch - 1) / recipe.batch);
}

ScanDataset::ScanDataset(const std::vector<std::string>& paths, const Recipe& recipe,
                         std::uint64_t split_seed, const data::ReadOptions& read, nn::Ranks* ranks)
    : recipe_(recipe) {
  std::vector<nn::index> counts;
  for (const std::string& path : paths) {
    LoadedScan scan = load_scan_once(ranks, path, read, recipe.size);
    const SourceInfo& info = scan.info;
    nn::require(scan.interpolated.empty(), path, scan.interpolated,
                "slices that a scanner measured, the only truth to learn from",
                "name the scan that they were made of");
    nn::require(info.slices >= 3, path, std::to_string(info.slices) + " slices", "at least 3",
                "a triplet needs three neighbouring slices");
    nn::require(sources_.empty() || sources_.front().unit == info.unit, path,
                "a scan in unit " + info.unit, sources_.empty() ? "" : sources_.front().unit,
                "train on scans in HU or on pictures, not on both");
    nn::require(info.unit != data::to_string(data::Unit::unknown), path,
                "values that are not in HU", "HU, or grey levels of pictures",
                "the scan has no rescale to HU");
    sources_.push_back(info);
    places_.push_back(scan.place);
    counts.push_back(info.slices);
    scans_.push_back(std::move(scan.view));
    warnings_.insert(warnings_.end(), scan.warnings.begin(), scan.warnings.end());
  }
  split_ = data::split_triplets(counts, recipe.protocol, split_seed);
  // After the split, which must be the same for whoever knows the numbers of slices alone.
  const auto no_middle = [&](const data::Triplet& t) {
    return data::position_between(t, scan_of(t).positions) != 0.5;
  };
  if (recipe.anywhere() == 0) std::erase_if(split_.train, no_middle);
  std::erase_if(split_.validation, no_middle);
  nn::require(!split_.train.empty(), "train", "scans without a triplet of evenly spaced slices",
              "at least one", "give scans with more slices at even steps");
}

void ScanDataset::set_window(double low, double high) {
  recipe_.window_low = low;
  recipe_.window_high = high;
}

nn::Shape ScanDataset::shape(nn::index example) const {
  return scan_of(split_.train[static_cast<std::size_t>(example)]).shape();
}

data::Triplet ScanDataset::triplet(nn::index i, std::optional<std::uint32_t> elsewhere) const {
  const data::Triplet& listed = split_.train[static_cast<std::size_t>(i)];
  if (!elsewhere) return listed;
  const SourceInfo& scan = sources_[static_cast<std::size_t>(listed.scan)];
  nn::Rng rng(*elsewhere, nn::Purpose::sampling);
  return data::elsewhere(listed, scan.slices, data::widest_gap_slices(scan.slice_spacing),
                         recipe_.protocol == data::Protocol::self ? 2 : 1, rng);
}

Example ScanDataset::example(nn::index i, const Cut& cut) const {
  const data::Triplet t = triplet(i, cut.elsewhere);
  const auto window = [&](const nn::Tensor& s) {
    const nn::Tensor c = data::cropped(s, cut.top, cut.left, cut.height, cut.width, cut.mirrored);
    return cut.shrunk_height > 0 ? data::resized(c, cut.shrunk_height, cut.shrunk_width) : c;
  };
  MissingSlice m = missing_slice(scan_of(t), t);
  for (nn::Tensor& s : m.known) s = window(s);
  if (cut.reversed) m = m.reversed();
  const nn::Tensor truth = window(truth_of(t));

  Example e;
  const data::Normalisation norm = recipe_.normalisation();
  // A residual network's target may leave the window, as its base may.
  e.target = norm.apply(truth, recipe_.four_slices() == nullptr);
  if (std::holds_alternative<Identity>(recipe_.input)) {
    e.input = e.target;
  } else {
    const NetworkInput in = network_input(recipe_, m);
    e.input = in.input;
    e.base = in.base;
    if (scan_of(t).hu() && recipe_.bone_shift_weight > 0) e.bone = pure_bone(truth, m);
  }
  return e;
}

std::string ScanDataset::label(nn::index i, const Cut& cut) const {
  const data::Triplet t = triplet(i, cut.elsewhere);
  return std::to_string(t.scan) + ":" + std::to_string(t.target) + ":" + std::to_string(t.before) +
         "+" + std::to_string(t.after);
}

models::Taps ScanDataset::least_squares() const {
  models::LeastSquaresFit fit;
  for (const data::Triplet& t : split_.train) {
    const data::KnownSlices k = scan_of(t).around(t);
    fit.add(k[0], k[1], k[2], k[3], truth_of(t));
  }
  return fit.solve();
}

std::unique_ptr<SampleSheet> ScanDataset::sample_sheet(const Recipe& recipe) const {
  return scan_sheet(recipe, *this);
}

std::vector<ValidationSlice> ScanDataset::validation(nn::index most) const {
  // Too few slices to keep any apart: then what is looked at was trained on, and says so.
  const bool held_out = !split_.validation.empty();
  std::vector<data::Triplet> from = held_out ? split_.validation : split_.train;
  std::sort(from.begin(), from.end(), [](const data::Triplet& a, const data::Triplet& b) {
    return std::array{a.gap(), a.scan, a.target} < std::array{b.gap(), b.scan, b.target};
  });
  // The gap that will be filled comes first; the others only if there is no such triplet.
  const nn::index gap = from.front().gap();
  std::erase_if(from, [&](const data::Triplet& t) { return t.gap() != gap; });
  std::vector<ValidationSlice> chosen;
  const auto count = static_cast<nn::index>(from.size());
  const nn::index wanted = std::min(most, count);
  for (nn::index i = 0; i < wanted; ++i) {
    const data::Triplet& t = from[static_cast<std::size_t>((2 * i + 1) * count / (2 * wanted))];
    chosen.push_back({missing_slice(scan_of(t), t), truth_of(t),
                      sources_[static_cast<std::size_t>(t.scan)].name + ", slice " +
                          std::to_string(t.target) + (held_out ? "" : " (trained on)"),
                      places_[static_cast<std::size_t>(t.scan)]});
  }
  return chosen;
}

}  // namespace train
