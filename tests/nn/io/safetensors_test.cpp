// safetensors: what is written is read, byte for byte where the format says so, and every kind of
// damaged or hostile file is refused with one line before memory is asked for.
#include "nn/io/safetensors.h"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <limits>
#include <span>
#include <utility>
#include <vector>

#include "tests/catch.h"
#include "tests/nn/tensors.h"

namespace nn::testing {
namespace {

/// A file that lives as long as this object.
class File {
 public:
  explicit File(const std::string& bytes)
      : path_(std::filesystem::temp_directory_path() /
              ("ct2ct_safetensors_test_" + std::to_string(::getpid()))) {
    std::ofstream(path_, std::ios::binary) << bytes;
  }
  ~File() {
    std::error_code ignored;
    std::filesystem::remove(path_, ignored);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  std::string path() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

std::string length_of(std::uint64_t n) {
  std::string bytes(sizeof n, '\0');
  std::memcpy(bytes.data(), &n, sizeof n);
  return bytes;
}

std::string with_header(const std::string& json, const std::string& data) {
  return length_of(json.size()) + json + data;
}

template <class T>
std::string raw(const std::vector<T>& values) {
  std::string bytes(values.size() * sizeof(T), '\0');
  std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

std::string tensor_json(const std::string& name, const std::string& dtype, const std::string& shape,
                        const std::string& offsets) {
  return "\"" + name + R"(":{"dtype":")" + dtype + R"(","shape":)" + shape + R"(,"data_offsets":)" +
         offsets + "}";
}

/// The error of opening `bytes`; must be an input error of one line that names the file.
std::string refusal(const std::string& bytes) {
  const File file(bytes);
  try {
    SafetensorsReader reader(file.path());
  } catch (const Error& e) {
    CHECK(e.fault() == Fault::input);
    const std::string text = e.what();
    CHECK(text.find('\n') == std::string::npos);
    CHECK(text.find(file.path()) == 0);
    return text;
  }
  return {};
}

bool says(const std::string& text, const std::string& part) {
  INFO(text);
  return text.find(part) != std::string::npos;
}

const std::string kSixteen = raw<float>({1, 2, 3, 4});
std::string one(const std::string& dtype, const std::string& shape, const std::string& offsets) {
  return "{" + tensor_json("w", dtype, shape, offsets) + "}";
}

}  // namespace

TEST_CASE("a safetensors file is read as it was written", "[safetensors]") {
  std::string bytes;
  const ByteSink sink = [&](const void* p, std::size_t n) {
    bytes.append(static_cast<const char*>(p), n);
  };
  const auto fill = [](float first) {
    return [first](float* out) {
      for (int i = 0; i < 6; ++i) out[i] = first + static_cast<float>(i) / 3;
    };
  };
  const Metadata metadata{{"recipe", "ct2ct"}, {"note", "line\nbreak and \"quotes\""}};
  write_safetensors(sink, metadata,
                    {{"b.weight", {2, 3}, fill(1)},
                     {"a", {1, 6, 1}, fill(-7)},
                     {"none", {0}, [](float*) {}},
                     {"scalar", {}, [](float* out) { *out = 0.5F; }}});

  std::uint64_t length = 0;
  std::memcpy(&length, bytes.data(), sizeof length);
  CHECK(length % 8 == 0);
  CHECK(bytes.size() == 8 + length + (6 + 6 + 0 + 1) * 4);
  CHECK(bytes[8] == '{');

  const File file(bytes);
  SafetensorsReader reader(file.path());
  CHECK(reader.metadata() == metadata);
  CHECK(reader.entries().size() == 4);
  CHECK(reader.entry("b.weight").shape == std::vector<index>{2, 3});
  CHECK(reader.entry("a").shape == std::vector<index>{1, 6, 1});
  std::vector<float> expected(6);
  fill(1)(expected.data());
  CHECK(reader.read<float>("b.weight") == expected);
  fill(-7)(expected.data());
  CHECK(reader.read<float>("a") == expected);
  CHECK(reader.read<float>("none").empty());
  CHECK(reader.read<double>("scalar") == std::vector<double>{0.5});
  CHECK(reader.read<float>("a") == expected);  // in any order, as often as wanted
  CHECK(says(error_of([&] { static_cast<void>(reader.entry("c")); }), "'c'"));
  CHECK(says(error_of([&] { reader.read<float>("c"); }), "'c'"));
}

TEST_CASE("16 bits: values by hand, ties to even, all patterns there and back", "[safetensors]") {
  const std::vector<std::pair<float, std::uint16_t>> by_hand{
      {0.0F, 0x0000},         {-0.0F, 0x8000},        {1.0F, 0x3C00},
      {-2.0F, 0xC000},        {65504.0F, 0x7BFF},  // the largest
      {65519.0F, 0x7BFF},                          // still nearer to it than to infinity
      {65520.0F, 0x7C00},                          // the tie goes to infinity
      {0x1p-14F, 0x0400},                          // the smallest normal
      {0x1p-24F, 0x0001},                          // the smallest of all
      {0x1p-25F, 0x0000},                          // the tie goes to 0
      {0x1.8p-24F, 0x0002},                        // and this one up to 2
      {1 + 0x1p-11F, 0x3C00}, {1 + 0x3p-11F, 0x3C02}, {0.1F, 0x2E66},
  };
  for (const auto& [value, bits] : by_hand) {
    INFO(value);
    CHECK(to_half(value) == bits);
  }
  for (int i = 0; i < 0x10000; ++i) {
    const auto bits = static_cast<std::uint16_t>(i);
    const float value = from_half(bits);
    if ((bits & 0x7C00) == 0x7C00 && (bits & 0x03FF) != 0) {
      CHECK(std::isnan(value));
    } else if (to_half(value) != bits) {
      FAIL_CHECK(i << " came back as " << to_half(value));
    }
  }
}

TEST_CASE("an array of 16 bits is written rounded, and read beside one of 32", "[safetensors]") {
  std::string bytes;
  const ByteSink sink = [&](const void* p, std::size_t n) {
    bytes.append(static_cast<const char*>(p), n);
  };
  const std::vector<float> values{0.1F, -3, 65504};
  const auto fill = [&](float* out) { std::copy(values.begin(), values.end(), out); };
  write_safetensors(sink, {}, {{"half", {3}, fill, Stored::f16}, {"whole", {3}, fill}});
  std::uint64_t length = 0;
  std::memcpy(&length, bytes.data(), sizeof length);
  CHECK(bytes.size() == 8 + length + 3 * 2 + 3 * 4);

  const std::vector<float> rounded{0.0999755859375F, -3, 65504};
  const File file(bytes);
  SafetensorsReader in_file(file.path());
  SafetensorsReader in_memory("box", std::as_bytes(std::span(bytes)));
  for (SafetensorsReader* reader : {&in_file, &in_memory}) {
    CHECK(reader->entry("half").stored == Stored::f16);
    CHECK(reader->read<float>("half") == rounded);
    CHECK(reader->read<double>("half") == std::vector<double>(rounded.begin(), rounded.end()));
    CHECK(reader->read<float>("whole") == values);
  }

  const auto too_large = [&](float* out) { std::fill_n(out, 3, 65520.0F); };
  CHECK(says(error_of([&] {
               write_safetensors(sink, {}, {{"w", {3}, too_large, Stored::f16}});
             }),
             "w: a value of 65520"));
  const std::string infinite =
      with_header(one("F16", "[2]", "[0,4]"), raw<std::uint16_t>({1, 0x7C00}));
  CHECK(says(error_of([&] {
               static_cast<void>(
                   SafetensorsReader("box", std::as_bytes(std::span(infinite))).read<float>("w"));
             }),
             "NaN or infinity"));
  CHECK(says(error_of([&] { SafetensorsReader("box", {}); }), "box: 0 bytes"));
}

TEST_CASE("F64 and F32 are read as either", "[safetensors]") {
  const File file(with_header("{" + tensor_json("d", "F64", "[2]", "[0,16]") + "," +
                                  tensor_json("f", "F32", "[2]", "[16,24]") + "}",
                              raw<double>({0.1, -2}) + raw<float>({0.1F, 8})));
  SafetensorsReader reader(file.path());
  CHECK(reader.read<double>("d") == std::vector<double>{0.1, -2});
  CHECK(reader.read<float>("d") == std::vector<float>{0.1F, -2});
  CHECK(reader.read<float>("f") == std::vector<float>{0.1F, 8});
  CHECK(reader.read<double>("f") == std::vector<double>{static_cast<double>(0.1F), 8});
}

TEST_CASE("the sound file that the damaged ones start from", "[safetensors]") {
  CHECK(refusal(with_header(one("F32", "[2,2]", "[0,16]"), kSixteen)).empty());
  CHECK(refusal(with_header("{}", "")).empty());
}

TEST_CASE("damaged safetensors are refused", "[safetensors]") {
  const std::string sound = with_header(one("F32", "[2,2]", "[0,16]"), kSixteen);

  SECTION("no file") {
    CHECK(says(error_of([] { SafetensorsReader("/nonexistent/model.safetensors"); }),
               "/nonexistent/model.safetensors: cannot be opened"));
  }
  SECTION("a folder") {
    CHECK_FALSE(error_of([] {
                  SafetensorsReader(std::filesystem::temp_directory_path().string());
                }).empty());
  }
  SECTION("cut short anywhere") {
    for (std::size_t size = 0; size < sound.size(); ++size) {
      INFO("cut to " << size << " bytes");
      CHECK_FALSE(refusal(sound.substr(0, size)).empty());
    }
  }
  SECTION("too long") { CHECK(says(refusal(sound + "x"), "17 bytes of data")); }
  SECTION("a header length beyond the file") {
    for (const std::uint64_t length :
         {std::uint64_t{1000}, std::uint64_t{1} << 32, std::uint64_t{1} << 63, ~std::uint64_t{0},
          ~std::uint64_t{0} - 7}) {
      CHECK(says(refusal(length_of(length) + sound.substr(8)), "a header of"));
    }
  }
  SECTION("a header length of 0") {
    CHECK(says(refusal(length_of(0) + sound.substr(8)), "not a JSON object"));
  }
  SECTION("no JSON") {
    for (const char* json : {"", "{", "nonsense", "[]", "null", "3", "{} {}", "{\"w\":\xff}"}) {
      CHECK(says(refusal(with_header(json, "")), "not a JSON object"));
    }
    CHECK_FALSE(refusal(with_header(std::string(100000, '['), "")).empty());
  }
  SECTION("missing or mistyped fields") {
    for (const std::string json :
         {R"({"w":3})", R"({"w":{}})", R"({"w":{"dtype":"F32","shape":[4]}})",
          R"({"w":{"dtype":7,"shape":[4],"data_offsets":[0,16]}})",
          R"({"__metadata__":{"a":1},"w":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}})",
          R"({"__metadata__":[],"w":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}})"}) {
      INFO(json);
      CHECK(says(refusal(with_header(json, kSixteen)), "missing or mistyped"));
    }
  }
  SECTION("sizes and offsets that are no lists of whole numbers") {
    for (const std::string json : {R"({"w":{"dtype":"F32","shape":"4","data_offsets":[0,16]}})",
                                   R"({"w":{"dtype":"F32","shape":["4"],"data_offsets":[0,16]}})",
                                   R"({"w":{"dtype":"F32","shape":[4.0],"data_offsets":[0,16]}})",
                                   R"({"w":{"dtype":"F32","shape":[-4],"data_offsets":[0,16]}})",
                                   R"({"w":{"dtype":"F32","shape":[4],"data_offsets":"all"}})"}) {
      INFO(json);
      CHECK(says(refusal(with_header(json, kSixteen)), "not whole numbers"));
    }
  }
  SECTION("another type") {
    for (const char* dtype : {"F8", "BF16", "I32", "f32", ""}) {
      CHECK(says(refusal(with_header(one(dtype, "[4]", "[0,16]"), kSixteen)),
                 "expected F16, F32 or F64"));
    }
  }
  SECTION("offsets that are not the tensor's size or not in the file") {
    for (const char* offsets :
         {"[0,12]", "[0,20]", "[4,20]", "[16,0]", "[0]", "[0,8,16]", "[]", "[-16,0]", "[-8,8]",
          "[18446744073709551608,8]", "[9223372036854775800,9223372036854775816]",
          "[0,18446744073709551632]", "[0.5,16.5]", "[1e30,1e31]"}) {
      INFO(offsets);
      CHECK_FALSE(refusal(with_header(one("F32", "[2,2]", offsets), kSixteen)).empty());
    }
  }
  SECTION("hostile shapes") {
    for (const char* shape :
         {"[-4]", "[-2,-2]", "[4294967296,4294967296]", "[9223372036854775807]",
          "[9223372036854775807,2]", "[4611686018427387904,4]", "[65536,65536,65536,65537]",
          "[4611686018427387905,1,4]", "[18446744073709551615]", "[18446744073709551620]", "[4.9]",
          "[2.0,2]", "[1e300]"}) {
      INFO(shape);
      CHECK_FALSE(refusal(with_header(one("F32", shape, "[0,16]"), kSixteen)).empty());
    }
  }
}

TEST_CASE("tensors that do not tile the data are refused", "[safetensors]") {
  const auto two = [](const char* a, const char* shape_a, const char* b, const char* shape_b) {
    return refusal(with_header(
        "{" + tensor_json("a", "F32", shape_a, a) + "," + tensor_json("b", "F32", shape_b, b) + "}",
        kSixteen));
  };
  CHECK(two("[0,8]", "[2]", "[8,16]", "[2]").empty());
  CHECK(two("[8,16]", "[2]", "[0,8]", "[2]").empty());
  CHECK(says(two("[0,8]", "[2]", "[4,16]", "[3]"), "overlap or leave a hole"));
  CHECK(says(two("[0,16]", "[4]", "[0,16]", "[4]"), "overlap or leave a hole"));
  CHECK(says(two("[0,4]", "[1]", "[8,16]", "[2]"), "overlap or leave a hole"));
  CHECK(says(two("[4,8]", "[1]", "[8,16]", "[2]"), "overlap or leave a hole"));
  CHECK(says(two("[0,4]", "[1]", "[4,12]", "[2]"), "16 bytes of data, expected 12"));
  CHECK(says(refusal(with_header("{}", kSixteen)), "16 bytes of data, expected 0"));
}

TEST_CASE("a file that shrinks after it was opened is refused", "[safetensors]") {
  // Larger than a page: the values at its end are gone, not zero.
  const std::vector<float> many(100000, 1.5F);
  const File file(with_header(one("F32", "[100000]", "[0,400000]"), raw(many)));
  const SafetensorsReader reader(file.path());
  CHECK(reader.read<float>("w") == many);
  std::filesystem::resize_file(file.path(), 4096);
  CHECK(error_of([&] { reader.read<float>("w"); }) ==
        file.path() + ": w cannot be read to its end, expected a sound safetensors file");
}

TEST_CASE("a part of a tensor is read, of either type and not aligned", "[safetensors]") {
  // A header of odd length: the values start at an odd byte.
  std::string json = "{" + tensor_json("d", "F64", "[3]", "[0,24]") + "," +
                     tensor_json("f", "F32", "[3]", "[24,36]") + "}";
  if (json.size() % 2 == 0) json += ' ';
  const File file(with_header(json, raw<double>({1, 2, 3}) + raw<float>({4, 5, 6})));
  const SafetensorsReader reader(file.path());
  CHECK(reader.values<float>("d", 1, 2)[1] == 3);
  CHECK(reader.values<double>("f", 2, 1)[0] == 6);
  CHECK(reader.read<float>("f") == std::vector<float>{4, 5, 6});
}

TEST_CASE("a tensor of several parts is read whole", "[safetensors]") {
  std::vector<float> many(700001);
  for (std::size_t i = 0; i < many.size(); ++i) many[i] = static_cast<float>(i);
  const File file(with_header(one("F32", "[700001]", "[0,2800004]"), raw(many)));
  CHECK(SafetensorsReader(file.path()).read<float>("w") == many);
}

TEST_CASE("bytes are the same mapped, given back, and read", "[safetensors]") {
  const std::string bytes(10000, 'x');
  const File file(bytes + "end");
  for (const bool map : {true, false}) {
    const MappedFile mapped(file.path(), map);
    const auto text = [&] {
      return std::string(reinterpret_cast<const char*>(mapped.data()), mapped.size());
    };
    CHECK(text() == bytes + "end");
    mapped.release();
    CHECK(text() == bytes + "end");
    CHECK(mapped.whole());
  }
  const MappedFile mapped(file.path());
  const MappedFile read(file.path(), /*map=*/false);
  std::filesystem::resize_file(file.path(), 5000);
  CHECK_FALSE(mapped.whole());
  CHECK(read.whole());
  CHECK(MappedFile(File("").path()).size() == 0);
}

TEST_CASE("NaN and infinity are refused when they are read", "[safetensors]") {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float infinity = std::numeric_limits<float>::infinity();
  for (const float bad : {nan, infinity, -infinity}) {
    const File file(with_header(one("F32", "[4]", "[0,16]"), raw<float>({1, 2, bad, 4})));
    SafetensorsReader reader(file.path());
    CHECK(says(error_of([&] { reader.read<float>("w"); }), "w holds NaN or infinity"));
    CHECK(says(error_of([&] { reader.read<double>("w"); }), "w holds NaN or infinity"));
  }
  // Finite as F64, but not in float.
  const File file(with_header(one("F64", "[2]", "[0,16]"), raw<double>({1, 1e300})));
  SafetensorsReader reader(file.path());
  CHECK(reader.read<double>("w")[1] == 1e300);
  CHECK(says(error_of([&] { reader.read<float>("w"); }), "w holds NaN or infinity"));
}

}  // namespace nn::testing
