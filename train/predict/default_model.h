// The model in the box. tools/default_model.sh trained it on made-up heads alone. It is built into
// the program, so that a scan can be interpolated without training. Its card is
// models/default/README.md.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "nn/io/safetensors.h"

namespace train {

/// This name means the model in the box wherever a model file can be given. A file of that name in
/// the current folder is "./default".
inline constexpr const char* kDefaultModel = "default";

/// The bytes of its model file.
std::span<const std::byte> default_model();

/// Opens a model file, or kDefaultModel. Errors are those of SafetensorsReader.
nn::SafetensorsReader open_model(const std::string& path);

/// SHA-256 of the whole file, or of the bytes of kDefaultModel.
std::string sha256_of_model(const std::string& path);

}  // namespace train
