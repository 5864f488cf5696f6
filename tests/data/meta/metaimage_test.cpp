// MetaImage in and out. Expected values follow from headers written by hand; meta_check.py compares
// with ITK.
#include "data/meta/metaimage.h"

#include <zlib.h>

#include "data/io/read.h"
#include "data/io/write.h"
#include "tests/data/meta/meta_files.h"
#include "tests/data/test_files.h"

namespace {

using data_test::bytes_of_values;
using data_test::check_input_error;
using data_test::counting;
using data_test::metaimage_header;
using data_test::small_metaimage;
using data_test::TempDir;
using data_test::warned;
using data_test::with;

data::Volume read(const std::string& bytes, const data::MetaImageOptions& options = {}) {
  const TempDir dir;
  data_test::put(dir / "a.mha", bytes);
  return data::read_metaimage(dir / "a.mha", options);
}

std::string deflated_by_zlib(const std::string& bytes) {
  std::string out(compressBound(static_cast<uLong>(bytes.size())), '\0');
  uLongf size = static_cast<uLongf>(out.size());
  compress(reinterpret_cast<Bytef*>(out.data()), &size,
           reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uLong>(bytes.size()));
  out.resize(size);
  return out;
}

void check_small(const data::Volume& v) {
  CHECK(v.dims == std::array<nn::index, 3>{2, 3, 4});
  CHECK(v.spacing == std::array<double, 3>{0.5, 0.75, 2});
  CHECK(v.type == data::StoredType::int16);
  CHECK(v.oriented);
  CHECK(v.affine[0] == std::array<double, 4>{-0.5, 0, 0, -10});
  CHECK(v.affine[1] == std::array<double, 4>{0, -0.75, 0, 20});
  CHECK(v.affine[2] == std::array<double, 4>{0, 0, 2, 30});
  CHECK(v.slice(1).at(0, 0, 1, 0) == 7);
}

}  // namespace

TEST_CASE("MetaImage: a local file with all that it says, by every name of an entry") {
  const data::Volume v = read(small_metaimage());
  check_small(v);
  CHECK(v.format == "MetaImage");
  CHECK(v.warnings.empty());
  check_small(read(with(small_metaimage(), "Offset", "Position")));
  check_small(read(with(small_metaimage(), "TransformMatrix", "Rotation")));
  check_small(read(with(small_metaimage(), "ElementSpacing", "ElementSize")));
  check_small(read(with(small_metaimage(), "NDims = 3", "NDims=3  \r")));
}

TEST_CASE("MetaImage: a matrix holds the direction of one axis in each row") {
  // Axis 0 runs to the back, axis 1 to the right, axis 2 to the head.
  std::string turned = with(small_metaimage(), "1 0 0 0 1 0 0 0 1", "0 1 0 -1 0 0 0 0 1");
  turned = with(turned, "= RAI", "= ALI");
  const data::Volume v = read(turned);
  CHECK(v.affine[0] == std::array<double, 4>{0, 0.75, 0, -10});
  CHECK(v.affine[1] == std::array<double, 4>{-0.5, 0, 0, 20});
  CHECK(data::anatomical_orientation(v) == "ALI");
  CHECK(v.warnings.empty());
  CHECK(warned(read(with(turned, "= ALI", "= RAI")), "the matrix says ALI: the matrix is taken"));
}

TEST_CASE("MetaImage: orientation by letters alone, and none at all") {
  const std::string matrix = "TransformMatrix = 1 0 0 0 1 0 0 0 1\n";
  std::string letters = with(small_metaimage(), matrix, "");
  check_small(read(letters));
  // Axes that begin at the left, front and head, as in VTK's FullHead.mhd.
  const data::Volume head = read(with(letters, "= RAI", "= LAS"));
  CHECK(head.affine[0][0] == 0.5);
  CHECK(head.affine[1][1] == -0.75);
  CHECK(head.affine[2][2] == -2);
  const data::Volume none = read(with(letters, "AnatomicalOrientation = RAI\n", ""));
  CHECK_FALSE(none.oriented);
  CHECK(warned(none, "left and right are unknown"));
  CHECK_FALSE(read(with(letters, "= RAI", "= ???")).oriented);
  CHECK_FALSE(read(with(letters, "= RAI", "= RLI")).oriented);
}

TEST_CASE("MetaImage: deflated, big endian, skipped bytes, a file of its own") {
  const std::string voxels = bytes_of_values(counting(24));
  const std::string packed = deflated_by_zlib(voxels);
  const std::string entries =
      "CompressedData = True\nCompressedDataSize = " + std::to_string(packed.size()) + "\n";
  check_small(read(metaimage_header("LOCAL", entries) + packed));
  std::string big = voxels;
  for (std::size_t i = 0; i < big.size(); i += 2) std::swap(big[i], big[i + 1]);
  check_small(read(with(metaimage_header(), "OrderMSB = False", "OrderMSB = True") + big));
  const TempDir dir;
  data_test::put(dir / "a.zraw", packed);
  data_test::put(dir / "a.mhd", metaimage_header("a.zraw", entries));
  const data::Volume v = data::read_volume(dir / "a.mhd");
  check_small(v);
  CHECK(data::input_files(v).files.size() == 2);
  check_input_error([&] { data::read_volume(dir / "a.zraw"); }, {"the voxels of", "a.mhd"});
  data_test::put(dir / "a.raw", "header" + voxels);
  for (const char* size : {"6", "-1"}) {
    data_test::put(dir / "a.mhd",
                   metaimage_header("a.raw", std::string("HeaderSize = ") + size + "\n"));
    check_small(data::read_volume(dir / "a.mhd"));
  }
  data_test::put(dir / "a.mhd", metaimage_header("../a.raw"));
  check_input_error([&] { data::read_volume(dir / "a.mhd"); }, {"../a.raw", "folder"});
}

