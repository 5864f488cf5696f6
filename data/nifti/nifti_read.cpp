#include <nifti1.h>
#include <nifti1_io.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <new>
#include <optional>

#include "data/files/gzip.h"
#include "data/nifti/nifti.h"
#include "data/nifti/nifti_header.h"
#include "data/volume/mark.h"
#include "data/volume/orientation.h"
#include "data/volume/slice_axis.h"
#include "data/volume/voxel_bytes.h"
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

/// Errors are our own one line instead of the library's. The level belongs to the process, and
/// threads read at the same time, so it is set once.
void silence_library() {
  static std::once_flag once;
  std::call_once(once, [] { nifti_set_debug_level(0); });
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
  silence_library();
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
  silence_library();
  std::optional<GzipReader> file(path);
  const NiftiFileHeader h = read_nifti_header(*file, path);

  Volume v;
  v.source = path;
  v.format = "NIfTI";
  const NiftiSize size = nifti_size(h, path);
  v.dims = size.dims;
  v.type = type_of(h.fields, path);
  checked_bytes(v.dims, v.type, path);
  const index volume = chosen_volume(options.volume, size.volumes, path);
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
  if (is_long(h.fields)) shorten_values(v, h.fields.datatype == DT_INT64);

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
