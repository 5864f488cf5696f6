// Reading NIfTI against files that are built by hand from the standard's byte offsets.
#include "data/nifti/nifti.h"

#include <sys/resource.h>
#include <zlib.h>

#include <cstring>
#include <limits>

#include "tests/data/test_files.h"

using data::StoredType;
using data::Volume;
using data_test::bytes_of_values;
using data_test::check_input_error;
using data_test::counting;
using data_test::get;
using data_test::HeaderBytes;
using data_test::put;
using data_test::read_bytes;
using data_test::small_header;
using data_test::small_nifti;
using data_test::TempDir;
using data_test::warned;

namespace {

std::string gzipped(const std::string& bytes) {
  const TempDir dir;
  const std::string path = dir / "z";
  gzFile file = gzopen(path.c_str(), "wb");
  gzwrite(file, bytes.data(), static_cast<unsigned>(bytes.size()));
  gzclose(file);
  return get(path);
}

void check_refused(const std::string& bytes, const std::vector<std::string>& texts) {
  const TempDir dir;
  put(dir / "bad.nii", bytes);
  auto all = texts;
  all.emplace_back("bad.nii");
  check_input_error([&] { data::read_nifti(dir / "bad.nii"); }, all);
}

}  // namespace

TEST_CASE("a hand-built file is read in its own order", "[nifti]") {
  const std::string bytes = small_nifti();
  const std::string content = GENERATE(false, true) ? gzipped(bytes) : bytes;
  // Names do not matter: a compressed file may be called .nii and the other way round.
  const Volume v = read_bytes(content, GENERATE("a.nii", "a.nii.gz", "noname"));
  CHECK(v.format == "NIfTI");
  CHECK(v.unit == data::Unit::hu);
  CHECK(v.type == StoredType::int16);
  CHECK(v.dims == std::array<nn::index, 3>{2, 3, 4});
  CHECK(v.spacing == std::array<double, 3>{0.5, 0.75, 2});
  CHECK(v.slice_axis == 2);
  CHECK(v.slope == 1);
  CHECK(v.intercept == 0);
  CHECK(std::memcmp(v.stored.data(), bytes.data() + 352, 48) == 0);
  CHECK(v.slice(3).at(0, 2, 1, 0) == 23.0F);
  CHECK(v.affine[0][0] == 0.5);
  CHECK(v.affine[2][2] == 2);
  CHECK(warned(v, "no orientation"));
}

TEST_CASE("every datatype is read, in either byte order", "[nifti]") {
  const auto check = [](auto zero, std::int16_t code, StoredType type) {
    using T = decltype(zero);
    INFO(data::to_string(type));
    const std::vector<T> values{T{1}, T{2}, std::numeric_limits<T>::max(),
                                std::numeric_limits<T>::lowest()};
    HeaderBytes header({2, 2, 1}, code, static_cast<std::int16_t>(8 * sizeof(T)), {1, 1, 1});
    header.sform(1, {1, 0, 0, 5, 0, 1, 0, 6, 0, 0, 1, 7});
    std::string voxels = bytes_of_values(values);
    const Volume v = read_bytes(header.str() + voxels);
    CHECK(v.type == type);
    CHECK(std::memcmp(v.stored.data(), values.data(), voxels.size()) == 0);

    for (std::size_t i = 0; i < values.size(); ++i) {
      std::reverse(voxels.begin() + static_cast<std::ptrdiff_t>(i * sizeof(T)),
                   voxels.begin() + static_cast<std::ptrdiff_t>((i + 1) * sizeof(T)));
    }
    const Volume big = read_bytes(header.swap_bytes().str() + voxels);
    CHECK(big.type == type);
    CHECK(big.dims == v.dims);
    CHECK(big.stored == v.stored);
    CHECK(big.affine[2][3] == 7);
  };
  check(std::uint8_t{}, 2, StoredType::uint8);
  check(std::int8_t{}, 256, StoredType::int8);
  check(std::uint16_t{}, 512, StoredType::uint16);
  check(std::int16_t{}, 4, StoredType::int16);
  check(std::uint32_t{}, 768, StoredType::uint32);
  check(std::int32_t{}, 8, StoredType::int32);
  check(float{}, 16, StoredType::float32);
  check(double{}, 64, StoredType::float64);
}

