#include <nlohmann/json.hpp>
#include <regex>

#include "data/files/sha256.h"
#include "data/io/read.h"
#include "tests/catch.h"
#include "tests/data/test_files.h"
#include "train/fill/interpolate_files.h"
#include "train/view/page_volume.h"
#include "train/view/scan_record.h"
#include "train/view/view_files.h"

namespace {

using data_test::check_input_error;
using data_test::get;
using data_test::put;
using data_test::TempDir;
using train::SliceKind;
using Json = nlohmann::json;
using Kind = SliceKind::Kind;

/// RFC 4648, written apart from the program's encoder.
std::string from_base64(const std::string& text) {
  const std::string digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string bytes;
  unsigned bits = 0;
  int count = 0;
  for (const char c : text) {
    const std::size_t value = digits.find(c);
    if (value == std::string::npos) continue;
    bits = (bits << 6) | static_cast<unsigned>(value);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    bytes += static_cast<char>((bits >> count) & 255U);
  }
  return bytes;
}

/// The volume that a page holds, read as any NIfTI file is.
data::Volume volume_in(const std::string& base64) {
  return data_test::read_bytes(from_base64(base64), "a.nii.gz");
}

/// The text of an element of a page.
std::string element(const std::string& page, const std::string& id) {
  const std::size_t at = page.find(" id=\"" + id + "\">");
  REQUIRE(at != std::string::npos);
  const std::size_t from = page.find('>', at) + 1;
  return page.substr(from, page.find("</script>", from) - from);
}

/// A scan of 2 slices of 3 rows and 5 columns with values 0, 1, 2, ..., read from a file.
data::Volume counted_scan(const TempDir& dir) {
  data::Volume v;
  v.dims = {5, 3, 2};
  v.spacing = {0.5, 0.5, 2};
  v.affine = {{{-0.5, 0, 0, 10}, {0, -0.5, 0, 20}, {0, 0, 2, -30}, {0, 0, 0, 1}}};
  v.stored.resize(60);
  for (std::size_t i = 0; i < 30; ++i) v.stored[2 * i] = static_cast<std::byte>(i);
  data::write_nifti(dir / "counted.nii", v, false);
  return data::read_volume(dir / "counted.nii");
}

void check_same_values(const data::Volume& a, const data::Volume& b) {
  REQUIRE(a.slices() == b.slices());
  for (nn::index k = 0; k < a.slices(); ++k) {
    const nn::Tensor x = a.slice(k), y = b.slice(k);
    REQUIRE(x.numel() == y.numel());
    CHECK(std::equal(x.data(), x.data() + x.numel(), y.data()));
  }
}

/// A made-up head in `dir`/scan.nii.gz and, by cubic interpolation, `dir`/x2.nii.gz.
void write_pair(const TempDir& dir) {
  data::write_nifti(dir / "scan.nii.gz", data::read_volume("phantom:3:5:24"), false);
  train::Messages messages;
  train::InterpolateOptions o;
  o.scan = dir / "scan.nii.gz";
  o.out = dir / "x2.nii.gz";
  o.fill.method = "cubic";
  train::Interpolation job(o, messages);
  job.self_check();
  job.fill();
  job.write({"ct2ct"}, nlohmann::ordered_json::object());
}

train::ViewOptions view_of(const TempDir& dir) {
  train::ViewOptions o;
  o.scan = dir / "scan.nii.gz";
  o.after = dir / "x2.nii.gz";
  o.out = dir / "page.html";
  return o;
}

train::ViewDone write(const train::ViewOptions& o, std::vector<std::string>* warnings = nullptr) {
  train::Messages messages;
  const train::ViewDone done =
      train::write_view(o, {"ct2ct", "view"}, nlohmann::ordered_json::object(), messages);
  if (warnings != nullptr) *warnings = messages.warnings();
  return done;
}

}  // namespace

TEST_CASE("base64 as RFC 4648 has it") {
  const std::vector<std::pair<std::string, std::string>> known{{"", ""},
                                                               {"f", "Zg=="},
                                                               {"fo", "Zm8="},
                                                               {"foo", "Zm9v"},
                                                               {"foob", "Zm9vYg=="},
                                                               {"fooba", "Zm9vYmE="},
                                                               {"foobar", "Zm9vYmFy"},
                                                               {"\xff\xfe", "//4="}};
  for (const auto& [bytes, text] : known) CHECK(train::base64_of(bytes) == text);
}

