// A table of bad inputs, each given to the program as a user would: one line that names the file,
// exit code 2, nothing written, nothing overwritten. DICOM's rows are in bad_dicom_test.cpp.
#include <limits>

#include "tests/data/pictures/picture_files.h"
#include "tests/tools/bad_input.h"

using data_test::bytes_of_values;
using data_test::counting;
using data_test::HeaderBytes;
using data_test::png_bytes;
using data_test::put;
using data_test::small_header;
using data_test::small_nifti;
using tools_test::Bad;
using tools_test::check_full;
using tools_test::check_refusal;
using tools_test::check_table;
using tools_test::Desk;
using tools_test::file;
using tools_test::Result;
using tools_test::text_of;

namespace {

namespace fs = std::filesystem;

/// A folder of files "1.png", "2.png", ...
Bad folder(const std::string& path, const std::vector<std::string>& pictures,
           const std::string& says) {
  return {path, says, [pictures](const std::string& p) {
            fs::create_directory(p);
            for (std::size_t i = 0; i < pictures.size(); ++i) {
              put(p + "/" + std::to_string(i + 1) + ".png", pictures[i]);
            }
          }};
}

std::string gzipped(const std::string& bytes) {
  const data_test::TempDir dir;
  gzFile out = gzopen((dir / "z").c_str(), "wb");
  gzwrite(out, bytes.data(), static_cast<unsigned>(bytes.size()));
  gzclose(out);
  return data_test::get(dir / "z");
}

/// info lists the volumes.
Bad four_dimensions(const std::string& path, const std::string& bytes) {
  Bad bad = file(path, bytes, "4-D image with 5 volumes, expected one 3-D scan; choose one with");
  bad.info = Bad::lists_and_refuses;
  return bad;
}

std::string with_flipped_bit(std::string bytes, std::size_t at) {
  bytes.at(at) = static_cast<char>(bytes.at(at) ^ 16);
  return bytes;
}

std::string cube2(std::int64_t size) { return data_test::nifti2_header(size, size, size); }

std::vector<Bad> nifti_cases() {
  const auto header = [](const HeaderBytes& h) { return h.str() + bytes_of_values(counting(24)); };
  const auto of_type = [&](std::int16_t code, std::int16_t bits) {
    return header({{2, 3, 4}, code, bits, {1, 1, 1}});
  };
  const std::string whole = small_nifti();
  const std::string packed = gzipped(whole);
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const std::int64_t long_value = std::int64_t{1} << 40;
  return {
      file("empty.nii", "", "empty"),
      file("short_header.nii", whole.substr(0, 200), "200 bytes"),
      file("header_only.nii", whole.substr(0, 352), "0 bytes of voxels"),
      file("truncated.nii", whole.substr(0, whole.size() - 5), "43 bytes of voxels, expected 48"),
      file("truncated.nii.gz", packed.substr(0, packed.size() / 2), "truncated"),
      file("no_checksum.nii.gz", packed.substr(0, packed.size() - 6), "checksum"),
      file("damaged.nii.gz", with_flipped_bit(packed, packed.size() - 7), "gzip"),
      file("empty_gzip.nii.gz", gzipped(""), "348"),
      file("absurd.nii", header({{32767, 32767, 32767}, 4, 16, {1, 1, 1}}), "larger than allowed"),
      file("absurd.nii.gz", gzipped(header({{8000, 8000, 60}, 4, 16, {1, 1, 1}})), "truncated"),
      file("zero.nii", header({{2, 0, 4}, 4, 16, {1, 1, 1}}), "2 x 0 x 4"),
      file("negative.nii", header({{2, -3, 4}, 4, 16, {1, 1, 1}}), "2 x -3 x 4"),
      file("no_dimensions.nii", header(small_header().set<std::int16_t>(40, 0)), "0 dimensions"),
      four_dimensions("time.nii", header({{2, 3, 4, 5}, 4, 16, {1, 1, 1}})),
      file("colour.nii", of_type(128, 24), "colour"),
      file("complex.nii", of_type(32, 64), "COMPLEX64"),
      file("quad.nii", of_type(1536, 128), "FLOAT128"),
      file("bits.nii", of_type(1, 1), "BINARY"),
      file("long.nii",
           HeaderBytes({1, 1, 1}, 1024, 64, {1, 1, 1}).str() +
               bytes_of_values(std::vector<std::int64_t>{long_value}),
           "beyond 32 bits"),
      file("nan_voxels.nii",
           HeaderBytes({1, 1, 2}, data_test::kFloat32, 32, {1, 1, 1})
                   .sform(1, {1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0})
                   .str() +
               bytes_of_values(std::vector<float>{0, nan}),
           "not a finite number"),
      file("nan_affine.nii", header(small_header().sform(1, {nan})), "orientation matrix"),
      file("offset.nii", header(small_header().set<float>(108, 12)), "start at byte 12"),
      file("offset_nan.nii", header(small_header().set<float>(108, nan)), "start at byte"),
      file("analyze.nii", header(small_header().set<std::int32_t>(344, 0)), "ANALYZE"),
      file("lone.hdr", header(small_header().set<std::int32_t>(344, 0x0031696E)),  // "ni1"
           ".img"),
      file("nifti2_short.nii", cube2(2).substr(0, 400), "540"),
      file("nifti2_absurd.nii", cube2(std::int64_t{1} << 62), "larger than allowed"),
      file("nifti2_negative.nii", cube2(std::numeric_limits<std::int64_t>::min()), "x -"),
      file("nifti2_empty.nii", cube2(4), "0 bytes of voxels"),
      file("text.nii", "this is no scan", "no known kind"),
      {"folder.nii", "an empty folder", [](const std::string& p) { fs::create_directory(p); }},
  };
}

std::vector<Bad> picture_cases() {
  const std::string good = png_bytes(2, 1, 8, 0, {1, 2});
  const std::string large =
      "\x89PNG\r\n\x1a\n" +
      data_test::png_chunk("IHDR", data_test::big_endian(100000) + data_test::big_endian(100000) +
                                       std::string("\x08\0\0\0\0", 5)) +
      data_test::png_chunk("IEND", "");
  return {
      folder("mixed_sizes", {good, png_bytes(1, 1, 8, 0, {1})}, "2.png"),
      folder("truncated", {good, good.substr(0, good.size() - 9)}, "cut off"),
      folder("wrong_checksum", {good, with_flipped_bit(good, 20)}, "checksum"),
      folder("no_pixels", {good, good.substr(0, 33) + data_test::png_chunk("IEND", "")}, "decoded"),
      folder("absurd", {large}, "cannot be decoded"),
      folder("text", {good, "no picture"}, "not a picture"),
      folder("nothing_in_it", {good, ""}, "empty"),
      folder("cut_jpeg", {data_test::kJpeg.substr(0, data_test::kJpeg.size() - 2)}, "cut off"),
      {"notes", "without pictures",
       [](const std::string& p) {
         fs::create_directory(p);
         put(p + "/notes.txt", "hello");
       }},
      file("one.png", good, "a single picture"),
      file("cut.zip", "PK\3\4 and no more", "zip"),
      file("empty.zip", "PK\5\6" + std::string(18, '\0'), "empty zip"),
  };
}

std::vector<Bad> other_cases() {
  return {
      {"missing", "no such file", [](const std::string&) {}},
      {"link", "a link to a file that is not there",
       [](const std::string& p) { fs::create_symlink("nowhere", p); }},
      {"pipe", "neither a file nor a folder",
       [](const std::string& p) { REQUIRE(std::system(("mkfifo '" + p + "'").c_str()) == 0); }},
  };
}

}  // namespace

