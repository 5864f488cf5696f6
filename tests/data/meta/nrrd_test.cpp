// NRRD in and out. Expected values follow from headers written by hand; meta_check.py compares with
// Teem's own program and with ITK.
#include "data/meta/nrrd.h"

#include <zlib.h>

#include "data/io/read.h"
#include "data/io/write.h"
#include "tests/data/meta/meta_files.h"
#include "tests/data/test_files.h"

namespace {

using data_test::bytes_of_values;
using data_test::check_input_error;
using data_test::counting;
using data_test::nrrd_header;
using data_test::small_nrrd;
using data_test::TempDir;
using data_test::warned;
using data_test::with;

/// Reads a file of these bytes.
data::Volume read(const std::string& bytes, const data::NrrdOptions& options = {}) {
  const TempDir dir;
  data_test::put(dir / "a.nrrd", bytes);
  return data::read_nrrd(dir / "a.nrrd", options);
}

std::string gzipped(const std::string& bytes) {
  const TempDir dir;
  gzFile out = gzopen((dir / "a").c_str(), "wb");
  gzwrite(out, bytes.data(), static_cast<unsigned>(bytes.size()));
  gzclose(out);
  return data_test::get(dir / "a");
}

void check_small(const data::Volume& v) {
  CHECK(v.dims == std::array<nn::index, 3>{2, 3, 4});
  CHECK(v.spacing == std::array<double, 3>{0.5, 0.75, 2});
  CHECK(v.type == data::StoredType::int16);
  CHECK(v.unit == data::Unit::hu);
  CHECK(v.oriented);
  // Left and posterior are right and anterior with the other sign.
  CHECK(v.affine[0] == std::array<double, 4>{-0.5, 0, 0, -10});
  CHECK(v.affine[1] == std::array<double, 4>{0, -0.75, 0, 20});
  CHECK(v.affine[2] == std::array<double, 4>{0, 0, 2, 30});
  CHECK(v.slice_axis == 2);
  const nn::Tensor second = v.slice(1);  // values 6 to 11, rows of 2
  CHECK(second.at(0, 0, 0, 0) == 6);
  CHECK(second.at(0, 0, 1, 0) == 7);
  CHECK(second.at(0, 2, 1, 0) == 11);
}

}  // namespace

TEST_CASE("NRRD: a raw file with all that it says") {
  const data::Volume v = read(small_nrrd());
  check_small(v);
  CHECK(v.format == "NRRD");
  CHECK(v.warnings.empty());
}

TEST_CASE("NRRD: spaces, names and line ends as other programs write them") {
  std::string ras = with(small_nrrd(), "left-posterior-superior", "RAS");
  ras = with(ras, "(0.5,0,0) (0,0.75,0) (0,0,2)", "( -0.5 , 0 , 0 ) (0,-0.75,0) (0,0,2)");
  ras = with(ras, "(10,-20,30)", "(-10,20,30)");
  check_small(read(ras));
  check_small(read(with(small_nrrd(), "type: short", "Type: signed short int")));
  check_small(read(with(small_nrrd(), "(10,-20,30)\n\n", "(10,-20,30)\r\n\r\n")));
  std::string metres =
      with(small_nrrd(), "(0.5,0,0) (0,0.75,0) (0,0,2)", "(5e-4,0,0) (0,7.5e-4,0) (0,0,2e-3)");
  metres = with(metres, "(10,-20,30)", "(0.01,-0.02,0.03)\nspace units: \"m\" \"m\" \"m\"");
  const data::Volume v = read(metres);
  CHECK(v.spacing[1] == Approx(0.75));
  CHECK(v.affine[0][3] == Approx(-10));
}

TEST_CASE("NRRD: gzip, big endian, skipped bytes and lines") {
  const std::string voxels = bytes_of_values(counting(24));
  const std::string zipped_header = with(nrrd_header(), "encoding: raw", "encoding: gzip");
  check_small(read(zipped_header + gzipped(voxels)));
  // Two members, which gzip allows.
  check_small(read(zipped_header + gzipped(voxels.substr(0, 11)) + gzipped(voxels.substr(11))));
  std::string big = voxels;
  for (std::size_t i = 0; i < big.size(); i += 2) std::swap(big[i], big[i + 1]);
  check_small(read(with(nrrd_header(), "endian: little", "endian: big") + big));
  check_small(read(nrrd_header("byte skip: 3\n") + "abc" + voxels));
  check_small(read(nrrd_header("byte skip: -1\n") + "anything" + voxels));
  check_small(read(nrrd_header("line skip: 2\nbyte skip: 1\n") + "P5\n2 3\n#" + voxels));
  // Lines before decompression, bytes after it.
  check_small(
      read(with(nrrd_header("line skip: 1\nbyte skip: 2\n"), "encoding: raw", "encoding: gz") +
           "line\n" + gzipped("ab" + voxels)));
}

