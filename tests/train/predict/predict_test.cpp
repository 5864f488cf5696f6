// Several slices at once: the same bits as one at a time, and one at a time where a batch's
// statistics would mix them.
#include "train/predict/predict.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <vector>

#include "data/phantom/phantom.h"
#include "data/volume/normalise.h"
#include "data/volume/resample.h"
#include "models/interpolators.h"
#include "models/registration.h"
#include "nn/core/error.h"
#include "tests/catch.h"
#include "train/predict/interpolate.h"

namespace {

bool same(const nn::Tensor& a, const nn::Tensor& b) {
  return a.shape() == b.shape() && std::equal(a.data(), a.data() + a.numel(), b.data());
}

/// A recipe small enough for a test, and a generator of it in which every layer matters: random
/// weights, gains, shifts and running statistics.
struct Trained {
  explicit Trained(const std::string& name) : Trained(train::recipe_named(name)) {}
  explicit Trained(const train::Recipe& of) : recipe(of) {
    recipe.generator.levels = 3;
    recipe.generator.width = 6;
    generator.emplace(recipe.generator_config());
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

/// Recipe `residual` with each head that it can have.
std::vector<train::Recipe> with_each_head() {
  std::vector<train::Recipe> all(2, train::recipe_named("residual"));
  all.front().generator.head = models::Head::residual;
  return all;
}

/// More than go through the generator at once, in a size that has to be padded.
std::vector<train::MissingSlice> many_slices(nn::index count, nn::index side) {
  nn::Rng rng(32, nn::Purpose::test);
  std::vector<train::MissingSlice> all(static_cast<std::size_t>(count));
  for (train::MissingSlice& missing : all) {
    for (nn::Tensor& t : missing.known) {
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

TEST_CASE("missing slices come in groups of images_at_once(), each once and in order") {
  const auto groups_of = [](std::size_t count) {
    std::vector<std::size_t> asked;
    std::vector<std::vector<double>> groups;
    train::in_groups(
        count,
        [&](std::size_t i) {
          asked.push_back(i);
          train::MissingSlice m;
          for (nn::Tensor& k : m.known) k = nn::Tensor({1, 256, 256, 1});
          m.gap = static_cast<double>(i);
          return m;
        },
        [&](std::size_t first, std::span<const train::MissingSlice> group) {
          CHECK(asked.size() == first + group.size());  // no slice of a later group is held
          groups.emplace_back();
          for (const train::MissingSlice& m : group) groups.back().push_back(m.gap);
        });
    return groups;
  };
  using Groups = std::vector<std::vector<double>>;
  CHECK(groups_of(0).empty());
  CHECK(groups_of(4) == Groups{{0, 1, 2, 3}});
  CHECK(groups_of(9) == Groups{{0, 1, 2, 3}, {4, 5, 6, 7}, {8}});
}

TEST_CASE("position and gap are two planes behind the slices, the base is cubic at the position") {
  train::Recipe r = train::recipe_named("residual");
  r.generator.head = models::Head::residual;
  r.four_slices()->differences.reset();
  train::MissingSlice m = many_slices(1, 8).front();
  m.t = 0.25;
  m.gap = 16;
  const train::NetworkInput in = train::network_input(r, m);
  REQUIRE(in.input.shape() == nn::Shape{1, 8, 5, 6});
  const nn::Tensor base = models::cubic(m.known[0], m.known[1], m.known[2], m.known[3], 0.25);
  for (nn::index y = 0; y < 8; ++y) {
    for (nn::index x = 0; x < 5; ++x) {
      CHECK(in.input.at(0, y, x, 4) == -0.5F);      // 2t - 1
      CHECK(in.input.at(0, y, x, 5) == Approx(1));  // log2(16 / 4) / 2
      CHECK(in.base.at(0, y, x, 0) ==
            Approx((base.at(0, y, x, 0) - 512) / 1536).margin(1e-5));  // -1024..2048 to -1..1
    }
  }
  // From the other end: slices turned round, and the position's sign.
  const train::NetworkInput turned = train::network_input(r, m.reversed());
  for (nn::index c = 0; c < 4; ++c) {
    CHECK(turned.input.at(0, 3, 2, c) == in.input.at(0, 3, 2, 3 - c));
  }
  CHECK(turned.input.at(0, 3, 2, 4) == 0.5F);
  CHECK(turned.base.at(0, 3, 2, 0) == Approx(in.base.at(0, 3, 2, 0)).margin(1e-6));
  CHECK(train::gap_value(1) == Approx(-1));
  CHECK(train::gap_value(4) == 0);
  CHECK(train::gap_value(1e9) == 2);
}

TEST_CASE("with a gain a network is given the base and what neighbours differ by") {
  train::Recipe r = train::recipe_named("residual");
  r.generator.head = models::Head::residual;
  r.four_slices()->differences = train::FourSlices::Differences{2};
  train::MissingSlice m;
  const double hu[] = {-256, 512, 1280, 4000};  // -0.5, 0, 0.5 and, clipped, 1 in network units
  for (std::size_t i = 0; i < 4; ++i) {
    m.known[i] = nn::Tensor::full({1, 1, 1, 1}, static_cast<nn::real>(hu[i]));
  }
  const auto channels = [&](const train::MissingSlice& of) {
    const nn::Tensor x = train::network_input(r, of).input;
    REQUIRE(x.shape() == nn::Shape{1, 1, 1, 6});
    return std::vector<nn::real>(x.data(), x.data() + 4);
  };
  // Cubic in the middle: (9 (512 + 1280) - (4000 - 256)) / 16 = 774 HU, and (774 - 512) / 1536.
  const auto base = Approx(262.0 / 1536).epsilon(1e-6);
  const std::vector<nn::real> forward = channels(m);
  CHECK(forward[0] == Approx(2 * (-0.5 - 0)));
  CHECK(forward[1] == base);
  CHECK(forward[2] == Approx(2 * (0.5 - 0)));
  CHECK(forward[3] == Approx(2 * (1 - 0.5)));
  const std::vector<nn::real> back = channels(m.reversed());
  CHECK(back[0] == forward[3]);
  CHECK(back[1] == base);
  CHECK(back[2] == -forward[2]);
  CHECK(back[3] == forward[0]);
  // Metal: what the network is given is clipped, what it corrects is not.
  for (nn::Tensor& s : m.known) s = nn::Tensor::full({1, 1, 1, 1}, 3000);
  CHECK(channels(m)[1] == 1);
  CHECK(train::network_input(r, m).base.data()[0] == Approx((3000 - 512) / 1536.0));
}

TEST_CASE("a network that registers is given the moved slices and what cubic would have made") {
  train::Recipe r = train::recipe_named("residual");
  r.generator.head = models::Head::residual;
  r.four_slices()->differences->gain = 2;
  r.four_slices()->differences->registration = models::RegistrationRule::demons;
  train::MissingSlice m = many_slices(1, 40).front();
  m.t = 0.25;
  m.gap = 4;
  const models::Registered of = models::registered(m.known, 0.25, *r.registration());
  const data::KnownSlices& moved = of.moved;
  const nn::Tensor& base = of.slice;
  const nn::Tensor cubic = models::cubic(m.known[0], m.known[1], m.known[2], m.known[3], 0.25);
  const auto unit = [](const nn::Tensor& hu, nn::index i) {
    return std::clamp((static_cast<double>(hu.data()[i]) - 512) / 1536, -1.0, 1.0);
  };
  const train::NetworkInput in = train::network_input(r, m);
  REQUIRE(in.input.shape().c == r.generator_config().in_channels);
  bool elsewhere = false;
  for (nn::index i = 0; i < base.numel(); ++i) {
    const nn::real* x = in.input.data() + i * 7;
    const double expected[] = {2 * (unit(moved[0], i) - unit(moved[1], i)),
                               unit(base, i),
                               2 * (unit(moved[2], i) - unit(moved[1], i)),
                               2 * (unit(moved[3], i) - unit(moved[2], i)),
                               2 * (unit(cubic, i) - unit(base, i)),
                               -0.5,
                               0};
    for (int c = 0; c < 7; ++c) CHECK(x[c] == Approx(expected[c]).margin(1e-5));
    CHECK(in.base.data()[i] ==
          Approx((static_cast<double>(base.data()[i]) - 512) / 1536).margin(1e-5));
    elsewhere = elsewhere || std::fabs(expected[4]) > 0.1;
  }
  CHECK(elsewhere);
  // Seen once, it is seen for both orders, and what was seen is not looked for again.
  train::MissingSlice seen = train::as_seen(r, m);
  CHECK(train::as_seen(r, seen).registered->slice.data() == seen.registered->slice.data());
  const train::NetworkInput turned = train::network_input(r, seen.reversed());
  const train::NetworkInput afresh = train::network_input(r, m.reversed());
  CHECK(std::equal(turned.input.values().begin(), turned.input.values().end(),
                   afresh.input.values().begin()));
  // A slice on the way is gone by, from either end.
  train::MissingSlice shown = m;
  shown.way = models::Waypoint{m.known[2], 0.375};  // 1 - t is exact
  const nn::Tensor by_way =
      models::registered(m.known, 0.25, *r.registration(), {}, &*shown.way).slice;
  const auto same_as_by_way = [&](const nn::Tensor& slice) {
    return std::equal(slice.values().begin(), slice.values().end(), by_way.values().begin());
  };
  CHECK(same_as_by_way(train::as_seen(r, shown).registered->slice));
  CHECK(same_as_by_way(train::as_seen(r, shown.reversed()).registered->slice));
  CHECK_FALSE(same_as_by_way(base));
  // Whoever does not register sees slices as they are.
  r.four_slices()->differences->registration.reset();
  CHECK_FALSE(train::as_seen(r, m).registered);
  CHECK(train::network_input(r, m).input.shape().c == 6);
}

TEST_CASE("a head that corrects movement is given A, C and their movements") {
  train::Recipe r = train::recipe_named("residual");
  train::MissingSlice m = many_slices(1, 40).front();
  m.t = 0.25;
  const models::Registered of = models::registered(m.known, 0.25, *r.registration());
  const models::Movements searches = models::movements(m.known, 0.25, *r.registration());
  REQUIRE(searches.size() == 2);
  const auto unit = [](const nn::Tensor& hu, nn::index i) {
    return Approx((static_cast<double>(hu.data()[i]) - 512) / 1536).margin(1e-5);  // not clipped
  };
  const auto mean = [](const nn::Tensor& a, const nn::Tensor& b, nn::index i) {
    return (a.data()[i] + b.data()[i]) / 2;
  };
  const models::Movement& u = searches[0];
  const models::Movement& v = searches[1];
  const nn::Tensor base = train::network_input(r, m).base;
  const nn::Tensor turned = train::network_input(r, m.reversed()).base;
  REQUIRE(base.shape() == nn::Shape{1, 40, 37, 7});
  REQUIRE(r.generator_config().base_channels() == 7);
  for (nn::index i = 0; i < 40 * 37; ++i) {
    const nn::real* x = base.data() + i * 7;
    CHECK(x[0] == unit(of.slice, i));
    CHECK(x[1] == unit(m.known[1], i));
    CHECK(x[2] == unit(m.known[2], i));
    CHECK(x[3] == mean(u.back.x, v.back.x, i));
    CHECK(x[4] == mean(u.back.y, v.back.y, i));
    CHECK(x[5] == mean(u.forth.x, v.forth.x, i));
    CHECK(x[6] == mean(u.forth.y, v.forth.y, i));
    const nn::real* from_c = turned.data() + i * 7;
    const int same_channel[] = {0, 2, 1, 5, 6, 3, 4};
    for (int c = 0; c < 7; ++c) CHECK(from_c[c] == x[same_channel[c]]);
  }
}

TEST_CASE("pictures are registered by their grey levels, scans by what is below dense bone") {
  train::MissingSlice m = many_slices(1, 40).front();
  for (nn::Tensor& s : m.known) {
    for (nn::real& v : s.values()) v = std::clamp(v / 4 + 128, nn::real{0}, nn::real{255});
  }
  const auto registered = [&](models::RegistrationRule rule, double low, double high) {
    return models::registered(m.known, 0.5, rule, {low, high}).slice;
  };
  train::Recipe r = train::recipe_named("residual");
  const auto seen = [&](double low, double high) {
    r.window_low = low;
    r.window_high = high;
    return train::as_seen(r, m).registered->slice;
  };
  // A recipe has a rule of its own.
  for (const auto rule :
       {models::RegistrationRule::demons, models::RegistrationRule::two_searches}) {
    REQUIRE_FALSE(same(registered(rule, 0, 255), registered(rule, -1024, 800)));
    r.four_slices()->differences->registration = rule;
    CHECK(same(seen(-1024, 2048), registered(rule, -1024, 800)));
    CHECK(same(seen(0, 255), registered(rule, 0, 255)));
  }
  const auto made = [&](data::Unit unit) {
    return train::method_without_network("registered", unit).predict({&m, 1}).front();
  };
  CHECK(same(made(data::Unit::hu), registered(models::kFreeRule, -1024, 800)));
  CHECK(same(made(data::Unit::grey8), registered(models::kFreeRule, 0, 255)));
}

TEST_CASE("a network of middles is asked for middles only") {
  train::Recipe r = train::recipe_named("residual");
  r.four_slices()->anywhere = 0;
  train::MissingSlice m = many_slices(1, 8).front();
  CHECK(train::network_input(r, m).input.shape().c == 5);
  m.t = 0.25;
  CHECK_THROWS_AS(train::network_input(r, m), nn::Error);
}

TEST_CASE("slices predicted together have the bits of one at a time") {
  std::vector<train::Recipe> recipes = with_each_head();
  recipes.push_back(train::recipe_named("ct2ct"));
  for (const train::Recipe& recipe : recipes) {
    Trained t(recipe);
    auto known = many_slices(5, 230);  // padded to 232: four images at once, so 4 + 1
    if (t.recipe.anywhere() > 0) known[2].t = 0.25;
    REQUIRE(train::images_at_once({1, 232, 232, 1}) == 4);
    const auto together = train::predict_slices(t.recipe, *t.generator, known);
    REQUIRE(together.size() == known.size());
    for (std::size_t i = 0; i < known.size(); ++i) {
      INFO(recipe.name << ", head " << static_cast<int>(recipe.generator.head) << ", slice " << i);
      CHECK(
          same(together[i], train::predict_slices(t.recipe, *t.generator, {&known[i], 1}).front()));
    }
    CHECK_FALSE(same(together[0], together[1]));
  }
}

TEST_CASE("where both directions disagree: the same from both ends, and nowhere with one answer") {
  auto known = many_slices(1, 32);
  known[0].t = 0.25;
  for (const train::Recipe& recipe : with_each_head()) {
    Trained both(recipe);
    const auto made = train::predict_both(both.recipe, *both.generator, known).front();
    const train::MissingSlice turned = known[0].reversed();
    const auto back = train::predict_both(both.recipe, *both.generator, {&turned, 1}).front();
    CHECK(same(made.slice, back.slice));
    CHECK(same(made.disagreement, back.disagreement));
    CHECK(same(made.slice,
               train::predict_slices(both.recipe, *both.generator, {&known[0], 1}).front()));
    double sum = 0;
    for (const nn::real v : made.disagreement.values()) {
      CHECK(v >= 0);
      sum += static_cast<double>(v);
    }
    CHECK(sum > 0);
  }
  Trained one("ct2ct");
  known[0].t = 0.5;
  const auto alone = train::predict_both(one.recipe, *one.generator, known).front();
  for (const nn::real v : alone.disagreement.values()) CHECK(v == 0);
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
                                return train::predict_slices(t.recipe, *t.generator, missing);
                              }};
  const train::Method alone{
      "alone", true, [&](std::span<const train::MissingSlice> missing) {
        std::vector<nn::Tensor> slices;
        for (const auto& m : missing) {
          slices.push_back(train::predict_slices(t.recipe, *t.generator, {&m, 1}).front());
        }
        return slices;
      }};
  const train::Plan plan{std::vector<nn::index>(18, 2), {}};
  CHECK(train::interpolate(v, plan, grouped, {}).stored ==
        train::interpolate(v, plan, alone, {}).stored);
  CHECK(groups == std::vector<std::size_t>{16, 2});
}

TEST_CASE("a slice is the mean of two answers, one in each order") {
  for (const train::Recipe& recipe : with_each_head()) {
    Trained net(recipe);
    const train::MissingSlice missing = many_slices(1, 24).front();
    const train::BothOrders made =
        train::predict_both(net.recipe, *net.generator, {&missing, 1}).front();
    const std::vector<nn::Tensor> y =
        train::run_all(net.recipe, *net.generator,
                       {train::network_input(net.recipe, missing),
                        train::network_input(net.recipe, missing.reversed())});
    CHECK_FALSE(same(y[0], y[1]));
    CHECK(same(made.slice, net.recipe.normalisation().restore(models::linear(y[0], y[1], 0.5))));
  }
}
