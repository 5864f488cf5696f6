// `ct2ct view` as a user runs it. What the page holds: tests/train/view/view_test.cpp; how it looks
// in a browser: tools/web/test/view.mjs.
#include "tests/tools/desk.h"

using namespace tools_test;

TEST_CASE("view writes a page and says what it holds, and leaves what exists alone") {
  const Desk desk;
  desk.phantom();
  REQUIRE(desk.run("interpolate scan.nii.gz --method cubic --out x2.nii.gz --quiet").code == 0);
  const Result r = desk.run("view scan.nii.gz x2.nii.gz --out page.html");
  INFO(r.err);
  REQUIRE(r.code == 0);
  CHECK(r.out.rfind("page.html: 1.", 0) == 0);  // MB
  CHECK(says(r.out, "12 slices before, 23 slices (11 synthetic, for research)\n"));
  CHECK(says(text_of(desk / "page.html"), "<!doctype html>"));
  CHECK(says(text_of(desk / "page.html.record.json"), "\"synthetic\": 11"));

  desk.refused("view scan.nii.gz --out page.html", "page.html");
  const Result quiet = desk.run("view x2.nii.gz --out page.html --force --quiet");
  CHECK(quiet.code == 0);
  CHECK(quiet.out.empty());
  CHECK(says(text_of(desk / "page.html.record.json"), "\"synthetic\": 11"));  // by x2's own record
}

TEST_CASE("view refuses what it cannot show in one line") {
  const Desk desk;
  desk.phantom();
  desk.refused("view scan.nii.gz", "--out");
  desk.refused("view --out page.html", "scan");
  desk.refused("view scan.nii.gz --out page.png", ".html");
  desk.refused("view none.nii.gz --out page.html", "none.nii.gz");
  desk.refused("view scan.nii.gz --out none/page.html", "none");
  desk.refused("view scan.nii.gz --uncertainty scan.nii.gz --record none --out page.html", "none");
  desk.refused("view scan.nii.gz --window bright --out page.html", "--window");
  REQUIRE(desk.run("phantom other.nii.gz --slices 5 --size 32").code == 0);
  desk.refused("view scan.nii.gz --uncertainty other.nii.gz --out page.html", "other voxels");
  REQUIRE(
      desk.run("interpolate scan.nii.gz --method nearest --format png --out png --quiet").code ==
      0);
  desk.refused("view scan.nii.gz png --out page.html", "grey");
}
