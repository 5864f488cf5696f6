#include "nn/io/safetensors.h"

#include <Eigen/Core>
#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <nlohmann/json.hpp>

#include "nn/core/error.h"

namespace nn {
namespace {

static_assert(std::endian::native == std::endian::little, "safetensors are little-endian");

constexpr std::size_t kMaxHeader = std::size_t{64} << 20;
constexpr index kMaxCount = index{1} << 40;
constexpr index kPart =
    index{1} << 18;  ///< values copied at a time; bounds the mapped pages in memory

[[noreturn]] void refuse(const std::string& path, const std::string& got,
                         const std::string& expected = "a sound safetensors file") {
  throw Error(Fault::input, path, got, expected);
}

/// An array of whole numbers of 0 or more. Anything else is refused, because the JSON library would
/// turn 4.9 into 4 in silence.
template <class T>
std::vector<T> whole_numbers(const nlohmann::json& j, const std::string& path,
                             const std::string& name) {
  const bool whole = j.is_array() && std::all_of(j.begin(), j.end(), [](const auto& v) {
                       return v.is_number_unsigned();
                     });
  if (!whole) refuse(path, name + " with sizes or offsets that are not whole numbers");
  return j.get<std::vector<T>>();
}

struct StoredName {
  Stored stored;
  const char* name;
  std::size_t bytes;  ///< of a value
};
constexpr std::array<StoredName, 3> kStored = {
    {{Stored::f16, "F16", 2}, {Stored::f32, "F32", 4}, {Stored::f64, "F64", 8}}};

std::size_t bytes_of(Stored stored) { return kStored[static_cast<std::size_t>(stored)].bytes; }

/// Product of sizes, or -1 if a size is negative or the product exceeds kMaxCount.
index checked_count(const std::vector<index>& shape) {
  index count = 1;
  for (const index size : shape) {
    if (size < 0 || (size > 0 && count > kMaxCount / size)) return -1;
    count *= size;
  }
  return count;
}

/// Rounds in place, from the front: a half is shorter than the float that it replaces.
void round_to_half(float* values, index count, const std::string& name) {
  auto* to = reinterpret_cast<std::byte*>(values);
  for (index i = 0; i < count; ++i) {
    const std::uint16_t bits = to_half(values[i]);
    require(std::isfinite(from_half(bits)), name, "a value of " + std::to_string(values[i]),
            "at most 65504, which 16 bits can hold", "keep this model in 32 bits");
    std::memcpy(to + static_cast<std::size_t>(i) * sizeof bits, &bits, sizeof bits);
  }
}

}  // namespace

std::uint16_t to_half(float value) {
  return Eigen::numext::bit_cast<std::uint16_t>(static_cast<Eigen::half>(value));
}

float from_half(std::uint16_t bits) {
  return static_cast<float>(Eigen::numext::bit_cast<Eigen::half>(bits));
}

void write_safetensors(const ByteSink& sink, const Metadata& metadata,
                       const std::vector<ArrayToWrite>& arrays) {
  nlohmann::ordered_json header;
  header["__metadata__"] = metadata;
  std::size_t offset = 0;
  index largest = 0;
  for (const ArrayToWrite& a : arrays) {
    const index count = checked_count(a.shape);
    const std::size_t bytes = static_cast<std::size_t>(count) * bytes_of(a.stored);
    header[a.name] = {{"dtype", kStored[static_cast<std::size_t>(a.stored)].name},
                      {"shape", a.shape},
                      {"data_offsets", {offset, offset + bytes}}};
    offset += bytes;
    largest = std::max(largest, count);
  }
  std::string text = header.dump();
  text.resize((text.size() + 7) / 8 * 8, ' ');  // the format wants the data to start at 8 bytes
  const std::uint64_t length = text.size();
  sink(&length, sizeof length);
  sink(text.data(), text.size());
  std::vector<float> buffer(static_cast<std::size_t>(largest));
  for (const ArrayToWrite& a : arrays) {
    a.fill(buffer.data());
    const index count = checked_count(a.shape);
    if (a.stored == Stored::f16) round_to_half(buffer.data(), count, a.name);
    sink(buffer.data(), static_cast<std::size_t>(count) * bytes_of(a.stored));
  }
}

SafetensorsReader::SafetensorsReader(const std::string& path)
    : path_(path), file_(std::make_unique<MappedFile>(path)), bytes_(file_->data(), file_->size()) {
  read_header();
}

SafetensorsReader::SafetensorsReader(std::string name, std::span<const std::byte> bytes)
    : path_(std::move(name)), bytes_(bytes) {
  read_header();
}

void SafetensorsReader::read_header() {
  const std::string& path = path_;
  const std::size_t size = bytes_.size();
  std::uint64_t length = 0;
  if (size < sizeof length) refuse(path, std::to_string(size) + " bytes");
  std::memcpy(&length, bytes_.data(), sizeof length);
  if (length > kMaxHeader || length > size - sizeof length) {
    refuse(path,
           "a header of " + std::to_string(length) + " bytes in a file of " + std::to_string(size));
  }
  data_start_ = sizeof length + static_cast<std::size_t>(length);
  const std::size_t data_bytes = size - data_start_;
  const auto* text = reinterpret_cast<const char*>(bytes_.data()) + sizeof length;

  const auto header = nlohmann::json::parse(text, text + length, nullptr, false);
  if (!header.is_object()) refuse(path, "a header that is not a JSON object");
  std::vector<std::pair<std::size_t, std::size_t>> ranges;
  try {
    for (const auto& [name, value] : header.items()) {
      if (name == "__metadata__") {
        metadata_ = value.get<Metadata>();
        continue;
      }
      Entry e;
      const auto dtype = value.at("dtype").get<std::string>();
      const auto* known = std::find_if(kStored.begin(), kStored.end(),
                                       [&](const StoredName& s) { return dtype == s.name; });
      if (known == kStored.end()) {
        refuse(path, std::string(name).append(" of type ").append(dtype), "F16, F32 or F64");
      }
      e.stored = known->stored;
      e.shape = whole_numbers<index>(value.at("shape"), path, name);
      e.count = checked_count(e.shape);
      if (e.count < 0) refuse(path, name + " of an impossible shape");
      const auto offsets = whole_numbers<std::size_t>(value.at("data_offsets"), path, name);
      const std::size_t bytes = static_cast<std::size_t>(e.count) * bytes_of(e.stored);
      if (offsets.size() != 2 || offsets[0] > offsets[1] || offsets[1] - offsets[0] != bytes ||
          offsets[1] > data_bytes) {
        refuse(path, name + " of " + std::to_string(bytes) + " bytes outside the data (" +
                         std::to_string(data_bytes) + " bytes); the file may be cut short");
      }
      e.begin = offsets[0];
      ranges.emplace_back(offsets[0], offsets[1]);
      entries_[name] = std::move(e);
    }
  } catch (const nlohmann::json::exception&) {
    refuse(path, "a header with a missing or mistyped field");
  }
  std::sort(ranges.begin(), ranges.end());
  std::size_t at = 0;
  for (const auto& [begin, stop] : ranges) {
    if (begin != at) refuse(path, "tensors that overlap or leave a hole");
    at = stop;
  }
  if (at != data_bytes) {
    refuse(path, std::to_string(data_bytes) + " bytes of data", std::to_string(at));
  }
}

std::string_view SafetensorsReader::header() const {
  const auto* text = reinterpret_cast<const char*>(bytes_.data());
  return {text + header_begin(), data_start_ - header_begin()};
}

void SafetensorsReader::each_part(const std::function<void(std::span<const std::byte>)>& f) const {
  constexpr std::size_t kPartBytes = std::size_t{1} << 20;
  for (std::size_t begin = 0; begin < bytes_.size(); begin += kPartBytes) {
    start_part("the file");
    f(bytes_.subspan(begin, std::min(kPartBytes, bytes_.size() - begin)));
  }
}

void SafetensorsReader::start_part(const std::string& what) const {
  if (!file_) return;
  file_->release();  // so that only one part of the file is in memory at a time
  if (!file_->whole()) refuse(path_, what + " cannot be read to its end");
}

const SafetensorsReader::Entry& SafetensorsReader::entry(const std::string& name) const {
  const auto found = entries_.find(name);
  if (found == entries_.end()) {
    refuse(path_, "no tensor '" + name + "'",
           "a file with this tensor; is it of another architecture?");
  }
  return found->second;
}

template <class T>
ValuesInFile<T> SafetensorsReader::values(const std::string& name, index begin, index count) const {
  const Entry& e = entry(name);
  start_part(name);
  const std::size_t first = e.begin + static_cast<std::size_t>(begin) * bytes_of(e.stored);
  const ValuesInFile<T> values(bytes_.data() + data_start_ + first, e.stored);
  for (index i = 0; i < count; ++i) {
    if (!std::isfinite(values[i])) refuse(path_, name + " holds NaN or infinity", "finite weights");
  }
  return values;
}

template <class T>
std::vector<T> SafetensorsReader::read(const std::string& name) const {
  std::vector<T> all;
  const index count = entry(name).count;
  all.reserve(static_cast<std::size_t>(count));
  for (index begin = 0; begin < count; begin += kPart) {
    const index part = std::min(kPart, count - begin);
    const ValuesInFile<T> from = values<T>(name, begin, part);
    for (index i = 0; i < part; ++i) all.push_back(from[i]);
  }
  return all;
}

template ValuesInFile<float> SafetensorsReader::values<float>(const std::string&, index,
                                                              index) const;
template ValuesInFile<double> SafetensorsReader::values<double>(const std::string&, index,
                                                                index) const;
template std::vector<float> SafetensorsReader::read<float>(const std::string&) const;
template std::vector<double> SafetensorsReader::read<double>(const std::string&) const;

}  // namespace nn
