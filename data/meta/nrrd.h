// NRRD files, "nearly raw raster data" (Gordon Kindlmann, "Definition of NRRD File Format", part of
// Teem): .nrrd, and .nhdr headers whose voxels are in a file of their own. Read and written with
// the encodings raw and gzip. Refused with a clear text: other encodings, voxels in several files,
// colour, more than one axis that is not of space, quantised values.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "data/files/output_set.h"
#include "data/volume/volume.h"

namespace data {

struct NrrdOptions {
  int axis = -1;    ///< slice axis 0..2, or -1 for the default: data/volume/slice_axis.h
  int volume = -1;  ///< which volume of four dimensions, from 0; -1: there must be one alone
};

/// True for the first bytes of an NRRD file: "NRRD000" and a digit.
bool looks_like_nrrd(std::span<const std::byte> head);

/// Reads a scan in its own datatype and axis order; stored values are HU. The affine comes from
/// `space`, `space directions` and `space origin`; without a space of the patient, orientation is
/// unknown, and steps come from `space directions` or `spacings`. Lengths are mm unless `space
/// units` or `units` say otherwise. Input error for what is refused, damaged, truncated or too
/// large, and for four dimensions without a choice.
Volume read_nrrd(const std::string& path, const NrrdOptions& options = {});

/// How many volumes the header says that the file holds. Reads the header alone.
nn::index nrrd_volumes(const std::string& path);

/// Writes `path`: .nrrd, or .nhdr with the voxels beside it in a .raw.gz file of the same name;
/// NRRD0004, encoding gzip, in the volume's own datatype. Geometry is written as left-posterior-
/// superior, the world of DICOM and ITK, or without a named space where orientation is unknown.
/// Values with a slope or an intercept, which NRRD cannot say, are written as HU:
/// without_scaling() in data/meta/text_header.h. A scan with slices that were made says so in
/// `content` and in the key `ct2ct` (data/volume/mark.h). It fails as write_nifti() does.
void write_nrrd(OutputSet& outputs, const std::string& path, const Volume& volume,
                const Provenance& provenance);

/// The input errors of write_nrrd() that the scan itself causes.
void check_nrrd(const std::string& path, const Volume& volume);

/// The name of the file with the voxels of "a.nhdr": "a.raw.gz"; empty for .nrrd.
std::string nrrd_voxel_file(const std::string& path);

}  // namespace data
