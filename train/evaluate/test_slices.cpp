#include "train/evaluate/test_slices.h"

#include <algorithm>

#include "data/pictures/pictures.h"
#include "nn/core/error.h"

namespace train {
namespace {

/// This scan among those of the training: protocols self and seed say something of no other.
std::size_t trained_source(data::Protocol protocol, const TrainingRecord& training,
                           const std::string& scan, const SourceInfo& info) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < training.sources.size(); ++i) {
    if (training.sources[i].sha256 == info.sha256) return i;
    names.push_back(training.sources[i].name);
  }
  throw nn::Error(nn::Fault::input, scan, "a scan that the model was not trained on",
                  std::string("for protocol ") + data::to_string(protocol) + " one that it was (" +
                      data::shortened(names) + ")",
                  "give --protocol unseen");
}

/// Of the triplets that training under protocol seed left out, those of its scan `number`.
std::vector<data::Triplet> left_out(const TrainingRecord& training, std::size_t number,
                                    const std::string& scan, const SourceInfo& info) {
  const SourceInfo& same = training.sources[number];
  std::vector<nn::index> slices;
  for (const SourceInfo& s : training.sources) slices.push_back(s.slices);
  nn::require(same.slices == info.slices && same.height == info.height && same.width == info.width,
              scan, "slices across another axis than in training",
              std::to_string(same.slices) + " slices of " + std::to_string(same.height) + "x" +
                  std::to_string(same.width),
              "give the --axis of the training");
  // One split over all scans together: drawn again as training drew it, then this scan's part.
  auto targets = data::split_triplets(slices, data::Protocol::seed, training.split_seed).validation;
  std::erase_if(targets,
                [&](const data::Triplet& t) { return t.scan != static_cast<nn::index>(number); });
  return targets;
}

}  // namespace

std::vector<data::Triplet> test_triplets(data::Protocol protocol, nn::index factor,
                                         const TrainingRecord& training, const std::string& scan,
                                         const SourceInfo& info) {
  if (protocol == data::Protocol::unseen) return data::thinned_targets(info.slices, factor);
  const std::size_t number = trained_source(protocol, training, scan, info);
  if (protocol == data::Protocol::self) return data::thinned_targets(info.slices, factor);
  nn::require(factor == 2, "--factor", std::to_string(factor), "2 for protocol seed",
              "give --protocol unseen");
  return left_out(training, number, scan, info);
}

TestSlices test_slices(const LoadedScan& loaded, const std::string& scan, const Model& model,
                       const Method& method, data::Protocol protocol, nn::index factor) {
  const std::vector<data::Position>& positions = loaded.view.positions;
  TestSlices test;
  test.factor = factor;
  test.targets = test_triplets(protocol, factor, model.training(), scan, loaded.info);
  // Up to three parts are made in one pass, from known slices alone. So are those of uneven steps,
  // which a scan that is cut in equal parts does not have.
  const auto at_its_part = [&](const data::Triplet& t) {
    return data::position_between(t, positions) == data::position_between(t, {});
  };
  const bool even = std::all_of(test.targets.begin(), test.targets.end(), at_its_part);
  test.filled = factor > 3 && can_cut(method, factor) && (even || method.in_passes());
  if (!model.anywhere() && !test.filled) {
    std::erase_if(test.targets, [&](const data::Triplet& t) {
      return data::position_between(t, positions) != 0.5;
    });
  }
  nn::require(!test.targets.empty(), scan, "no slice to test on", "a longer scan",
              model.anywhere() ? "" : "this model makes middles only: use --factor 2");
  return test;
}

}  // namespace train