TEST_CASE("a table of slices is read by the names of its columns") {
  const std::string table =
      "index,kind,\"a, \"\"b\"\"\",t,method,expected_error_hu\r\n"
      "0,real,\"x,y\",,,\r\n"
      "1,synthetic resampled,,0.25,\"model, cubic in bone\",12.5\r\n"
      "2,real,,,,\r\n";
  const auto kinds = train::read_slice_table(table, 3, "table");
  CHECK(kinds[0].kind == Kind::real);
  CHECK(kinds[1].kind == Kind::synthetic);
  CHECK(kinds[1].t == 0.25);
  CHECK(kinds[1].method == "model, cubic in bone");
  CHECK(kinds[1].expected_error == 12.5);
  CHECK_FALSE(kinds[2].t.has_value());
  check_input_error([&] { train::read_slice_table(table, 4, "table"); }, {"3 rows", "4, one"});
  check_input_error([&] { train::read_slice_table("a,b\n", 0, "table"); }, {"no column 'index'"});
  check_input_error([&] { train::read_slice_table("", 1, "table"); }, {"0 rows"});
  const std::string odd = "index,kind,t,method,expected_error_hu\n1,real,,,\n";
  check_input_error([&] { train::read_slice_table(odd, 1, "table"); }, {"row 0"});
  const std::string no_number = "index,kind,t,method,expected_error_hu\n0,synthetic,nan,x,1e999\n";
  const auto row = train::read_slice_table(no_number, 1, "table")[0];
  CHECK_FALSE(row.t.has_value());
  CHECK_FALSE(row.expected_error.has_value());
}

TEST_CASE("a slice that the first scan lacks is synthetic, and its place in the gap is known") {
  const data::Volume before = data::read_volume("phantom:3:4:16");
  const std::vector<nn::index> parts{2, 1, 4};
  data::Volume after = before.refined(parts);
  after.origins.clear();  // as if it had been read from a file
  const auto kinds = train::slice_kinds(after, &before, {});
  REQUIRE(kinds.size() == 8);
  const std::vector<double> places{0, 0.5, 0, 0, 0.25, 0.5, 0.75, 0};
  for (std::size_t k = 0; k < 8; ++k) {
    INFO(k);
    CHECK((kinds[k].kind == Kind::synthetic) == (places[k] > 0));
    if (places[k] > 0) CHECK(*kinds[k].t == Approx(places[k]).epsilon(1e-6));
  }
  for (const SliceKind& s : train::slice_kinds(before, nullptr, {})) CHECK(s.kind == Kind::real);

  // As they stand on pictures.
  const std::vector<data::SliceNote> notes = train::notes_of(kinds);
  REQUIRE(notes.size() == 8);
  CHECK(notes[0].kind == data::SliceNote::Kind::measured);
  CHECK(notes[4].kind == data::SliceNote::Kind::synthetic);
  CHECK(notes[4].t == kinds[4].t);
  CHECK(train::notes_of({{Kind::synthetic, 0.5, "cubic"}})[0].method == "cubic");
  CHECK(train::notes_of({{Kind::unknown}})[0].kind == data::SliceNote::Kind::unknown);
}

TEST_CASE("a page is reduced by the least factor that is enough for every scan") {
  data::Volume a, b;
  a.dims = {100, 50, 10};
  b.dims = {100, 50, 40};
  const std::vector<const data::Volume*> both{&a, &b};
  CHECK(train::page_reduction(both, 400000) == 1);
  CHECK(train::page_reduction(both, 399999) == 2);  // 50 x 25 x 40 x 2 bytes are 100000
  CHECK(train::page_reduction(both, 100000) == 2);
  CHECK(train::page_reduction(both, 99999) == 3);
  CHECK(train::page_reduction(both, 80) == 100);
  check_input_error([&] { train::page_reduction(both, 79); }, {"40 slices"});
}

TEST_CASE("a page's volume has the scan's values at the scan's places") {
  const TempDir dir;
  const data::Volume scan = counted_scan(dir);
  const std::vector<SliceKind> kinds(2);
  const train::PageVolume whole = train::page_volume(scan, kinds, "v", 1);
  const data::Volume read = volume_in(whole.base64);
  check_same_values(read, scan);
  for (std::size_t r = 0; r < 3; ++r) {
    for (std::size_t c = 0; c < 4; ++c) CHECK(read.affine[r][c] == Approx(scan.affine[r][c]));
  }
  CHECK(whole.info["size"] == nlohmann::ordered_json({5, 3, 2}));
  CHECK(whole.info["slices"][1]["origin"] == nlohmann::ordered_json({10.0, 20.0, -28.0}));

  // Means of 2 x 2; of 1 x 2, 2 x 1 and 1 x 1 at the border. Row 0: (0 + 1 + 5 + 6) / 4 = 3.
  const train::PageVolume half = train::page_volume(scan, kinds, "v", 2);
  const data::Volume small = volume_in(half.base64);
  const nn::Tensor first = small.slice(0), second = small.slice(1);
  const std::vector<float> expected{3, 5, 6.5F, 10.5F, 12.5F, 14};
  REQUIRE(first.numel() == 6);
  for (nn::index i = 0; i < 6; ++i) {
    INFO(i);  // rounded to whole HU, a half to the even one
    CHECK(static_cast<float>(first.data()[i]) ==
          std::nearbyint(expected[static_cast<std::size_t>(i)]));
    CHECK(static_cast<float>(second.data()[i]) ==
          std::nearbyint(expected[static_cast<std::size_t>(i)] + 15));
  }
  CHECK(small.affine[0][0] == Approx(-1));
  CHECK(small.affine[0][3] == Approx(9.75));  // half a pixel further on
  CHECK(small.affine[1][3] == Approx(19.75));
  CHECK(half.info["original"] == nlohmann::ordered_json({5, 3, 2}));
}

