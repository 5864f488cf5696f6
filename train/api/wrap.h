// Voxels of the caller as a data::Volume, and the other way round.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "data/volume/volume.h"
#include "train/api/ct2ct.h"

namespace api {

/// A copy of the caller's voxels. Input error, which names the function and the member, for what
/// ct2ct_wrap() does not accept.
data::Volume volume_of(const ct2ct_volume& given, const std::string& name);

/// What a volume shows of its slices, kept by the object that shows it.
struct SliceLists {
  std::vector<std::uint8_t> synthetic;  ///< empty where all were read
  std::vector<double> positions;        ///< x, y, z slice by slice; empty where the affine says it

  explicit SliceLists(const data::Volume& volume);
};

/// Fills `shown`, as much of it as its struct_size says.
void show(const data::Volume& volume, const SliceLists& lists, ct2ct_volume* shown);

}  // namespace api
