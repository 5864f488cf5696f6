// A surface of triangles with shared vertices, and what can be said of it.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "data/files/output_set.h"
#include "data/volume/volume.h"
#include "nn/core/real.h"

namespace data::surface {

struct Mesh {
  std::vector<std::array<float, 3>> points;  ///< mm
  /// Anticlockwise seen from outside.
  std::vector<std::array<std::uint32_t, 3>> triangles;
};

/// Largest surface that is made: 12 bytes a triangle, and as many for half as many points.
inline constexpr nn::index kMostTriangles = 200'000'000;

struct Measures {
  nn::index points = 0, triangles = 0, edges = 0;
  nn::index components = 0;  ///< pieces that share no vertex
  nn::index open_edges = 0;  ///< not shared by exactly two triangles in opposite directions
  nn::index euler = 0;       ///< points - edges + triangles; 2 for a sphere, 0 for a torus
  double volume_mm3 = 0;     ///< by the divergence theorem; only of meaning when watertight
  double area_mm2 = 0;

  bool watertight() const { return triangles > 0 && open_edges == 0; }
};

Measures measure(const Mesh& mesh);

/// The connected piece with the largest area. Of equal ones the first.
Mesh largest_component(const Mesh& mesh);

// The surface where a scan has one value, in mm of the patient: cube_cases.h, slice by slice.
// Memory beyond the scan: two slices and the surface.

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

// Surfaces as files for viewers and printers: binary STL (each triangle with its own corners and
// its normal), binary little-endian PLY and OBJ, which is text (both with shared vertices and their
// normals). All hold mm, x to the patient's right, y to the front, z to the head, and say so with
// the mark that 3D Slicer looks for, "SPACE=RAS". Not read.

/// Of each point: the normals of its triangles, weighted by their areas, as one of length 1 that
/// points outwards; zero where they cancel.
std::vector<std::array<float, 3>> point_normals(const Mesh& mesh);

/// Writes `path`, which must end in .stl, .ply or .obj, and returns the number of bytes. `what` is
/// one line about the surface; in STL it is cut to what the header of 80 bytes has room for. Input
/// error for another ending, for a path that exists and not `force`; job error when the disk is
/// full.
std::uint64_t write_mesh(OutputSet& outputs, const std::string& path, const Mesh& mesh,
                         const std::string& what);
/// The same alone.
void write_mesh(const std::string& path, const Mesh& mesh, const std::string& what, bool force);

/// Input error unless the path ends in .stl, .ply or .obj.
void require_mesh_name(const std::string& path);

}  // namespace data::surface
