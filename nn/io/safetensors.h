// safetensors: an 8-byte little-endian header length, a JSON header, then the raw values
// (huggingface/safetensors, format description in its README). Metadata are strings.
//
// The reader trusts nothing: sizes are checked with overflow-safe arithmetic before memory is asked
// for, tensors must cover the data without holes or overlaps, and the file must end where they do.
// Types: F32 and F64. The writer writes F32; what the file is and how it gets to the disk is the
// caller's business.
#pragma once

#include <cstddef>
#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "nn/core/real.h"
#include "nn/io/mapped_file.h"

namespace nn {

using Metadata = std::map<std::string, std::string>;

/// An array to be written: `fill` is called with a buffer for its values when its turn comes, so
/// that no second copy of a model has to exist.
struct ArrayToWrite {
  std::string name;
  std::vector<index> shape;
  std::function<void(float* values)> fill;
};

using ByteSink = std::function<void(const void* bytes, std::size_t count)>;

void write_safetensors(const ByteSink& sink, const Metadata& metadata,
                       const std::vector<ArrayToWrite>& arrays);

/// Values of a tensor in the mapped file, F32 or F64, aligned or not.
template <class T>
class ValuesInFile {
 public:
  ValuesInFile(const std::byte* bytes, bool is_double) : bytes_(bytes), is_double_(is_double) {}
  T operator[](index i) const { return is_double_ ? at<double>(i) : at<float>(i); }

 private:
  template <class Stored>
  T at(index i) const {
    Stored v;
    std::memcpy(&v, bytes_ + static_cast<std::size_t>(i) * sizeof v, sizeof v);
    return static_cast<T>(v);
  }
  const std::byte* bytes_;
  bool is_double_;
};

class SafetensorsReader {
 public:
  struct Entry {
    std::vector<index> shape;
    index count = 0;
    bool is_double = false;
    std::size_t begin = 0;  ///< bytes from the start of the data
  };

  /// Throws an input error that names the file for anything that is not a whole, sound file.
  explicit SafetensorsReader(const std::string& path);

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
  std::string path_;
  std::unique_ptr<MappedFile> file_;
  std::size_t data_start_ = 0;
  Metadata metadata_;
  std::map<std::string, Entry> entries_;
};

}  // namespace nn