TEST_CASE("bad NIfTI files are refused in one line") { check_table(nifti_cases()); }
TEST_CASE("bad pictures are refused in one line") { check_table(picture_cases()); }
TEST_CASE("what is no file at all is refused in one line") { check_table(other_cases()); }

TEST_CASE("a spacing that makes no sense is refused in one line") {
  const Desk desk;
  put((desk / "a.nii").string(), small_nifti());
  desk.refused("info a.nii --spacing-xyz 1,1,1", "a.nii");
  for (const char* bad : {"1,1", "1,1,1,1", "1,x,1", "''", "1,,1", "1,1,0", "1,-1,1", "1,nan,1"}) {
    fs::create_directory(desk / "stack");
    put((desk / "stack/1.png").string(), png_bytes(1, 1, 8, 0, {1}));
    desk.refused(std::string("info stack --spacing-xyz ") + bad, "--spacing-xyz");
    fs::remove_all(desk / "stack");
  }
}

TEST_CASE("an input or an output that may not be touched is refused in one line") {
  const Desk desk;
  put((desk / "a.nii").string(), small_nifti());
  const std::optional<std::string> user = as_plain_user(desk);
  if (!user) return;
  // The shell opens .out and .err, and everything else is closed to that user.
  fs::create_directory(desk / "locked");
  fs::permissions(desk / "locked", fs::perms::owner_read | fs::perms::owner_exec |
                                       fs::perms::others_read | fs::perms::others_exec);
  const std::string out = "interpolate a.nii --method cubic --out locked/y.nii";
  check_refusal(desk.run(out, *user), "locked/y.nii", "ermission");
  CHECK(fs::is_empty(desk / "locked"));
  fs::permissions(desk / "a.nii", fs::perms::none);
  check_refusal(desk.run("info a.nii", *user), "a.nii", "cannot be opened");
  fs::create_directory(desk / "stack");
  fs::permissions(desk / "stack", fs::perms::none);
  check_refusal(desk.run("info stack", *user), "stack", "cannot be listed");
  for (const char* name : {"stack", "locked", "a.nii"}) {
    fs::permissions(desk / name, fs::perms::owner_all);
  }
}

