// A surface of triangles with shared vertices, and what can be said of it.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

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

}  // namespace data::surface
