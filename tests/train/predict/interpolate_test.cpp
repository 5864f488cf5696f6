#include "train/predict/interpolate.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "data/phantom/phantom.h"
#include "data/pictures/overlay.h"
#include "data/slices/triplets.h"
#include "nn/core/error.h"
#include "tests/catch.h"

namespace {

using train::Plan;

data::Volume head(nn::index slices = 9, nn::index size = 32) {
  data::PhantomOptions o;
  o.slices = slices;
  o.size = size;
  return data::make_phantom(o);
}

Plan equal_parts(const data::Volume& v, nn::index factor) {
  return {std::vector<nn::index>(static_cast<std::size_t>(v.slices() - 1), factor), {}};
}

bool same(const nn::Tensor& a, const nn::Tensor& b) {
  return a.shape() == b.shape() && std::equal(a.data(), a.data() + a.numel(), b.data());
}

/// Slices at these heights; each is flat, with the value that `value` gives it.
template <class F>
data::Volume flat_slices(const std::vector<double>& heights, const F& value) {
  data::Volume v = head(static_cast<nn::index>(heights.size()), 16);
  v.type = data::StoredType::float32;
  v.slope = 1;
  v.intercept = 0;
  v.stored.assign(static_cast<std::size_t>(v.voxels()) * sizeof(float), std::byte{});
  for (std::size_t k = 0; k < heights.size(); ++k) {
    v.positions.push_back({1, 2 + 0.25 * heights[k], heights[k]});  // tilted
    v.set_slice(static_cast<nn::index>(k),
                nn::Tensor::full({1, 16, 16, 1}, static_cast<float>(value(heights[k]))));
  }
  return v;
}

double at(const data::Volume& v, nn::index k) {
  return static_cast<double>(v.slice(k).at(0, 3, 3, 0));
}

/// Asks only for the middle, and answers something that depends on all four slices and their order.
train::Method middles(std::vector<double>* asked = nullptr) {
  return {"model", true, [asked](std::span<const train::MissingSlice> missing) {
            std::vector<nn::Tensor> slices;
            for (const train::MissingSlice& m : missing) {
              if (asked != nullptr) asked->push_back(m.t);
              slices.push_back(models::least_squares(m.known[0], m.known[1], m.known[2], m.known[3],
                                                     {0.05, 0.4, 0.5, 0.06}));
            }
            return slices;
          }};
}

}  // namespace

TEST_CASE("real slices stay value-identical and in place, and n becomes (n - 1) factor + 1") {
  const data::Volume v = head();
  for (const char* name : {"nearest", "linear", "cubic", "registered"}) {
    for (const nn::index factor : {2, 3, 7, 10}) {
      nn::index made = 0;
      const Plan plan = equal_parts(v, factor);
      const auto out =
          train::interpolate(v, plan, train::method_without_network(name), [&](nn::index done) {
            CHECK(done > made);
            made = done;
          });
      REQUIRE(out.slices() == (v.slices() - 1) * factor + 1);
      CHECK(made == plan.synthetic());
      for (nn::index k = 0; k < v.slices(); ++k) REQUIRE(same(out.slice(k * factor), v.slice(k)));
      CHECK(out.slice_spacing() == Approx(v.slice_spacing() / static_cast<double>(factor)));
    }
  }
}

TEST_CASE("linear interpolation of a ramp along z is exact, at every factor and spacing") {
  data::Volume v = head();
  for (nn::index k = 0; k < v.slices(); ++k) {
    v.set_slice(k, nn::Tensor::full({1, v.height(), v.width(), 1}, static_cast<float>(60 * k)));
  }
  for (const nn::index factor : {2, 3, 4, 5, 6, 10}) {
    const auto out =
        train::interpolate(v, equal_parts(v, factor), train::method_without_network("linear"), {});
    for (nn::index k = 0; k < out.slices(); ++k)
      CHECK(at(out, k) == 60.0 * double(k) / double(factor));
  }
  // Each pair by its own gap, wherever the slices lie.
  const auto ramp = flat_slices({0, 3, 4, 10}, [](double z) { return 7 * z - 5; });
  const auto out =
      train::interpolate(ramp, {{3, 1, 4}, {}}, train::method_without_network("linear"), {});
  REQUIRE(out.slices() == 9);
  for (nn::index k = 0; k < out.slices(); ++k) {
    CHECK(at(out, k) == Approx(7 * out.position(k)[2] - 5).margin(1e-5));
  }
}

