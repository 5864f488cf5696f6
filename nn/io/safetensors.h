// safetensors: an 8-byte little-endian header length, a JSON header, then the raw values
// (huggingface/safetensors, format description in its README). Metadata are strings.
//
// The reader trusts nothing: it checks sizes with overflow-safe arithmetic before it allocates
// memory, tensors must cover the data without holes or overlaps, and the file must end where they
// do. It reads F16, F32 and F64 (IEEE 754 binary16, 32 and 64); the writer writes F16 and F32. The
// writer hands bytes to a sink; the caller decides what the file means and how it gets to the disk.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "nn/core/real.h"
#include "nn/io/mapped_file.h"

namespace nn {

using Metadata = std::map<std::string, std::string>;

/// The type of the values in a file.
enum class Stored { f16, f32, f64 };

/// An array to be written. When its turn comes, `fill` is called with a buffer for its values, so
/// no second copy of a model is needed.
struct ArrayToWrite {
  std::string name;
  std::vector<index> shape;
  std::function<void(float* values)> fill;
  Stored stored = Stored::f32;  ///< or f16: rounded to the nearest, ties to even
};

using ByteSink = std::function<void(const void* bytes, std::size_t count)>;

/// Throws an input error for a value that 16 bits cannot hold: above 65504, or not finite.
void write_safetensors(const ByteSink& sink, const Metadata& metadata,
                       const std::vector<ArrayToWrite>& arrays);

/// A float as the nearest binary16, ties to even, and back.
std::uint16_t to_half(float value);
float from_half(std::uint16_t bits);

/// Values of a tensor in the mapped file, aligned or not.
template <class T>
class ValuesInFile {
 public:
  ValuesInFile(const std::byte* bytes, Stored stored) : bytes_(bytes), stored_(stored) {}
  T operator[](index i) const {
    if (stored_ == Stored::f16) return static_cast<T>(from_half(at<std::uint16_t>(i)));
    return static_cast<T>(stored_ == Stored::f32 ? at<float>(i) : at<double>(i));
  }

 private:
  template <class V>
  V at(index i) const {
    V v;
    std::memcpy(&v, bytes_ + static_cast<std::size_t>(i) * sizeof v, sizeof v);
    return v;
  }
  const std::byte* bytes_;
  Stored stored_;
};

class SafetensorsReader {
 public:
  struct Entry {
    std::vector<index> shape;
    index count = 0;
    Stored stored = Stored::f32;
    std::size_t begin = 0;  ///< bytes from the start of the data
  };

  /// Throws an input error, which names the file, unless the file is complete and valid.
  explicit SafetensorsReader(const std::string& path);
  /// The same for the bytes of a file in memory, which must outlive the reader. `name` is used in
  /// errors.
  SafetensorsReader(std::string name, std::span<const std::byte> bytes);

  /// The file's name, as it was given.
  const std::string& path() const { return path_; }
  /// The header as it stands in the file, and the byte at which it begins.
  std::string_view header() const;
  static constexpr std::size_t header_begin() { return sizeof(std::uint64_t); }
  /// Calls f with all bytes of the file, header included, part by part. Throws an input error if
  /// the file was cut short since it was opened.
  void each_part(const std::function<void(std::span<const std::byte>)>& f) const;
  const Metadata& metadata() const { return metadata_; }
  const std::map<std::string, Entry>& entries() const { return entries_; }
  /// The entry; an input error when there is none of that name.
  const Entry& entry(const std::string& name) const;
  /// Values [begin, begin + count) of an entry, checked but not copied; valid until the next call.
  /// Throws an input error for NaN or infinity, and if the file was cut short.
  template <class T>
  ValuesInFile<T> values(const std::string& name, index begin, index count) const;
  /// All values of an entry as a copy; errors as above.
  template <class T>
  std::vector<T> read(const std::string& name) const;

 private:
  void read_header();
  void start_part(const std::string& what) const;

  std::string path_;
  std::unique_ptr<MappedFile> file_;  ///< none for bytes in memory
  std::span<const std::byte> bytes_;
  std::size_t data_start_ = 0;
  Metadata metadata_;
  std::map<std::string, Entry> entries_;
};

}  // namespace nn
