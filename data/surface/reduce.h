// Fewer triangles for the same surface, and how far it has moved.
//
// Edges are collapsed, the one that moves the surface least first: the error of a point is the sum
// of its squared distances to the planes of the triangles that it stands for, weighted by their
// areas (Garland and Heckbert, Surface simplification using quadric error metrics, SIGGRAPH 1997).
// An edge is collapsed only where the surface stays what it is
// (docs/decisions/0011-mesh-reduction.md):
// - both ends have no common neighbours but the two corners opposite the edge (the link condition;
//   Dey, Edelsbrunner, Guha and Nekhayev, Topology preserving edge contraction, 1999). So what is
//   closed stays closed, and neither holes nor pieces come or go;
// - no triangle around it turns over or loses its area;
// - neither end lies on an open edge.
#pragma once

#include <functional>

#include "data/surface/mesh.h"

namespace data::surface {

/// Called now and then with the number of triangles that are left.
using ReduceWatch = std::function<void(nn::index triangles)>;

/// At most `target` triangles, or as few as can be had. A mesh that has no more is returned as it
/// is. Points are new ones; triangles keep their order. The same mesh gives the same bits.
Mesh reduced(const Mesh& mesh, nn::index target, const ReduceWatch& watch = {});

/// How far two surfaces are from each other, in mm.
struct Distances {
  double largest = 0;
  double mean = 0;
};

/// From the points and the centres of the triangles of either mesh to the nearest place of the
/// other's triangles. Both must have triangles. Does not depend on the number of threads.
Distances distances_between(const Mesh& a, const Mesh& b);

}  // namespace data::surface