TEST_CASE("cubic at any position is Catmull-Rom's from the four real slices around it") {
  const data::Volume v = head();
  const auto out =
      train::interpolate(v, equal_parts(v, 5), train::method_without_network("cubic"), {});
  const auto known = [&](nn::index k) { return data::clamped(v.slice(k), -1024, 3071); };
  data::Volume expected = out;
  for (nn::index j = 1; j < 5; ++j) {
    const double t = static_cast<double>(j) / 5;
    expected.set_slice(15 + j, models::cubic(known(2), known(3), known(4), known(5), t));
    CHECK(same(out.slice(15 + j), expected.slice(15 + j)));
    expected.set_slice(j, models::cubic(known(0), known(0), known(1), known(2), t));
    CHECK(same(out.slice(j), expected.slice(j)));
  }
}

TEST_CASE("a method of middles: repeated halving, from what earlier passes made") {
  // The specification: all gaps halved, then all gaps of the result, and so on.
  const data::Volume v = head();
  for (const nn::index factor : {2, 4, 8}) {
    data::Volume expected = v.expanded(factor);
    const auto clamped = [&](nn::index k) {
      return data::clamped(expected.slice(k), data::kLowestHu, data::kHighestHu);
    };
    for (nn::index half = factor / 2; half >= 1; half /= 2) {
      for (nn::index k = half; k < expected.slices(); k += 2 * half) {
        const auto from = data::known_slices({0, k, half, half}, expected.slices());
        train::MissingSlice m;
        for (std::size_t i = 0; i < 4; ++i) m.known[i] = clamped(from[i]);
        expected.set_slice(k, middles().predict({&m, 1}).front());
      }
    }
    std::vector<double> asked;
    const auto out = train::interpolate(v, equal_parts(v, factor), middles(&asked), {});
    CHECK(out.stored == expected.stored);
    CHECK(std::all_of(asked.begin(), asked.end(), [](double t) { return t == 0.5; }));
  }
}

TEST_CASE("in passes: middles first, each pass from the slices of the last") {
  // Halves first, then thirds of the halves, whose two slices lie beside a middle that none is:
  // cubic of cubic.
  const data::Volume v = head();
  train::Method cubic = train::method_without_network("cubic");
  const auto direct = train::interpolate(v, equal_parts(v, 6), cubic, {});
  cubic.recursive = true;
  const auto out = train::interpolate(v, equal_parts(v, 6), cubic, {});
  auto halves =
      train::interpolate(v, equal_parts(v, 2), train::method_without_network("cubic"), {});
  halves.origins.clear();  // as if it had been written and read again
  const auto sixths = train::interpolate(halves, equal_parts(halves, 3),
                                         train::method_without_network("cubic"), {});
  for (nn::index k = 0; k < out.slices(); ++k) {
    INFO("slice " << k);
    CHECK(same(out.slice(k), sixths.slice(k)));
  }
  CHECK_FALSE(same(out.slice(1), direct.slice(1)));
  for (nn::index k = 3; k < out.slices(); k += 6) CHECK(same(out.slice(k), direct.slice(k)));
}

TEST_CASE("in passes, an odd number of parts: the two slices beside the middle, then the rest") {
  const auto scan = flat_slices({0, 5, 10, 15, 20}, [](double z) { return z * z; });
  using Asked = std::array<double, 5>;  // values of outer0, A, C, outer1, and t
  std::vector<Asked> asked;
  train::Method spy{"spy", false, [&](std::span<const train::MissingSlice> missing) {
                      std::vector<nn::Tensor> slices;
                      for (const auto& m : missing) {
                        Asked a{};
                        for (std::size_t i = 0; i < 4; ++i) {
                          a[i] = static_cast<double>(m.known[i].at(0, 0, 0, 0));
                        }
                        a[4] = m.t;
                        asked.push_back(a);
                        const double made = -100 * (m.t + static_cast<double>(asked.size()));
                        slices.push_back(nn::Tensor::full(m.known[1].shape(),
                                                          static_cast<nn::real>(std::round(made))));
                      }
                      return slices;
                    }};
  spy.recursive = true;
  train::interpolate(scan, {{5, 5, 5, 5}, {}}, spy, {});
  REQUIRE(asked.size() == 16);
  // The second gap, z from 5 to 10: at z = 7 and 8 from real slices.
  CHECK(asked[2] == Asked{0, 25, 100, 225, 0.4});
  CHECK(asked[3] == Asked{0, 25, 100, 225, 0.6});
  // z = 6, between 5 and the slice at 7, which was the third to be made: before them the slice at
  // z = 3, 2 mm away, the second one made; beyond them not the one at 8, 1 mm away, but the real
  // one at 10, 3 mm away: 1.5 times 2 mm.
  CHECK(asked[10] == Asked{-260, 25, -340, 100, 0.5});
  CHECK(asked[11] == Asked{25, -460, 100, -540, 0.5});
}

