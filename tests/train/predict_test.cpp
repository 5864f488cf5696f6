// Several slices at once: the same bits as one at a time, and one at a time where a batch's
// statistics would mix them.
#include "train/predict/predict.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "data/phantom.h"
#include "tests/catch.h"
#include "train/predict/interpolate.h"

namespace {

bool same(const nn::Tensor& a, const nn::Tensor& b) {
  return a.shape() == b.shape() && std::equal(a.data(), a.data() + a.numel(), b.data());
}

/// A recipe small enough for a test, and a generator of it in which every layer matters: random
/// weights, gains, shifts and running statistics.
struct Trained {
  explicit Trained(const std::string& name) : recipe(train::recipe_named(name)) {
    recipe.generator.levels = 3;
    recipe.generator.width = 6;
    generator.emplace(recipe.generator);
    nn::Rng rng(31, nn::Purpose::test);
    nn::ParameterList list = generator->parameters();
    for (nn::Parameter& p : list.parameters) {
      for (nn::real& v : p.var.mutable_value().values()) {
        v = static_cast<nn::real>(0.1 * rng.normal());
      }
    }
    for (nn::Buffer& b : list.buffers) {
      for (nn::real& v : b.tensor.values()) v = static_cast<nn::real>(0.1 + rng.uniform());
    }
  }
  train::Recipe recipe;
  std::optional<models::UNet> generator;
};

/// More than go through the generator at once, in a size that has to be padded.
std::vector<train::KnownSlices> many_slices(nn::index count, nn::index side) {
  nn::Rng rng(32, nn::Purpose::test);
  std::vector<train::KnownSlices> all(static_cast<std::size_t>(count));
  for (train::KnownSlices& known : all) {
    for (nn::Tensor& t : known) {
      t = nn::Tensor({1, side, side - 3, 1});
      for (nn::real& v : t.values()) v = static_cast<nn::real>(500 * rng.normal());
    }
  }
  return all;
}

}  // namespace

TEST_CASE("how many images are worked on together follows from their shape") {
  CHECK(train::images_at_once({1, 512, 512, 1}) == 1);
  CHECK(train::images_at_once({1, 1024, 512, 1}) == 1);
  CHECK(train::images_at_once({1, 512, 256, 4}) == 2);
  CHECK(train::images_at_once({1, 256, 256, 1}) == 4);
  CHECK(train::images_at_once({1, 130, 130, 1}) == 15);
}

TEST_CASE("slices predicted together have the bits of one at a time") {
  for (const std::string name : {"residual", "ct2ct"}) {
    Trained t(name);
    const auto known = many_slices(5, 230);  // padded to 232: four images at once, so 4 + 1
    REQUIRE(train::images_at_once({1, 232, 232, 1}) == 4);
    const auto together = train::predict_slices(t.recipe, *t.generator, known);
    REQUIRE(together.size() == known.size());
    for (std::size_t i = 0; i < known.size(); ++i) {
      INFO(name << ", slice " << i);
      CHECK(
          same(together[i], train::predict_slices(t.recipe, *t.generator, {&known[i], 1}).front()));
    }
    CHECK_FALSE(same(together[0], together[1]));
  }
}

TEST_CASE("statistics of the batch never mix slices") {
  Trained t("ct2ct");
  t.recipe.predict_mode = nn::NormMode::batch;
  const auto known = many_slices(3, 32);
  const auto together = train::predict_slices(t.recipe, *t.generator, known);
  for (std::size_t i = 0; i < known.size(); ++i) {
    CHECK(same(together[i], train::predict_slices(t.recipe, *t.generator, {&known[i], 1}).front()));
  }
}

TEST_CASE("a scan interpolated in groups has the bits of one slice at a time") {
  data::PhantomOptions o;
  o.slices = 19;  // 18 missing at factor 2; 16 of 128x128 are made together
  o.size = 128;
  const data::Volume v = data::make_phantom(o);
  Trained t("residual");
  std::vector<std::size_t> groups;
  const train::Method grouped{"grouped", true, [&](std::span<const train::MissingSlice> missing) {
                                groups.push_back(missing.size());
                                std::vector<train::KnownSlices> known;
                                for (const auto& m : missing) known.push_back(m.known);
                                return train::predict_slices(t.recipe, *t.generator, known);
                              }};
  const train::Method alone{
      "alone", true, [&](std::span<const train::MissingSlice> missing) {
        std::vector<nn::Tensor> slices;
        for (const auto& m : missing) {
          slices.push_back(train::predict_slices(t.recipe, *t.generator, {&m.known, 1}).front());
        }
        return slices;
      }};
  const train::Plan plan{std::vector<nn::index>(18, 2), {}};
  CHECK(train::interpolate(v, plan, grouped, {}).stored ==
        train::interpolate(v, plan, alone, {}).stored);
  CHECK(groups == std::vector<std::size_t>{16, 2});
}