TEST_CASE("MetaImage: one volume of four dimensions") {
  std::string four = with(metaimage_header(), "NDims = 3", "NDims = 4");
  four = with(four, "1 0 0 0 1 0 0 0 1", "1 0 0 0 0 1 0 0 0 0 1 0 0 0 0 1");
  four = with(four, "10 -20 30", "10 -20 30 0");
  four = with(four, "0.5 0.75 2", "0.5 0.75 2 1");
  four = with(four, "2 3 4\n", "2 3 4 2\n");
  const std::string voxels = bytes_of_values(counting(24));
  check_input_error([&] { read(four + voxels + voxels); }, {"--volume, 0 to 1"});
  check_small(read(four + voxels + voxels, {-1, 1}));
  check_input_error([&] { read(four + voxels, {-1, 0}); }, {"volumes that follow"});
}

TEST_CASE("MetaImage: what is refused, in one line that says what to do") {
  check_input_error([] { read(with(small_metaimage(), "= Image", "= Tube")); }, {"'tube'"});
  check_input_error([] { read(with(small_metaimage(), "MET_SHORT", "MET_STRING")); },
                    {"MET_STRING"});
  check_input_error(
      [] { read(with(small_metaimage(), "BinaryData = True", "BinaryData = False")); },
      {"voxels as text", ".mha"});
  check_input_error([] { read(metaimage_header("LIST") + "a.raw\n"); }, {"several files"});
  check_input_error([] { read(metaimage_header("LOCAL", "ElementNumberOfChannels = 3\n")); },
                    {"3 values per voxel"});
  check_input_error(
      [] { read(metaimage_header("LOCAL", "ElementToIntensityFunctionSlope = 2\n")); },
      {"to be scaled"});
  check_input_error([] { read(with(small_metaimage(), "2 3 4\n", "2 3 0\n")); }, {"axis of 0"});
  check_input_error([] { read(with(small_metaimage(), "0 0 0 1\n", "0 0 0 nan\n")); },
                    {"no finite number"});
  check_input_error([] { read(with(small_metaimage(), "1 0 0 0 1 0 0 0 1", "1 0 0")); },
                    {"9 numbers"});
  check_input_error([] { read(small_metaimage().substr(0, 100)); }, {"without ElementDataFile"});
  const std::string whole = small_metaimage();
  check_input_error([&] { read(whole.substr(0, whole.size() - 2)); }, {"46 bytes of voxels"});
}

TEST_CASE("MetaImage: what is written is read back with the same geometry and values") {
  const TempDir dir;
  const data::Volume finer = read(small_metaimage()).expanded(2);
  for (const char* name : {"b.mha", "b.mhd"}) {
    INFO(name);
    data::OutputSet outputs(false);
    data::write_metaimage(outputs, dir / name, finer, {"1.0", ""});
    outputs.commit();
    const data::Volume back = data::read_volume(dir / name);
    CHECK(back.affine == finer.affine);
    CHECK(back.spacing == finer.spacing);
    CHECK(back.stored == finer.stored);
    CHECK(data::interpolated_before(back) ==
          "slices that were interpolated before (Comment says so)");
  }
  const std::string header = data_test::get(dir / "b.mhd");
  CHECK(header.find("Comment = x2 interpolated RESEARCH; ct2ct 1.0\n") != std::string::npos);
  CHECK(header.find("ElementSpacing = 0.5 0.75 1\n") != std::string::npos);
  CHECK(header.find("AnatomicalOrientation = RAI\n") != std::string::npos);
  CHECK(header.ends_with("ElementDataFile = b.zraw\n"));
}

TEST_CASE("formats of one file: an output's format follows from its name, and --format must fit") {
  const data::Volume v = read(small_metaimage());
  using data::OutputFormat;
  CHECK(data::output_format("", "a.nhdr", v) == OutputFormat::nrrd);
  CHECK(data::output_format("", "a.mha", v) == OutputFormat::metaimage);
  CHECK(data::output_format("metaimage", "a.mhd", v) == OutputFormat::metaimage);
  CHECK(data::output_format("", "a.nii", v) == OutputFormat::nifti);
  CHECK(data::output_format("", "folder", v) == OutputFormat::png);
  check_input_error([&] { data::output_format("nrrd", "a.mha", v); }, {".nhdr or .nrrd"});
  check_input_error([&] { data::output_format("tiff", "a", v); }, {"'tiff'", "metaimage"});
  CHECK(data::output_named_after("x/c.mhd", "_x2", "", v) == "c_x2.mha");
  CHECK(data::output_named_after("x/c.mhd", "_x2", "nifti", v) == "c_x2.nii.gz");
  CHECK(data::output_named_after("x/c.mhd", "_x2", "png", v) == "c_x2");
  CHECK(data::output_named_after("x/c.tif", "_x2", "png", v) == "c_x2");
  CHECK(data::stem_of("c_x2.mha") == "c_x2");
  const TempDir dir;
  data_test::put(dir / "c.zraw", "");
  data::WriteOptions options;
  options.format = OutputFormat::metaimage;
  check_input_error([&] { data::check_output(dir / "c.mhd", v, options, false); },
                    {"c.zraw", "exists"});
}
