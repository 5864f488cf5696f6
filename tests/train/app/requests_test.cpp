// What the page asks for, as JSON, and which paths it may name.
#include "train/app/requests.h"

#include <filesystem>
#include <fstream>
#include <map>

#include "tests/catch.h"
#include "tests/data/test_files.h"
#include "train/app/holdings.h"
#include "train/app/places.h"
#include "train/app/refused.h"

namespace fs = std::filesystem;
using data_test::TempDir;
using namespace train::app;

namespace {

/// The status of the answer; 200 when nothing is refused.
template <class Work>
int status_of(const Work& work) {
  try {
    work();
  } catch (const Refused& e) {
    return e.status();
  }
  return 200;
}

Json interpolation() {
  return {{"kind", "interpolate"},       {"scan", "0123456789abcdef"},
          {"series", nullptr},           {"factor", 4},
          {"model", "default"},          {"method", "model"},
          {"formats", {"dicom", "gif"}}, {"folder", nullptr}};
}

/// The status when one field is another.
int with(Json body, const char* field, const Json& value) {
  body[field] = value;
  return status_of([&] { interpolate_from(body); });
}

}  // namespace

TEST_CASE("a request is an object of JSON of few levels") {
  CHECK(object_from(R"({"a": [{"b": "]]]}}}"}]})").at("a").size() == 1);
  for (const char* wrong : {"", "[]", "1", "null", "{", "{}x", "{\"a\": \"\xFF\"}", "{'a': 1}"}) {
    INFO(wrong);
    CHECK(status_of([&] { object_from(wrong); }) == 400);
  }
  std::string deep = R"({"a":)";
  for (int i = 0; i < kDeepest - 1; ++i) deep += '[';
  std::string closed = deep;
  for (int i = 0; i < kDeepest - 1; ++i) closed += ']';
  CHECK(status_of([&] { object_from(closed + "}"); }) == 200);
  CHECK(status_of([&] { object_from(R"({"b":)" + closed + "}}"); }) == 400);
  CHECK(status_of([&] { object_from(std::string(1 << 20, '[')); }) == 400);
}

TEST_CASE("every field of an interpolation is checked, and no other is known") {
  const InterpolateRequest r = interpolate_from(interpolation());
  CHECK(r.factor == 4);
  CHECK(r.spacing == 0);
  CHECK(r.formats == std::vector<std::string>{"dicom", "gif"});
  CHECK_FALSE(r.series.has_value());
  CHECK_FALSE(r.folder.has_value());
  for (const Json& wrong : std::vector<Json>{1, 11, -2, 2.5, "2", 1e300, Json::array({2}), true}) {
    INFO(wrong.dump());
    CHECK(with(interpolation(), "factor", wrong) == 400);
  }
  CHECK(with(interpolation(), "spacing", 1.5) == 400);  // as well as a factor
  Json spaced = interpolation();
  spaced["factor"] = nullptr;
  CHECK(status_of([&] { interpolate_from(spaced); }) == 400);  // none of both
  spaced["spacing"] = 1.25;
  CHECK(interpolate_from(spaced).spacing == 1.25);
  CHECK(with(spaced, "spacing", 0.001) == 400);
  CHECK(with(interpolation(), "scan", "../../etc") == 400);
  CHECK(with(interpolation(), "scan", 3) == 400);
  CHECK(with(interpolation(), "method", "nearest; rm") == 400);
  CHECK(with(interpolation(), "formats", "gif") == 400);
  CHECK(with(interpolation(), "formats", {"gif", "exe"}) == 400);
  CHECK(with(interpolation(), "series", std::string(5000, 'a')) == 400);
  CHECK(with(interpolation(), "series", std::string("a\0b", 3)) == 400);
  CHECK(with(interpolation(), "force", true) == 400);
  CHECK(with(interpolation(), "kind", "train") == 400);
  Json missing = interpolation();
  missing.erase("method");
  CHECK(status_of([&] { interpolate_from(missing); }) == 400);
}

