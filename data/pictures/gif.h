// Animated GIF (GIF89a) of grey frames, for people to look at; by giflib. Nothing is read.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "data/files/output_set.h"
#include "nn/core/real.h"

namespace data {

/// Writes frames of width * height grey levels that loop for ever, each shown for `delay_cs`
/// hundredths of a second. All 256 grey levels are kept. Input error when `path` exists and not
/// `force`, or for no frame, a size above 65535 or a frame of another size.
void write_gif(const std::string& path, const std::vector<std::vector<std::uint8_t>>& frames,
               nn::index width, nn::index height, int delay_cs, bool force);

/// Makes frame i when it is needed, so that only one and the compressed file are in memory.
using GifFrame = std::function<std::vector<std::uint8_t>(nn::index i)>;

/// The same for `count` frames that are made one after another.
void write_gif(OutputSet& outputs, const std::string& path, nn::index count,
               const GifFrame& frame_of, nn::index width, nn::index height, int delay_cs);

}  // namespace data