TEST_CASE("slope 0 means that values are not scaled", "[nifti]") {
  HeaderBytes h = small_header();
  const std::string voxels = bytes_of_values(counting(24));
  h.set<float>(112, 0).set<float>(116, 99);
  CHECK(read_bytes(h.str() + voxels).slice(0).at(0, 0, 1, 0) == 1.0F);
  h.set<float>(112, 2).set<float>(116, -1024);
  CHECK(read_bytes(h.str() + voxels).slice(0).at(0, 0, 1, 0) == -1022.0F);
  h.set<float>(112, std::numeric_limits<float>::quiet_NaN());
  CHECK(read_bytes(h.str() + voxels).slice(0).at(0, 0, 1, 0) == 1.0F);
}

TEST_CASE("the affine is the sform, else the qform, in mm", "[nifti]") {
  HeaderBytes h = small_header();
  const std::string voxels = bytes_of_values(counting(24));
  // Half a turn about z: x and y change sign (quaternion (0, 0, 0, 1)); offset (10, 20, 30).
  h.set<std::int16_t>(252, 1).set<float>(264, 1);
  h.set<float>(268, 10).set<float>(272, 20).set<float>(276, 30);
  Volume v = read_bytes(h.str() + voxels);
  CHECK(v.affine[0][0] == Approx(-0.5));
  CHECK(v.affine[1][1] == Approx(-0.75));
  CHECK(v.affine[2][2] == Approx(2));
  CHECK(v.affine[1][3] == Approx(20));
  h.set<float>(76, -1);  // qfac: z changes sign
  CHECK(read_bytes(h.str() + voxels).affine[2][2] == Approx(-2));

  h.sform(2, {0.5, 0, 0, 1, 0, 0.75, 0, 2, 0, 0, 2, 3});
  v = read_bytes(h.str() + voxels);
  CHECK(v.affine[0][0] == 0.5);
  CHECK(v.affine[2][3] == 3);
  CHECK(v.warnings.empty());

  HeaderBytes metres({2, 3, 4}, data_test::kInt16, 16, {0.0005F, 0.00075F, 0.002F});
  metres.set<char>(123, 1).sform(1, {0.0005F, 0, 0, 1, 0, 0.00075F, 0, 2, 0, 0, 0.002F, 3});
  v = read_bytes(metres.str() + voxels);
  CHECK(v.spacing[2] == Approx(2));
  CHECK(v.affine[2][2] == Approx(2));
  CHECK(v.affine[2][3] == Approx(3000));
}

TEST_CASE("what is doubtful is said", "[nifti]") {
  const std::string voxels = bytes_of_values(counting(24));
  HeaderBytes h = small_header();
  h.sform(1, {0.5, 0, 0, 0, 0, 0.75, -0.57F, 0, 0, 0, 1.917F, 0});  // 16.5 degrees, 2 mm long
  Volume v = read_bytes(h.str() + voxels);
  CHECK(warned(v, "tilted by 16."));
  CHECK(v.warnings.size() == 1);
  h.sform(1, {0.5, 0, 0, 0, 0, 0.75, 0, 0, 0, 0, 3, 0});
  CHECK(warned(read_bytes(h.str() + voxels), "orientation matrix says 3 mm"));
  h.set<float>(84, 0).set<std::int16_t>(254, 0);
  CHECK(warned(read_bytes(h.str() + voxels), "no spacing along axis 1: 1 mm is assumed"));
  CHECK(read_bytes(h.str() + voxels).spacing[1] == 1);
  h = small_header();
  std::string marked = h.str();
  marked.replace(148, 24, "x2 interpolated RESEARCH");
  CHECK(data::says_interpolated(*read_bytes(marked + voxels).nifti));
  CHECK_FALSE(data::says_interpolated(*read_bytes(h.str() + voxels).nifti));
  CHECK(warned(read_bytes(small_nifti() + "tail"), "after the last voxel"));
}

