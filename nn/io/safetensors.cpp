#include "nn/io/safetensors.h"

#include <algorithm>
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

[[noreturn]] void refuse(const std::string& path, const std::string& got,
                         const std::string& expected = "a sound safetensors file") {
  throw Error(Fault::input, path, got, expected);
}

/// Whole numbers of 0 or more: the JSON library would round 4.9 to 4 in silence.
template <class T>
std::vector<T> whole_numbers(const nlohmann::json& j, const std::string& path,
                             const std::string& name) {
  const bool whole = j.is_array() && std::all_of(j.begin(), j.end(), [](const auto& v) {
                       return v.is_number_unsigned();
                     });
  if (!whole) refuse(path, name + " with sizes or offsets that are not whole numbers");
  return j.get<std::vector<T>>();
}

/// Product of sizes, or -1 when it leaves the sane range.
index checked_count(const std::vector<index>& shape) {
  index count = 1;
  for (const index size : shape) {
    if (size < 0 || (size > 0 && count > kMaxCount / size)) return -1;
    count *= size;
  }
  return count;
}

}  // namespace

void write_safetensors(const ByteSink& sink, const Metadata& metadata,
                       const std::vector<ArrayToWrite>& arrays) {
  nlohmann::ordered_json header;
  header["__metadata__"] = metadata;
  std::size_t offset = 0;
  index largest = 0;
  for (const ArrayToWrite& a : arrays) {
    const index count = checked_count(a.shape);
    const std::size_t bytes = static_cast<std::size_t>(count) * sizeof(float);
    header[a.name] = {
        {"dtype", "F32"}, {"shape", a.shape}, {"data_offsets", {offset, offset + bytes}}};
    offset += bytes;
    largest = std::max(largest, count);
  }
  std::string text = header.dump();
  text.resize((text.size() + 7) / 8 * 8, ' ');  // data start aligned, as the format asks
  const std::uint64_t length = text.size();
  sink(&length, sizeof length);
  sink(text.data(), text.size());
  std::vector<float> buffer(static_cast<std::size_t>(largest));
  for (const ArrayToWrite& a : arrays) {
    a.fill(buffer.data());
    sink(buffer.data(), static_cast<std::size_t>(checked_count(a.shape)) * sizeof(float));
  }
}

SafetensorsReader::SafetensorsReader(const std::string& path)
    : path_(path), file_(path, std::ios::binary | std::ios::ate) {
  if (!file_) refuse(path, "cannot be opened", "a readable file");
  const std::streamoff end = file_.tellg();
  const auto size = static_cast<std::size_t>(end < 0 ? 0 : end);
  std::uint64_t length = 0;
  file_.seekg(0);
  if (size < sizeof length || !file_.read(reinterpret_cast<char*>(&length), sizeof length)) {
    refuse(path, std::to_string(size) + " bytes");
  }
  if (length > kMaxHeader || length > size - sizeof length) {
    refuse(path,
           "a header of " + std::to_string(length) + " bytes in a file of " + std::to_string(size));
  }
  std::string text(static_cast<std::size_t>(length), '\0');
  file_.read(text.data(), static_cast<std::streamsize>(text.size()));
  data_start_ = sizeof length + text.size();
  const std::size_t data_bytes = size - data_start_;

  const auto header = nlohmann::json::parse(text, nullptr, false);
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
      if (dtype != "F32" && dtype != "F64") {
        refuse(path, std::string(name).append(" of type ").append(dtype), "F32 or F64");
      }
      e.is_double = dtype == "F64";
      e.shape = whole_numbers<index>(value.at("shape"), path, name);
      e.count = checked_count(e.shape);
      if (e.count < 0) refuse(path, name + " of an impossible shape");
      const auto offsets = whole_numbers<std::size_t>(value.at("data_offsets"), path, name);
      const std::size_t bytes = static_cast<std::size_t>(e.count) * (e.is_double ? 8 : 4);
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

const SafetensorsReader::Entry& SafetensorsReader::entry(const std::string& name) const {
  const auto found = entries_.find(name);
  if (found == entries_.end()) {
    refuse(path_, "no tensor '" + name + "'",
           "a file with this tensor; is it of another architecture?");
  }
  return found->second;
}

template <class T>
std::vector<T> SafetensorsReader::read(const std::string& name) {
  const Entry& e = entry(name);
  const auto count = static_cast<std::size_t>(e.count);
  std::vector<T> values(count);
  file_.clear();
  file_.seekg(static_cast<std::streamoff>(data_start_ + e.begin));
  const auto read_as = [&](auto* into) {
    file_.read(reinterpret_cast<char*>(into), static_cast<std::streamsize>(count * sizeof(*into)));
    if (!file_) refuse(path_, name + " cannot be read to its end");
  };
  if (e.is_double == (sizeof(T) == sizeof(double))) {
    read_as(values.data());
  } else if (e.is_double) {
    std::vector<double> raw(count);
    read_as(raw.data());
    std::transform(raw.begin(), raw.end(), values.begin(),
                   [](double v) { return static_cast<T>(v); });
  } else {
    std::vector<float> raw(count);
    read_as(raw.data());
    std::transform(raw.begin(), raw.end(), values.begin(),
                   [](float v) { return static_cast<T>(v); });
  }
  if (!std::all_of(values.begin(), values.end(), [](T v) { return std::isfinite(v); })) {
    refuse(path_, name + " holds NaN or infinity", "finite weights");
  }
  return values;
}

template std::vector<float> SafetensorsReader::read<float>(const std::string&);
template std::vector<double> SafetensorsReader::read<double>(const std::string&);

}  // namespace nn