TEST_CASE("not in passes: from real slices, and in wide gaps one that was made shows the way") {
  struct Asked {
    double t, a, c;
    std::optional<double> way_t, way;
  };
  std::vector<Asked> asked;
  const train::Method spy{"spy", false, [&](std::span<const train::MissingSlice> missing) {
                            std::vector<nn::Tensor> slices;
                            for (const auto& m : missing) {
                              const auto value = [](const nn::Tensor& s) {
                                return static_cast<double>(s.at(0, 0, 0, 0));
                              };
                              Asked now{m.t, value(m.known[1]), value(m.known[2]), {}, {}};
                              if (m.way) now.way_t = m.way->t;
                              if (m.way) now.way = value(m.way->slice);
                              asked.push_back(now);
                              slices.push_back(nn::Tensor::full(
                                  m.known[1].shape(), static_cast<nn::real>(-1000 * m.t)));
                            }
                            return slices;
                          }};
  const auto ask = [&](const std::vector<double>& heights, nn::index parts) {
    asked.clear();
    train::interpolate(flat_slices(heights, [](double z) { return z; }), {{parts}, {}}, spy, {});
    std::sort(asked.begin(), asked.end(), [](const Asked& x, const Asked& y) { return x.t < y.t; });
    REQUIRE(asked.size() == static_cast<std::size_t>(parts - 1));
    for (const Asked& s : asked) {
      CHECK(s.a == heights[0]);
      CHECK(s.c == heights[1]);
      if (s.way) CHECK(*s.way == Approx(-1000 * *s.way_t));
    }
  };
  const auto ways = [&] {
    std::vector<double> t;
    for (const Asked& s : asked) t.push_back(s.way_t.value_or(0));
    return t;
  };
  ask({0, 10}, 10);  // the middle, 2 and 3 and 7 and 8, then 1, 4, 6 and 9
  CHECK(ways() == std::vector<double>{0.2, 0.5, 0.5, 0.5, 0, 0.5, 0.5, 0.5, 0.8});
  ask({0, 10}, 5);  // 2 and 3, then 1 and 4
  CHECK(ways() == std::vector<double>{0.4, 0, 0, 0.6});
  ask({0, 10}, 2);
  CHECK(ways() == std::vector<double>{0});
  ask({0, 5}, 4);  // a narrow gap
  CHECK(ways() == std::vector<double>{0, 0, 0});
}

TEST_CASE("errors of slices that others are made from are added to theirs") {
  const auto scan = flat_slices({0, 4, 8, 12}, [](double z) { return z; });
  train::Method method = train::method_without_network("linear");
  method.estimate = [predict = method.predict](std::span<const train::MissingSlice> missing) {
    std::vector<train::Estimate> made;
    for (nn::Tensor& slice : predict(missing)) {
      const nn::Shape shape = slice.shape();
      made.push_back({std::move(slice), nn::Tensor::full(shape, 4)});
    }
    return made;
  };
  const auto errors_of = [&](bool recursive) {
    method.recursive = recursive;
    data::Volume out = scan.refined(std::vector<nn::index>{4, 4, 4});
    data::Volume errors = out.blank(0.125);
    const std::vector<train::GapMethod> gaps(3);
    train::fill(out, {&method, 1}, gaps, {}, &errors);
    std::vector<double> first;
    for (nn::index k = 0; k < 5; ++k) {
      first.push_back(static_cast<double>(errors.slice(k).at(0, 0, 0, 0)));
    }
    return first;
  };
  CHECK(errors_of(false) == std::vector<double>{0, 4, 4, 4, 0});
  CHECK(errors_of(true) == std::vector<double>{0, 4.5, 4, 4.5, 0});  // 4.47 in steps of 1/8
}

TEST_CASE("a missing slice comes with the distance of its neighbours in mm") {
  const auto scan = flat_slices({0, 4, 8, 15}, [](double z) { return z; });
  std::vector<double> gaps;
  const train::Method spy{"spy", false, [&](std::span<const train::MissingSlice> missing) {
                            std::vector<nn::Tensor> slices;
                            for (const auto& m : missing) {
                              gaps.push_back(m.gap);
                              slices.push_back(m.known[1]);
                            }
                            return slices;
                          }};
  train::interpolate(scan, {{2, 1, 2}, {}}, spy, {});
  const double slant = std::hypot(1, 0.25);
  REQUIRE(gaps.size() == 2);
  CHECK(gaps[0] == Approx(4 * slant));
  CHECK(gaps[1] == Approx(7 * slant));
}