TEST_CASE("a spacing that is no number comes from the sform", "[nifti]") {
  const float none = GENERATE(0.0F, std::numeric_limits<float>::quiet_NaN(),
                              std::numeric_limits<float>::infinity());
  HeaderBytes h = small_header();
  const std::string voxels = bytes_of_values(counting(24));
  h.set<float>(88, none);
  CHECK(read_bytes(h.str() + voxels).spacing[2] == 1);
  // The third column is (0, 1.8, 2.4): 3 mm long, in metres below.
  h.sform(1, {0.5, 0, 0, 0, 0, 0.75, 1.8F, 0, 0, 0, 2.4F, 0});
  Volume v = read_bytes(h.str() + voxels);
  CHECK(v.spacing[2] == Approx(3));
  CHECK(v.slice_axis == 2);
  CHECK(warned(v, "no spacing along axis 2: 3 mm is taken from its orientation matrix"));
  CHECK_FALSE(warned(v, "but the orientation matrix says"));
  HeaderBytes metres({2, 3, 4}, data_test::kInt16, 16, {0.0005F, 0.00075F, none});
  metres.set<char>(123, 1);
  metres.sform(1, {0.0005F, 0, 0, 0, 0, 0.00075F, 0.0018F, 0, 0, 0, 0.0024F, 0});
  CHECK(read_bytes(metres.str() + voxels).spacing[2] == Approx(3));
  // A matrix without a code, or a column of zeros, says nothing.
  h.set<std::int16_t>(254, 0);
  CHECK(read_bytes(h.str() + voxels).spacing[2] == 1);
  h.sform(1, {0.5, 0, 0, 0, 0, 0.75, 0, 0, 0, 0, 0, 0});
  CHECK(read_bytes(h.str() + voxels).spacing[2] == 1);
}

TEST_CASE("of four dimensions one volume is read", "[nifti]") {
  HeaderBytes h({2, 3, 4, 3}, data_test::kInt16, 16, {0.5F, 0.75F, 2, 2500});
  h.set<char>(123, 2 | 16);  // mm and ms
  const std::string bytes = h.str() + bytes_of_values(counting(72));
  const TempDir dir;
  put(dir / "a.nii", bytes);
  const auto choose = [&](int volume) {
    return data::read_nifti(dir / "a.nii", {.volume = volume});
  };
  for (const int k : {0, 1, 2}) {
    const Volume v = choose(k);
    CHECK(v.dims == std::array<nn::index, 3>{2, 3, 4});
    CHECK(std::memcmp(v.stored.data(), bytes.data() + 352 + 48 * k, 48) == 0);
    CHECK(v.warnings.size() == 1);  // no orientation
    // What is written of it has three dimensions.
    data::write_nifti(dir / "one.nii", v, true);
    CHECK(data::read_nifti(dir / "one.nii").stored == v.stored);
  }
  check_input_error([&] { choose(-1); }, {"a.nii", "3 volumes", "--volume, 0 to 2"});
  check_input_error([&] { choose(3); }, {"--volume", "3 for", "a.nii", "0 to 2"});
  const data::NiftiVolumes all = data::nifti_volumes(dir / "a.nii");
  CHECK(all.count == 3);
  CHECK(all.seconds == Approx(2.5));
  // A file that ends in another volume is truncated all the same.
  put(dir / "a.nii", bytes.substr(0, bytes.size() - 2));
  check_input_error([&] { choose(0); }, {"94 bytes of the volumes that follow", "96", "truncated"});
  check_input_error([&] { choose(2); }, {"46 bytes of voxels", "48"});
  put(dir / "a.nii", small_nifti());
  CHECK_NOTHROW(choose(0));
  check_input_error([&] { choose(1); }, {"--volume", "1 for", "0, the only one"});
  CHECK(data::nifti_volumes(dir / "a.nii").count == 1);
}

TEST_CASE("what is no number is named where the file has it", "[nifti]") {
  std::vector<float> values(24, 1);
  values[1 + 2 * (2 + 3 * 1)] = std::numeric_limits<float>::quiet_NaN();  // (1, 2, 1)
  HeaderBytes h({2, 3, 4}, data_test::kFloat32, 32, {1, 1, 1});
  Volume v = read_bytes(h.str() + bytes_of_values(values));
  for (const int axis : {0, 1, 2}) {
    v.slice_axis = axis;
    for (const Volume& finer : {v, v.expanded(2), v.expanded(2).expanded(3)}) {
      check_input_error(
          [&] {
            for (nn::index k = 0; k < finer.slices(); ++k) finer.slice(k);
          },
          {"voxel (1, 2, 1) is not a finite number"});
    }
  }
}

