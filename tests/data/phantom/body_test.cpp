// Bodies, lesions, metal and kernels of the phantom.
#include <array>
#include <cmath>
#include <cstdlib>

#include "data/phantom/phantom.h"
#include "data/phantom/phantom_scanner.h"
#include "data/phantom/phantom_shapes.h"
#include "nn/core/parallel.h"
#include "tests/data/test_files.h"

using data::make_phantom;
using data::parse_phantom;
using data::PhantomKernel;
using data::PhantomOptions;
using data::PhantomPart;
using data::Volume;

namespace {

const std::array<std::string, 4> kBodies{"chest", "abdomen", "pelvis", "legs"};

Volume phantom_of(const std::string& name) { return make_phantom(parse_phantom(name)); }

/// Voxels of each kind, as shares of all.
struct Shares {
  double air = 0, lung = 0, fat = 0, soft = 0, bone = 0, metal = 0;
};

Shares shares_of(const Volume& v) {
  Shares s;
  for (nn::index k = 0; k < v.slices(); ++k) {
    const nn::Tensor slice = v.slice(k);
    for (const nn::real hu : slice.values()) {
      if (hu < -970) s.air += 1;
      if (hu > -930 && hu < -700) s.lung += 1;
      if (hu > -120 && hu < -60) s.fat += 1;
      if (hu > 20 && hu < 120) s.soft += 1;
      if (hu > 400) s.bone += 1;
      if (hu > 2500) s.metal += 1;
    }
  }
  const auto n = static_cast<double>(v.voxels());
  for (double* x : {&s.air, &s.lung, &s.fat, &s.soft, &s.bone, &s.metal}) *x /= n;
  return s;
}

bool near_limit(nn::real hu) { return hu < -900 || hu > 2900; }  // noise is clamped there

/// Correlation of the noise of voxels that are `step` apart along the axis (0: x, 2: z), from the
/// difference of a noisy and a clean phantom; `sd` gets its standard deviation.
double correlation(const Volume& clean, const Volume& noisy, int axis, nn::index step, double* sd) {
  double squares = 0;
  double products = 0;
  nn::index count = 0;
  nn::index pairs = 0;
  const nn::index n = clean.dims[0];
  for (nn::index k = 0; k < clean.slices(); ++k) {
    const nn::Tensor a = clean.slice(k);
    const nn::Tensor b = noisy.slice(k);
    const bool next = axis == 2 && k + step < clean.slices();
    const nn::Tensor c = next ? clean.slice(k + step) : a;
    const nn::Tensor d = next ? noisy.slice(k + step) : b;
    for (nn::index i = 0; i < a.numel(); ++i) {
      if (near_limit(a.data()[i])) continue;
      const double here = static_cast<double>(b.data()[i] - a.data()[i]);
      squares += here * here;
      ++count;
      if (axis == 0 && i % n + step < n && !near_limit(a.data()[i + step])) {
        products += here * static_cast<double>(b.data()[i + step] - a.data()[i + step]);
        ++pairs;
      }
      if (next && !near_limit(c.data()[i])) {
        products += here * static_cast<double>(d.data()[i] - c.data()[i]);
        ++pairs;
      }
    }
  }
  *sd = std::sqrt(squares / static_cast<double>(count));
  return products / static_cast<double>(pairs) / (squares / static_cast<double>(count));
}

}  // namespace

TEST_CASE("a phantom's name says part, numbers and words", "[phantom]") {
  const PhantomOptions o = parse_phantom("chest:7:40:64:9:lesions:thick:soft");
  CHECK(o.part == PhantomPart::chest);
  CHECK(o.seed == 7);
  CHECK(o.slices == 40);
  CHECK(o.size == 64);
  CHECK(o.noise == 9);
  CHECK((o.lesions && o.thick && !o.metal));
  CHECK(o.kernel == PhantomKernel::soft);
  CHECK(data::phantom_name(o) == "phantom:chest:7:40:64:lesions:thick:soft");

  CHECK(parse_phantom("head:3:metal").metal);
  CHECK(parse_phantom("head:3:metal").slices == PhantomOptions{}.slices);
  // As before there were parts and words.
  CHECK(data::phantom_name(parse_phantom("5:12")) == "phantom:5:12:128");
}