TEST_CASE("NRRD: a detached header, whose voxels are beside it and nowhere else") {
  const TempDir dir;
  data_test::put(dir / "a.raw", bytes_of_values(counting(24)));
  std::string header = nrrd_header("data file: a.raw\n");
  header.pop_back();  // a detached header needs no empty line
  data_test::put(dir / "a.nhdr", header);
  const data::Volume v = data::read_volume(dir / "a.nhdr");
  check_small(v);
  CHECK(v.voxel_file == "a.raw");
  const data::HashedPath hashed = data::input_files(v);
  REQUIRE(hashed.files.size() == 2);
  CHECK(hashed.files[1].name == "a.raw");
  check_input_error([&] { data::read_volume(dir / "a.raw"); }, {"the voxels of", "a.nhdr"});
  for (const char* outside : {"../a.raw", "/etc/passwd", "..", "b/a.raw", "b\\a.raw"}) {
    INFO(outside);
    data_test::put(dir / "a.nhdr", nrrd_header(std::string("data file: ") + outside + "\n"));
    check_input_error([&] { data::read_nrrd(dir / "a.nhdr"); },
                      {outside, "in the folder of the header"});
  }
  data_test::put(dir / "a.nhdr", nrrd_header("data file: gone.raw\n"));
  check_input_error([&] { data::read_nrrd(dir / "a.nhdr"); }, {"gone.raw", "no such file"});
  for (const char* several : {"LIST", "slice_%03d.raw 1 4 1"}) {
    data_test::put(dir / "a.nhdr", nrrd_header(std::string("data file: ") + several + "\n"));
    check_input_error([&] { data::read_nrrd(dir / "a.nhdr"); }, {"several files", "unu save"});
  }
}

TEST_CASE("NRRD: one volume of four dimensions") {
  std::string four = with(nrrd_header(), "dimension: 3", "dimension: 4");
  four = with(four, "sizes: 2 3 4", "sizes: 2 3 4 2");
  four = with(four, "(0,0,2)", "(0,0,2) none");
  four = with(four, "domain domain domain", "domain domain domain time");
  std::vector<std::int16_t> values = counting(24);
  for (std::int16_t i = 0; i < 24; ++i) values.push_back(static_cast<std::int16_t>(100 + i));
  four += bytes_of_values(values);
  check_input_error([&] { read(four); }, {"4-D image with 2 volumes", "--volume, 0 to 1"});
  check_small(read(four, {-1, 0}));
  CHECK(read(four, {-1, 1}).slice(0).at(0, 0, 0, 0) == 100);
  // One value per voxel on an axis of its own, in front.
  std::string list = with(nrrd_header(), "dimension: 3", "dimension: 4");
  list = with(list, "sizes: 2 3 4", "sizes: 1 2 3 4");
  list = with(list, "(0.5,0,0)", "none (0.5,0,0)");
  list = with(list, "domain domain domain", "list domain domain domain");
  check_small(read(list + bytes_of_values(counting(24))));
  check_input_error([&] { read(with(list, "sizes: 1", "sizes: 2")); },
                    {"2 values per voxel", "unu permute"});
}

TEST_CASE("NRRD: orientation that is not the patient's, and none at all") {
  const data::Volume scanner = read(with(small_nrrd(), "left-posterior-superior", "scanner-xyz"));
  CHECK_FALSE(scanner.oriented);
  CHECK(scanner.affine[0][0] == 0.5);
  CHECK(warned(scanner, "left and right are unknown"));
  std::string bare = with(small_nrrd(), "space: left-posterior-superior\n", "");
  bare = with(bare, "space directions: (0.5,0,0) (0,0.75,0) (0,0,2)", "spacings: 0.5 0.75 2");
  bare = with(bare, "space origin: (10,-20,30)\n", "");
  const data::Volume v = read(bare);
  CHECK_FALSE(v.oriented);
  CHECK(v.spacing == std::array<double, 3>{0.5, 0.75, 2});
  CHECK(warned(read(with(bare, "spacings: 0.5 0.75 2", "spacings: 0.5 nan 2")),
               "no spacing along axis 1"));
}

TEST_CASE("NRRD: a tilted scan keeps its shear, with the warning that NIfTI has") {
  const data::Volume v = read(with(small_nrrd(), "(0,0,2)", "(0,0.5,2)"));
  CHECK(v.affine[1][2] == -0.5);
  CHECK(warned(v, "gantry tilt"));
}

