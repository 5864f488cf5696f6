// What NRRD and MetaImage files share: a header of text lines, and voxels, raw or deflated, after
// it or in a file of their own. Only for data/meta/.
#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "data/files/output_set.h"
#include "data/volume/volume.h"

namespace data {

// Text.

/// Without blanks at both ends.
std::string_view trimmed(std::string_view text);
std::string lower_case(std::string_view text);
/// Words between blanks.
std::vector<std::string> words_of(std::string_view text);
/// The shortest text that reads back as the same value.
std::string exact_text(double v);
/// Numbers between blanks; none where a word is no number. "nan" is one.
std::optional<std::vector<double>> numbers_of(std::string_view text);

// Headers.

struct HeaderLines {
  std::vector<std::string> lines;  ///< without their ends
  std::size_t bytes = 0;           ///< before what follows them
  bool ended = false;              ///< by a line that is the last one, not by the end of the file
};
/// Reads the lines of a header until `last` is true of one, which is included. Input error for a
/// header of more than 1 MiB.
HeaderLines read_header_lines(const std::string& path,
                              const std::function<bool(const std::string&)>& last);

/// A named value. 64-bit types are stored with 32 bits (data/volume/voxel_bytes.h).
struct ElementType {
  StoredType type = StoredType::int16;
  std::size_t width = 2;     ///< bytes in the file
  bool long_signed = false;  ///< of a 64-bit integer
};

/// Sizes as a header says them, not yet checked against the limits. Input error for a number that
/// is not whole, or not above 0.
std::vector<nn::index> sizes_of(const std::vector<double>& numbers, const std::string& path);

/// Where the voxels are, and how they are stored.
struct VoxelPlace {
  std::string file;         ///< beside the header; empty: in the same file
  std::size_t offset = 0;   ///< of the first stored byte, before decompression
  bool at_end = false;      ///< instead of `offset`: the voxels are the last bytes, not deflated
  std::size_t skipped = 0;  ///< bytes of the decompressed stream before the first voxel
  bool compressed = false;  ///< deflated, by gzip or zlib
  bool big_endian = false;
  nn::index volume = 0;  ///< which one of
  nn::index volumes = 1;
};

/// The path of a file that a header names. A header from a stranger may name any file, so only a
/// name in the header's own folder is accepted: input error for one with a slash or backslash in
/// it, and for a file that is not there.
std::string path_beside(const std::string& header, const std::string& name);

/// Reads the voxels of `v`, whose source, size and type are set.
void read_placed_voxels(Volume& v, const ElementType& element, const VoxelPlace& place);

// Geometry. Both formats give each axis a direction. The header names the axes of its world; mostly
// they are those of DICOM.

/// Of the axes of a world to the right, anterior and superior ones: -1 or 1 each.
using Signs = std::array<double, 3>;
/// Left, posterior, superior: the world of DICOM and ITK.
inline constexpr Signs kLps{-1, -1, 1};

/// Sets the affine from the steps of the axes and the place of voxel (0, 0, 0), in mm.
void set_affine(Volume& v, const std::array<Point, 3>& steps, const Point& origin,
                const Signs& signs);
/// The step of an axis, and of the origin (axis 3), in that world.
Point affine_column(const Volume& v, std::size_t axis, const Signs& signs);

/// Checks an affine and chooses the slice axis, as for NIfTI: data/volume/orientation.h and
/// data/volume/slice_axis.h. Warns where orientation is unknown.
void finish_geometry(Volume& v, int axis);

// Writing.

/// Input error for a scan that a format of one affine cannot hold.
void require_one_affine(const std::string& path, const Volume& v, const std::string& format);

/// The same scan with the values themselves stored, where its values are slope * stored +
/// intercept; none where they are stored already. Integers with whole slope and intercept stay
/// integers, of 16 bits with a sign where all fit, else of 32; others become floating point of 32
/// bits, in which the program computes.
std::optional<Volume> without_scaling(const Volume& v);

/// The volume's voxels deflated, as one piece; job error without memory.
std::string deflated(const Volume& v, bool gzip);

}  // namespace data
