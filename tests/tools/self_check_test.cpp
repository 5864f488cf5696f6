// The self-check as a user meets it: what is printed, and what ends up in the output.
#include <nlohmann/json.hpp>

#include "tests/catch.h"
#include "tests/tools/desk.h"

using tools_test::Desk;
using tools_test::Result;
using tools_test::says;
using tools_test::text_of;

namespace {

/// A network that was thrown off by a learning rate far too high.
std::string bad_model(const Desk& desk) {
  return desk.trained("phantom:1:12:48 --steps 3 --learning-rate 0.03 --width 4 --levels 2");
}

}  // namespace

TEST_CASE("a network worse than cubic is not used: the output is cubic's, and says so") {
  const Desk desk;
  const std::string model = bad_model(desk);
  const Result r = desk.run("interpolate phantom:7:11:48 --factor 3 --out x3.nii" + model);
  INFO(r.err);
  REQUIRE(r.code == 0);
  CHECK(says(r.out, "self-check: 9 of 9 inner slices"));
  CHECK(says(r.out, "used: cubic for the whole scan"));
  CHECK(says(r.out, "expected error: "));
  CHECK(says(r.err, "/19 "));  // nine hidden slices, and the middles of ten gaps
  REQUIRE(desk.run("interpolate phantom:7:11:48 --factor 3 --out c3.nii --method cubic").code == 0);
  CHECK(text_of(desk / "x3.nii") == text_of(desk / "c3.nii"));
  const std::string table = text_of(desk / "x3.slices.csv");
  CHECK(says(table, "1,,2,,0.6666666666666666,cubic (self-check),"));
  CHECK_FALSE(says(table, "self-check),,"));  // an expected error for each
  CHECK_FALSE(says(table, ",model,"));
}

TEST_CASE("registration takes the network's place where it is better than cubic", "[optimised]") {
  const Desk desk;
  const std::string model =
      desk.trained("phantom:1:41:48 --steps 3 --learning-rate 0.03 --width 4 --levels 2");
  const std::string scan = "phantom:7:61:48";  // close enough to see what moves
  const Result r = desk.run("interpolate " + scan + " --factor 3 --out x3.nii" + model);
  INFO(r.err);
  REQUIRE(r.code == 0);
  CHECK(says(r.out, "used: registered for the whole scan (the model is not "));
  REQUIRE(desk.run("interpolate " + scan + " --factor 3 --out r3.nii --method registered").code ==
          0);
  CHECK(text_of(desk / "x3.nii") == text_of(desk / "r3.nii"));
  CHECK(says(text_of(desk / "x3.slices.csv"), ",registered (self-check),"));
  // Directly, and in passes.
  for (const std::string factor : {"2", "4"}) {
    const Result e = desk.run("evaluate " + scan + " --json --quiet --factor " + factor +
                              " --out e" + factor + model);
    REQUIRE(e.code == 0);
    const auto report = nlohmann::json::parse(e.out).at("scans").at(0);
    CHECK(report.at("self_check").at("fallback") == "registered");
    const auto psnr = [&](const char* method) {
      return report.at("methods").at(method).at("psnr_full").at("mean").get<double>();
    };
    CHECK(psnr("model_checked") == Approx(psnr("registered")).margin(factor == "2" ? 0 : 0.01));
    CHECK(psnr("registered") > psnr("cubic") + 0.2);
    CHECK(psnr("model") < psnr("cubic"));
  }
}

TEST_CASE("without the self-check, and with methods that have none, nothing is said of it") {
  const Desk desk;
  const std::string model = bad_model(desk);
  const std::string scan = "interpolate phantom:7:11:48 --out ";
  const Result unchecked = desk.run(scan + "m.nii --no-self-check" + model);
  REQUIRE(unchecked.code == 0);
  CHECK_FALSE(says(unchecked.out + unchecked.err, "self-check"));
  CHECK(says(text_of(desk / "m.slices.csv"), ",0.5,model,,ct2ct "));
  const Result cubic = desk.run(scan + "c.nii --method cubic");
  REQUIRE(cubic.code == 0);
  CHECK_FALSE(says(cubic.out + cubic.err, "self-check"));
  CHECK(text_of(desk / "m.nii") != text_of(desk / "c.nii"));
}

