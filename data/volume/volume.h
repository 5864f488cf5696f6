// Volume: one CT scan as its file stores it. Values stay in the file's datatype and axis order, so
// a slice that was read is written back bit for bit. Only the Tensors of slice() hold HU (or grey
// levels). Volume resamples nothing and knows no file format: the readers fill it in.
//
// Axes are the file's own: 0 is the fastest in memory, 2 the slowest. Slices are cut across
// `slice_axis`; of the two other axes the slower gives the rows of a slice, the faster its columns.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "data/volume/point.h"
#include "nn/core/tensor.h"

namespace data {

/// How the synthetic slices of an output were made, as far as all have it in common. The rest is in
/// their SliceOrigin.
struct Provenance {
  std::string version;         ///< of this program; empty: not said
  std::string weights_sha256;  ///< of the model; empty without one
};

static_assert(std::endian::native == std::endian::little,
              "stored values and their hash are defined in little-endian order");

enum class StoredType { uint8, int8, uint16, int16, uint32, int32, float32, float64 };

/// What slope * stored + intercept means.
enum class Unit {
  hu,       ///< Hounsfield units
  grey8,    ///< grey levels of a picture, 0..255 (16-bit pictures are scaled to that range), not HU
  unknown,  ///< values of a CT without a rescale to HU: no window and no limit applies
};

std::size_t bytes_of(StoredType type);
std::string to_string(StoredType type);
std::string to_string(Unit unit);

/// Voxel (i, j, k, 1) to millimetres, row by row; axes of the world as in NIfTI (right, anterior,
/// superior).
using Affine = std::array<std::array<double, 4>, 4>;

/// Millimetres to the right, anterior and superior.
using Position = Point;

/// The first 348 bytes of a NIfTI-1 file in this machine's byte order. Only the NIfTI reader and
/// writer look into it; the writer copies fields that nothing else here uses.
using NiftiHeader = std::array<std::byte, 348>;

/// Text burned into a stack of pictures: data/pictures/overlay.h.
struct Overlay;

/// The facts of a DICOM series besides its voxels: data/volume/source.h.
struct DicomSeries;

/// The origin of one slice. A synthetic slice lies between slices `before` and `after` of the scan
/// that was read, t of the way from the first to the second. A slice that was read has
/// `before` == `after` and t = 0. The other fields are set when a synthetic slice is filled.
struct SliceOrigin {
  nn::index before = 0;
  nn::index after = 0;
  double t = 0;
  std::string method = {};  ///< the method that made this slice: "cubic", "model", ...
  bool weights = false;     ///< true if the method used the weights of a model
  /// Expected mean absolute error in the body, in HU; an upper estimate (docs/audit/self-check.md).
  std::optional<double> expected_error = {};

  bool synthetic() const { return before != after; }
  friend bool operator==(const SliceOrigin&, const SliceOrigin&) = default;
};

/// Values from `low` to `high`, both included.
struct ValueRange {
  double low = 0;
  double high = 0;

  /// Whether a value of a slice lies in the range; compared in the precision of slices.
  bool holds(nn::real value) const {
    return value >= static_cast<nn::real>(low) && value <= static_cast<nn::real>(high);
  }
  friend bool operator==(const ValueRange&, const ValueRange&) = default;
};

/// Where voxels lie. Axes are the file's own; slices are cut across `slice_axis`.
struct Grid {
  std::array<nn::index, 3> dims{0, 0, 0};
  std::array<double, 3> spacing{1, 1, 1};  ///< mm between voxel centres
  Affine affine{{{1, 0, 0, 0}, {0, 1, 0, 0}, {0, 0, 1, 0}, {0, 0, 0, 1}}};
  /// Whether the file says where the patient's right, front and head are. Pictures do not, nor do
  /// NIfTI files without qform and sform, nor DICOM images without position and orientation.
  bool oriented = true;
  int slice_axis = 2;
  /// Why this axis was chosen, in words: data/volume/slice_axis.h. Empty if each image is a slice.
  std::string slice_axis_reason = {};
  /// How many times finer than in the file each axis is after expanded(). Unequal parts have no
  /// factor and do not change it.
  std::array<nn::index, 3> refinement{1, 1, 1};
  /// How far voxel (0, 0, 0) has moved along each axis, in steps of the file.
  std::array<double, 3> moved{0, 0, 0};
  /// Position in mm of voxel (0, 0, k) of each slice k, in the affine's world. Empty if the affine
  /// alone gives it. Otherwise the affine's column of the slice axis is the step of the even grid
  /// that fits the positions (data/volume/steps.h), or the mean step if they are not even.
  std::vector<Position> positions = {};

  int row_axis() const { return slice_axis == 2 ? 1 : 2; }
  int column_axis() const { return slice_axis == 0 ? 1 : 0; }
  nn::index slices() const { return dims[static_cast<std::size_t>(slice_axis)]; }
  nn::index height() const { return dims[static_cast<std::size_t>(row_axis())]; }
  nn::index width() const { return dims[static_cast<std::size_t>(column_axis())]; }
  double slice_spacing() const { return spacing[static_cast<std::size_t>(slice_axis)]; }
  nn::index voxels() const { return dims[0] * dims[1] * dims[2]; }

