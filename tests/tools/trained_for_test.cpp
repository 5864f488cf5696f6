// Scans that a network must not touch, as a user meets them: what is refused, what falls back, and
// what is said of it.
#include <cmath>
#include <nlohmann/json.hpp>

#include "data/nifti/nifti.h"
#include "data/phantom/phantom.h"
#include "nn/core/rng.h"
#include "tests/catch.h"
#include "tests/tools/desk.h"

using tools_test::Desk;
using tools_test::Result;
using tools_test::says;
using tools_test::text_of;

namespace {

/// Nine slices of 48 x 48 in the place of a phantom's, whose values `hu` gives: x and y from the
/// middle, the number of the slice, random numbers.
template <class F>
void write_scan(const std::filesystem::path& path, const F& hu) {
  data::PhantomOptions o;
  o.slices = 9;
  o.size = 48;
  data::Volume v = data::make_phantom(o);
  nn::Rng rng(5, nn::Purpose::test);
  for (nn::index k = 0; k < 9; ++k) {
    nn::Tensor s({1, 48, 48, 1});
    for (nn::index row = 0; row < 48; ++row) {
      for (nn::index column = 0; column < 48; ++column) {
        const double x = static_cast<double>(column) - 23.5;
        const double y = static_cast<double>(row) - 23.5;
        s.at(0, row, column, 0) = static_cast<nn::real>(hu(x, y, static_cast<double>(k), rng));
      }
    }
    v.set_slice(k, s);
  }
  data::write_nifti(path.string(), v, false);
}

bool in_ellipse(double x, double y, double a, double b) {
  return (x * x) / (a * a) + (y * y) / (b * b) < 1;
}

/// Two lungs in soft tissue, and a spine.
double chest(double x, double y, double, nn::Rng& rng) {
  const double noise = 15 * rng.normal();
  if (!in_ellipse(x, y, 22, 17)) return -1000 + noise;
  if (in_ellipse(std::fabs(x) - 9, y, 7.5, 11)) return -800 + noise;
  if (in_ellipse(x, y - 11, 3, 3)) return 400 + noise;
  return 40 + noise;
}

/// The same chest, wider in every slice.
double widening_chest(double x, double y, double k, nn::Rng& rng) {
  const double wide = 0.7 + 0.04 * k;
  return chest(x / wide, y / wide, 0, rng);
}

double noise(double, double, double, nn::Rng& rng) { return -1024 + 3000 * rng.uniform(); }

/// Brain brighter than fluid, fluid brighter than the background, nothing below 0.
double mr_like(double x, double y, double, nn::Rng& rng) {
  const double value = in_ellipse(x, y, 18, 21) ? (in_ellipse(x, y, 6, 5) ? 250.0 : 700.0) : 10.0;
  return std::fabs(value + 10 * rng.normal());
}

std::string trained(const Desk& desk) {
  return desk.trained("phantom:1:24:48 phantom:2:24:48 --steps 60 --width 6 --levels 2");
}

}  // namespace

TEST_CASE("a scan with the values of MR is refused, and cubic or --any-scan take it") {
  const Desk desk;
  const std::string model = trained(desk);
  write_scan(desk / "mr.nii", mr_like);
  desk.refused("interpolate mr.nii --out x.nii" + model,
               "mr.nii: hardly any air, 0.00 % of all pixels, expected at least 0.1 % below -500 "
               "HU");
  CHECK(desk.run("interpolate mr.nii --out c.nii --method cubic --quiet").code == 0);
  const Result anyway = desk.run("interpolate mr.nii --out x.nii --any-scan" + model);
  CHECK(anyway.code == 0);
  CHECK(says(anyway.err, "warning: the model was not trained for such a scan: hardly any air"));
  CHECK(says(anyway.out, "self-check: 7 of 7"));
}