TEST_CASE("trainings, saves and drops are checked like that, too") {
  const Json scans = Json::array({{{"scan", "a1"}, {"series", nullptr}}});
  const Json train{
      {"kind", "train"}, {"scans", scans}, {"minutes", 3}, {"from", "default"}, {"name", "mine"}};
  CHECK(train_from(train).minutes == 3);
  const auto train_with = [&](const char* field, const Json& value) {
    Json body = train;
    body[field] = value;
    return status_of([&] { train_from(body); });
  };
  CHECK(train_with("scans", Json::array()) == 400);
  CHECK(train_with("scans", Json::array({"a"})) == 400);
  CHECK(train_with("minutes", 0) == 400);
  CHECK(train_with("minutes", nullptr) == 400);
  CHECK(train_with("name", "../mine") == 400);

  const Json save{{"format", "mesh"}, {"folder", "/a"}, {"name", "b"}, {"force", true}};
  CHECK(save_from(save).force);
  for (const char* name : {"", ".", "..", "a/b", ".hidden", "a\nb"}) {
    INFO(name);
    Json body = save;
    body["name"] = name;
    CHECK(status_of([&] { save_from(body); }) == 400);
  }
  const auto drop = [](const char* path, const Json& bytes) {
    const Json body{{"name", "d"}, {"files", {{{"path", path}, {"bytes", bytes}}}}};
    return status_of([&] { drop_from(object_from(to_text(body)), 1000, 1500); });
  };
  CHECK(drop("a/b.dcm", 1000) == 200);
  CHECK(drop("a/b.dcm", 1001) == 413);
  CHECK(drop("a/b.dcm", -1) == 400);
  CHECK(drop("a/b.dcm", 1.5) == 400);
  CHECK(drop("a/../b.dcm", 1) == 400);
  CHECK(drop("/a", 1) == 400);
  const auto both = [](const char* first, const char* second, std::uint64_t most) {
    const Json files{{{"path", first}, {"bytes", 800}}, {{"path", second}, {"bytes", 800}}};
    const Json body{{"name", "d"}, {"files", files}};
    return status_of([&] { drop_from(object_from(to_text(body)), 1000, most); });
  };
  CHECK(both("a", "b", 1600) == 200);
  CHECK(both("a", "b", 1599) == 413);
  CHECK(both("a", "a", 1600) == 400);
  CHECK(status_of([] { require_empty({{"a", 1}}); }) == 400);
  CHECK(status_of([] { require_empty(Json::object()); }) == 200);
  CHECK(force_from({{"force", true}}));
  CHECK_FALSE(force_from(Json::object()));
}

TEST_CASE("names and paths that lead elsewhere are none") {
  for (const char* good : {"a", "a/b/c.dcm", "a b/.c", "Größe/1", "..a/b.."}) {
    INFO(good);
    CHECK(is_relative_path(good));
  }
  for (const char* bad :
       {"", "/", "/a", "a/", "a//b", ".", "..", "a/..", "../a", "a/./b", "a\nb", "a/\x7F"}) {
    INFO(bad);
    CHECK_FALSE(is_relative_path(bad));
  }
  CHECK_FALSE(is_relative_path(std::string_view("a\0b", 3)));
  CHECK_FALSE(is_relative_path(std::string(300, 'a')));
  std::string deep = "a";
  for (int i = 0; i < 32; ++i) deep += "/a";
  CHECK_FALSE(is_relative_path(deep));
  CHECK(is_file_name("scan x2"));
  CHECK_FALSE(is_file_name(".scan"));
  CHECK(is_id("20261201-a0"));
  for (const char* bad : {"", "A", "a/b", "..", "a.b"}) CHECK_FALSE(is_id(bad));
  CHECK(is_phantom("phantom:1234567890"));
  for (const char* bad :
       {"phantom:", "phantom:12345678901", "phantom:1:2", "phantom:/etc", "Phantom:1"}) {
    CHECK_FALSE(is_phantom(bad));
  }
}