TEST_CASE("outer slices count only at about the pair's own distance") {
  // Gaps of 4, 4, 7, 1 mm: for the pair of 4 mm from z = 4 to 8, the slice before is 4 mm away and
  // counts, the one after it 7 mm, more than 1.5 times as far.
  const auto scan = flat_slices({0, 4, 8, 15, 16}, [](double z) { return z * z; });
  std::vector<std::array<double, 4>> seen;
  const train::Method spy{"spy", false, [&](std::span<const train::MissingSlice> missing) {
                            std::vector<nn::Tensor> slices;
                            for (const auto& m : missing) {
                              std::array<double, 4> values{};
                              for (std::size_t i = 0; i < 4; ++i) {
                                values[i] = static_cast<double>(m.known[i].at(0, 0, 0, 0));
                              }
                              seen.push_back(values);
                              slices.push_back(m.known[1]);
                            }
                            return slices;
                          }};
  train::interpolate(scan, {{2, 2, 2, 2}, {}}, spy, {});
  using Four = std::array<double, 4>;
  REQUIRE(seen.size() == 4);
  CHECK(seen[0] == Four{0, 0, 16, 64});
  CHECK(seen[1] == Four{0, 16, 64, 64});
  CHECK(seen[2] == Four{64, 64, 225, 225});    // 4 mm is less than 7 / 1.5
  CHECK(seen[3] == Four{225, 225, 256, 256});  // 7 mm is more than 1.5
}

TEST_CASE("a scanner's padding comes back where both neighbours have it") {
  data::Volume v = head();
  for (nn::index k = 0; k < v.slices(); ++k) {
    nn::Tensor s = v.slice(k);
    s.at(0, 0, 0, 0) = -3024;
    s.at(0, 0, 1, 0) = k < 4 ? -3024.0F : 0.0F;
    v.set_slice(k, s);
  }
  const auto cubic = train::method_without_network("cubic");
  const auto out = train::interpolate(v, equal_parts(v, 2), cubic, {});
  CHECK(at(out, 5) != -3024);
  CHECK(out.slice(5).at(0, 0, 0, 0) == -3024);
  CHECK(out.slice(5).at(0, 0, 1, 0) == -3024);
  CHECK(out.slice(7).at(0, 0, 1, 0) >= -1024 - 200);  // one neighbour only: from clamped values
  for (const nn::index factor : {3, 7}) {
    const auto finer = train::interpolate(v, equal_parts(v, factor), cubic, {});
    for (nn::index k = 0; k < finer.slices(); ++k) CHECK(finer.slice(k).at(0, 0, 0, 0) == -3024);
  }
}

TEST_CASE("a padding value within the range of HU is air for the method, and comes back") {
  data::Volume v = flat_slices({0, 1, 2, 3}, [](double) { return 40; });
  v.padding = {63.5, 63.5};
  for (nn::index k = 0; k < v.slices(); ++k) {
    nn::Tensor s = v.slice(k);
    s.at(0, 0, 0, 0) = 63.5F;
    if (k != 2) s.at(0, 0, 1, 0) = 63.5F;
    v.set_slice(k, s);
  }
  CHECK(data::known_slice(v, 0).at(0, 0, 0, 0) == -1024);
  CHECK(data::known_slice(v, 2).at(0, 0, 1, 0) == 40);
  const auto out =
      train::interpolate(v, equal_parts(v, 2), train::method_without_network("linear"), {});
  CHECK(out.slice(3).at(0, 0, 0, 0) == 63.5F);
  CHECK(out.slice(1).at(0, 0, 1, 0) == 63.5F);
  CHECK(out.slice(3).at(0, 0, 1, 0) == -492);
}

TEST_CASE("a range of padding is air for the method, both ends included, and comes back") {
  data::Volume v = flat_slices({0, 1, 2, 3}, [](double) { return 40; });
  v.padding = {60, 64};
  for (nn::index k = 0; k < v.slices(); ++k) {
    nn::Tensor s = v.slice(k);
    s.at(0, 0, 0, 0) = k % 2 == 0 ? 60.0F : 64.0F;
    s.at(0, 0, 1, 0) = 59.5F;
    s.at(0, 0, 2, 0) = 64.5F;
    s.at(0, 0, 3, 0) = k < 2 ? 62.0F : 40.0F;
    v.set_slice(k, s);
  }
  for (nn::index x = 0; x < 4; ++x) {
    const bool padded = x == 0 || x == 3;
    CHECK((data::known_slice(v, 0).at(0, 0, x, 0) == -1024) == padded);
  }
  CHECK(data::known_slice(v, 1).at(0, 0, 0, 0) == -1024);
  const auto out =
      train::interpolate(v, equal_parts(v, 2), train::method_without_network("linear"), {});
  CHECK(out.slice(1).at(0, 0, 0, 0) == 62);  // between both, so within the range
  CHECK(out.slice(1).at(0, 0, 1, 0) == 59.5F);
  CHECK(out.slice(1).at(0, 0, 2, 0) == 64.5F);
  CHECK(out.slice(1).at(0, 0, 3, 0) == 62);
  CHECK(out.slice(3).at(0, 0, 3, 0) == -492);  // one neighbour only
}

