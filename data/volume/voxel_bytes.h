// Reading the stored values of a scan from a file whose header has been understood: counted, with
// the errors that all formats share. A file that is too short is never filled up with zeros.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "data/files/gzip.h"
#include "data/volume/volume.h"

namespace data {

/// Where the voxels of a volume are.
struct VoxelBytes {
  std::size_t offset = 0;  ///< of the file's first volume, from the source's start
  std::size_t width = 1;   ///< of a voxel in the file
  nn::index volume = 0;    ///< which one is read
  nn::index volumes = 1;   ///< how many the file says that it holds
};

/// Reads the voxels of `v`, whose size and type are set; `file` stands `position` bytes after its
/// start. Goes on to the end of the file, so that a checksum there is compared. Input error for a
/// file that is truncated, with the bytes got and expected; job error without memory. Memory is
/// not asked for before it is known that the file can hold so much.
void read_voxels(Volume& v, ByteSource& file, const std::string& path, std::size_t position,
                 const VoxelBytes& where);

/// The volume to read of a file of four dimensions: `wanted`, or -1 for the only one. Input error
/// where the choice must be the user's, or there is no such volume.
nn::index chosen_volume(int wanted, nn::index volumes, const std::string& path);

/// Turns round the bytes of values of `width` bytes.
void swap_values(std::span<std::byte> bytes, std::size_t width);

/// Turns the 64-bit integers in `v.stored` into 32-bit ones, if all of them fit, and says so in a
/// warning. (numpy's default type is often larger than needed.) Input error for larger values.
void shorten_values(Volume& v, bool with_sign);

}  // namespace data
