#include "train/fill/fill_scan.h"

#include <nlohmann/json.hpp>
#include <span>
#include <vector>

#include "data/phantom/phantom.h"
#include "nn/core/error.h"
#include "tests/catch.h"
#include "train/predict/default_model.h"

namespace {

using train::FillOptions;
using train::FillProgress;
using train::ScanFill;

data::Volume head(nn::index slices = 9, nn::index size = 64) {
  data::PhantomOptions o;
  o.slices = slices;
  o.size = size;
  return data::make_phantom(o);
}

FillOptions by(const std::string& method, nn::index factor = 2) {
  FillOptions o;
  o.method = method;
  o.factor = factor;
  return o;
}

const train::Model& box() {
  static const train::Model model = train::Model::load(train::kDefaultModel);
  return model;
}

}  // namespace

TEST_CASE("a fill without a network makes what fill() makes, and says so") {
  ScanFill fill(head(), nullptr, by("cubic", 3));
  CHECK(fill.slices_before() == 9);
  CHECK(fill.scan().slices() == 25);
  CHECK_FALSE(fill.trained_for());
  fill.self_check();
  CHECK_FALSE(fill.check());
  fill.fill();

  const train::Plan plan{std::vector<nn::index>(8, 3), {}};
  const data::Volume expected =
      train::interpolate(head(), plan, train::method_without_network("cubic"), {});
  CHECK(fill.scan().stored == expected.stored);
  const auto result = fill.result();
  CHECK(result.at("synthetic") == 16);
  CHECK(result.at("method") == "cubic");
  CHECK(result.at("self_check").is_null());
}

TEST_CASE("a fill by the model in the box checks itself, stage by stage") {
  FillOptions options = by("model");
  options.error_map = true;
  options.any_scan = true;  // pixels of 64 x 64 are larger than those of the training
  ScanFill fill(head(12), &box(), options);
  std::vector<std::string> stages;
  std::uint64_t last = 0;
  std::uint64_t total = 0;
  const auto watch = [&](const FillProgress& p) {
    if (p.done == 0) {
      CHECK(last == total);  // the stage before has ended
      stages.emplace_back(p.stage);
    } else {
      CHECK(p.done > last);
    }
    last = p.done;
    total = p.total;
    return true;
  };
  fill.self_check(watch);
  REQUIRE(fill.check());
  CHECK(fill.error_map());
  fill.fill(watch);
  CHECK(last == total);
  CHECK(total == 11);
  CHECK(stages == std::vector<std::string>{"self-check", "interpolate"});
  REQUIRE(fill.errors());
  CHECK(fill.errors()->slices() == 23);
  CHECK(fill.result().at("self_check").is_object());
  for (nn::index k = 0; k < 23; ++k) {
    CHECK(fill.scan().origin(k).method.empty() == (k % 2 == 0));
  }
}

TEST_CASE(
    "middles that a network has made already are given to it, where they are the same slice") {
  const data::Volume v = head(5, 16);
  const nn::Tensor seven = nn::Tensor::full({1, 16, 16, 1}, 7);
  const double mm = v.slice_spacing();
  const auto takes = [](bool middles_only) {
    return train::Method{
        "model", middles_only, [](std::span<const train::MissingSlice> missing) {
          std::vector<nn::Tensor> slices;
          for (const train::MissingSlice& m : missing) {
            slices.push_back(m.made ? *m.made : nn::Tensor::full({1, 16, 16, 1}, 1));
          }
          return slices;
        }};
  };
  const auto filled = [&](nn::index factor, const std::vector<train::MadeMiddle>& made,
                          bool middles_only) {
    data::Volume out = v.expanded(factor);
    const std::vector<train::GapMethod> gaps(4);
    const train::Method method = takes(middles_only);
    train::fill(out, {&method, 1}, gaps, {}, nullptr, made);
    std::vector<double> values;
    for (nn::index k = 0; k < out.slices(); ++k) {
      if (k % factor != 0) values.push_back(static_cast<double>(out.slice(k).at(0, 3, 3, 0)));
    }
    return values;
  };
  using Values = std::vector<double>;
  CHECK(filled(2, {{1, mm, seven}, {3, mm, seven}}, false) == Values{1, 7, 1, 7});
  CHECK(filled(4, {{2, mm, seven}}, false) == Values{1, 1, 1, 1, 1, 1, 1, 7, 1, 1, 1, 1});
  CHECK(filled(3, {{2, mm, seven}}, false) == Values(8, 1.0));      // no slice in the middle
  CHECK(filled(2, {{1, 2 * mm, seven}}, false) == Values(4, 1.0));  // of another gap
  CHECK(filled(2, {{1, mm, seven}}, true) == Values(4, 1.0));       // in passes
}

TEST_CASE("slices that the self-check has made are taken by the fill, and have the same bits") {
  const data::Volume scan = head(10);
  const train::Method method = train::method_of(box());
  std::vector<train::MadeMiddle> middles;
  train::soft_shift(data::view_of(scan), {0, 4, 8}, method, &middles, {});
  REQUIRE(middles.size() == 3);
  const auto filled = [&](std::span<const train::MadeMiddle> made, nn::index factor) {
    data::Volume out = scan.expanded(factor);
    const std::vector<train::GapMethod> gaps(9);
    train::fill(out, {&method, 1}, gaps, {}, nullptr, made);
    return out;
  };
  for (const nn::index factor : {2, 3, 4}) {
    CHECK(filled(middles, factor).stored == filled({}, factor).stored);
  }
  for (train::MadeMiddle& m : middles) m.slice = nn::Tensor::full(m.slice.shape(), 7);
  const data::Volume sevens = filled(middles, 4);
  CHECK(sevens.slice(18).at(0, 32, 32, 0) == 7);
  CHECK(sevens.slice(14).at(0, 32, 32, 0) != 7);
}

TEST_CASE("a watcher that returns false ends the work with a job error") {
  for (const std::uint64_t stop : {std::uint64_t{0}, std::uint64_t{3}}) {
    ScanFill fill(head(), nullptr, by("cubic"));
    fill.self_check();
    std::uint64_t seen = 99;
    try {
      fill.fill([&](const FillProgress& p) {
        seen = p.done;
        return p.done < stop;
      });
      FAIL("not cancelled");
    } catch (const nn::Error& e) {
      CHECK(e.fault() == nn::Fault::job);
      CHECK(std::string(e.what()).find("cancelled") != std::string::npos);
    }
    CHECK(seen >= stop);  // slices that are made together are reported together
  }
}

TEST_CASE("what cannot be filled is refused before the long work") {
  CHECK_THROWS_AS(ScanFill(head(), nullptr, by("model")), nn::Error);
  CHECK_THROWS_AS(ScanFill(head(), nullptr, by("sinc")), nn::Error);
  FillOptions both = by("cubic");
  both.spacing = 1;
  CHECK_THROWS_AS(ScanFill(head(), nullptr, both), nn::Error);
  FillOptions map = by("cubic");
  map.error_map = true;
  CHECK_THROWS_AS(ScanFill(head(), nullptr, map), nn::Error);
  data::Volume grey = head();
  grey.unit = data::Unit::unknown;
  CHECK_THROWS_AS(ScanFill(grey, &box(), by("model")), nn::Error);
}