TEST_CASE("a method of middles refuses other parts than halves, and unknown methods are errors") {
  const data::Volume v = head();
  for (const nn::index factor : {3, 5, 6, 10}) {
    CHECK_THROWS_AS(train::interpolate(v, equal_parts(v, factor), middles(), {}), nn::Error);
  }
  CHECK_THROWS_AS(train::method_without_network("spline"), nn::Error);
}

TEST_CASE("text of pictures is no input of the method, and comes back with a mark") {
  data::Volume v = head();
  v.unit = data::Unit::grey8;
  auto overlay = std::make_shared<data::Overlay>();
  overlay->width = v.width();
  overlay->height = v.height();
  overlay->kind.assign(static_cast<std::size_t>(v.width() * v.height()), data::Overlay::kFree);
  overlay->kind[0] = data::Overlay::kStill;
  overlay->kind[1] = data::Overlay::kChanging;
  overlay->changing_words = 1;
  overlay->first_changing = {0, 1};
  v.overlay = overlay;
  for (nn::index k = 0; k < v.slices(); ++k) {
    nn::Tensor s = nn::Tensor::full({1, v.height(), v.width(), 1}, 20);
    s.at(0, 0, 0, 0) = 200;
    s.at(0, 0, 1, 0) = static_cast<float>(100 + k);
    v.set_slice(k, s);
  }
  const bool middles_only = GENERATE(false, true);
  const train::Method flat{
      "flat", middles_only, [&](std::span<const train::MissingSlice> missing) {
        std::vector<nn::Tensor> slices;
        for (const train::MissingSlice& m : missing) {
          for (const nn::Tensor& s : m.known) {
            CHECK(s.at(0, 0, 0, 0) == 0);
            CHECK(s.at(0, 0, 1, 0) == 0);
          }
          slices.push_back(nn::Tensor::full({1, v.height(), v.width(), 1}, 33));
        }
        return slices;
      }};
  const auto out = train::interpolate(v, equal_parts(v, 4), flat, {});
  REQUIRE(out.origins.size() == static_cast<std::size_t>(out.slices()));
  for (nn::index k = 0; k < out.slices(); ++k) {
    const nn::Tensor s = out.slice(k);
    if (k % 4 == 0) {
      CHECK(same(s, v.slice(k / 4)));
      continue;
    }
    CHECK(out.origins[static_cast<std::size_t>(k)].t == Approx(static_cast<double>(k % 4) / 4));
    CHECK(s.at(0, 31, 31, 0) == 33);
    const auto white = std::count(s.data(), s.data() + s.numel(), nn::real{255});
    CHECK(white > 10);  // the mark: too wide for this slice, so cut off
  }
}

TEST_CASE("methods that register alike do it once, and the slice is the same") {
  const data::Volume v = head();
  const train::Method registered = train::method_without_network("registered");
  train::MissingSlice m;
  for (std::size_t i = 0; i < 4; ++i) m.known[i] = v.slice(static_cast<nn::index>(2 + i));
  const auto once = train::registered_once({&m, 1}, registered, registered);
  REQUIRE(once.front().registered);
  CHECK(same(registered.predict(once).front(), registered.predict({&m, 1}).front()));
  // Not where they do it in another way, where one does not, or where a slice shows the way.
  train::Method other = registered;
  other.registering->range.high = 300;
  CHECK_FALSE(train::registered_once({&m, 1}, registered, other).front().registered);
  other.registering->range.high = models::RegisteredRange::kDense;
  other.registering->rule = models::RegistrationRule::demons;
  CHECK_FALSE(train::registered_once({&m, 1}, registered, other).front().registered);
  const train::Method cubic = train::method_without_network("cubic");
  CHECK_FALSE(train::registered_once({&m, 1}, cubic, cubic).front().registered);
  m.way = models::Waypoint{v.slice(3), 0.75};
  CHECK_FALSE(train::registered_once({&m, 1}, registered, registered).front().registered);
}
