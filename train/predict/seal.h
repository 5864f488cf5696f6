// The seal of a tensor file: the entry "sha256" of its metadata. It is the SHA-256 of all bytes of
// the file, with the entry's own 64 digits taken as '0'. So it covers header, padding, metadata and
// values, and a file with one changed bit is refused. It shows damage and careless edits, not
// malice: whoever writes a file can compute its seal (docs/audit/model-format.md).
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

/// Checks the seal; reads the file once. Its metadata `format` must be `kind` and a version, for
/// instance "ct2ct model 2". Version 2 has a seal, version 1 has none. Input error for another
/// format, and for a seal that is missing, malformed or wrong.
Seal checked_seal(const nn::SafetensorsReader& file, const std::string& kind,
                  const std::string& hint);

/// The warning for a file without a seal.
std::string unsealed_warning(const nn::SafetensorsReader& file, const std::string& advice);

}  // namespace train
