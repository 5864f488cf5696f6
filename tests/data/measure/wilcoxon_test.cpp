#include "data/measure/summary.h"

#include <algorithm>
#include <limits>
#include <vector>

#include "nn/core/error.h"
#include "tests/catch.h"

using data::signed_rank;
using data::SignedRank;

namespace {

/// 30 differences of different sizes.
const std::vector<double> kThirty{
    0.25,    1.1528,  0.0406, -0.5524, 0.7358,  1.02,    -0.3182, -0.2344, 1.1055,  0.6996,
    -0.5125, 0.229,   1.2731, 0.2858,  -0.4807, 0.7273,  1.2058,  -0.1024, -0.2205, 1.1413,
    0.9317,  -0.3529, 0.2109, 1.3734,  0.5333,  -0.3895, 0.7116,  1.3739,  0.1253,  -0.192};

}  // namespace

TEST_CASE("signed ranks by hand") {
  // Sizes 1 2 3 4 5, all positive: one of 2^5 signs is as far out on either side.
  const SignedRank all = signed_rank(std::vector<double>{3, 1, 4, 2, 5});
  CHECK(all.plus == 15);
  CHECK(all.minus == 0);
  CHECK(all.count == 5);
  CHECK(all.exact);
  CHECK(all.p == 2.0 / 32.0);
  // W- = 2 of three: sums of ranks up to 2 are 0, 1 and 2, each in one way of 8.
  const SignedRank some = signed_rank(std::vector<double>{10, -0.5, 0.1});
  CHECK(some.minus == 2);
  CHECK(some.plus == 4);
  CHECK(some.p == 6.0 / 8.0);
}

TEST_CASE("signed ranks agree with scipy.stats.wilcoxon") {
  // scipy 1.10.1; mode "exact".
  const SignedRank twelve = signed_rank(
      std::vector<double>{1.83, 0.8, -0.4, 2.3, 1.1, -0.2, 0.9, 3.1, -1.5, 0.6, 1.2, 0.05});
  CHECK(twelve.minus == 14);
  CHECK(twelve.p == Approx(0.05224609375).epsilon(1e-14));
  const SignedRank at_most = signed_rank(std::span(kThirty).first(25));
  CHECK(at_most.exact);
  CHECK(at_most.minus == 68);
  CHECK(at_most.p == Approx(0.00963503122329712).epsilon(1e-13));
  // mode "approx", correction=False.
  const SignedRank above = signed_rank(std::span(kThirty).first(26));
  CHECK_FALSE(above.exact);
  CHECK(above.minus == 82);
  CHECK(above.p == Approx(0.017562701076178487).epsilon(1e-12));
  const SignedRank thirty = signed_rank(kThirty);
  CHECK(thirty.minus == 102);
  CHECK(thirty.p == Approx(0.007271049691046206).epsilon(1e-12));
  // Ties and a zero: zero_method="wilcox", mode "approx".
  const SignedRank ties =
      signed_rank(std::vector<double>{1, 1, -1, 2, 2, 2, -3, 4, 5, -5, 6, 7, 0, 8});
  CHECK_FALSE(ties.exact);
  CHECK(ties.count == 13);
  CHECK(ties.minus == 18.5);
  CHECK(ties.p == Approx(0.058475261565652865).epsilon(1e-12));
}

TEST_CASE("signed ranks: both sides alike, no order, nothing to rank") {
  std::vector<double> d = kThirty;
  const SignedRank before = signed_rank(d);
  std::reverse(d.begin(), d.end());
  CHECK(signed_rank(d).p == before.p);
  for (double& v : d) v = -v;
  const SignedRank turned = signed_rank(d);
  CHECK(turned.p == before.p);
  CHECK(turned.plus == before.minus);
  for (const auto& none : {std::vector<double>{}, std::vector<double>{0, 0, 0}}) {
    CHECK(signed_rank(none).p == 1);
    CHECK(signed_rank(none).count == 0);
  }
  // Balanced: never above 1.
  CHECK(signed_rank(std::vector<double>{1, 2, -3}).p == 1);
  CHECK(signed_rank(std::vector<double>{1, -1}).p == 1);
  const double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK_THROWS_AS(signed_rank(std::vector<double>{1, nan}), nn::Error);
}
