#include "data/io/write.h"

#include <array>

#include "data/dicom/dicom.h"
#include "tests/data/test_files.h"

namespace {

data::Volume three_slices() {
  data::Volume v;
  v.type = data::StoredType::uint8;
  v.dims = {1, 1, 3};
  v.stored.resize(3);
  v.affine = {{{1, 0, 0, -2}, {0, 1, 0, 0.1}, {0, 0, 2.5, 7}, {0, 0, 0, 1}}};
  v.spacing = {1, 1, 2.5};
  return v;
}

/// As if every synthetic slice had been filled by one method.
void made_by(data::Volume& v, const std::string& method) {
  for (data::SliceOrigin& o : v.origins) {
    if (o.synthetic()) o.method = method;
  }
}

const std::string kHeader =
    "index,x_mm,y_mm,z_mm,kind,source,source_uid,before,before_uid,after,after_uid,t,method,"
    "expected_error_hu,program,model_sha256\r\n";

}  // namespace

TEST_CASE("the table says of each slice where it lies and where it comes from") {
  data::Volume v = three_slices().refined(std::vector<nn::index>{1, 4});
  made_by(v, "cubic (self-check)");
  v.origins[2].expected_error = 12.5;
  v.origins[3].expected_error = 13.0049;
  v.origins[3].method = "model";
  CHECK(data::slice_table(v) ==
        kHeader +
            "0,-2,0.1,7,real,0,,,,,,,,,,\r\n"
            "1,-2,0.1,9.5,real,1,,,,,,,,,,\r\n"
            "2,-2,0.1,10.125,synthetic,,,1,,2,,0.25,cubic (self-check),12.5,,\r\n"
            "3,-2,0.1,10.75,synthetic,,,1,,2,,0.5,model,13,,\r\n"
            "4,-2,0.1,11.375,synthetic,,,1,,2,,0.75,cubic (self-check),,,\r\n"
            "5,-2,0.1,12,real,2,,,,,,,,,,\r\n");
}

TEST_CASE("a slice that was made names the program, and the model whose weights it has") {
  data::Volume v = three_slices().refined(std::vector<nn::index>{1, 3});
  made_by(v, "model");
  v.origins[2].weights = true;
  v.origins[3].method = "cubic";
  const std::string text = data::slice_table(v, {"1.2", "abc"});
  CHECK(text.find("0.3333333333333333,model,,ct2ct 1.2,abc\r\n") != std::string::npos);
  CHECK(text.find(",cubic,,ct2ct 1.2,\r\n") != std::string::npos);
  CHECK(text.find("4,-2,0.1,12,real,2,,,,,,,,,,\r\n") != std::string::npos);
}

TEST_CASE("a scan that is not in HU has its places all the same, pictures only if told") {
  data::Volume v = three_slices();
  v.unit = data::Unit::unknown;
  CHECK(data::slice_table(v).find("1,-2,0.1,9.5,real") != std::string::npos);
  v.unit = data::Unit::grey8;
  v.oriented = false;
  CHECK(data::slice_table(v).find("1,,,,real") != std::string::npos);
}

TEST_CASE("pictures and DICOM slices go by their names, and names cannot break a line") {
  data::Volume v = three_slices();
  v.unit = data::Unit::grey8;
  v.oriented = false;
  v.spacing = {1, 1, 1};
  v.names = {"a,b.png", "say \"x\".png", "c\nd.png"};
  v = v.refined(std::vector<nn::index>{2, 1});
  made_by(v, "model");
  CHECK(data::slice_table(v) ==
        kHeader +
            "0,,,,real,\"a,b.png\",,,,,,,,,,\r\n"
            "1,,,,synthetic,,,\"a,b.png\",,\"say \"\"x\"\".png\",,0.5,model,,,\r\n"
            "2,,,,real,\"say \"\"x\"\".png\",,,,,,,,,,\r\n"
            "3,,,,real,\"c\nd.png\",,,,,,,,,,\r\n");

  data::Volume d = three_slices();
  d.dicom =
      std::make_shared<data::DicomSeries>(data::DicomSeries{"1.2",
                                                            {{"IM0", "1.2.3", 1, 0, nullptr},
                                                             {"IM1", "1.2.4", 1, 0, nullptr},
                                                             {"IM2", "1.2.5", 1, 0, nullptr}}});
  d = d.expanded(2);
  made_by(d, "linear");
  const std::string text = data::slice_table(d.only_synthetic());
  CHECK(text == kHeader +
                    "0,-2,0.1,8.25,synthetic,,,IM0,1.2.3,IM1,1.2.4,0.5,linear,,,\r\n"
                    "1,-2,0.1,10.75,synthetic,,,IM1,1.2.4,IM2,1.2.5,0.5,linear,,,\r\n");
}

TEST_CASE("the table lies beside what it describes") {
  using enum data::OutputFormat;
  CHECK(data::beside("a/c_x2.nii.gz", nifti, ".slices.csv") == "a/c_x2.slices.csv");
  CHECK(data::beside("c.nii", nifti, ".slices.csv") == "c.slices.csv");
  CHECK(data::beside("a/out//", dicom, ".slices.csv") == "a/out_dicom.slices.csv");
  CHECK(data::beside("out", png, ".slices.csv") == "out_png.slices.csv");
  CHECK(data::beside("out.png", png, ".csv") == "out.png_png.csv");
}
