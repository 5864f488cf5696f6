// safetensors: an 8-byte little-endian header length, a JSON header, then the raw values
// (huggingface/safetensors, format description in its README). Metadata are strings.
//
// The reader trusts nothing: sizes are checked with overflow-safe arithmetic before memory is asked
// for, tensors must cover the data without holes or overlaps, and the file must end where they do.
// Types: F16, F32 and F64 (IEEE 754 binary16, 32 and 64). The writer writes F16 and F32; what the
// file is and how it gets to the disk is the caller's business.
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

/// How values lie in a file.
enum class Stored { f16, f32, f64 };

/// An array to be written: `fill` is called with a buffer for its values when its turn comes, so
/// that no second copy of a model has to exist.
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

/// The 16 bits nearest to a value, ties to even, and their value.
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

  /// Throws an input error that names the file for anything that is not a whole, sound file.
  explicit SafetensorsReader(const std::string& path);
  /// The same for a file in memory, which must outlive the reader; `name` is for errors.
  SafetensorsReader(std::string name, std::span<const std::byte> bytes);

  /// The file's name, as it was given.
  const std::string& path() const { return path_; }
  /// The header as it stands in the file, and the byte at which it begins.
  std::string_view header() const;
  static constexpr std::size_t header_begin() { return sizeof(std::uint64_t); }
  /// Calls f with all bytes of the file, header included, part by part. Throws an input error when
  /// the file has become shorter.
  void each_part(const std::function<void(std::span<const std::byte>)>& f) const;
  const Metadata& metadata() const { return metadata_; }
  const std::map<std::string, Entry>& entries() const { return entries_; }
  /// The entry; an input error when there is none of that name.
  const Entry& entry(const std::string& name) const;
  /// Values [begin, begin + count) of an entry, checked but not copied, until the next call. Throws
  /// an input error for NaN or infinity, and when the file has become shorter.
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
