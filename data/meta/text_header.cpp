#include "data/meta/text_header.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <exception>
#include <filesystem>
#include <fstream>

#include "data/files/gzip.h"
#include "data/volume/orientation.h"
#include "data/volume/slice_axis.h"
#include "data/volume/steps.h"
#include "data/volume/voxel_bytes.h"
#include "nn/core/error.h"

namespace data {
namespace {

using nn::Error;
using nn::Fault;

constexpr std::size_t kMostHeader = std::size_t{1} << 20;
constexpr double kFarTooLarge = 1e15;  // keeps conversions defined; refused by checked_bytes()
constexpr std::string_view kBlanks = " \t\r\n\v\f";

}  // namespace

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return lower;
}

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  for (std::size_t at = text.find_first_not_of(kBlanks); at < text.size();) {
    const std::size_t end = std::min(text.find_first_of(kBlanks, at), text.size());
    words.emplace_back(text.substr(at, end - at));
    at = text.find_first_not_of(kBlanks, end);
  }
  return words;
}

std::string exact_text(double v) {
  std::array<char, 32> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), v);
  return {text.data(), end.ptr};
}

std::optional<std::vector<double>> numbers_of(std::string_view text) {
  std::vector<double> numbers;
  for (const std::string& word : words_of(text)) {
    const char* first = word.data() + (word.starts_with('+') ? 1 : 0);
    const char* last = word.data() + word.size();
    double value = 0;
    const auto [end, error] = std::from_chars(first, last, value);
    if (error != std::errc() || end != last) return std::nullopt;
    numbers.push_back(value);
  }
  return numbers;
}

HeaderLines read_header_lines(const std::string& path,
                              const std::function<bool(const std::string&)>& last) {
  std::ifstream file(path, std::ios::binary);
  nn::require(file.good(), path, "cannot be opened", "a readable file");
  HeaderLines header;
  std::string line;
  for (char c = 0; header.bytes < kMostHeader && file.get(c);) {
    ++header.bytes;
    if (c != '\n') {
      line += c;
      continue;
    }
    if (line.ends_with('\r')) line.pop_back();
    header.lines.push_back(line);
    header.ended = last(line);
    if (header.ended) return header;
    line.clear();
  }
  nn::require(header.bytes < kMostHeader, path, "a header without an end",
              "the end of the header within 1 MiB", "the file is damaged");
  if (!line.empty()) header.lines.push_back(line);
  header.ended = !line.empty() && last(line);
  return header;
}

std::vector<nn::index> sizes_of(const std::vector<double>& numbers, const std::string& path) {
  std::vector<nn::index> sizes;
  for (const double n : numbers) {
    nn::require(n >= 1 && n <= kFarTooLarge && n == std::floor(n), path,
                "an axis of " + exact_text(n) + " voxels", "whole numbers above 0",
                "the header is damaged");
    sizes.push_back(static_cast<nn::index>(n));
  }
  return sizes;
}

std::string path_beside(const std::string& header, const std::string& name) {
  std::string plain = name.starts_with("./") ? name.substr(2) : name;
  nn::require(!plain.empty() && plain != "." && plain != ".." &&
                  plain.find_first_of(std::string("/\\\0", 3)) == std::string::npos,
              header, "voxels in the file '" + name + "'", "a file in the folder of the header",
              "move it there and write its name alone into the header");
  std::string path = (std::filesystem::path(header).parent_path() / plain).string();
  std::error_code error;
  nn::require(std::filesystem::is_regular_file(path, error), path, "no such file",
              "the voxels of " + header, "put it beside the header");
  return path;
}