TEST_CASE("chests and noise are made by registration or cubic, and the output says which and why",
          "[optimised]") {
  const Desk desk;
  const std::string model = trained(desk);
  write_scan(desk / "wide.nii", widening_chest);
  write_scan(desk / "chest.nii", chest);
  write_scan(desk / "noise.nii", noise);
  const std::string why = "the model was not trained for such scans";
  const std::string no_gain =
      " for the whole scan (" + why + "; registration is not clearly better";
  struct Case {
    std::string scan, method, used;
  };
  for (const Case& c : {Case{"wide", "registered", "used: registered (" + why + ")\n"},
                        Case{"chest", "cubic", "used: cubic" + no_gain},
                        Case{"noise", "cubic", "used: cubic" + no_gain}}) {
    const std::string use = "interpolate " + c.scan + ".nii --out ";
    const Result r = desk.run(use + "x.nii --force" + model);
    INFO(r.err << r.out);
    REQUIRE(r.code == 0);
    CHECK(says(r.err, "warning: the model was not trained for such a scan: tissues at a distance"));
    CHECK(says(r.err, "by registration or cubic; --any-scan lets the network compete"));
    CHECK(says(r.out, "self-check: 7 of 7"));
    CHECK(says(r.out, "registered - cubic [95 %]"));
    CHECK(says(r.out, c.used));
    CHECK_FALSE(says(r.out, "model - "));
    const std::string table = text_of(desk / "x.slices.csv");
    CHECK(says(table, ",0.5," + c.method + " (not trained for this),"));
    CHECK_FALSE(says(table, ",model,"));
    REQUIRE(desk.run(use + "c.nii --force --method cubic").code == 0);
    const bool by_cubic = text_of(desk / "x.nii") == text_of(desk / "c.nii");
    CHECK(by_cubic == (c.method == "cubic"));
  }
  // Not even without the self-check; only both flags together let the network loose.
  const std::string force = " --no-self-check --force --quiet --out y.nii" + model;
  REQUIRE(desk.run("interpolate wide.nii" + force).code == 0);
  CHECK(says(text_of(desk / "y.slices.csv"), "cubic (not trained for this)"));
  REQUIRE(desk.run("interpolate wide.nii --any-scan" + force).code == 0);
  CHECK(says(text_of(desk / "y.slices.csv"), ",0.5,model,"));
}

TEST_CASE("evaluate reports the choice that interpolate makes without the network", "[optimised]") {
  const Desk desk;
  const std::string model = trained(desk);
  write_scan(desk / "wide.nii", widening_chest);
  for (const std::string factor : {"2", "4"}) {
    const Result r = desk.run("evaluate wide.nii --force --protocol unseen --out report --factor " +
                              factor + model);
    INFO(r.err << r.out);
    REQUIRE(r.code == 0);
    const auto scan =
        nlohmann::json::parse(text_of(desk / "report/metrics.json")).at("scans").at(0);
    CHECK(scan.at("self_check").at("checked") == "registered");
    CHECK(scan.at("self_check").at("registered").is_null());
    // Of every second slice 5 are left and 3 can be hidden: too few.
    CHECK(scan.at("self_check").at("used") == "cubic: too little to judge");
    const auto& methods = scan.at("methods");
    CHECK(methods.at("model_checked") == methods.at("cubic"));
    CHECK(methods.at("model_checked") != methods.at("model"));
  }
}

TEST_CASE("let through by --any-scan, noise does not get past the self-check", "[optimised]") {
  const Desk desk;
  const std::string model = trained(desk);
  write_scan(desk / "noise.nii", noise);
  const Result r = desk.run("interpolate noise.nii --any-scan --json --out x.nii" + model);
  REQUIRE(r.code == 0);
  const auto j = nlohmann::json::parse(r.out);
  CHECK(j.at("trained_for").at("unlike").size() == 1);
  CHECK(j.at("self_check").at("used") == "cubic: model not clearly better");
}

TEST_CASE("evaluate only warns, in the same words, on every form of its report") {
  const Desk desk;
  const std::string model = trained(desk);
  write_scan(desk / "mr.nii", mr_like);
  write_scan(desk / "chest.nii", chest);
  const Result r = desk.run("evaluate mr.nii chest.nii phantom:7:16:48 --out report" + model);
  INFO(r.err);
  REQUIRE(r.code == 0);
  CHECK(says(r.err, "warning: mr.nii: the model was not trained for such a scan: hardly any air"));
  CHECK(says(r.err, "warning: chest.nii: the model was not trained for such a scan: tissues at"));
  CHECK_FALSE(says(r.err, "warning: phantom"));
  CHECK(says(r.out, "NOT TRAINED FOR THIS: the model was not trained for such a scan: tissues at"));
  CHECK(says(text_of(desk / "report/report.html"), ">NOT TRAINED FOR THIS: "));
  const auto j = nlohmann::json::parse(text_of(desk / "report/metrics.json"));
  CHECK(says(j.at("scans").at(0).at("cautions").dump(), "interpolate refuses it"));
  CHECK(
      says(j.at("scans").at(1).at("cautions").dump(), "interpolate makes it without the network"));
  CHECK_FALSE(says(j.at("scans").at(2).at("cautions").dump(), "NOT TRAINED"));
}

TEST_CASE("info says what a scan and the scans of a model look like") {
  const Desk desk;
  const std::string model = desk.model();
  const auto scan = nlohmann::json::parse(desk.run("info scan.nii.gz --json").out);
  const auto own = nlohmann::json::parse(desk.run("info --json " + model).out);
  const auto& profile = own.at("training").at("sources").at(0).at("profile");
  CHECK(profile == scan.at("profile"));
  CHECK(profile.at("tissues").size() == 6);
  CHECK(profile.at("pixel_spacing").at(0).get<double>() == Approx(220.0 / 48));
}
