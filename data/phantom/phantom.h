// The embedded phantom: a made-up head in HU from formulas, so that the program can be tried, and
// its tests and demo run, without anybody's scan. It is no model of any patient and of no
// diagnostic meaning; a network trained on it alone is not meant for real scans.
//
// Every seed gives another head: size, shape, tilt, skull thickness, cavities, vessels, texture.
#pragma once

#include <cstdint>
#include <string>

#include "data/volume/volume.h"

namespace data {

struct PhantomOptions {
  nn::index slices = 96;  ///< 2..1024, over 168 mm: the default gives 1.75 mm
  nn::index size = 128;   ///< 16..1024 rows and columns over 220 mm
  std::uint64_t seed = 7;
  double noise = 5;  ///< standard deviation in HU of the Gaussian noise of every voxel
};

/// int16 HU, axes x (towards the patient's left), y (towards the back), z (towards the top of the
/// head). A voxel is the mean over its own volume (partial volume along z and in the plane), plus
/// noise. The same options give the same bits on any number of threads. Input error for sizes out
/// of range.
Volume make_phantom(const PhantomOptions& options = {});

/// Reads "SEED", "SEED:SLICES", "SEED:SLICES:SIZE" or "SEED:SLICES:SIZE:NOISE", whole numbers; what
/// is missing keeps its default.
PhantomOptions parse_phantom(const std::string& text);

}  // namespace data
