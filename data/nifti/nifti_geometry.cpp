#include "data/nifti/nifti_header.h"

#include <nifti1_io.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string>

#include "data/volume/orientation.h"

namespace data {
namespace {

std::string four_digits(double v) {
  char text[32];
  std::snprintf(text, sizeof(text), "%.4g", v);
  return text;
}

/// Millimetres from voxel to voxel along an axis by the sform.
double sform_step(const nifti_1_header& h, std::size_t axis) {
  const auto part = [axis](const float(&row)[4]) { return static_cast<double>(row[axis]); };
  return std::hypot(part(h.srow_x), part(h.srow_y), part(h.srow_z)) * nifti_unit_in_mm(h);
}

void set_spacing(Volume& v, const nifti_1_header& h) {
  const auto is_step = [](double mm) { return std::isfinite(mm) && mm > 0; };
  for (std::size_t a = 0; a < 3; ++a) {
    v.spacing[a] = std::fabs(static_cast<double>(h.pixdim[a + 1])) * nifti_unit_in_mm(h);
    if (is_step(v.spacing[a])) continue;
    const bool by_sform = h.sform_code > 0 && is_step(sform_step(h, a));
    v.spacing[a] = by_sform ? sform_step(h, a) : 1;
    v.warnings.push_back("the header gives no spacing along axis " + std::to_string(a) + ": " +
                         four_digits(v.spacing[a]) + " mm is " +
                         (by_sform ? "taken from its orientation matrix" : "assumed"));
  }
}

void set_affine(Volume& v, const nifti_1_header& h) {
  const double unit = nifti_unit_in_mm(h);
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
}

}  // namespace

double nifti_unit_in_mm(const nifti_1_header& h) {
  switch (XYZT_TO_SPACE(h.xyzt_units)) {
    case NIFTI_UNITS_METER:
      return 1000;
    case NIFTI_UNITS_MICRON:
      return 0.001;
    default:
      return 1;
  }
}

void read_geometry(Volume& v, const nifti_1_header& h) {
  set_spacing(v, h);
  set_affine(v, h);
  check_affine(v);
}

std::optional<int> slice_dimension(const nifti_1_header& h) {
  const int slice = DIM_INFO_TO_SLICE_DIM(h.dim_info);
  if (slice == 0 || slice == DIM_INFO_TO_FREQ_DIM(h.dim_info) ||
      slice == DIM_INFO_TO_PHASE_DIM(h.dim_info)) {
    return std::nullopt;
  }
  return slice - 1;
}

}  // namespace data