TEST_CASE("a header and an image file make one scan", "[nifti]") {
  const TempDir dir;
  std::string header = small_header().str();
  header.resize(348);
  header.replace(344, 4, std::string("ni1\0", 4));
  const float offset = 16;
  std::memcpy(header.data() + 108, &offset, 4);
  put(dir / "scan.hdr", header);
  check_input_error([&] { data::read_nifti(dir / "scan.hdr"); }, {"scan.hdr", ".img"});
  put(dir / "scan.img", std::string(16, 'x') + bytes_of_values(counting(24)));
  CHECK(data::read_nifti(dir / "scan.hdr").slice(3).at(0, 2, 1, 0) == 23.0F);
  put(dir / "scan.img", std::string(16, 'x') + bytes_of_values(counting(20)));
  check_input_error([&] { data::read_nifti(dir / "scan.hdr"); }, {"scan.img", "40", "48"});
}

TEST_CASE("header extensions are skipped and named", "[nifti]") {
  HeaderBytes h = small_header();
  h.set<float>(108, 352 + 32).set<char>(348, 1);
  const Volume v = read_bytes(h.str() + std::string(32, 'e') + bytes_of_values(counting(24)));
  CHECK(v.slice(0).at(0, 0, 1, 0) == 1.0F);
  CHECK(warned(v, "extensions (32 bytes)"));
}

TEST_CASE("truncated files are refused with what was got and expected", "[nifti]") {
  const std::string whole = small_nifti();
  check_refused(whole.substr(0, 352 + 40), {"40 bytes of voxels", "expected 48", "truncated"});
  check_refused(whole.substr(0, 352), {"0 bytes of voxels", "48"});
  check_refused(whole.substr(0, 350), {"0 bytes of voxels", "48"});
  check_refused(whole.substr(0, 347), {"347 bytes", "348"});
  check_refused("", {"0 bytes", "348"});

  // Compressed: enough noise that cutting the file cuts the voxels.
  HeaderBytes h({32, 32, 32}, data_test::kInt16, 16, {1, 1, 1});
  std::vector<std::int16_t> noise;
  std::uint32_t state = 1;
  for (int i = 0; i < 32 * 32 * 32; ++i) {
    state = state * 1664525 + 1013904223;
    noise.push_back(static_cast<std::int16_t>(state >> 16));
  }
  const std::string packed = gzipped(h.str() + bytes_of_values(noise));
  CHECK_NOTHROW(read_bytes(packed));
  check_refused(packed.substr(0, packed.size() / 2), {"bytes of voxels", "65536", "truncated"});
  check_refused(packed.substr(0, 40), {"348"});
  check_refused(packed.substr(0, packed.size() - 4), {"checksum", "truncated"});
  std::string damaged = packed;
  damaged[damaged.size() - 6] ^= 1;  // in the checksum
  check_refused(damaged, {"damaged gzip data"});
}

TEST_CASE("a header that wants more than the file holds asks for no memory", "[nifti]") {
  HeaderBytes h({8192, 8192, 59}, data_test::kInt16, 16, {1, 1, 1});
  // 4 GiB more than now, and so less than the 7.4 GiB that the header speaks of.
  std::ifstream statm("/proc/self/statm");
  rlim_t pages = 0;
  REQUIRE(statm >> pages);
  rlimit old_limit{};
  REQUIRE(::getrlimit(RLIMIT_AS, &old_limit) == 0);
  rlimit limit = old_limit;
  limit.rlim_cur = pages * static_cast<rlim_t>(::sysconf(_SC_PAGESIZE)) + (rlim_t{4} << 30);
  REQUIRE(::setrlimit(RLIMIT_AS, &limit) == 0);
  check_refused(h.str() + "few", {"3 bytes of voxels", "7918845952"});
  check_refused(gzipped(h.str() + "few"), {"3 bytes of voxels", "7918845952"});
  ::setrlimit(RLIMIT_AS, &old_limit);
}