TEST_CASE("NRRD: what is refused, in one line that says what to do") {
  check_input_error([] { read(with(small_nrrd(), "encoding: raw", "encoding: ascii")); },
                    {"encoding 'ascii'", "raw or gzip", "unu save"});
  check_input_error([] { read(with(small_nrrd(), "type: short", "type: block")); }, {"'block'"});
  check_input_error([] { read(with(small_nrrd(), "endian: little\n", "")); }, {"without endian"});
  check_input_error([] { read(with(small_nrrd(), "sizes: 2 3 4", "sizes: 2 3")); }, {"2 sizes"});
  check_input_error([] { read(with(small_nrrd(), "sizes: 2 3 4", "sizes: 2 3 1e300")); }, {"axis"});
  check_input_error([] { read(with(small_nrrd(), "sizes: 2 3 4", "sizes: 2 -3 4")); }, {"-3"});
  check_input_error([] { read(with(small_nrrd(), "sizes: 2 3 4", "sizes: 8000 8000 8000")); },
                    {"8000"});
  check_input_error([] { read(with(small_nrrd(), "dimension: 3", "dimension: 2")); }, {"'2'"});
  check_input_error([] { read(with(small_nrrd(), "(0,0,2)", "(0,0,0)")); }, {"0 mm apart"});
  check_input_error([] { read(with(small_nrrd(), "(0,0,2)", "(0,0,nan)")); }, {"nan mm apart"});
  check_input_error([] { read(with(small_nrrd(), "(0,0,2)", "(0,2)")); }, {"vector of 2"});
  check_input_error([] { read(with(small_nrrd(), "domain domain domain", "RGB-color domain x")); },
                    {"several values"});
  check_input_error([] { read(with(small_nrrd(), "type: short", "old min: 3\ntype: short")); },
                    {"quantised"});
  check_input_error([] { read(small_nrrd().substr(0, small_nrrd().size() - 1)); },
                    {"47 bytes of voxels", "48"});
  check_input_error([] { read(small_nrrd().substr(0, 60)); }, {"without an end"});
  check_input_error([] { read(with(small_nrrd(), "# a comment", "nonsense")); }, {"'nonsense'"});
}

TEST_CASE("NRRD: what is written is read back with the same geometry and values") {
  const TempDir dir;
  const data::Volume v = read(with(small_nrrd(), "(0,0,2)", "(0,0.25,2)"));
  const data::Volume finer = v.expanded(2);
  for (const char* name : {"b.nrrd", "b.nhdr"}) {
    INFO(name);
    data::OutputSet outputs(false);
    data::write_nrrd(outputs, dir / name, finer, {"1.0", ""});
    outputs.commit();
    const data::Volume back = data::read_volume(dir / name);
    CHECK(back.affine == finer.affine);
    CHECK(back.type == finer.type);
    CHECK(back.stored == finer.stored);
    CHECK(back.oriented);
    CHECK(data::interpolated_before(back) ==
          "slices that were interpolated before (ct2ct says so)");
  }
  const std::string header = data_test::get(dir / "b.nhdr");
  CHECK(header.find("content: x2 interpolated RESEARCH; ct2ct 1.0\n") != std::string::npos);
  CHECK(header.find("sizes: 2 3 7\n") != std::string::npos);
  CHECK(header.find("space directions: (0.5,0,0) (0,0.75,0) (0,0.125,1)\n") != std::string::npos);
  CHECK(header.find("data file: b.raw.gz\n") != std::string::npos);
}

TEST_CASE("NRRD: values with a slope are written as HU") {
  const TempDir dir;
  data::Volume v = read(small_nrrd());
  v.intercept = -1024;
  const auto written = [&](const std::string& name) {
    data::OutputSet outputs(false);
    data::write_nrrd(outputs, dir / name, v, {});
    outputs.commit();
    return data::read_nrrd(dir / name);
  };
  const data::Volume shifted = written("a.nrrd");
  CHECK(shifted.type == data::StoredType::int16);
  CHECK(shifted.slice(0).at(0, 0, 1, 0) == -1023);
  CHECK(shifted.interpolated_by.empty());
  v.intercept = 32760;  // 32760 to 32783
  CHECK(written("b.nrrd").type == data::StoredType::int32);
  v.slope = 0.5;
  v.intercept = 0;
  const data::Volume halved = written("c.nrrd");
  CHECK(halved.type == data::StoredType::float32);
  CHECK(halved.slice(0).at(0, 0, 1, 0) == 0.5F);
}