TEST_CASE("what the self-check found and what was done, as JSON") {
  const Desk desk;
  const std::string model = bad_model(desk);
  const Result r = desk.run("interpolate phantom:7:11:48 --json --quiet --out x.nii" + model);
  REQUIRE(r.code == 0);
  const auto j = nlohmann::json::parse(r.out);
  CHECK(j.at("slices_before") == 11);
  CHECK(j.at("slices") == 21);
  CHECK(j.at("synthetic") == 10);
  const auto& check = j.at("self_check");
  CHECK(check.at("used") == "cubic: model not clearly better");
  CHECK(check.at("hidden") == 9);
  CHECK(check.at("slices").size() == 9);
  CHECK(check.at("expected_error").get<double>() > 0);
  const auto& body = check.at("measures").at(0);
  CHECK(body.at("model").get<double>() > body.at("cubic").get<double>());
  const Result cubic =
      desk.run("interpolate phantom:7:11:48 --json --quiet --method cubic --out c.nii");
  CHECK(nlohmann::json::parse(cubic.out).at("self_check").is_null());
}

TEST_CASE("a map of expected errors beside the output, with its check") {
  const Desk desk;
  const std::string model = bad_model(desk);
  const std::string scan =
      "interpolate phantom:7:11:48 --factor 3 --out x3.nii --uncertainty u.nii";
  const Result r = desk.run(scan + model);
  INFO(r.err);
  REQUIRE(r.code == 0);
  CHECK(says(r.out, "uncertainty, cubic: expected "));
  CHECK(says(r.out, "of the pixels of 4 hidden slices, observed "));
  CHECK(says(text_of(desk / "u.svg"), "cubic, observed (within 1, 2, 3 times: "));
  const std::string map = text_of(desk / "u.nii");
  const std::string output = text_of(desk / "x3.nii");
  CHECK(map.size() == 352 + std::size_t{48} * 48 * 31 * 2);
  CHECK(map.substr(40, 16) == output.substr(40, 16));    // dim
  CHECK(map.substr(280, 48) == output.substr(280, 48));  // sform
  CHECK(says(map.substr(148, 80), "expected absolute error in HU, RESEARCH"));
  const std::size_t slice = std::size_t{48} * 48 * 2;
  for (std::size_t k = 0; k < 31; ++k) {
    const std::string values = map.substr(352 + k * slice, slice);
    CHECK((values == std::string(slice, '\0')) == (k % 3 == 0));
  }
  const auto before = desk.listing();
  CHECK(desk.run(scan + model).code == 2);
  CHECK(desk.listing() == before);
  const Result fresh = desk.run(
      "interpolate phantom:7:11:48 --only-new --out new.nii --uncertainty u.nii --force --json "
      "--quiet" +
      model);
  REQUIRE(fresh.code == 0);
  CHECK(text_of(desk / "u.nii").size() == 352 + std::size_t{48} * 48 * 10 * 2);
  CHECK(text_of(desk / "u.nii").substr(280, 48) == text_of(desk / "new.nii").substr(280, 48));
  const auto j = nlohmann::json::parse(fresh.out).at("uncertainty");
  CHECK(j.at("hidden") == 9);
  CHECK(j.at("methods").at(0).at("method") == "cubic");
}

TEST_CASE("a map that cannot be made is refused before anything is written") {
  const Desk desk;
  const std::string model = bad_model(desk);
  const std::string scan = "interpolate phantom:7:11:48 --quiet --out x.nii --uncertainty ";
  desk.refused(scan + "u.nii --method cubic", "--method cubic");
  desk.refused(scan + "u.nii --no-self-check" + model, "--no-self-check");
  desk.refused(scan + "u.png" + model, ".nii or .nii.gz");
  desk.refused(scan + "x.nii.gz" + model, "the name of the output");
  desk.refused(scan + "missing/u.nii" + model, "missing");
  desk.refused("interpolate phantom:7:6:48 --quiet --out x.nii --uncertainty u.nii" + model,
               "4 slices to learn errors from");
  desk.refused(
      "interpolate phantom:7:11:48 --quiet --factor 3 --only-new --out x/ --format png "
      "--uncertainty u.nii" +
          model,
      "evenly spaced");
}

TEST_CASE("a scan that was trained on, or is too short, tells the self-check too little") {
  const Desk desk;
  const std::string model = bad_model(desk);
  const Result seen = desk.run("interpolate phantom:1:12:48 --out seen.nii" + model);
  REQUIRE(seen.code == 0);
  CHECK(says(seen.out,
             "used: cubic for the whole scan (1 slices to judge by, fewer than 5, since "
             "the model was trained on this scan)"));
  const Result two =
      desk.run("interpolate phantom:7:2:48 --out two.nii --fill-gaps --any-scan" + model);
  INFO(two.err);
  REQUIRE(two.code == 0);
  CHECK(says(two.out, "(0 slices to judge by, fewer than 5)"));
  CHECK(says(text_of(desk / "two.slices.csv"), ",0.5,cubic (self-check),,ct2ct "));
}