TEST_CASE("a page's volume cut along another axis has columns, rows and slices in order") {
  const TempDir dir;
  counted_scan(dir);
  data::ReadOptions options;
  options.axis = 0;
  const data::Volume scan = data::read_volume(dir / "counted.nii", options);
  const std::vector<SliceKind> kinds(5);
  const data::Volume read = volume_in(train::page_volume(scan, kinds, "v", 1).base64);
  CHECK(read.dims == std::array<nn::index, 3>{3, 2, 5});
  check_same_values(read, scan);
}

TEST_CASE("values beyond 16 bits keep their range") {
  const TempDir dir;
  data::Volume scan = counted_scan(dir);
  scan.slope = 5000;  // 0 to 145,000
  const std::vector<SliceKind> kinds(2);
  const data::Volume read = volume_in(train::page_volume(scan, kinds, "v", 1).base64);
  const nn::Tensor a = scan.slice(1), b = read.slice(1);
  for (nn::index i = 0; i < a.numel(); ++i) {
    CHECK(std::fabs(a.data()[i] - b.data()[i]) < 145000.0 / 65535);
  }
}

TEST_CASE("text for a page ends no element, whatever it says") {
  const Json hostile = "</script><script>alert(1)</script><!-- & \xff ]]>";
  const std::string text = train::to_page_text(hostile);
  CHECK(text.find_first_of("<>&") == std::string::npos);
  CHECK(Json::parse(text) == "</script><script>alert(1)</script><!-- & \xEF\xBF\xBD ]]>");
}

TEST_CASE("the page holds both scans, what made the slices, and nothing that loads") {
  const TempDir dir;
  write_pair(dir);
  const train::ViewDone done = write(view_of(dir));
  const std::string page = get(dir / "page.html");
  CHECK(done.bytes == page.size());
  CHECK(done.slices_before == 5);
  CHECK(done.slices == 9);
  CHECK(done.synthetic == 4);
  check_same_values(volume_in(element(page, "ct2ct-volume-0")),
                    data::read_volume(dir / "scan.nii.gz"));
  check_same_values(volume_in(element(page, "ct2ct-volume-1")),
                    data::read_volume(dir / "x2.nii.gz"));
  const Json about = Json::parse(element(page, "ct2ct-page"));
  const Json& slices = about["volumes"][1]["slices"];
  for (std::size_t k = 0; k < 9; ++k) {
    INFO(k);
    CHECK(slices[k]["kind"] == (k % 2 == 1 ? "synthetic" : "real"));
    CHECK(slices[k].value("method", "") == (k % 2 == 1 ? "cubic" : ""));
    CHECK(slices[k].value("t", 0.0) == (k % 2 == 1 ? 0.5 : 0.0));
  }
  CHECK(about["made_by"] == Json::parse(R"([{"method": "cubic", "slices": 4}])"));
  CHECK(about["record"]["slices_before"] == 5);

  CHECK(page.find("default-src 'none'; script-src 'sha256-") != std::string::npos);
  for (const char* forbidden : {"http:", "https:", "ws:", "wss:", "connect-src", "unsafe-eval"}) {
    INFO(forbidden);
    CHECK(page.find(forbidden) == std::string::npos);
  }
  const std::regex loads(R"(<(link|img|iframe|script|object|embed)[^>]*(src|href)="(?!data:))");
  const std::string outside = page.substr(0, page.find("<style>")) + page.substr(page.size() - 200);
  CHECK_FALSE(std::regex_search(outside, loads));
  CHECK(get(dir / "page.html.record.json").find("\"command\": \"view\"") != std::string::npos);
}