  /// Position of slice k: positions[k], or voxel (0, 0, k) by the affine.
  Position position(nn::index k) const;
};

/// The values of the voxels: slope * stored + intercept.
struct StoredValues {
  Unit unit = Unit::hu;
  StoredType type = StoredType::int16;
  std::vector<std::byte> stored = {};  ///< Grid::voxels() values, axis 0 fastest
  double slope = 1;                    ///< never 0
  double intercept = 0;
  /// HU that mean "not measured". None if all of them are below kLowestHu.
  std::optional<ValueRange> padding = {};
};

/// Which slices were measured and which were made.
struct SliceOrigins {
  std::vector<SliceOrigin> origins = {};  ///< slice by slice; empty for a scan as it was read
  /// True if no slice has the values of the source any more: data/volume/straighten.h.
  bool resampled = false;

  /// origins[k]; if `origins` is empty, the origin of a slice that was read.
  SliceOrigin origin(nn::index k) const;
};

/// The files that a scan was read from, and the facts that their readers and writers keep.
struct ScanSource {
  std::string source = {};  ///< what the user named
  /// "NIfTI", "NRRD", "MetaImage", "DICOM series", "picture folder", "picture zip", "TIFF stack",
  /// "phantom"
  std::string format = {};
  /// A file beside `source`, by its name alone, that holds the voxels of a header without them.
  std::string voxel_file = {};
  /// Where the header of an NRRD or MetaImage file says that it holds interpolated slices: the name
  /// of the entry; else empty.
  std::string interpolated_by = {};
  std::shared_ptr<const NiftiHeader> nifti = {};  ///< null unless the scan came from a NIfTI file
  std::shared_ptr<const DicomSeries> dicom = {};  ///< null unless it came from a DICOM series
  /// Names of the pictures, slice by slice as read; empty for other formats.
  std::vector<std::string> names = {};
  /// Null unless the pictures have text burned in.
  std::shared_ptr<const Overlay> overlay = {};
  /// Warnings of the reader, one line each.
  std::vector<std::string> warnings = {};
};

/// A scan: a grid, its values, the origins of its slices, and its files.
struct Volume : Grid, StoredValues, SliceOrigins, ScanSource {
  /// Slice k as (1, H, W, 1) in HU or grey levels: slope * stored + intercept in double, then
  /// rounded to real. Throws an input error if a value is NaN or infinite. It names the voxel as
  /// numbered in the file, even if slices were added since.
  nn::Tensor slice(nn::index k) const;

  /// Stores (1, H, W, 1) HU or grey levels as slice k: (v - intercept) / slope in double, integer
  /// types rounded to the nearest, ties to even, and clamped to the type's range. Throws a job
  /// error for NaN or infinity. Different slices may be set by different threads.
  void set_slice(nn::index k, const nn::Tensor& values);

  /// The same scan with gap k, between slices k and k + 1, cut into parts[k] >= 1 equal steps. Real
  /// slices are copied byte for byte; new slices are zero bytes, to be set by the caller; `origins`
  /// tells them apart. New slices lie on the straight line between both neighbours. If all parts
  /// are equal, spacing and the affine's column of the slice axis are divided by this number, so
  /// every real slice stays in its place. Otherwise `positions` is filled, and spacing and column
  /// get the mean step. `parts` has one entry for each gap. Job error for another number of
  /// entries; input error for parts below 1, and for sizes beyond kMaxAxis and kMaxVoxels.
  Volume refined(std::span<const nn::index> parts) const;

  /// refined() with (slices - 1) * factor + 1 slices: the same number of parts for each gap.
  Volume expanded(nn::index factor) const;

  /// Only the slices that `origins` calls synthetic, with their positions. If their steps are even,
  /// as at factor 2, the affine gives the positions. Input error if there are none.
  Volume only_synthetic() const;

  /// Zeros on the same grid, with the same positions and origins, as int16 with slope `step`. For
  /// values that belong to the scan's voxels but are no scan. Job error if memory is short.
  Volume blank(double step) const;

  /// SHA-256 of dims, type, slope, intercept and stored bytes, as 64 hexadecimal digits.
  std::string sha256() const;
};

/// Reads single stored values by slice, row and column, without slope and intercept. Refers to the
/// volume's memory.
class Voxels {
 public:
  explicit Voxels(const Volume& volume);
  double operator()(nn::index slice, nn::index row, nn::index column) const {
    return read_(stored_ + slice * slice_step_ + row * row_step_ + column * column_step_);
  }

 private:
  const std::byte* stored_;
  nn::index slice_step_, row_step_, column_step_;  // bytes
  double (*read_)(const std::byte*);
};

/// Whether two distances agree within max(0.01 mm, 1 % of `step`); `step` is the expected one.
bool same_step(double step, double other);

/// Whether all positions lie on one even grid, so that one affine describes them. The tolerance is
/// in data/volume/steps.h.
bool evenly_spaced(std::span<const Position> positions);

/// The median distance from one position to the next. With an even number of distances it is the
/// smaller of the two in the middle, so that it is a distance that occurs. 0 for fewer than two
/// positions.
double median_step(std::span<const Position> positions);

/// The median distance between a scan's slices; the spacing if the scan has no `positions`.
double median_gap(const Volume& volume);

/// Largest size of one axis, and of a scan in voxels, that any reader accepts.
inline constexpr nn::index kMaxAxis = 8192;
inline constexpr nn::index kMaxVoxels = 4'000'000'000;

/// Bytes of a scan. Input error at `where` if a size is below 1 or above the limits. Call it before
/// memory is allocated.
std::size_t checked_bytes(const std::array<nn::index, 3>& dims, StoredType type,
                          const std::string& where);

/// Throws an input error if the volume has fewer than `at_least` slices along its slice axis;
/// `where` is the operation that needs them.
void require_slices(const Volume& volume, nn::index at_least, const std::string& where);

}  // namespace data
