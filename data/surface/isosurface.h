// The surface where a scan has one value, in mm of the patient: cube_cases.h, slice by slice.
// Memory beyond the scan: two slices and the surface.
#pragma once

#include <functional>

#include "data/surface/mesh.h"
#include "data/volume/volume.h"

namespace data::surface {

struct SurfaceOptions {
  double level = 300;  ///< HU or grey levels; what reaches it is inside
  /// Air around the scan: what reaches its border is cut off flat, half a voxel beyond the outer
  /// centres. Otherwise the surface is open there.
  bool closed = true;
  std::function<void(nn::index slices)> done = {};  ///< told after each slice
};

/// Vertices are linear between voxel centres, kept at least 1/256 of an edge away from them so that
/// none coincide; values are clamped to [-1024, 3071] HU, padding is air. Places come from
/// Placement, and triangles turn anticlockwise seen from outside whatever way the affine turns.
/// Nothing is smoothed. Input error for a level that no clamped value lies on both sides of, and
/// above kMostTriangles. A scan that nowhere reaches the level gives no triangles.
Mesh isosurface(const Volume& volume, const SurfaceOptions& options);

}  // namespace data::surface
