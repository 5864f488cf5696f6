// Finding files: the same names from a folder and from a zip of it, links, what cannot be read.
// Unpacking a gzip file in memory.
#include "data/files/files.h"

#include <filesystem>

#include "data/files/gzip.h"
#include "data/io/read.h"
#include "tests/data/pictures/picture_files.h"
#include "tests/data/test_files.h"
#include "tests/data/zip_files.h"

namespace fs = std::filesystem;
using data::list_files;
using data_test::check_input_error;
using data_test::put;
using data_test::TempDir;

namespace {

using Names = std::vector<std::string>;

std::string flat(std::uint8_t value) { return data_test::png_bytes(2, 1, 8, 0, {value, value}); }

std::vector<double> values(const data::Volume& v) {
  std::vector<double> all;
  for (nn::index k = 0; k < v.slices(); ++k) {
    all.push_back(static_cast<double>(v.slice(k).data()[0]));
  }
  return all;
}

}  // namespace

TEST_CASE("a folder and a zip of it give the same files in the same order", "[files]") {
  const TempDir dir;
  const data_test::Entries entries{
      {"a/10.png", flat(10)}, {"a/9.png", flat(9)},        {"b/c/1", "text"},
      {".hidden", "x"},       {"__MACOSX/a/._9.png", "x"}, {"a/.git/8.png", "x"},
      {"2.png", ""},          {"a/__MACOSX/7", "x"},       {"b/.DS_Store", "x"}};
  for (const auto& [name, bytes] : entries) {
    fs::create_directories(fs::path(dir / ("folder/" + name)).parent_path());
    put(dir / ("folder/" + name), bytes);
  }
  data_test::make_zip(dir / "files", entries);
  const data::FileList folder = list_files(dir / "folder");
  const data::FileList zip = list_files(dir / "files");
  CHECK(folder.names == Names{"2.png", "a/9.png", "a/10.png", "b/c/1"});
  CHECK(zip.names == folder.names);
  CHECK(zip.zip);
  CHECK_FALSE(folder.zip);
  for (const std::string& name : folder.names) {
    CHECK(folder.load(name) == zip.load(name));
    CHECK(folder.head(name) == zip.head(name));
    CHECK(folder.size(name) == zip.size(name));
  }
  CHECK(folder.size("b/c/1") == 4);
  CHECK(folder.left_out.empty());
}

TEST_CASE("links to folders are followed, in a circle or not, and each folder is read once",
          "[files]") {
  const TempDir dir;
  fs::create_directories(dir / "scan/real");
  fs::create_directories(dir / "elsewhere/deep");
  fs::create_directories(dir / "beside");
  put(dir / "scan/real/1", "x");
  put(dir / "elsewhere/2", "x");
  put(dir / "elsewhere/deep/3", "x");
  put(dir / "beside/4", "x");
  fs::create_directory_symlink("../elsewhere", dir / "scan/linked");
  fs::create_symlink("../beside/4", dir / "scan/file");
  // Ways to what is read already, and out of the folder through one of its own parents.
  fs::create_directory_symlink("real", dir / "scan/again");
  fs::create_directory_symlink("..", dir / "scan/real/up");
  fs::create_directory_symlink("../..", dir / "scan/real/higher");
  fs::create_directory_symlink("/", dir / "scan/top");
  fs::create_directory_symlink("../elsewhere/deep", dir / "scan/z");
  fs::create_directory_symlink(".", dir / "elsewhere/self");
  const data::FileList list = list_files(dir / "scan");
  CHECK(list.names == Names{"file", "linked/2", "linked/deep/3", "real/1"});
  CHECK(list.left_out.empty());
  CHECK(list.load("linked/2").size() == 1);
  // The folder itself may be a link.
  fs::create_directory_symlink("scan", dir / "name");
  CHECK(list_files(dir / "name").names == list.names);
}

TEST_CASE("links that lead nowhere are named, and stop no scan beside them", "[files]") {
  const TempDir dir;
  fs::create_directories(dir / "scan");
  for (const char* name : {"IM0.dcm", "IM1.dcm", "IM2.dcm", "IM3.dcm"}) {
    fs::create_symlink("../.git/annex/objects/xx/MD5", dir / (std::string("scan/") + name));
  }
  check_input_error([&] { data::read_volume(dir / "scan"); },
                    {"scan: nothing that can be read", "IM0.dcm, IM1.dcm, IM2.dcm and 1 more",
                     "a link to a file that is not there (git annex get"});
  fs::create_symlink("loop", dir / "scan/loop");
  put(dir / "scan/1.png", flat(1));
  put(dir / "scan/2.png", flat(2));
  const data::Volume v = data::read_volume(dir / "scan");
  CHECK(values(v) == std::vector<double>{1, 2});
  CHECK(data_test::warned(v, "left out, a link to a file that is not there: loop"));
  CHECK(data_test::warned(v, "(git annex get fetches its content): IM0.dcm, "));
  check_input_error([&] { data::read_volume(dir / "scan/loop"); },
                    {"a link to a file that is not there"});
}

TEST_CASE("a picture beside one that cannot be unpacked is read", "[files]") {
  // An entry without the ending of a picture, whose data are damaged: nobody knows what it was.
  const TempDir dir;
  data_test::make_zip(dir / "a.zip", {{"1.png", flat(1)}, {"note", std::string(4000, 'n')}});
  std::string bytes = data_test::get(dir / "a.zip");
  const std::size_t at = bytes.find("note");
  REQUIRE(at != std::string::npos);
  bytes[at + 6] = static_cast<char>(bytes[at + 6] ^ 0x55);
  put(dir / "a.zip", bytes);
  const data::Volume v = data::read_volume(dir / "a.zip");
  CHECK(values(v) == std::vector<double>{1});
  CHECK(data_test::warned(v, "left out, a file that cannot be read: note"));
}

TEST_CASE("a gzip file in memory is unpacked, and a damaged one is refused", "[files]") {
  // By another program: printf 'a slice, a slice' | gzip -9n
  const unsigned char packed[] = {0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0x4b,
                                  0x54, 0x28, 0xce, 0xc9, 0x4c, 0x4e, 0xd5, 0x51, 0x48, 0x84, 0x30,
                                  0x00, 0x4c, 0x2b, 0x41, 0xf6, 0x10, 0x00, 0x00, 0x00};
  const std::string bytes(reinterpret_cast<const char*>(packed), sizeof(packed));
  CHECK(data::unpack_gzip(bytes, "page") == "a slice, a slice");
  const auto refused = [](const std::string& b) {
    check_input_error([&] { data::unpack_gzip(b, "page"); }, {"page: damaged compressed data"});
  };
  for (std::size_t n = 0; n < bytes.size(); ++n) refused(bytes.substr(0, n));
  refused(bytes + "x");
  std::string other = bytes;
  other[25] = static_cast<char>(other[25] ^ 1);  // its checksum
  refused(other);
}
