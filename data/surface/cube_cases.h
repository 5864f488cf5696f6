// Marching cubes (Lorensen and Cline, SIGGRAPH 1987) without cracks: how the surface runs through
// one cube of eight voxels. The cases are made by a rule instead of copied from a table:
//
//   1. On each of the six faces, edges whose ends lie on different sides are joined in pairs. Four
//      such edges are ambiguous; the asymptotic decider (Nielson and Hamann, Visualization 1991)
//      says which pairs. It looks at nothing but the face's four values, so both cubes that share
//      the face join alike.
//   2. The joins close into loops, each a curve around a piece of surface.
//   3. A loop becomes triangles whose new edges all run through the inside of the cube (with a
//      point in the middle where nothing else does), so that no two cubes can make the same one.
//
// So each edge of the surface is shared by exactly two triangles, in opposite directions, wherever
// the surface does not leave the scan. What is not decided is whether two loops of one cube are
// joined by a tunnel: they never are.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace data::surface {

/// Corner c lies at (c & 1, c >> 1 & 1, c >> 2 & 1) of columns, rows and slices. Edge e runs along
/// axis e / 4; the bits of e % 4 are its place along the other two axes, lower axis first.
inline constexpr int kCorners = 8;
inline constexpr int kEdges = 12;
inline constexpr int kFaces = 6;

/// Both corners of an edge, the lower first.
std::array<int, 2> corners_of_edge(int edge);
/// Corners of a face in order around it, anticlockwise from outside of the cube in a right-handed
/// system.
std::array<int, 4> corners_of_face(int face);

/// A vertex of a triangle: an edge of the cube, or kEdges + i for the middle of loop i.
struct CubeCase {
  std::vector<std::array<std::uint8_t, 3>> triangles;
  std::vector<std::vector<std::uint8_t>> middles;  ///< the edges of each loop that has a middle
};

/// Bit c of `inside`: the value at corner c reaches the level. Bit f of `joined`: on face f, if
/// ambiguous, the two inside corners are connected. Triangles are anticlockwise from outside.
CubeCase make_case(unsigned inside, unsigned joined);

/// True when the inside corners of a face are two that lie across.
bool ambiguous(unsigned inside, int face);

/// The asymptotic decider: value minus level at the corners of a face in order around it, of which
/// the first and third or the second and fourth are inside. True when the inside ones are joined.
bool joins_inside(const std::array<double, 4>& values);

}  // namespace data::surface
