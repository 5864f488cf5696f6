// Lesions in the phantom, seen by methods whose answer is known.
#include "train/evaluate/lesions.h"

#include <cmath>

#include "nn/core/error.h"
#include "tests/catch.h"
#include "train/evaluate/evaluate.h"
#include "train/predict/default_model.h"

namespace {

using train::kMethodCubic;
using train::kMethodLinear;
using train::Seen;

const train::LesionReport& of_phantom() {
  static const train::LesionReport report = [] {
    train::EvaluateOptions options;
    options.lesions = 40;
    const train::Model model = train::Model::load(train::kDefaultModel);
    return *train::evaluate("phantom:7:33:96", model, options).lesions;
  }();
  return report;
}

}  // namespace

TEST_CASE("where a lesion could be seen") {
  CHECK(train::seen_of(1, 1) == Seen::well);
  CHECK(train::seen_of(1, 0.3) == Seen::partly);
  CHECK(train::seen_of(1, 0.05) == Seen::nowhere);
  CHECK(train::seen_of(0, 1) == Seen::elsewhere);
  CHECK_FALSE(train::seen_of(0.1, 1).has_value());
  CHECK_FALSE(train::seen_of(0, 0.3).has_value());
}

TEST_CASE("linear and cubic interpolation show of a lesion what their weights say", "[optimised]") {
  const train::LesionReport& report = of_phantom();
  CHECK(report.rows.size() >= 20);
  std::size_t nowhere = 0, ghosts = 0;
  for (const train::LesionRow& row : report.rows) {
    const double linear = row.methods[kMethodLinear].contrast;
    const double cubic = row.methods[kMethodCubic].contrast;
    INFO(row.lesion.diameter << " mm, " << row.lesion.contrast << " HU, slice " << row.slice);
    if (row.seen == Seen::nowhere) {  // cubic takes 9/16 of each neighbour, -1/16 of the next
      ++nowhere;
      CHECK(std::abs(linear) < 0.12);
      CHECK(std::abs(cubic) < 0.14);
    }
    if (row.seen == Seen::elsewhere) {
      // Half of the neighbour that is compared with, and of the other what it holds.
      ++ghosts;
      CHECK(linear > 0.49);
      CHECK(cubic > 0.49);
    }
  }
  CHECK(nowhere > 0);
  CHECK(ghosts > 0);
}

TEST_CASE("the same seed gives the same lesions, and methods do not see the truth", "[optimised]") {
  train::EvaluateOptions options;
  options.lesions = 10;
  const train::Model model = train::Model::load(train::kDefaultModel);
  const auto a = train::evaluate("phantom:7:17:64", model, options);
  const auto b = train::evaluate("phantom:7:17:64", model, options);
  REQUIRE(a.lesions->rows.size() == b.lesions->rows.size());
  for (std::size_t i = 0; i < a.lesions->rows.size(); ++i) {
    CHECK(a.lesions->rows[i].methods[0].contrast == b.lesions->rows[i].methods[0].contrast);
  }
  options.lesions = 0;
  const auto c = train::evaluate("phantom:7:17:64", model, options);
  CHECK_FALSE(c.lesions.has_value());
  CHECK(c.methods[0].psnr[0].mean == a.methods[0].psnr[0].mean);
}

TEST_CASE("lesions need a gap with one hidden slice") {
  train::EvaluateOptions options;
  options.lesions = 4;
  options.factor = 3;
  const train::Model model = train::Model::load(train::kDefaultModel);
  CHECK_THROWS_AS(train::evaluate("phantom:7:16:64", model, options), nn::Error);
}
