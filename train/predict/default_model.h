// The model in the box: trained on made-up heads alone by tools/default_model.sh and built into the
// program, so that a scan can be interpolated without any training. models/default/README.md is its
// card.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "nn/io/safetensors.h"

namespace train {

/// The name that stands for it wherever a model file is asked for; a file of that name in the
/// current folder is "./default".
inline constexpr const char* kDefaultModel = "default";

/// The bytes of its model file.
std::span<const std::byte> default_model();

/// Opens a model file, or kDefaultModel. Errors are those of SafetensorsReader.
nn::SafetensorsReader open_model(const std::string& path);

/// Of the whole file, or of kDefaultModel's bytes.
std::string sha256_of_model(const std::string& path);

}  // namespace train
