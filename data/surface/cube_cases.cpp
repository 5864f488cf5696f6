#include "data/surface/cube_cases.h"

#include <algorithm>

namespace data::surface {
namespace {

using Loop = std::vector<std::uint8_t>;

bool is_inside(unsigned inside, int corner) {
  return ((inside >> static_cast<unsigned>(corner)) & 1U) != 0;
}

int edge_between(int a, int b) {
  for (int e = 0; e < kEdges; ++e) {
    const std::array<int, 2> ends = corners_of_edge(e);
    if ((ends[0] == a && ends[1] == b) || (ends[0] == b && ends[1] == a)) return e;
  }
  return -1;
}

/// next[e]: the edge that the surface's border goes to from e across a face. Seen from outside of
/// the cube the inside corners lie on the right of the way, so triangles turn anticlockwise around
/// their outer normal.
std::array<int, kEdges> borders(unsigned inside, unsigned joined) {
  std::array<int, kEdges> next{};
  next.fill(-1);
  for (int face = 0; face < kFaces; ++face) {
    const std::array<int, 4> corners = corners_of_face(face);
    const bool across = ambiguous(inside, face) && ((joined >> static_cast<unsigned>(face)) & 1U);
    // Side i of the face runs from corner i to i + 1. Going round, inside begins on one side and
    // ends on a later one.
    for (int i = 0; i < 4; ++i) {
      const auto corner = [&](int k) { return corners[static_cast<std::size_t>(k & 3)]; };
      const auto in = [&](int k) { return is_inside(inside, corner(k)); };
      if (in(i) || !in(i + 1)) continue;  // not a side where inside begins
      int end = i + 1;
      while (in(end + 1)) ++end;
      const int begins = edge_between(corner(i), corner(i + 1));
      const int ends = edge_between(corner(end), corner(end + 1));
      if (!across) {
        next[static_cast<std::size_t>(begins)] = ends;
      } else {
        // Both inside corners are one piece: the border cuts off the outside corner before.
        const int before = edge_between(corner(i - 1), corner(i));
        next[static_cast<std::size_t>(begins)] = before;
      }
    }
  }
  return next;
}

std::vector<Loop> loops_of(unsigned inside, unsigned joined) {
  const std::array<int, kEdges> next = borders(inside, joined);
  std::array<bool, kEdges> seen{};
  std::vector<Loop> loops;
  for (int e = 0; e < kEdges; ++e) {
    Loop loop;
    for (int at = e; at >= 0 && !seen[static_cast<std::size_t>(at)];
         at = next[static_cast<std::size_t>(at)]) {
      seen[static_cast<std::size_t>(at)] = next[static_cast<std::size_t>(at)] >= 0;
      if (seen[static_cast<std::size_t>(at)]) loop.push_back(static_cast<std::uint8_t>(at));
    }
    if (!loop.empty()) loops.push_back(loop);
  }
  return loops;
}

bool share_a_face(int a, int b) {
  for (int face = 0; face < kFaces; ++face) {
    const std::array<int, 4> corners = corners_of_face(face);
    const auto holds = [&](int edge) {
      const std::array<int, 2> ends = corners_of_edge(edge);
      return std::count(corners.begin(), corners.end(), ends[0]) == 1 &&
             std::count(corners.begin(), corners.end(), ends[1]) == 1;
    };
    if (holds(a) && holds(b)) return true;
  }
  return false;
}

/// The loop as a fan around one of its points, if the new edges leave the faces alone.
bool fan(const Loop& loop, std::vector<std::array<std::uint8_t, 3>>& triangles) {
  const std::size_t n = loop.size();
  for (std::size_t tip = 0; tip < n; ++tip) {
    const auto at = [&](std::size_t i) { return loop[(tip + i) % n]; };
    bool free = true;
    for (std::size_t i = 2; i + 1 < n; ++i) free = free && !share_a_face(at(0), at(i));
    if (!free) continue;
    for (std::size_t i = 1; i + 1 < n; ++i) triangles.push_back({at(0), at(i), at(i + 1)});
    return true;
  }
  return false;
}

}  // namespace

std::array<int, 2> corners_of_edge(int edge) {
  const int axis = edge / 4;
  const int low_axis = axis == 0 ? 1 : 0;
  const int high_axis = axis == 2 ? 1 : 2;
  const int first = ((edge & 1) << low_axis) | (((edge >> 1) & 1) << high_axis);
  return {first, first | (1 << axis)};
}

std::array<int, 4> corners_of_face(int face) {
  const int axis = face / 2;
  const bool high = (face & 1) != 0;
  const int u = 1 << ((axis + 1) % 3);
  const int v = 1 << ((axis + 2) % 3);
  const int base = high ? 1 << axis : 0;
  // u, v, axis are right-handed: anticlockwise from the high side, clockwise from the low one.
  if (high) return {base, base | u, base | u | v, base | v};
  return {base, base | v, base | u | v, base | u};
}

bool ambiguous(unsigned inside, int face) {
  const std::array<int, 4> c = corners_of_face(face);
  const bool first = is_inside(inside, c[0]);
  return first == is_inside(inside, c[2]) && first != is_inside(inside, c[1]) &&
         first != is_inside(inside, c[3]);
}

bool joins_inside(const std::array<double, 4>& v) {
  // The bilinear surface's saddle has the value (v0 v2 - v1 v3) / (v0 + v2 - v1 - v3).
  const double a = v[0] * v[2];
  const double b = v[1] * v[3];
  return v[0] >= 0 ? a > b : b > a;
}

CubeCase make_case(unsigned inside, unsigned joined) {
  CubeCase out;
  for (const Loop& loop : loops_of(inside, joined)) {
    if (fan(loop, out.triangles)) continue;
    const auto middle = static_cast<std::uint8_t>(kEdges + out.middles.size());
    for (std::size_t i = 0; i < loop.size(); ++i) {
      out.triangles.push_back({middle, loop[i], loop[(i + 1) % loop.size()]});
    }
    out.middles.push_back(loop);
  }
  return out;
}

}  // namespace data::surface