void read_placed_voxels(Volume& v, const ElementType& element, const VoxelPlace& place) {
  const std::string path = place.file.empty() ? v.source : path_beside(v.source, place.file);
  std::size_t offset = place.offset;
  const std::size_t expected = checked_bytes(v.dims, v.type, path) / bytes_of(v.type) *
                               element.width * static_cast<std::size_t>(place.volumes);
  if (place.at_end) {
    std::error_code error;
    const auto size = static_cast<std::size_t>(std::filesystem::file_size(path, error));
    nn::require(!error && size >= expected, path, std::to_string(error ? 0 : size) + " bytes",
                std::to_string(expected) + " bytes of voxels",
                "the file is truncated: copy or download it again");
    offset = size - expected;
  }
  FilePart file(path, offset, place.compressed);
  read_voxels(v, file, path, 0, {place.skipped, element.width, place.volume, place.volumes});
  if (place.big_endian) swap_values(v.stored, element.width);
  if (element.width > bytes_of(v.type)) shorten_values(v, element.long_signed);
  v.voxel_file = place.file.empty() ? "" : std::filesystem::path(path).filename().string();
}

void set_affine(Volume& v, const std::array<Point, 3>& steps, const Point& origin,
                const Signs& signs) {
  for (std::size_t r = 0; r < 3; ++r) {
    // + 0.0: no negative zero, which would differ in text from what was read.
    for (std::size_t c = 0; c < 3; ++c) v.affine[r][c] = signs[r] * steps[c][r] + 0.0;
    v.affine[r][3] = signs[r] * origin[r] + 0.0;
  }
}

Point affine_column(const Volume& v, std::size_t axis, const Signs& signs) {
  Point p{};
  for (std::size_t r = 0; r < 3; ++r) p[r] = signs[r] * v.affine[r][axis] + 0.0;
  return p;
}

void finish_geometry(Volume& v, int axis) {
  if (!v.oriented) {
    v.warnings.emplace_back("the header gives no orientation: left and right are unknown");
  }
  check_affine(v);
  choose_slice_axis(v, axis, {std::nullopt, head_feet_axis(v)});
}

void require_one_affine(const std::string& path, const Volume& v, const std::string& format) {
  require_even_steps(path, v.positions, format, "write DICOM instead: --out DIR/");
}

std::optional<Volume> without_scaling(const Volume& v) {
  if (v.slope == 1 && v.intercept == 0) return std::nullopt;
  const bool floating = v.type == StoredType::float32 || v.type == StoredType::float64;
  const bool whole =
      !floating && v.slope == std::floor(v.slope) && v.intercept == std::floor(v.intercept);
  Volume out = v;
  out.slope = 1;
  out.intercept = 0;
  out.slice_axis = 2;  // voxels in the order in which they are stored
  Volume in = v;
  in.slice_axis = 2;
  const Voxels stored(in);
  double low = 0;
  double high = 0;
  const auto each = [&](const auto& use) {
    for (nn::index k = 0; k < in.dims[2]; ++k) {
      for (nn::index j = 0; j < in.dims[1]; ++j) {
        for (nn::index i = 0; i < in.dims[0]; ++i) use(v.slope * stored(k, j, i) + v.intercept);
      }
    }
  };
  if (whole) {
    each([&](double value) {
      low = std::min(low, value);
      high = std::max(high, value);
    });
  }
  const auto write_as = [&]<class T>(T /*of the type*/, StoredType type) {
    out.type = type;
    out.stored.assign(static_cast<std::size_t>(in.voxels()) * sizeof(T), std::byte{});
    std::byte* to = out.stored.data();
    each([&](double value) {
      const T narrow = static_cast<T>(value);
      std::memcpy(to, &narrow, sizeof(T));
      to += sizeof(T);
    });
  };
  if (whole && low >= -32768 && high <= 32767) {
    write_as(std::int16_t{}, StoredType::int16);
  } else if (whole && low >= -2147483648.0 && high <= 2147483647.0) {
    write_as(std::int32_t{}, StoredType::int32);
  } else {
    write_as(float{}, StoredType::float32);
  }
  out.slice_axis = v.slice_axis;
  return out;
}

std::string deflated(const Volume& v, bool gzip) {
  std::string bytes;
  try {
    GzipWriter writer(
        [&](const void* more, std::size_t count) {
          bytes.append(static_cast<const char*>(more), count);
        },
        gzip ? Wrapper::gzip : Wrapper::zlib);
    writer.write(v.stored.data(), v.stored.size());
    writer.finish();
  } catch (const std::bad_alloc&) {
    throw Error(Fault::job, v.source, "no memory to compress it", "");
  }
  return bytes;
}

}  // namespace data