TEST_CASE("a phantom's name that cannot be understood is one line", "[phantom]") {
  for (const std::string bad :
       {"belly:3", "chest", "chest:", "chest:lesions", "3:4:5:6:7", "3:spots", "3:lesions:lesions",
        "3:soft:sharp", "3:lesions:64", "3:none", "", "x"}) {
    INFO(bad);
    std::string message;
    try {
      parse_phantom(bad);
    } catch (const std::exception& e) {
      message = e.what();
    }
    CHECK(message.find("phantom:" + bad) != std::string::npos);
    CHECK(message.find("phantom:SEED[:SLICES[:SIZE[:NOISE]]]") != std::string::npos);
    CHECK(message.find('\n') == std::string::npos);
  }
  data_test::check_input_error([] { data::phantom_part("arm"); }, {"'arm'"});
  data_test::check_input_error([] { data::phantom_kernel("hard"); }, {"'hard'"});
}

TEST_CASE("a drum is an ellipse across and flat at both ends", "[phantom]") {
  using data::phantom::drum;
  using data::phantom::Point;
  const data::phantom::Solid s = drum(50, {1, 2, 3}, {4, 2, 5}, data::phantom::rotation(0, 0, 0));
  CHECK(s.contains({4.9, 2, 3}));
  CHECK_FALSE(s.contains({5.1, 2, 3}));
  CHECK(s.contains({1, 2, 7.9}));
  CHECK(s.contains({4.9, 2, 7.9}));  // an ellipsoid would not
  CHECK_FALSE(s.contains({4.9, 3, 3}));
  CHECK(s.low.x == Approx(-3));
  CHECK(s.high.z == Approx(8));
  // Turned by 90 degrees about x, its axis runs along y.
  const data::phantom::Solid lying =
      drum(50, {0, 0, 0}, {4, 2, 5}, data::phantom::rotation(90, 0, 0));
  CHECK(lying.contains({0, 4.9, 0}));
  CHECK(lying.contains({0, 0, 1.9}));
  CHECK_FALSE(lying.contains({0, 0, 2.1}));
  CHECK(lying.high.y == Approx(5));
  CHECK(lying.high.z == Approx(2));
}

TEST_CASE("bodies have the same bits on any number of threads", "[phantom]") {
  const int before = nn::threads();
  for (const std::string& part : kBodies) {
    const PhantomOptions o = parse_phantom(part + ":11:4:24:5:lesions:metal:soft");
    nn::set_threads(1);
    const std::string one = make_phantom(o).sha256();
    nn::set_threads(3);
    CHECK(make_phantom(o).sha256() == one);
  }
  nn::set_threads(before);
}

TEST_CASE("bodies have the tissues of their part", "[phantom]") {
  for (const std::string& part : kBodies) {
    INFO(part);
    const Volume v = phantom_of(part + ":3:16:96:0");
    CHECK(v.spacing[0] == Approx(400.0 / 96));
    CHECK(v.spacing[2] == Approx(240.0 / 16));
    const Shares s = shares_of(v);
    CHECK((s.air > 0.4 && s.air < 0.9));
    CHECK((s.fat > 0.02 && s.fat < 0.25));
    CHECK((s.soft > 0.04 && s.soft < 0.3));
    CHECK((s.bone > 0.003 && s.bone < 0.05));
    CHECK(s.metal == 0);
    CHECK((part == "chest" ? s.lung > 0.05 : s.lung < 0.04));
    CHECK(v.slice(8).at(0, 0, 0, 0) == -1000.0F);  // nothing in the corner
  }
}

TEST_CASE("lesions are in soft tissue and leave air and the rest alone", "[phantom]") {
  for (const std::string part : {"head", "abdomen"}) {
    INFO(part);
    const Volume plain = phantom_of(part + ":5:24:96:0");
    const Volume ill = phantom_of(part + ":5:24:96:0:lesions");
    nn::index changed = 0;
    nn::index brighter = 0;
    for (nn::index k = 0; k < plain.slices(); ++k) {
      const nn::Tensor a = plain.slice(k);
      const nn::Tensor b = ill.slice(k);
      for (nn::index i = 0; i < a.numel(); ++i) {
        const double d = static_cast<double>(b.data()[i] - a.data()[i]);
        if (std::fabs(d) > 2) ++changed;
        if (d > 2) ++brighter;
        if (a.data()[i] == -1000.0F && part == "abdomen") CHECK(d == 0);
      }
    }
    const double share = static_cast<double>(changed) / static_cast<double>(plain.voxels());
    CHECK((share > 0.004 && share < 0.06));
    CHECK(brighter > changed / 2);
    CHECK(brighter < changed);
  }
}

