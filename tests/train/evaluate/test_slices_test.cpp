// Which slices a scan is tested on.
#include "train/evaluate/test_slices.h"

#include <algorithm>

#include "nn/core/error.h"
#include "tests/catch.h"

using data::Protocol;
using data::Triplet;

namespace {

/// Two training scans, "a" with 24 slices and "b" with 40.
train::TrainingRecord two_scans() {
  train::TrainingRecord training;
  training.sources = {{"a.nii", "a", 24, 64, 48, 3, "HU"}, {"b.nii", "b", 40, 64, 48, 3, "HU"}};
  training.split_seed = 5;
  return training;
}

std::string refusal(const train::TrainingRecord& training, const train::SourceInfo& info) {
  try {
    train::test_triplets(Protocol::seed, 2, training, "given.nii", info);
  } catch (const nn::Error& e) {
    CHECK(e.exit_code() == 2);
    return e.what();
  }
  return {};
}

}  // namespace

TEST_CASE("seed: a scan is tested on its own part of what training left out of all scans") {
  const train::TrainingRecord training = two_scans();
  const data::Split split = data::split_triplets({24, 40}, Protocol::seed, 5);
  std::vector<Triplet> tested;
  for (const train::SourceInfo& s : training.sources) {
    const auto targets = train::test_triplets(Protocol::seed, 2, training, s.name, s);
    CHECK_FALSE(targets.empty());
    for (const Triplet& t : targets) CHECK(t.scan == &s - training.sources.data());
    tested.insert(tested.end(), targets.begin(), targets.end());
  }
  CHECK(tested.size() == split.validation.size());
  CHECK(std::is_permutation(tested.begin(), tested.end(), split.validation.begin()));
}

TEST_CASE("seed: a scan counts by its content, and others are refused") {
  const train::TrainingRecord training = two_scans();
  train::SourceInfo renamed = training.sources[1];
  renamed.name = "elsewhere.nii";
  CHECK(train::test_triplets(Protocol::seed, 2, training, "elsewhere.nii", renamed) ==
        train::test_triplets(Protocol::seed, 2, training, "b.nii", training.sources[1]));
  train::SourceInfo other = training.sources[0];
  other.sha256 = "c";
  const std::string unknown = refusal(training, other);
  CHECK(unknown.find("given.nii: a scan that the model was not trained on") == 0);
  CHECK(unknown.find("a.nii, b.nii") != std::string::npos);
  CHECK(train::test_triplets(Protocol::unseen, 2, training, "given.nii", other).size() == 11);
  CHECK_THROWS_AS(train::test_triplets(Protocol::self, 2, training, "given.nii", other), nn::Error);
  CHECK(train::test_triplets(Protocol::self, 2, training, "a.nii", training.sources[0]).size() ==
        11);
  train::SourceInfo turned = training.sources[0];
  std::swap(turned.slices, turned.width);
  CHECK(refusal(training, turned).find("--axis") != std::string::npos);
}

TEST_CASE("every factor-th slice is known and those between are the truth, factor 2 for seed") {
  const train::TrainingRecord training = two_scans();
  const auto targets =
      train::test_triplets(Protocol::unseen, 4, training, "b.nii", training.sources[1]);
  REQUIRE(targets.size() == 27);  // 40 slices: known are 0, 4, ..., 36
  CHECK(targets.front() == Triplet{0, 1, 1, 3});
  CHECK(targets.back() == Triplet{0, 35, 3, 1});
  CHECK_THROWS_AS(train::test_triplets(Protocol::seed, 4, training, "b.nii", training.sources[1]),
                  nn::Error);
}
