#include <nifti1.h>
#include <nifti1_io.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <span>

#include "data/files/gzip.h"
#include "data/nifti/nifti.h"
#include "data/nifti/nifti_header.h"
#include "data/volume/mark.h"
#include "data/volume/placement.h"
#include "data/volume/point.h"
#include "data/volume/steps.h"
#include "data/volume/straighten.h"
#include "nn/core/error.h"

namespace data {
namespace {

constexpr nn::index kMostNiftiAxis = 32767;  // dim[] is a 16-bit integer

short code_of(StoredType type) {
  switch (type) {
    case StoredType::uint8:
      return DT_UINT8;
    case StoredType::int8:
      return DT_INT8;
    case StoredType::uint16:
      return DT_UINT16;
    case StoredType::int16:
      return DT_INT16;
    case StoredType::uint32:
      return DT_UINT32;
    case StoredType::int32:
      return DT_INT32;
    case StoredType::float32:
      return DT_FLOAT32;
    case StoredType::float64:
      break;
  }
  return DT_FLOAT64;
}

/// The affine with its slices along their normal: the nearest that a qform can say.
mat44 without_shear(const Volume& v) {
  const auto column = [&](int axis) {
    const auto a = static_cast<std::size_t>(axis);
    return Point{v.affine[0][a], v.affine[1][a], v.affine[2][a]};
  };
  const auto axis = static_cast<std::size_t>(v.slice_axis);
  const Point step = column(v.slice_axis);
  const Point across = cross(column(v.column_axis()), column(v.row_axis()));
  const double area = length(across);
  const double along = dot(across, step) / area;
  mat44 m{};
  for (std::size_t r = 0; r < 3; ++r) {
    for (std::size_t c = 0; c < 4; ++c) m.m[r][c] = static_cast<float>(v.affine[r][c]);
    if (std::isfinite(along) && along != 0) {
      m.m[r][axis] = static_cast<float>(std::copysign(length(step), along) / area * across[r]);
    }
  }
  m.m[3][3] = 1;
  return m;
}

/// Of the angle by which the affine turns; 0 at a half turn.
double cosine_plus_one(const Affine& m, float qfac) {
  const auto diagonal = [&](std::size_t a) {
    return m[a][a] / length({m[0][a], m[1][a], m[2][a]});
  };
  return (1 + diagonal(0) + diagonal(1) + static_cast<double>(qfac) * diagonal(2)) / 2;
}

/// The first part of the quaternion is not stored but follows from the others. Near a half turn, as
/// of patients on their back, rounding those to float would turn the qform by up to 3e-4. Where 0
/// is nearer to the truth they are rounded up instead, so that readers find 0.
void mend_half_turn(nifti_1_header& h, double cosine_plus_one) {
  const auto first = [&h] {
    const auto square = [](float x) { return static_cast<double>(x) * static_cast<double>(x); };
    return 1 - square(h.quatern_b) - square(h.quatern_c) - square(h.quatern_d);
  };
  constexpr double kFloat = 1.2e-7;  // the step of 1 - first() at 1
  if (!(cosine_plus_one < kFloat / 2)) return;
  for (int i = 0; i < 4 && first() > 0; ++i) {
    for (float* part : {&h.quatern_b, &h.quatern_c, &h.quatern_d}) {
      if (*part != 0) *part = std::nextafter(*part, std::copysign(2.0F, *part));
    }
  }
}

/// The coordinate code of a new header: the code that the scan was read with. Without one it is
/// "aligned", since "scanner" would claim too much.
short new_code(const Volume& v) {
  if (!v.oriented) return NIFTI_XFORM_UNKNOWN;
  if (!v.nifti) return NIFTI_XFORM_ALIGNED_ANAT;
  nifti_1_header h{};
  std::memcpy(&h, v.nifti->data(), sizeof(h));
  return h.sform_code > 0 ? h.sform_code : h.qform_code;
}

/// A header for a scan that had none, or that its own header no longer places. The affine becomes
/// the sform and, if there is no shear, the qform. pixdim is the length of the affine's columns.
nifti_1_header new_header(const Volume& v) {
  nifti_1_header h{};
  h.dim[0] = 3;
  for (std::size_t a = 4; a < 8; ++a) h.dim[a] = 1;
  h.xyzt_units = NIFTI_UNITS_MM;
  h.scl_slope = static_cast<float>(v.slope);
  h.scl_inter = static_cast<float>(v.intercept);
  h.dim_info = static_cast<char>(FPS_INTO_DIM_INFO(0, 0, v.slice_axis + 1));
  h.sform_code = new_code(v);
  h.qform_code = is_sheared(v) ? short{NIFTI_XFORM_UNKNOWN} : h.sform_code;
  float* rows[3] = {h.srow_x, h.srow_y, h.srow_z};
  for (std::size_t r = 0; r < 3; ++r) {
    for (std::size_t c = 0; c < 4; ++c) rows[r][c] = static_cast<float>(v.affine[r][c]);
  }
  float qfac = 1;
  float spacing[3];  // equal to the affine's up to rounding; pixdim is written below
  nifti_mat44_to_quatern(without_shear(v), &h.quatern_b, &h.quatern_c, &h.quatern_d, &h.qoffset_x,
                         &h.qoffset_y, &h.qoffset_z, &spacing[0], &spacing[1], &spacing[2], &qfac);
  mend_half_turn(h, cosine_plus_one(v.affine, qfac));
  h.pixdim[0] = qfac;
  for (std::size_t a = 0; a < 3; ++a) {
    const double step = length({v.affine[0][a], v.affine[1][a], v.affine[2][a]});
    h.pixdim[a + 1] = static_cast<float>(step > 0 ? step : v.spacing[a]);
  }
  return h;
}

/// Moves voxel (0, 0, 0) by `steps` of the file along an axis, in both the sform and the qform.
void move_origin(nifti_1_header& h, std::size_t axis, double steps) {
  const mat44 q =
      nifti_quatern_to_mat44(h.quatern_b, h.quatern_c, h.quatern_d, h.qoffset_x, h.qoffset_y,
                             h.qoffset_z, h.pixdim[1], h.pixdim[2], h.pixdim[3], h.pixdim[0]);
  float* rows[3] = {h.srow_x, h.srow_y, h.srow_z};
  float* offsets[3] = {&h.qoffset_x, &h.qoffset_y, &h.qoffset_z};
  const auto add = [&](float& to, float column) {
    to = static_cast<float>(static_cast<double>(to) + steps * static_cast<double>(column));
  };
  for (std::size_t r = 0; r < 3; ++r) {
    add(rows[r][3], rows[r][axis]);
    add(*offsets[r], q.m[r][axis]);
  }
}

/// Whether qform and sform speak of one space, in which they must agree: not if the sform leads
/// into a standard space (nifti1.h, "Why 3 methods?") and the qform stays in the scanner's.
bool in_one_space(const nifti_1_header& h) {
  return h.sform_code > 0 &&
         (h.sform_code <= NIFTI_XFORM_ALIGNED_ANAT || h.sform_code == h.qform_code);
}

/// A pixdim that says nothing becomes what the volume was read with; `read_mm` of before
/// refinement.
void mend_spacing(nifti_1_header& h, std::size_t axis, double read_mm) {
  if (std::isfinite(h.pixdim[axis + 1]) && h.pixdim[axis + 1] > 0) return;
  h.pixdim[axis + 1] = static_cast<float>(read_mm / nifti_unit_in_mm(h));
}

/// The header that the scan was read with, refined and moved as the scan has been since. A qform
/// beside a sheared sform is switched off: it cannot say the same, and ITK would go by it.
nifti_1_header kept_header(const Volume& v) {
  nifti_1_header h{};
  std::memcpy(&h, v.nifti->data(), sizeof(h));
  for (std::size_t a = 0; a < 3; ++a) {
    mend_spacing(h, a, v.spacing[a] * static_cast<double>(v.refinement[a]));
  }
  if (in_one_space(h) && is_sheared(v)) h.qform_code = NIFTI_XFORM_UNKNOWN;
  for (std::size_t a = 0; a < 3; ++a) {
    if (v.moved[a] != 0) move_origin(h, a, v.moved[a]);
  }
  float* rows[3] = {h.srow_x, h.srow_y, h.srow_z};
  for (std::size_t a = 0; a < 3; ++a) {
    if (v.refinement[a] == 1) continue;
    const auto by = static_cast<double>(v.refinement[a]);
    const auto divide = [&](float& x) { x = static_cast<float>(static_cast<double>(x) / by); };
    divide(h.pixdim[a + 1]);
    for (float* row : rows) divide(row[a]);
  }
  if (!v.origins.empty()) {
    // The order in which slices were acquired is about slices that are now elsewhere.
    h.slice_start = 0;
    h.slice_end = 0;
    h.slice_code = 0;
    h.slice_duration = 0;
    if (DIM_INFO_TO_SLICE_DIM(h.dim_info) == 0) {
      h.dim_info = static_cast<char>(h.dim_info | FPS_INTO_DIM_INFO(0, 0, v.slice_axis + 1));
    }
  }
  return h;
}

void set_text(std::span<char> field, const std::string& text) {
  std::memset(field.data(), 0, field.size());
  std::snprintf(field.data(), field.size(), "%s", text.c_str());
}

nifti_1_header header_of(const Volume& v, const Provenance& provenance) {
  // A header whose steps were cut into unequal parts, or on whose grid the voxels no longer lie,
  // describes nothing any more.
  const bool kept = v.nifti && v.positions.empty() && !v.resampled;
  nifti_1_header h = kept ? kept_header(v) : new_header(v);
  h.sizeof_hdr = sizeof(h);
  h.regular = 'r';
  h.vox_offset = sizeof(h) + 4;
  std::memcpy(h.magic, "n+1", 4);
  h.datatype = code_of(v.type);
  h.bitpix = static_cast<short>(8 * bytes_of(v.type));
  if (h.dim[0] < 3) h.dim[0] = 3;
  for (std::size_t a = 0; a < 3; ++a) h.dim[a + 1] = static_cast<short>(v.dims[a]);
  if (holds_made_slices(v)) {
    set_text(h.descrip, interpolation_mark(v, provenance));
  }
  return h;
}

/// Values of another kind than the scan's must not be shown or scaled as those are.
void label_map(nifti_1_header& h, const Volume& v, const MapLabel& label) {
  h.scl_slope = static_cast<float>(v.slope);
  h.scl_inter = static_cast<float>(v.intercept);
  h.cal_min = 0;
  h.cal_max = 0;
  h.intent_code = NIFTI_INTENT_ESTIMATE;
  set_text(h.intent_name, label.name);
  set_text(h.descrip, label.description);
}

void write_file_of(OutputSet& outputs, const std::string& path, const Volume& volume,
                   const Provenance& provenance, const MapLabel* label) {
  const bool compressed = path.ends_with(".nii.gz");
  nn::require(compressed || path.ends_with(".nii"), path, "an unknown kind of output",
              "a name that ends in .nii or .nii.gz");
  for (const nn::index n : volume.dims) {
    nn::require(n >= 1 && n <= kMostNiftiAxis, path, "an axis of " + std::to_string(n) + " voxels",
                "1 to " + std::to_string(kMostNiftiAxis) + " in a NIfTI-1 file",
                "use a smaller factor");
  }
  require_nifti_steps(path, volume.positions);
  nifti_1_header header = header_of(volume, provenance);
  if (label != nullptr) label_map(header, volume, *label);
  const char no_extensions[4] = {};

  AtomicFile& file = outputs.file(path);
  const auto send = [&](const void* bytes, std::size_t count) { file.write(bytes, count); };
  if (compressed) {
    GzipWriter gzip(send);
    gzip.write(&header, sizeof(header));
    gzip.write(no_extensions, sizeof(no_extensions));
    gzip.write(volume.stored.data(), volume.stored.size());
    gzip.finish();
  } else {
    send(&header, sizeof(header));
    send(no_extensions, sizeof(no_extensions));
    send(volume.stored.data(), volume.stored.size());
  }
}

}  // namespace

void require_nifti_steps(const std::string& path, std::span<const Position> positions,
                         const std::string& hint) {
  require_even_steps(path, positions, "NIfTI", hint);
}

void write_nifti(OutputSet& outputs, const std::string& path, const Volume& volume,
                 const Provenance& provenance) {
  write_file_of(outputs, path, volume, provenance, nullptr);
}

void write_nifti(const std::string& path, const Volume& volume, bool force) {
  OutputSet outputs(force);
  write_nifti(outputs, path, volume, {});
  outputs.commit();
}

void write_nifti_map(OutputSet& outputs, const std::string& path, const Volume& map,
                     const MapLabel& label) {
  write_file_of(outputs, path, map, {}, &label);
}

}  // namespace data