TEST_CASE("64-bit integers are kept if they fit into 32 bits", "[nifti]") {
  const HeaderBytes with_sign({3, 1, 1}, 1024, 64, {1, 1, 1});
  const HeaderBytes without({3, 1, 1}, 1280, 64, {1, 1, 1});
  const auto bytes = [](const std::vector<std::int64_t>& v) { return bytes_of_values(v); };
  const std::int64_t low = std::numeric_limits<std::int32_t>::min();
  const std::int64_t high = std::numeric_limits<std::int32_t>::max();
  const Volume v = read_bytes(with_sign.str() + bytes({low, -7, high}));
  CHECK(v.type == StoredType::int32);
  REQUIRE(v.stored.size() == 12);
  std::array<std::int32_t, 3> values{};
  std::memcpy(values.data(), v.stored.data(), 12);
  CHECK(values == std::array<std::int32_t, 3>{static_cast<std::int32_t>(low), -7,
                                              static_cast<std::int32_t>(high)});
  CHECK(warned(v, "64-bit integers are kept with 32 bits"));
  CHECK_NOTHROW(read_bytes(without.str() + bytes({0, 7, high})));
  check_refused(with_sign.str() + bytes({0, 0, high + 1}), {"beyond 32 bits", "INT16"});
  check_refused(with_sign.str() + bytes({low - 1, 0, 0}), {"beyond 32 bits"});
  check_refused(without.str() + bytes({0, -1, 0}), {"beyond 32 bits"});  // 2^64 - 1
  check_refused(with_sign.str() + bytes({1, 2}), {"16 bytes of voxels", "24"});
}

TEST_CASE("what the project does not read is refused by name", "[nifti]") {
  const std::string voxels = bytes_of_values(counting(24));
  const auto with = [&](const HeaderBytes& h) { return h.str() + voxels; };
  check_refused("this is not a scan" + std::string(400, ' '), {"not a NIfTI file"});
  check_refused(with(small_header().set<std::int32_t>(0, 540)), {"400 bytes", "NIfTI-2", "540"});
  check_refused(with(small_header().set<std::int32_t>(0, 540)) + std::string(300, ' '),
                {"damaged header"});
  check_refused(with(small_header().set<std::int32_t>(344, 0)), {"ANALYZE"});
  check_refused(with(small_header().set<std::int16_t>(40, 0)), {"0 dimensions", "damaged"});
  check_refused(with(small_header().set<std::int16_t>(40, 8)), {"8 dimensions"});
  check_refused(with({{2, 3, 4, 5}, 4, 16, {1, 1, 1}}), {"4-D image with 5 volumes"});
  check_refused(with({{2, 3, 4, 1, 3}, 4, 16, {1, 1, 1}}), {"5-D image, 3 long along dimension 5"});
  check_refused(with({{2, 3, 4}, 128, 24, {1, 1, 1}}), {"colour"});
  check_refused(with({{2, 3, 4}, 2304, 32, {1, 1, 1}}), {"colour"});
  check_refused(with({{2, 3, 4}, 32, 64, {1, 1, 1}}), {"COMPLEX64"});
  check_refused(with({{2, 3, 4}, 1792, 128, {1, 1, 1}}), {"COMPLEX128"});
  check_refused(with({{2, 3, 4}, 1536, 128, {1, 1, 1}}), {"FLOAT128"});
  check_refused(with({{2, 3, 4}, 1, 1, {1, 1, 1}}), {"BINARY"});
  check_refused(with({{2, 3, 4}, 999, 64, {1, 1, 1}}), {"999"});
  check_refused(with({{2, 0, 4}, 4, 16, {1, 1, 1}}), {"2 x 0 x 4"});
  check_refused(with({{2, -3, 4}, 4, 16, {1, 1, 1}}), {"2 x -3 x 4"});
  check_refused(with({{32767, 32767, 32767}, 4, 16, {1, 1, 1}}), {"larger than allowed"});
  check_refused(with(small_header().set<float>(108, 100)), {"start at byte 100"});
  check_refused(with(small_header().set<float>(108, 1e30F)), {"start at byte"});
  check_refused(with(small_header().set<float>(108, std::numeric_limits<float>::quiet_NaN())),
                {"start at byte"});
  const float nan = std::numeric_limits<float>::quiet_NaN();
  check_refused(with(small_header().sform(1, {nan})), {"orientation matrix"});
  const TempDir dir;
  check_input_error([&] { data::read_nifti(dir / "none.nii"); }, {"none.nii", "No such file"});
  // One volume in four dimensions is a scan.
  CHECK_NOTHROW(read_bytes(with({{2, 3, 4, 1}, 4, 16, {1, 1, 1}})));
}
