// The seal of a tensor file: its metadata hold, as "sha256", the SHA-256 of all bytes of the file,
// computed with the entry's own 64 digits as '0'. So header, padding, metadata and values are all
// covered, and a file of which one bit has changed is refused. It shows damage and careless edits,
// not malice: whoever writes a file can compute its seal (docs/audit/model-format.md).
#pragma once

#include <string>
#include <vector>

#include "nn/io/safetensors.h"

namespace train {

/// Writes a sealed safetensors file under a temporary name and renames it. `arrays` are read twice.
void write_tensor_file(const std::string& path, nn::Metadata metadata,
                       const std::vector<nn::ArrayToWrite>& arrays, bool force);

/// The bytes of that file, for tests and fuzzing.
std::string sealed_bytes(nn::Metadata metadata, const std::vector<nn::ArrayToWrite>& arrays);

struct Seal {
  std::string sha256;  ///< of the whole file, as sha256sum prints it
  bool sealed = true;  ///< false for a file of the older format, which has no seal
};

/// Reads the file once. `kind` is what its metadata `format` begins with, "ct2ct model" for
/// instance: version 2 is sealed, version 1 is from before there were seals. Throws an input error
/// for another format and for a seal that is missing, malformed or not that of the bytes.
Seal checked_seal(const nn::SafetensorsReader& file, const std::string& kind,
                  const std::string& hint);

/// What to say of a file without a seal.
std::string unsealed_warning(const nn::SafetensorsReader& file, const std::string& advice);

}  // namespace train
