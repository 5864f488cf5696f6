// Where the voxels of a scan lie in the patient, in mm. Uses the full affine and, if the scan has
// them, the positions of its slices. So gantry tilt, uneven steps and any order of axes are exact.
// The world is NIfTI's: x to the patient's right, y to the front, z to the head.
#pragma once

#include <array>
#include <vector>

#include "data/volume/point.h"
#include "data/volume/volume.h"

namespace data {

class Placement {
 public:
  /// Takes slices, rows and columns of the Volume. Pictures do not say how they lie in the patient.
  /// They are placed like axial slices seen by a radiologist: columns to the patient's left, rows
  /// to the back, slices to the head. Input error if rows and columns do not span a plane, if
  /// slices are not in order along its normal, or if a number is not finite.
  explicit Placement(const Volume& volume);

  /// Volume::oriented.
  bool oriented() const { return oriented_; }
  nn::index slices() const { return static_cast<nn::index>(origins_.size()); }
  nn::index height() const { return height_; }
  nn::index width() const { return width_; }
  /// From row to row and from column to column.
  const Point& row_step() const { return row_step_; }
  const Point& column_step() const { return column_step_; }
  /// Perpendicular to the slices, of length 1, towards higher slices.
  const Point& normal() const { return normal_; }
  /// True if the vectors column, row, slice form a left-handed system. Then a clockwise turn in
  /// voxels is anticlockwise in the patient.
  bool mirrored() const { return mirrored_; }
  /// Position of voxel (row 0, column 0) of slice k. k = -1 and k = slices() lie one step outside.
  Point origin(nn::index k) const;
  Point at(nn::index slice, double row, double column) const;
  /// Position of slice k along the normal.
  double depth(nn::index k) const { return dot(normal_, origin(k)); }
  /// Median distance from slice to slice along the normal.
  double step() const;
  /// The slice that lies nearest to a depth, at most half a step beyond the ends, or -1.
  nn::index nearest_slice(double depth) const;
  /// Row and column where the perpendicular through `p` meets slice k.
  std::array<double, 2> row_column(nn::index k, const Point& p) const;
  /// Corners of every slice's slab: half a voxel beyond the outer centres, and half way to the
  /// neighbours along the normal.
  std::vector<Point> corners() const;

 private:
  void set_slices(const Volume& volume, const Affine& affine);

  nn::index height_;
  nn::index width_;
  bool oriented_;
  bool mirrored_ = false;
  Point row_step_{}, column_step_{}, normal_{};
  Point row_dual_{}, column_dual_{};  // dot product with them: row and column
  std::vector<Point> origins_;
  Point first_step_{}, last_step_{};
  std::vector<double> bounds_;  // along the normal; slice k reaches from k to k + 1
};

}  // namespace data
