// MetaImage files, the images of MetaIO (Kitware, "ITK/MetaIO/Documentation"), as ITK, 3D Slicer
// and elastix write them: .mha with the voxels after the header, and .mhd with them in a file of
// their own, raw or deflated. Read and written. Refused with a clear text: text voxels, voxels in
// several files, several values per voxel.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "data/files/output_set.h"
#include "data/volume/volume.h"

namespace data {

struct MetaImageOptions {
  int axis = -1;    ///< slice axis 0..2, or -1 for the default: data/volume/slice_axis.h
  int volume = -1;  ///< which volume of four dimensions, from 0; -1: there must be one alone
};

/// True for text that begins with an entry with which MetaImage headers begin.
bool looks_like_metaimage(std::span<const std::byte> head);

/// Reads a scan in its own datatype and axis order; stored values are HU. Steps come from
/// ElementSpacing (or ElementSize), directions from TransformMatrix (or Rotation, Orientation), one
/// row for each axis, the origin from Offset (or Position, Origin), all in DICOM's world, as ITK
/// reads them. Without a matrix, AnatomicalOrientation says where the axes begin; without both,
/// orientation is unknown. Where the two disagree the matrix is right, with a warning. Lengths are
/// mm unless DistanceUnits says otherwise. Input error for what is refused, damaged, truncated or
/// too large, and for four dimensions without a choice.
Volume read_metaimage(const std::string& path, const MetaImageOptions& options = {});

/// How many volumes the header says that the file holds. Reads the header alone.
nn::index metaimage_volumes(const std::string& path);

/// Writes `path`: .mha, or .mhd with the voxels beside it in a .zraw file of the same name;
/// compressed, in the volume's own datatype. Values with a slope or an intercept, which other
/// readers would overlook, are written as HU: without_scaling() in data/meta/text_header.h. A scan
/// with slices that were made says so in `Comment` (data/volume/mark.h). Errors are those of
/// write_nifti().
void write_metaimage(OutputSet& outputs, const std::string& path, const Volume& volume,
                     const Provenance& provenance);

/// The input errors of write_metaimage() that the scan itself causes.
void check_metaimage(const std::string& path, const Volume& volume);

/// The name of the file with the voxels of "a.mhd": "a.zraw"; empty for .mha.
std::string metaimage_voxel_file(const std::string& path);

/// Where the axes of a scan begin, in DICOM's world: "RAI" for axes to the left, back and head.
std::string anatomical_orientation(const Volume& v);

}  // namespace data