TEST_CASE("metal is bright and has streaks beyond itself", "[phantom]") {
  const Volume plain = phantom_of("5:24:96:0");
  const Volume metal = phantom_of("5:24:96:0:metal");
  nn::index streaks = 0;
  nn::index bright = 0;
  for (nn::index k = 0; k < plain.slices(); ++k) {
    const nn::Tensor a = plain.slice(k);
    const nn::Tensor b = metal.slice(k);
    for (nn::index i = 0; i < a.numel(); ++i) {
      streaks += std::abs(b.data()[i] - a.data()[i]) > 10 ? 1 : 0;
      bright += b.data()[i] - a.data()[i] > 300 ? 1 : 0;
    }
  }
  CHECK(bright > 5);
  CHECK(static_cast<double>(streaks) / static_cast<double>(plain.voxels()) > 0.005);
}

TEST_CASE("thick slices share their noise with their neighbours", "[phantom]") {
  // Each neighbour has (2.5 - 1) / 2 = 0.75 of it: correlations 1.5 / 2.125 and 0.5625 / 2.125.
  const Volume clean = phantom_of("head:2:12:96:0:thick");
  const Volume noisy = phantom_of("head:2:12:96:10:thick");
  double sd = 0;
  CHECK(correlation(clean, noisy, 2, 1, &sd) == Approx(1.5 / 2.125).margin(0.02));
  CHECK(sd == Approx(10).epsilon(0.02));
  CHECK(correlation(clean, noisy, 2, 2, &sd) == Approx(0.5625 / 2.125).margin(0.02));
  CHECK(correlation(clean, noisy, 2, 3, &sd) == Approx(0).margin(0.02));
  CHECK(correlation(clean, noisy, 0, 1, &sd) == Approx(0).margin(0.02));
}

TEST_CASE("kernels give noise a grain and keep its spread", "[phantom]") {
  const auto of = [](const std::string& kernel, double* sd) {
    return correlation(phantom_of("2:8:220:0:" + kernel), phantom_of("2:8:220:20:" + kernel), 0, 1,
                       sd);
  };
  double sd = 0;
  // The filter's correlation with itself, by a Fourier transform in another program.
  CHECK(of("soft", &sd) == Approx(0.248).margin(0.02));
  CHECK(sd == Approx(20).epsilon(0.02));
  CHECK(of("sharp", &sd) == Approx(-0.209).margin(0.02));
  CHECK(sd == Approx(20).epsilon(0.02));
}

TEST_CASE("the soft kernel blurs a point by a Gaussian of 0.5 mm", "[phantom]") {
  // Pixels of 0.5 mm: taps in the ratio 1 : exp(-1/2) : exp(-2) : exp(-9/2).
  const PhantomOptions o{.size = 16, .noise = 0, .kernel = PhantomKernel::soft};
  const data::phantom::Scanner scanner(o, 0.5, 1);
  std::vector<double> hu(256, 0.0);
  hu[8 * 16 + 8] = 1000;
  scanner.scan(hu, 0);
  const double sum = 1 + 2 * (0.6065306597 + 0.1353352832 + 0.0111089965);
  CHECK(hu[8 * 16 + 8] == Approx(1000 / (sum * sum)));
  CHECK(hu[8 * 16 + 9] == Approx(1000 * 0.6065306597 / (sum * sum)));
  CHECK(hu[10 * 16 + 9] == Approx(1000 * 0.6065306597 * 0.1353352832 / (sum * sum)));
  CHECK(hu[12 * 16 + 8] == 0);
  // A flat picture stays as it is.
  std::vector<double> flat(256, 40.0);
  scanner.scan(flat, 0);
  CHECK(flat[37] == Approx(40));
}
