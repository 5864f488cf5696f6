#include <nifti1.h>
#include <nifti1_io.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>
#include <optional>

#include "data/files/gzip.h"
#include "data/nifti/nifti.h"
#include "data/nifti/nifti_header.h"
#include "data/volume/slice_axis.h"
#include "nn/core/error.h"

namespace data {
namespace {

using nn::Error;
using nn::Fault;
using nn::index;

/// 64-bit integers become 32-bit ones while they are read.
bool is_long(const nifti_1_header& h) { return h.datatype == DT_INT64 || h.datatype == DT_UINT64; }

StoredType type_of(const nifti_1_header& h, const std::string& path) {
  if (is_long(h)) return StoredType::int32;
  switch (h.datatype) {
    case DT_UINT8:
      return StoredType::uint8;
    case DT_INT8:
      return StoredType::int8;
    case DT_UINT16:
      return StoredType::uint16;
    case DT_INT16:
      return StoredType::int16;
    case DT_UINT32:
      return StoredType::uint32;
    case DT_INT32:
      return StoredType::int32;
    case DT_FLOAT32:
      return StoredType::float32;
    case DT_FLOAT64:
      return StoredType::float64;
    default:
      break;
  }
  const bool colour = h.datatype == DT_RGB24 || h.datatype == DT_RGBA32;
  throw Error(Fault::input, path,
              colour ? std::string("colour voxels")
                     : "voxels of type " + std::string(nifti_datatype_string(h.datatype)) + " (" +
                           std::to_string(h.datatype) + ")",
              "integers, or floating point of 32 or 64 bits",
              colour ? "a CT scan has one value per voxel" : "convert it to INT16 or FLOAT32");
}

std::string short_number(double v) {
  char text[32];
  std::snprintf(text, sizeof(text), "%.4g", v);
  return text;
}

/// Bytes before the first voxel, counted from the start of the file that holds them.
std::size_t voxel_offset(const NiftiFileHeader& h, const std::string& path) {
  if (h.voxel_offset == 0) return h.pair ? 0 : h.bytes + 4;
  const auto least = static_cast<double>(h.pair ? 0 : h.bytes);
  nn::require(h.voxel_offset >= least && h.voxel_offset <= 1e9, path,
              "voxels that start at byte " + short_number(h.voxel_offset),
              h.pair ? "0 to 1e9" : std::to_string(h.bytes + 4) + " to 1e9",
              "the header is damaged");
  return static_cast<std::size_t>(h.voxel_offset);
}

void swap_values(std::vector<std::byte>& bytes, std::size_t width) {
  for (std::size_t i = 0; width > 1 && i + width <= bytes.size(); i += width) {
    const auto first = bytes.begin() + static_cast<std::ptrdiff_t>(i);
    std::reverse(first, first + static_cast<std::ptrdiff_t>(width));
  }
}

/// Where the voxels of a volume are.
struct VoxelBytes {
  std::size_t offset = 0;  ///< of the file's first volume, from the file's start
  std::size_t width = 1;   ///< of a voxel
  index volume = 0;        ///< which one is read
  index volumes = 1;       ///< how many the file says that it holds
};

/// Reads the voxels; `file` stands `position` bytes after its start. libniftiio would fill what is
/// missing with zeros, so the bytes are read and counted here.
void read_voxels(Volume& v, GzipReader& file, const std::string& path, std::size_t position,
                 const VoxelBytes& where) {
  const std::size_t expected = checked_bytes(v.dims, v.type, path) / bytes_of(v.type) * where.width;
  // At most 8 * 4e9 bytes in each of 2^31 volumes: far from overflow.
  const std::size_t offset = where.offset + static_cast<std::size_t>(where.volume) * expected;
  const auto refuse = [&](std::size_t got) {
    throw Error(Fault::input, path, std::to_string(got) + " bytes of voxels",
                std::to_string(expected), "the file is truncated: copy or download it again");
  };
  const std::size_t most = file.most_bytes();
  if (most < offset || most - offset < expected) {
    // Too little for any content: said before memory is asked for, which a damaged header may
    // want by the gigabyte. The exact number still comes from reading.
    file.skip(offset - position);
    refuse(file.skip(expected));
  }
  try {
    v.stored.resize(expected);
  } catch (const std::exception&) {
    throw Error(Fault::job, path, "no memory for " + std::to_string(expected >> 20) + " MiB", "");
  }
  if (file.skip(offset - position) < offset - position) refuse(0);
  const std::size_t got = file.read(v.stored.data(), expected);
  if (got < expected) refuse(got);
  const std::size_t others = static_cast<std::size_t>(where.volumes - 1 - where.volume) * expected;
  const std::size_t rest = file.skip(others);
  nn::require(rest == others, path, std::to_string(rest) + " bytes of the volumes that follow",
              std::to_string(others), "the file is truncated: copy or download it again");
  // On to the end, where gzip keeps its checksum; but not through endless padding.
  constexpr std::size_t kMostPadding = std::size_t{1} << 24;
  if (file.skip(kMostPadding) > 0) v.warnings.push_back("bytes after the last voxel are ignored");
  if (file.truncated()) {
    throw Error(Fault::input, path, "gzip data that end before their checksum", "a whole file",
                "the file is truncated: copy or download it again");
  }
}

index chosen_volume(const NiftiOptions& options, const NiftiSize& size, const std::string& path) {
  const std::string numbers = "0 to " + std::to_string(size.volumes - 1);
  nn::require(options.volume != -1 || size.volumes == 1, path,
              "a 4-D image with " + std::to_string(size.volumes) + " volumes", "one 3-D scan",
              "choose one with --volume, " + numbers + "; ct2ct info lists them");
  const index volume = std::max<index>(options.volume, 0);
  nn::require(volume < size.volumes, "--volume", std::to_string(volume) + " for " + path,
              size.volumes == 1 ? "0, the only one" : numbers);
  return volume;
}

/// 64-bit integers to 32-bit ones, if they all fit: numpy's default type is often larger than
/// needed.
void shorten(Volume& v, bool with_sign) {
  const std::size_t count = v.stored.size() / sizeof(std::int64_t);
  std::vector<std::byte> narrow(count * sizeof(std::int32_t));
  for (std::size_t i = 0; i < count; ++i) {
    std::int64_t wide = 0;
    std::memcpy(&wide, v.stored.data() + i * sizeof(wide), sizeof(wide));
    const auto value = static_cast<std::int32_t>(wide);
    nn::require(value == wide && (with_sign || wide >= 0), v.source,
                "64-bit integers beyond 32 bits", "values that a CT scan can have",
                "convert it to INT16 or FLOAT32");
    std::memcpy(narrow.data() + i * sizeof(value), &value, sizeof(value));
  }
  v.stored = std::move(narrow);
  v.warnings.emplace_back("64-bit integers are kept with 32 bits, as they all fit");
}

}  // namespace

bool says_orientation(const NiftiHeader& header) {
  nifti_1_header h;
  std::memcpy(&h, header.data(), sizeof(h));
  return h.qform_code > 0 || h.sform_code > 0;
}

bool says_interpolated(const NiftiHeader& header) {
  nifti_1_header h;
  std::memcpy(&h, header.data(), sizeof(h));
  const std::string text(h.descrip, strnlen(h.descrip, sizeof(h.descrip)));
  return text.find(kInterpolatedMark) != std::string::npos;
}

NiftiVolumes nifti_volumes(const std::string& path) {
  nifti_set_debug_level(0);
  GzipReader file(path);
  const NiftiFileHeader h = read_nifti_header(file, path);
  NiftiVolumes all;
  all.count = nifti_size(h, path).volumes;
  const double step = static_cast<double>(h.fields.pixdim[4]);
  const int unit = XYZT_TO_TIME(h.fields.xyzt_units);
  const double seconds = unit == NIFTI_UNITS_SEC    ? 1
                         : unit == NIFTI_UNITS_MSEC ? 1e-3
                         : unit == NIFTI_UNITS_USEC ? 1e-6
                                                    : 0;
  if (std::isfinite(step) && step > 0 && seconds > 0) all.seconds = step * seconds;
  return all;
}

Volume read_nifti(const std::string& path, const NiftiOptions& options) {
  nifti_set_debug_level(0);  // our own one line instead of the library's
  std::optional<GzipReader> file(path);
  const NiftiFileHeader h = read_nifti_header(*file, path);

  Volume v;
  v.source = path;
  v.format = "NIfTI";
  const NiftiSize size = nifti_size(h, path);
  v.dims = size.dims;
  v.type = type_of(h.fields, path);
  checked_bytes(v.dims, v.type, path);
  const index volume = chosen_volume(options, size, path);
  read_geometry(v, h.fields);
  // nifti1.h: values are scaled only "if the scl_slope field is nonzero".
  if (h.slope != 0 && std::isfinite(h.slope) && std::isfinite(h.intercept)) {
    v.slope = h.slope;
    v.intercept = h.intercept;
  }

  const VoxelBytes where{voxel_offset(h, path),
                         is_long(h.fields) ? sizeof(std::int64_t) : bytes_of(v.type), volume,
                         size.volumes};
  if (h.pair) {
    char* name = nifti_findimgname(path.c_str(), NIFTI_FTYPE_NIFTI1_2);
    nn::require(name != nullptr, path, "the header of a .hdr/.img pair without its .img", "both",
                "put the .img file beside it");
    const std::string image = name;
    std::free(name);
    file.emplace(image);
    read_voxels(v, *file, image, 0, where);
  } else {
    if (where.offset > h.bytes + 4) {
      v.warnings.push_back("the header's extensions (" +
                           std::to_string(where.offset - h.bytes - 4) +
                           " bytes) are not carried over to outputs");
    }
    read_voxels(v, *file, path, h.bytes, where);
  }
  if (h.swapped) swap_values(v.stored, where.width);
  if (is_long(h.fields)) shorten(v, h.fields.datatype == DT_INT64);

  auto header = std::make_shared<NiftiHeader>();
  nifti_1_header fields = h.fields;
  if (size.volumes > 1) {  // one volume is a scan of three dimensions
    fields.dim[0] = 3;
    fields.dim[4] = 1;
  }
  std::memcpy(header->data(), &fields, sizeof(fields));
  v.nifti = std::move(header);
  v.oriented = says_orientation(*v.nifti);
  choose_slice_axis(v, options.axis, {slice_dimension(h.fields), head_feet_axis(v)});
  return v;
}

}  // namespace data
