// reformat and mesh as a user meets them.
#include <nlohmann/json.hpp>

#include "data/pictures/picture.h"
#include "tests/tools/desk.h"

using tools_test::Desk;
using tools_test::Result;
using tools_test::text_of;

TEST_CASE("reformat writes pictures and animations") {
  const Desk desk;
  desk.phantom();
  REQUIRE(desk.run("interpolate scan.nii.gz --method cubic --out x2.nii.gz").code == 0);
  for (const char* plane : {"coronal", "sagittal", "axial", "slices"}) {
    const std::string out = std::string(plane) + ".png";
    const Result r = desk.run("reformat scan.nii.gz x2.nii.gz --plane " + std::string(plane) +
                              " --size 100 --out " + out);
    INFO(r.err);
    CHECK(r.code == 0);
    CHECK(tools_test::says(r.out, "drawn: "));
    const data::Image8 image = data::read_picture((desk / out).string());
    // Narrow panels stand in columns of 220; the bar of HU is at the right of them.
    CHECK(image.width > 12 + 2 * (220 + 12));
    CHECK(image.width < 12 + 2 * (220 + 12) + 80);
    CHECK(image.channels == 3);
  }
  CHECK(desk.run("reformat scan.nii.gz --mip --slab 20 --at 5 --out mip.png --quiet").code == 0);
  CHECK(desk.run("reformat scan.nii.gz x2.nii.gz --gif a.gif --size 64 --quiet").code == 0);
  CHECK(text_of(desk / "a.gif").rfind("GIF89a", 0) == 0);

  REQUIRE(desk.run("reformat scan.nii.gz x2.nii.gz --gif b.gif --fps 25 --size 64 --quiet").code ==
          0);
  CHECK(text_of(desk / "a.gif") != text_of(desk / "b.gif"));
  const auto record = nlohmann::json::parse(text_of(desk / "b.gif.record.json"));
  CHECK(record["options"]["fps"] == 25);

  desk.refused("reformat scan.nii.gz", "--out");
  desk.refused("reformat scan.nii.gz --out b.png --fps 5", "--gif");
  desk.refused("reformat scan.nii.gz --gif c.gif --fps 0", "--fps");
  desk.refused("reformat scan.nii.gz --out mip.png", "exists");
  desk.refused("reformat scan.nii.gz --out b.png --plane up", "--plane");
  desk.refused("reformat scan.nii.gz --out b.png --at 900 --quiet", "--at");
  desk.refused("reformat scan.nii.gz --out b.png --slab 5", "--mip");
  desk.refused("reformat scan.nii.gz --out b.png --size 5");
  desk.refused("reformat scan.nii.gz missing.nii --out b.png", "missing.nii");
}

TEST_CASE("mesh writes closed surfaces and says what they are") {
  const Desk desk;
  desk.phantom();
  const Result bone = desk.run("mesh scan.nii.gz --out bone.stl --json --quiet");
  INFO(bone.err);
  REQUIRE(bone.code == 0);
  const auto j = nlohmann::json::parse(bone.out);
  CHECK(j["watertight"] == true);
  CHECK(j["level"] == 300.0);
  CHECK(text_of(desk / "bone.stl").size() == 84 + 50 * j["triangles"].get<std::size_t>());
  CHECK(text_of(desk / "bone.stl").rfind("ct2ct RESEARCH SPACE=RAS mm bone 300.0 HU", 0) == 0);

  const Result skin = desk.run("mesh scan.nii.gz --surface skin --largest --out skin.ply --json");
  REQUIRE(skin.code == 0);
  const auto s = nlohmann::json::parse(skin.out);
  CHECK(s["components"] == 1);
  CHECK(s["volume_ml"].get<double>() > j["volume_ml"].get<double>());
  const Result open =
      desk.run("mesh scan.nii.gz --open --level -300 --out open.ply --quiet --json");
  CHECK(nlohmann::json::parse(open.out)["watertight"] == false);
  CHECK(nlohmann::json::parse(open.out)["volume_ml"].is_null());

  // Fewer triangles, and what that does is said.
  CHECK(j["triangles_before"] == j["triangles"]);
  CHECK(j["largest_distance_mm"].is_null());
  const std::size_t most = j["triangles"].get<std::size_t>() / 4;
  const std::string few = "mesh scan.nii.gz --reduce " + std::to_string(most) + " --out few.obj";
  const Result said = desk.run(few);
  REQUIRE(said.code == 0);
  CHECK(tools_test::says(said.out, "triangles became " + std::to_string(most) + ", at most "));
  CHECK(tools_test::says(said.out, "watertight"));
  const auto less = nlohmann::json::parse(desk.run(few + " --force --json --quiet").out);
  CHECK(less["triangles"] == most);
  CHECK(less["triangles_before"] == j["triangles"]);
  CHECK(less["euler_characteristic"] == j["euler_characteristic"]);
  CHECK(less["mean_distance_mm"].get<double>() > 0);
  CHECK(less["bytes"] == tools_test::fs::file_size(desk / "few.obj"));
  CHECK(less["options"]["reduce"] == most);
  const auto all = nlohmann::json::parse(
      desk.run("mesh scan.nii.gz --reduce 0 --out all.stl --json --quiet").out);
  CHECK(all["triangles"] == j["triangles"]);

  desk.refused("mesh scan.nii.gz --out a.off", ".stl, .ply or .obj");
  desk.refused("mesh scan.nii.gz --out a.stl --reduce -1", "--reduce");
  desk.refused("mesh scan.nii.gz --out bone.stl", "exists");
  desk.refused("mesh scan.nii.gz --out a.stl --surface brain", "bone or skin");
  desk.refused("mesh scan.nii.gz --out a.stl --surface skin --level 5", "--level");
  desk.refused("mesh scan.nii.gz --out a.stl --level 9999 --quiet", "--level");
  desk.refused("mesh scan.nii.gz --out a.stl --level 3050 --quiet", "no surface");
}