TEST_CASE("only what lies below the named folders is seen, whatever links and dots say") {
  const TempDir dir;
  const fs::path in = dir / "in", out = dir / "out";
  fs::create_directories(in / "sub");
  fs::create_directories(out);
  fs::create_directories(dir / "inside");  // begins like `in`
  for (const fs::path& file : {in / "a.nii.gz", in / "b.txt", in / "c.dcm", in / "IM10", in / "IM9",
                               in / ".hidden.nii", in / "m.safetensors", out / "secret.nii"}) {
    std::ofstream(file) << "x";
  }
  fs::create_symlink(out, in / "away");
  fs::create_symlink(out / "secret.nii", in / "away.nii");
  fs::create_symlink(in / "a.nii.gz", in / "same.nii.gz");
  const Places places({in.string()});
  const auto status = [&](const fs::path& path) {
    return status_of([&] { places.allowed(path.string()); });
  };
  CHECK(places.allowed((in / "sub/../a.nii.gz").string()) == fs::canonical(in / "a.nii.gz"));
  CHECK(places.allowed((in / "same.nii.gz").string()) == fs::canonical(in / "a.nii.gz"));
  CHECK(places.allowed("phantom:7") == "phantom:7");
  CHECK(status(in / "nothing") == 404);
  for (const fs::path& far :
       {out, out / "secret.nii", in / "..", in / "../out/secret.nii", in / "away",
        in / "away/secret.nii", in / "away.nii", fs::path(dir / "inside"), fs::path("/etc/passwd"),
        out / "nothing", fs::path("/no/such/path")}) {
    INFO(far.string());
    CHECK(status(far) == 403);
  }
  CHECK(status("a.nii.gz") == 400);
  CHECK(status("") == 400);
  CHECK(status("/" + std::string(5000, 'a')) == 400);
  CHECK(status_of([&] { places.allowed_folder((in / "c.dcm").string()); }) == 400);
  CHECK(places.allowed_or_below((out / "secret.nii").string(), fs::canonical(out).string()) ==
        fs::canonical(out / "secret.nii"));

  const auto names = [&](Purpose purpose) {
    std::vector<std::string> all;
    const Json listed = places.list(in.string(), purpose);
    for (const Json& e : listed.at("entries")) all.push_back(e["name"]);
    return all;
  };
  CHECK(names(Purpose::scan) ==
        std::vector<std::string>{"sub", "IM9", "IM10", "a.nii.gz", "c.dcm", "same.nii.gz"});
  CHECK(names(Purpose::model) == std::vector<std::string>{"sub", "m.safetensors"});
  CHECK(names(Purpose::save) == std::vector<std::string>{"sub"});
  CHECK(places.list(in.string(), Purpose::scan).at("parent").is_null());
  CHECK(places.list((in / "sub").string(), Purpose::scan).at("parent") ==
        fs::canonical(in).string());
  CHECK_THROWS_AS(Places({dir / "none"}), nn::Error);
}

TEST_CASE("a folder says at a glance whether it holds a scan") {
  const TempDir dir;
  const fs::path in = dir / "in";
  const auto file = [&](const fs::path& path, const std::string& text) {
    fs::create_directories(path.parent_path());
    std::ofstream(path) << text;
  };
  const std::string dicom = std::string(128, '\0') + "DICM";
  for (const char* name : {"IM1", "IM2", "a.dcm", "DICOMDIR", ".hidden.dcm"}) {
    file(in / "series" / name, dicom);
  }
  file(in / "series/notes.txt", "x");
  file(in / "study/one/IM1", dicom);
  file(in / "letters/README", "no preamble and no magic word");
  file(in / "photos/a.PNG", "x");
  file(in / "photos/b.jpeg", "x");
  const Places places({in.string()});
  const Json all = places.list(in.string(), Purpose::scan);
  CHECK(all.at("holds") == Json{{"dicom", 0}, {"pictures", 0}, {"folders", true}});
  std::map<std::string, Json> held;
  for (const Json& e : all.at("entries")) held[e.at("name")] = e.at("holds");
  CHECK(held.at("series") == Json{{"dicom", 3}, {"pictures", 0}, {"folders", false}});
  CHECK(held.at("study") == Json{{"dicom", 0}, {"pictures", 0}, {"folders", true}});
  CHECK(held.at("letters") == Json{{"dicom", 0}, {"pictures", 0}, {"folders", false}});
  CHECK(held.at("photos") == Json{{"dicom", 0}, {"pictures", 2}, {"folders", false}});
  const Json inside = places.list((in / "series").string(), Purpose::scan);
  CHECK(inside.at("holds").at("dicom") == 3);
  CHECK(places.list(in.string(), Purpose::save).at("holds").is_null());
  CHECK_FALSE(places.list(in.string(), Purpose::save).at("entries")[0].contains("holds"));

  std::size_t names = 2;  // of the files of a series, which has more
  CHECK(holdings_of((in / "series").string(), names).dicom <= 2);
  CHECK(names == 0);
  CHECK(holdings_of((in / "none").string(), names).dicom == 0);
}

TEST_CASE("a refusal that users can cause has a code for the page's own words") {
  const TempDir dir;
  fs::create_directories(dir / "in");
  const Places places({dir / "in"});
  const auto code = [](const auto& work) -> std::string {
    try {
      work();
    } catch (const Refused& e) {
      return e.code();
    }
    return "none";
  };
  CHECK(code([&] { places.allowed("/etc"); }) == "outside");
  CHECK(code([&] { places.allowed("etc"); }) == "no_path");
  CHECK(code([&] { places.allowed(dir / "in/x"); }) == "not_there");
  CHECK(code([] { purpose_from("x"); }).empty());
}