TEST_CASE("no name of a file or folder gets into the page, and a hostile method stays text") {
  const TempDir dir;
  write_pair(dir);
  std::string table = get(dir / "x2.slices.csv");
  const std::string hash_before = data::sha256_of(table.data(), table.size());
  for (std::size_t at = table.find(",cubic,"); at != std::string::npos;
       at = table.find(",cubic,")) {
    table.replace(at, 7, ",</script><img src=x onerror=alert(1)>,");
  }
  put(dir / "x2.slices.csv", table);
  std::string record = get(dir / "x2.record.json");
  record.replace(record.find(hash_before), 64, data::sha256_of(table.data(), table.size()));
  put(dir / "x2.record.json", record);
  write(view_of(dir));
  const std::string page = get(dir / "page.html");
  CHECK(page.find("<img src=x") == std::string::npos);
  CHECK(page.find("ct2ct_test_") == std::string::npos);  // the folder
  CHECK(page.find("x2.nii") == std::string::npos);
  const Json about = Json::parse(element(page, "ct2ct-page"));
  CHECK(about["made_by"][0]["method"] == "</script><img src=x onerror=alert(1)>");
}

TEST_CASE("a record counts for the files that it names by hash") {
  const TempDir dir;
  write_pair(dir);
  std::vector<std::string> warnings;
  train::ViewOptions o = view_of(dir);
  o.scan = dir / "x2.nii.gz";
  o.after = "";
  CHECK(write(o, &warnings).synthetic == 4);  // alone, by the record beside it
  CHECK(warnings.empty());
  o.force = true;

  // Another table than the record has: nobody knows which slices are real.
  put(dir / "x2.slices.csv", get(dir / "x2.slices.csv") + "\n");
  CHECK(write(o, &warnings).unknown == 9);
  REQUIRE(warnings.size() == 1);
  CHECK(warnings[0].find("x2.slices.csv: another hash") != std::string::npos);

  // Another scan than the record has.
  o.record = dir / "x2.record.json";
  o.scan = dir / "scan.nii.gz";
  check_input_error([&] { write(o); }, {"x2.record.json", "the record of other files"});
  o.record = dir / "scan.nii.gz";
  check_input_error([&] { write(o); }, {"scan.nii.gz", "another file", "interpolation"});
  o.record = dir / "none.json";
  check_input_error([&] { write(o); }, {"none.json"});
  put(dir / "scan.record.json", get(dir / "x2.record.json"));
  o.record = "";
  CHECK(write(o, &warnings).synthetic == 0);
  REQUIRE(warnings.size() == 1);
  CHECK(warnings[0].find("scan.record.json: the record of other files") != std::string::npos);
  for (const char* odd :
       {"[]", "{}", "{", "null", R"({"record": 1, "command": "interpolate"})",
        R"({"record": 1, "command": "interpolate", "outputs": [1, {}, {"path": 2}]})"}) {
    put(dir / "odd.json", odd);
    o.record = dir / "odd.json";
    INFO(odd);
    check_input_error([&] { write(o); }, {"odd.json"});
  }
}

TEST_CASE("a map of errors lies on the last scan's voxels") {
  const TempDir dir;
  write_pair(dir);
  const data::Volume x2 = data::read_volume(dir / "x2.nii.gz");
  data::Volume map = x2.blank(0.125);
  nn::Tensor errors = map.slice(1);
  for (nn::index i = 0; i < errors.numel(); ++i) errors.data()[i] = static_cast<nn::real>(i % 100);
  map.set_slice(1, errors);
  data::OutputSet outputs(false);
  data::write_nifti_map(outputs, dir / "map.nii", map, {"expected error", "in HU"});
  outputs.commit();
  train::ViewOptions o = view_of(dir);
  o.uncertainty = dir / "map.nii";
  write(o);
  const std::string page = get(dir / "page.html");
  check_same_values(volume_in(element(page, "ct2ct-errors")), map);
  // 570 of 576 values are above 0: 1 to 75 six times, 76 to 99 five times. The 565th is 98.
  CHECK(Json::parse(element(page, "ct2ct-page"))["uncertainty"]["highest"] == 98.0);
  o.force = true;
  o.uncertainty = dir / "scan.nii.gz";
  check_input_error([&] { write(o); }, {"scan.nii.gz", "other voxels"});
}

TEST_CASE("a page replaces nothing without force and is written whole or not at all") {
  const TempDir dir;
  write_pair(dir);
  train::ViewOptions o = view_of(dir);
  put(o.out, "mine");
  const std::size_t before = dir.entries();
  check_input_error([&] { write(o); }, {"page.html"});
  CHECK(get(o.out) == "mine");
  CHECK(dir.entries() == before);
  o.force = true;
  CHECK(write(o).bytes > 500000);
  o.out = dir / "page.txt";
  check_input_error([&] { write(o); }, {"--out", ".html"});
  o.out = dir / "nowhere/page.html";
  check_input_error([&] { write(o); }, {"nowhere"});
}
