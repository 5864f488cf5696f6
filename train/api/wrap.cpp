#include "train/api/wrap.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstring>
#include <new>

#include "data/volume/slice_axis.h"
#include "nn/core/error.h"

namespace api {
namespace {

constexpr const char* kWrap = "ct2ct_wrap";
/// Of the first version's ct2ct_volume: what every program knows.
constexpr std::size_t kFirstSize = offsetof(ct2ct_volume, positions) + sizeof(void*);
constexpr double kMostMm = 1000;  // of a step from voxel to voxel
constexpr double kAgree = 0.01;   // of the affine's columns with the spacing, as a part of it

static_assert(static_cast<int>(data::StoredType::float64) == CT2CT_FLOAT64);
static_assert(static_cast<int>(data::StoredType::int16) == CT2CT_INT16);
static_assert(static_cast<int>(data::Unit::unknown) == CT2CT_UNKNOWN);

void require_here(bool ok, const std::string& got, const std::string& expected,
                  const std::string& hint = "") {
  nn::require(ok, kWrap, got, expected, hint);
}

std::size_t at(std::size_t row, std::size_t column) { return 4 * row + column; }

double column_length(const ct2ct_volume& g, std::size_t a) {
  return std::hypot(g.affine[at(0, a)], g.affine[at(1, a)], g.affine[at(2, a)]);
}

void set_spacing(data::Volume& v, const ct2ct_volume& g) {
  const bool none = std::all_of(g.spacing, g.spacing + 3, [](double mm) { return mm == 0; });
  require_here(!none || g.oriented != 0, "neither spacing nor affine", "mm along each axis",
               "set spacing");
  for (std::size_t a = 0; a < 3; ++a) {
    const double mm = none ? column_length(g, a) : g.spacing[a];
    require_here(std::isfinite(mm) && mm > 0 && mm <= kMostMm,
                 "a spacing of " + std::to_string(mm) + " mm along axis " + std::to_string(a),
                 "above 0 and at most 1000 mm");
    v.spacing[a] = mm;
    v.affine[a][a] = mm;
  }
}

/// Whether the affine says no more than the spacing: voxel axes along those of the world.
bool says_nothing(const ct2ct_volume& g, const data::Volume& v) {
  const bool zeros = std::all_of(g.affine, g.affine + 16, [](double x) { return x == 0; });
  bool plain = true;
  for (std::size_t r = 0; r < 4; ++r) {
    for (std::size_t c = 0; c < 4; ++c) plain = plain && g.affine[at(r, c)] == v.affine[r][c];
  }
  return zeros || plain;
}

void set_affine(data::Volume& v, const ct2ct_volume& g) {
  v.oriented = g.oriented != 0;
  if (!v.oriented) {
    require_here(says_nothing(g, v), "an affine with oriented = 0", "oriented = 1, or no affine",
                 "set oriented to 1 if the affine says where the patient's right, front and head "
                 "are");
    v.warnings.emplace_back("the caller gives no orientation: left and right are unknown");
    return;
  }
  for (std::size_t r = 0; r < 4; ++r) {
    for (std::size_t c = 0; c < 4; ++c) {
      require_here(std::isfinite(g.affine[at(r, c)]), "an affine that holds no finite number",
                   "finite numbers");
      v.affine[r][c] = g.affine[at(r, c)];
    }
  }
  const double* last = g.affine + 12;
  require_here(last[0] == 0 && last[1] == 0 && last[2] == 0 && last[3] == 1,
               "an affine with another last row", "0 0 0 1", "it is 4 x 4, row by row");
  for (std::size_t a = 0; a < 3; ++a) {
    const double mm = column_length(g, a);
    require_here(
        std::fabs(mm - v.spacing[a]) <= kAgree * v.spacing[a],
        "an affine whose column " + std::to_string(a) + " is " + std::to_string(mm) + " mm long",
        "the spacing, " + std::to_string(v.spacing[a]) + " mm",
        "leave spacing 0 0 0 to have it from the affine");
  }
}

void set_values(data::Volume& v, const ct2ct_volume& g) {
  require_here(g.datatype >= CT2CT_UINT8 && g.datatype <= CT2CT_FLOAT64,
               "datatype " + std::to_string(g.datatype), "one of ct2ct_datatype, 0 to 7");
  require_here(g.unit >= CT2CT_HU && g.unit <= CT2CT_UNKNOWN, "unit " + std::to_string(g.unit),
               "one of ct2ct_unit, 0 to 2");
  require_here(std::isfinite(g.slope) && g.slope != 0 && std::isfinite(g.intercept),
               "slope " + std::to_string(g.slope) + ", intercept " + std::to_string(g.intercept),
               "finite numbers, and a slope that is not 0");
  v.type = static_cast<data::StoredType>(g.datatype);
  v.unit = static_cast<data::Unit>(g.unit);
  v.slope = g.slope;
  v.intercept = g.intercept;
  v.dims = {g.size[0], g.size[1], g.size[2]};
  const std::size_t bytes = data::checked_bytes(v.dims, v.type, kWrap);
  const auto* first = static_cast<const std::byte*>(g.voxels);
  v.stored.assign(first, first + bytes);
}

}  // namespace

data::Volume volume_of(const ct2ct_volume& g, const std::string& name) {
  require_here(g.struct_size >= kFirstSize, "struct_size " + std::to_string(g.struct_size),
               "at least " + std::to_string(kFirstSize), "start with CT2CT_VOLUME_INIT");
  require_here(g.voxels != nullptr, "voxels is NULL", "a pointer");
  require_here(g.positions == nullptr, "positions", "NULL",
               "slices at uneven steps are read from DICOM files by ct2ct_read");
  data::Volume v;
  v.source = name;
  v.format = "memory";
  set_values(v, g);
  set_spacing(v, g);
  set_affine(v, g);
  data::choose_slice_axis(v, g.slice_axis, {{}, data::head_feet_axis(v)});
  const auto* made = g.synthetic;
  require_here(
      made == nullptr || std::all_of(made, made + v.slices(), [](auto m) { return m == 0; }),
      "slices that are synthetic", "slices that a scanner measured",
      "wrap the scan that they were made of");
  return v;
}

SliceLists::SliceLists(const data::Volume& volume) {
  for (nn::index k = 0; !volume.origins.empty() && k < volume.slices(); ++k) {
    synthetic.push_back(volume.origin(k).synthetic() ? 1 : 0);
  }
  for (const data::Position& p : volume.positions) {
    positions.insert(positions.end(), p.begin(), p.end());
  }
}

void show(const data::Volume& v, const SliceLists& lists, ct2ct_volume* shown) {
  nn::require(shown->struct_size >= kFirstSize, "ct2ct_volume",
              "struct_size " + std::to_string(shown->struct_size),
              "at least " + std::to_string(kFirstSize), "start with CT2CT_VOLUME_INIT");
  ct2ct_volume out = CT2CT_VOLUME_INIT;
  out.struct_size = std::min(shown->struct_size, sizeof out);
  out.voxels = v.stored.data();
  out.datatype = static_cast<int32_t>(v.type);
  out.unit = static_cast<int32_t>(v.unit);
  out.slice_axis = v.slice_axis;
  out.oriented = v.oriented ? 1 : 0;
  for (std::size_t a = 0; a < 3; ++a) {
    out.size[a] = v.dims[a];
    out.spacing[a] = v.spacing[a];
  }
  for (std::size_t r = 0; r < 4; ++r) {
    for (std::size_t c = 0; c < 4; ++c) out.affine[at(r, c)] = v.affine[r][c];
  }
  out.slope = v.slope;
  out.intercept = v.intercept;
  if (!lists.synthetic.empty()) out.synthetic = lists.synthetic.data();
  if (!lists.positions.empty()) out.positions = lists.positions.data();
  std::memcpy(shown, &out, out.struct_size);
}

}  // namespace api