TEST_CASE("a file that may not grow leaves nothing and overwrites nothing") {
  const Desk desk;
  desk.phantom("scan.nii");
  put((desk / "mine.nii").string(), "precious");
  const auto before = desk.listing();
  // 8 blocks of 512 bytes; the signal is ignored, so that writing fails instead.
  const std::string limit = "trap '' XFSZ; ulimit -f 8;";
  const std::string interpolate = "interpolate scan.nii --method cubic --quiet --out ";
  check_full(desk, desk.run(interpolate + "new.nii", limit), "new.nii");
  check_full(desk, desk.run(interpolate + "mine.nii --force", limit), "mine.nii");
  CHECK(desk.listing() == before);
}

TEST_CASE("a full disk leaves nothing and overwrites nothing") {
  const Desk desk;
  desk.phantom("scan.nii");
  put((desk / "mine.nii").string(), "precious");
  fs::create_directory(desk / "disk");
  // A file system of 24 KiB that only the program sees.
  const std::string on_small_disk =
      "unshare -rm sh -c 'mount -t tmpfs -o size=24k none disk || exit 77; echo old >disk/old.nii; "
      "\"$0\" \"$@\"; code=$?; ls -A disk >listing; cat disk/old.nii >>listing; exit $code'";
  if (desk.run("--version", on_small_disk).code != 0) {
    ct2ct_test::skip("no small file system can be mounted here");
    return;
  }
  const std::string interpolate = "interpolate scan.nii --method cubic --quiet --out ";
  for (const char* out : {"disk/new.nii", "disk/new.nii.gz", "disk/old.nii --force"}) {
    std::string name = out;
    name = name.substr(0, name.find(' '));
    check_full(desk, desk.run(interpolate + out, on_small_disk), name);
    CHECK(text_of(desk / "listing") == "old.nii\nold\n");
  }
  // A folder of pictures is a job that fails as a whole, too.
  const Result r = desk.run(
      "interpolate scan.nii --method cubic --quiet --factor 8 --out disk/pngs", on_small_disk);
  CHECK(r.code == 1);
  CHECK(std::count(r.err.begin(), r.err.end(), '\n') == 1);
  CHECK(text_of(desk / "listing") == "old.nii\nold\n");
}
