// Made-up lesions in real slices. What is put in is known to the voxel, so it can be measured how
// much of it a method shows in a slice that it made: contrast and volume. And it can be measured
// how often it shows a spot where there is none. docs/audit/metrics.md says what the numbers mean.
#pragma once

#include <array>
#include <span>
#include <vector>

#include "nn/core/tensor.h"

namespace data {

/// A ball, or a tube through all slices. Its voxels are brighter by `contrast`.
struct Lesion {
  double z = 0;         ///< mm along the stack: the centre
  double row = 0;       ///< pixels: the centre
  double column = 0;    ///< pixels
  double diameter = 0;  ///< mm
  double contrast = 0;  ///< HU
  bool tube = false;
  /// Of a tube: how far its centre moves to the next row and column, in mm for each mm of z.
  std::array<double, 2> lean{};
};

/// The voxels of a scan.
struct VoxelSize {
  double row = 1;     ///< mm between rows
  double column = 1;  ///< mm between columns
  double slice = 1;   ///< mm, the thickness of a slice
};

/// How much of each voxel of a slice a lesion fills, in the part of the slice that it touches.
struct LesionPatch {
  nn::index row = 0, column = 0;  ///< its first pixel
  nn::index rows = 0, columns = 0;
  std::vector<double> share;  ///< 0 to 1, rows x columns

  double highest() const;
};

/// Of a slice (1,H,W,1) whose middle lies at `z`. A share is counted over 4 x 4 x 16 points of the
/// voxel. Pixels beyond the slice are left out; no share where the lesion does not touch it.
LesionPatch patch_of(const Lesion& lesion, const VoxelSize& voxel, double z,
                     const nn::Shape& slice);

/// Adds contrast times share. The noise of the slice stays as it is.
void insert(nn::Tensor& slice, const Lesion& lesion, const LesionPatch& patch);

/// What a method shows of a lesion, from the slice that it made with the lesion in the scan and the
/// slice without; both (1,H,W,1).
struct Recovered {
  /// Of a pattern p of shares and the change d of the slice: sum(d p) / (contrast sum(p p)). It is
  /// the factor by which contrast times p fits the change best (least squares); 1: all of it.
  double contrast = 0;
  /// sum(d) / (contrast sum(p)), with d over a surrounding of 3 mm, too; 1: all of it.
  double volume = 0;
};

/// Input error for a pattern without any share.
Recovered recovered(const nn::Tensor& with, const nn::Tensor& without, const Lesion& lesion,
                    const LesionPatch& pattern, const VoxelSize& voxel);

// Places in soft tissue.

struct Place {
  nn::index row = 0, column = 0;
};

/// Places on a grid of `step` mm where a disc of `radius` mm holds soft tissue alone in all of
/// `slices`: its mean is from kSoftMean[0] to kSoftMean[1] HU, and every pixel within
/// kSoftPixel.
std::vector<Place> soft_places(std::span<const nn::Tensor> slices, const VoxelSize& voxel,
                               double radius, double step);

inline constexpr std::array<double, 2> kSoftMean{10, 60};
inline constexpr std::array<double, 2> kSoftPixel{-150, 230};

/// Diameter in mm of the disc that spot() compares with its surroundings.
inline constexpr double kSpot = 4;

/// How much brighter a disc of kSpot around a place is than a ring around it, from 1.5 to 3 times
/// its radius; HU.
double spot(const nn::Tensor& slice, const Place& place, const VoxelSize& voxel);

}  // namespace data
