#include "train/predict/interpolate.h"

#include <algorithm>
#include <cstring>

#include "data/overlay.h"
#include "data/phantom.h"
#include "nn/core/error.h"
#include "tests/catch.h"

namespace {

data::Volume head() {
  data::PhantomOptions o;
  o.slices = 9;
  o.size = 32;
  return data::make_phantom(o);
}

bool same(const nn::Tensor& a, const nn::Tensor& b) {
  return a.shape() == b.shape() && std::equal(a.data(), a.data() + a.numel(), b.data());
}

}  // namespace

TEST_CASE("real slices stay value-identical and in place, and n becomes (n - 1) factor + 1") {
  const data::Volume v = head();
  for (const nn::index factor : {2, 4, 8}) {
    nn::index calls = 0;
    const auto out = train::interpolate(v, factor, train::method_without_network("cubic"),
                                        [&](nn::index) { ++calls; });
    REQUIRE(out.slices() == (v.slices() - 1) * factor + 1);
    CHECK(calls == train::synthetic_slices(v, factor));
    for (nn::index k = 0; k < v.slices(); ++k) REQUIRE(same(out.slice(k * factor), v.slice(k)));
    CHECK(out.slice_spacing() == Approx(v.slice_spacing() / static_cast<double>(factor)));
  }
}

TEST_CASE("linear interpolation of a ramp along z is exact, at every factor") {
  data::Volume v = head();
  for (nn::index k = 0; k < v.slices(); ++k) {
    v.set_slice(k, nn::Tensor::full({1, v.height(), v.width(), 1}, static_cast<float>(16 * k)));
  }
  const auto out = train::interpolate(v, 8, train::method_without_network("linear"), {});
  for (nn::index k = 0; k < out.slices(); ++k) {
    CHECK(out.slice(k).at(0, 3, 3, 0) == static_cast<float>(2 * k));
  }
}

TEST_CASE("a scanner's padding comes back where both neighbours have it") {
  data::Volume v = head();
  for (nn::index k = 0; k < v.slices(); ++k) {
    nn::Tensor s = v.slice(k);
    s.at(0, 0, 0, 0) = -3024;
    s.at(0, 0, 1, 0) = k < 4 ? -3024.0F : 0.0F;
    v.set_slice(k, s);
  }
  const auto out = train::interpolate(v, 2, train::method_without_network("cubic"), {});
  CHECK(out.slice(5).at(0, 0, 0, 0) == -3024);
  CHECK(out.slice(5).at(0, 0, 1, 0) == -3024);
  CHECK(out.slice(7).at(0, 0, 1, 0) >= -1024 - 200);  // one neighbour only: from clamped values
}

TEST_CASE("factors that are no repeated doubling, and unknown methods, are input errors") {
  const data::Volume v = head();
  for (const nn::index factor : {1, 3, 5, 16}) {
    CHECK_THROWS_AS(train::interpolate(v, factor, train::method_without_network("cubic"), {}),
                    nn::Error);
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
  const auto middle = [&](std::span<const train::KnownSlices> known) {
    std::vector<nn::Tensor> slices;
    for (const train::KnownSlices& k : known) {
      for (const nn::Tensor& s : k) {
        CHECK(s.at(0, 0, 0, 0) == 0);
        CHECK(s.at(0, 0, 1, 0) == 0);
      }
      slices.push_back(nn::Tensor::full({1, v.height(), v.width(), 1}, 33));
    }
    return slices;
  };
  const auto out = train::interpolate(v, 4, middle, {});
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
