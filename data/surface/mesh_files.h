// Surfaces as files for viewers and printers: binary STL (each triangle with its own corners) and
// binary little-endian PLY (shared vertices). Both hold mm, x to the patient's right, y to the
// front, z to the head, and say so with the mark that 3D Slicer looks for, "SPACE=RAS". Not read.
#pragma once

#include <string>

#include "data/files/output_set.h"
#include "data/surface/mesh.h"

namespace data::surface {

/// Writes `path`, which must end in .stl or .ply. `what` is one line about the surface; in STL it
/// is cut to what the header of 80 bytes has room for. Input error for another ending, for a path
/// that exists and not `force`; job error when the disk is full.
void write_mesh(OutputSet& outputs, const std::string& path, const Mesh& mesh,
                const std::string& what);
/// The same alone.
void write_mesh(const std::string& path, const Mesh& mesh, const std::string& what, bool force);

/// Input error unless the path ends in .stl or .ply.
void require_mesh_name(const std::string& path);

}  // namespace data::surface
