#include <nifti1.h>
#include <nifti1_io.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>
#include <optional>

#include "data/gzip.h"
#include "data/nifti.h"
#include "data/nifti_header.h"
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

/// Millimetres in the header's unit of length; an unknown unit is taken for mm, as by all readers.
double unit_in_mm(const nifti_1_header& h) {
  switch (XYZT_TO_SPACE(h.xyzt_units)) {
    case NIFTI_UNITS_METER:
      return 1000;
    case NIFTI_UNITS_MICRON:
      return 0.001;
    default:
      return 1;
  }
}

std::string short_number(double v) {
  char text[32];
  std::snprintf(text, sizeof(text), "%.4g", v);
  return text;
}

void set_spacing(Volume& v, const nifti_1_header& h) {
  for (std::size_t a = 0; a < 3; ++a) {
    const double mm = std::fabs(static_cast<double>(h.pixdim[a + 1])) * unit_in_mm(h);
    if (std::isfinite(mm) && mm > 0) {
      v.spacing[a] = mm;
    } else {
      v.spacing[a] = 1;
      v.warnings.push_back("the header gives no spacing along axis " + std::to_string(a) +
                           ": 1 mm is assumed");
    }
  }
}

void set_affine(Volume& v, const nifti_1_header& h) {
  const double unit = unit_in_mm(h);
  if (h.sform_code > 0) {
    const float* rows[3] = {h.srow_x, h.srow_y, h.srow_z};
    for (std::size_t r = 0; r < 3; ++r) {
      for (std::size_t c = 0; c < 4; ++c) v.affine[r][c] = unit * static_cast<double>(rows[r][c]);
    }
  } else if (h.qform_code > 0) {
    const auto mm = [&](std::size_t a) { return static_cast<float>(v.spacing[a]); };
    const auto offset = [&](float o) { return static_cast<float>(unit * static_cast<double>(o)); };
    const mat44 m = nifti_quatern_to_mat44(
        h.quatern_b, h.quatern_c, h.quatern_d, offset(h.qoffset_x), offset(h.qoffset_y),
        offset(h.qoffset_z), mm(0), mm(1), mm(2), h.pixdim[0] < 0 ? -1.0F : 1.0F);
    for (std::size_t r = 0; r < 3; ++r) {
      for (std::size_t c = 0; c < 4; ++c) v.affine[r][c] = static_cast<double>(m.m[r][c]);
    }
  } else {
    for (std::size_t a = 0; a < 3; ++a) v.affine[a][a] = v.spacing[a];
    v.warnings.push_back("the header gives no orientation: left and right are unknown");
  }
  for (const auto& row : v.affine) {
    for (const double x : row) {
      nn::require(std::isfinite(x), v.source, "an orientation matrix that holds no finite number",
                  "finite numbers", "the header is damaged");
    }
  }
}

double column_dot(const Affine& m, std::size_t a, std::size_t b) {
  return m[0][a] * m[0][b] + m[1][a] * m[1][b] + m[2][a] * m[2][b];
}

/// What the affine says beyond the spacing: another scale, or slices that are not perpendicular to
/// their axis. The numbers are for people only.
void check_affine(Volume& v) {
  for (std::size_t a = 0; a < 3; ++a) {
    const double length = std::sqrt(column_dot(v.affine, a, a));
    if (std::fabs(length - v.spacing[a]) > 0.01 * v.spacing[a]) {
      v.warnings.push_back("spacing along axis " + std::to_string(a) + " is " +
                           short_number(v.spacing[a]) + " mm but the orientation matrix says " +
                           short_number(length) + " mm: the first is used");
    }
  }
  double worst = 0;
  for (std::size_t a = 0; a < 3; ++a) {
    const std::size_t b = (a + 1) % 3;
    const double lengths = std::sqrt(column_dot(v.affine, a, a) * column_dot(v.affine, b, b));
    if (lengths > 0) worst = std::max(worst, std::fabs(column_dot(v.affine, a, b)) / lengths);
  }
  if (worst > 0.01) {
    const double degrees = std::asin(std::min(worst, 1.0)) * (180 / 3.14159265358979323846);
    v.warnings.push_back("the slices are tilted by " + short_number(degrees) +
                         " degrees (gantry tilt): kept as they are; ct2ct reformat and mesh go by "
                         "their places, viewers that ignore the tilt show wrong distances");
  }
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

/// Reads the voxels; `file` stands `position` bytes after its start. libniftiio would fill what is
/// missing with zeros, so the bytes are read and counted here.
void read_voxels(Volume& v, GzipReader& file, const std::string& path, std::size_t position,
                 std::size_t offset, std::size_t voxel_bytes) {
  const std::size_t expected = checked_bytes(v.dims, v.type, path) / bytes_of(v.type) * voxel_bytes;
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
  // On to the end, where gzip keeps its checksum; but not through endless padding.
  constexpr std::size_t kMostPadding = std::size_t{1} << 24;
  if (file.skip(kMostPadding) > 0) v.warnings.push_back("bytes after the last voxel are ignored");
  if (file.truncated()) {
    throw Error(Fault::input, path, "gzip data that end before their checksum", "a whole file",
                "the file is truncated: copy or download it again");
  }
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

Volume read_nifti(const std::string& path) {
  nifti_set_debug_level(0);  // our own one line instead of the library's
  std::optional<GzipReader> file(path);
  const NiftiFileHeader h = read_nifti_header(*file, path);

  Volume v;
  v.source = path;
  v.format = "NIfTI";
  v.dims = nifti_dims(h, path);
  v.type = type_of(h.fields, path);
  checked_bytes(v.dims, v.type, path);
  set_spacing(v, h.fields);
  set_affine(v, h.fields);
  check_affine(v);
  // nifti1.h: values are scaled only "if the scl_slope field is nonzero".
  if (h.slope != 0 && std::isfinite(h.slope) && std::isfinite(h.intercept)) {
    v.slope = h.slope;
    v.intercept = h.intercept;
  }

  const std::size_t offset = voxel_offset(h, path);
  const std::size_t width = is_long(h.fields) ? sizeof(std::int64_t) : bytes_of(v.type);
  if (h.pair) {
    char* name = nifti_findimgname(path.c_str(), NIFTI_FTYPE_NIFTI1_2);
    nn::require(name != nullptr, path, "the header of a .hdr/.img pair without its .img", "both",
                "put the .img file beside it");
    const std::string image = name;
    std::free(name);
    file.emplace(image);
    read_voxels(v, *file, image, 0, offset, width);
  } else {
    if (offset > h.bytes + 4) {
      v.warnings.push_back("the header's extensions (" + std::to_string(offset - h.bytes - 4) +
                           " bytes) are not carried over to outputs");
    }
    read_voxels(v, *file, path, h.bytes, offset, width);
  }
  if (h.swapped) swap_values(v.stored, width);
  if (is_long(h.fields)) shorten(v, h.fields.datatype == DT_INT64);

  auto header = std::make_shared<NiftiHeader>();
  std::memcpy(header->data(), &h.fields, sizeof(h.fields));
  v.nifti = std::move(header);
  v.slice_axis = default_slice_axis(v.spacing);
  return v;
}

}  // namespace data
