#include "data/volume/labels.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "nn/core/error.h"
#include "nn/core/parallel.h"

namespace data {
namespace {

using nn::index;

constexpr double kNoPixel = std::numeric_limits<double>::infinity();

bool holds_integers(StoredType type) {
  return type != StoredType::float32 && type != StoredType::float64;
}

/// A slice of labels, row by row.
struct LabelSlice {
  index height = 0, width = 0;
  std::vector<std::int64_t> values;

  std::int64_t at(index row, index column) const {
    return values[static_cast<std::size_t>(row * width + column)];
  }
};

LabelSlice label_slice(const Volume& v, index k) {
  const Voxels voxels(v);
  LabelSlice s{v.height(), v.width(), {}};
  s.values.reserve(static_cast<std::size_t>(s.height * s.width));
  for (index i = 0; i < s.height; ++i) {
    for (index j = 0; j < s.width; ++j) {
      s.values.push_back(static_cast<std::int64_t>(voxels(k, i, j)));
    }
  }
  return s;
}

/// Part of a slice: rows and columns from the first to before the end.
struct LabelBox {
  index top = 0, left = 0, bottom = 0, right = 0;

  index height() const { return bottom - top; }
  index width() const { return right - left; }
};

/// Squared distances along a line to the nearest of its points, plus what each of those has
/// already: the lower envelope of parabolas (P. F. Felzenszwalb and D. P. Huttenlocher, "Distance
/// Transforms of Sampled Functions", Theory of Computing 8, 2012). `step` mm from point to point.
void transform_line(std::vector<double>& f, double step) {
  const auto n = static_cast<index>(f.size());
  std::vector<index> vertex(f.size());
  std::vector<double> from(f.size() + 1);  // the parabola of vertex[i] is lowest from here on
  const auto at = [&](index i) { return f[static_cast<std::size_t>(i)]; };
  index last = -1;
  for (index q = 0; q < n; ++q) {
    if (at(q) == kNoPixel) continue;
    const double x = static_cast<double>(q) * step;
    double meet = -kNoPixel;
    for (; last >= 0; --last) {
      const index v = vertex[static_cast<std::size_t>(last)];
      const double y = static_cast<double>(v) * step;
      meet = ((at(q) + x * x) - (at(v) + y * y)) / (2 * (x - y));
      if (meet > from[static_cast<std::size_t>(last)]) break;
    }
    ++last;
    vertex[static_cast<std::size_t>(last)] = q;
    from[static_cast<std::size_t>(last)] = last == 0 ? -kNoPixel : meet;
  }
  if (last < 0) return;  // far everywhere
  std::vector<double> out(f.size());
  for (index q = 0, i = 0; q < n; ++q) {
    const double x = static_cast<double>(q) * step;
    while (i < last && from[static_cast<std::size_t>(i + 1)] < x) ++i;
    const index v = vertex[static_cast<std::size_t>(i)];
    const double d = x - static_cast<double>(v) * step;
    out[static_cast<std::size_t>(q)] = d * d + at(v);
  }
  f = std::move(out);
}

/// Distances in mm from every pixel of a box to the nearest one where `is(row, column)`.
template <class F>
std::vector<double> distances_to(const LabelBox& box, double row_mm, double column_mm,
                                 const F& is) {
  const auto h = static_cast<std::size_t>(box.height());
  const auto w = static_cast<std::size_t>(box.width());
  std::vector<double> d(h * w, kNoPixel);
  std::vector<double> line(w);
  for (std::size_t i = 0; i < h; ++i) {
    for (std::size_t j = 0; j < w; ++j) {
      line[j] =
          is(box.top + static_cast<index>(i), box.left + static_cast<index>(j)) ? 0 : kNoPixel;
    }
    transform_line(line, column_mm);
    std::copy(line.begin(), line.end(), d.begin() + static_cast<std::ptrdiff_t>(i * w));
  }
  line.resize(h);
  for (std::size_t j = 0; j < w; ++j) {
    for (std::size_t i = 0; i < h; ++i) line[i] = d[i * w + j];
    transform_line(line, row_mm);
    for (std::size_t i = 0; i < h; ++i) d[i * w + j] = std::sqrt(line[i]);
  }
  return d;
}

/// Signed distances to the edge of one label in a slice.
struct SignedDistances {
  LabelBox box;
  std::vector<double> mm;

  double at(index row, index column) const {
    return mm[static_cast<std::size_t>((row - box.top) * box.width() + column - box.left)];
  }
};

/// Both neighbours of a gap, and where their labels are.
class LabelGap {
 public:
  LabelGap(LabelSlice before, LabelSlice after, double row_mm, double column_mm)
      : slices_{std::move(before), std::move(after)}, row_mm_(row_mm), column_mm_(column_mm) {
    std::set<std::int64_t> differing;
    for (std::size_t i = 0; i < slices_[0].values.size(); ++i) {
      if (slices_[0].values[i] == slices_[1].values[i]) continue;
      differing.insert({slices_[0].values[i], slices_[1].values[i]});
    }
    find_boxes(differing);
    for (const auto& [label, box] : boxes_) {
      if (label != 0) measure(label, box);
    }
  }

  /// The slice that lies t of the way from the first to the second.
  std::vector<std::int64_t> at(double t) const {
    std::vector<std::int64_t> made = slices_[0].values;
    const index width = slices_[0].width;
    for (std::size_t i = 0; i < made.size(); ++i) {
      const std::int64_t a = std::min(slices_[0].values[i], slices_[1].values[i]);
      const std::int64_t b = std::max(slices_[0].values[i], slices_[1].values[i]);
      if (a == b) continue;
      const index row = static_cast<index>(i) / width;
      const index column = static_cast<index>(i) % width;
      if (a == 0 || b == 0) {
        const std::int64_t label = a == 0 ? b : a;
        made[i] = distance(label, row, column, t) > 0 ? label : 0;
      } else {
        made[i] = distance(b, row, column, t) > distance(a, row, column, t) ? b : a;
      }
    }
    return made;
  }

 private:
  /// Of each label the pixels that have it in either slice, and one pixel around, within which the
  /// nearest pixel on the other side of its edge lies.
  void find_boxes(const std::set<std::int64_t>& labels) {
    const index h = slices_[0].height;
    const index w = slices_[0].width;
    for (const LabelSlice& s : slices_) {
      for (index i = 0; i < h; ++i) {
        for (index j = 0; j < w; ++j) {
          if (!labels.contains(s.at(i, j))) continue;
          const auto [found, fresh] = boxes_.try_emplace(s.at(i, j), LabelBox{i, j, i + 1, j + 1});
          LabelBox& b = found->second;
          b = {std::min(b.top, i), std::min(b.left, j), std::max(b.bottom, i + 1),
               std::max(b.right, j + 1)};
        }
      }
    }
    for (auto& [label, b] : boxes_) {
      b = {std::max<index>(b.top - 1, 0), std::max<index>(b.left - 1, 0), std::min(b.bottom + 1, h),
           std::min(b.right + 1, w)};
    }
  }

  void measure(std::int64_t label, const LabelBox& box) {
    std::array<SignedDistances, 2> both;
    std::array<bool, 2> all{true, true};  // of the box, and with it of the slice
    std::array<bool, 2> none{true, true};
    for (std::size_t s = 0; s < 2; ++s) {
      const LabelSlice& slice = slices_[s];
      const auto to_label = distances_to(box, row_mm_, column_mm_,
                                         [&](index i, index j) { return slice.at(i, j) == label; });
      const auto to_others = distances_to(
          box, row_mm_, column_mm_, [&](index i, index j) { return slice.at(i, j) != label; });
      both[s] = {box, std::vector<double>(to_label.size())};
      for (std::size_t i = 0; i < to_label.size(); ++i) {
        all[s] = all[s] && to_label[i] == 0;
        none[s] = none[s] && to_others[i] == 0;
        both[s].mm[i] = to_others[i] - to_label[i];
      }
    }
    for (std::size_t s = 0; s < 2; ++s) {
      if (!all[s] && !none[s]) continue;
      const std::vector<double>& other = both[1 - s].mm;
      double mm = all[s] ? 1 : -1;  // of two slices that hold nothing else, or nothing of it
      if (!all[1 - s] && !none[1 - s]) {
        mm = all[s] ? -*std::min_element(other.begin(), other.end())
                    : -*std::max_element(other.begin(), other.end());
      }
      std::fill(both[s].mm.begin(), both[s].mm.end(), mm);
    }
    distances_.emplace(label, std::move(both));
  }

  double distance(std::int64_t label, index row, index column, double t) const {
    const auto& [before, after] = distances_.at(label);
    return (1 - t) * before.at(row, column) + t * after.at(row, column);
  }

  std::array<LabelSlice, 2> slices_;
  double row_mm_, column_mm_;
  std::map<std::int64_t, LabelBox> boxes_;
  std::map<std::int64_t, std::array<SignedDistances, 2>> distances_;
};

/// Stores whole numbers, which fit since they come from the same map, as slice k.
void store_labels(Volume& v, index k, const std::vector<std::int64_t>& values) {
  const std::array<index, 3> stride{1, v.dims[0], v.dims[0] * v.dims[1]};
  const auto step = [&](int axis) { return stride[static_cast<std::size_t>(axis)]; };
  const std::size_t width = bytes_of(v.type);
  std::size_t i = 0;
  for (index row = 0; row < v.height(); ++row) {
    for (index column = 0; column < v.width(); ++column, ++i) {
      const index at =
          k * step(v.slice_axis) + row * step(v.row_axis()) + column * step(v.column_axis());
      // Little-endian: the lowest bytes come first.
      std::memcpy(v.stored.data() + static_cast<std::size_t>(at) * width, &values[i], width);
    }
  }
}

/// The largest distance between the places of a corner of both grids.
double labels_apart(const Volume& a, const Volume& b) {
  double worst = 0;
  const auto place = [](const Volume& v, index k, bool row, bool column) {
    Point p = v.position(k);
    const auto add = [&](int axis, index steps) {
      for (std::size_t r = 0; r < 3; ++r) {
        p[r] += static_cast<double>(steps) * v.affine[r][static_cast<std::size_t>(axis)];
      }
    };
    if (row) add(v.row_axis(), v.height() - 1);
    if (column) add(v.column_axis(), v.width() - 1);
    return p;
  };
  for (const index k : {index{0}, a.slices() - 1}) {
    for (const bool row : {false, true}) {
      for (const bool column : {false, true}) {
        worst = std::max(worst, distance(place(a, k, row, column), place(b, k, row, column)));
      }
    }
  }
  return worst;
}

std::string voxel_counts(const Volume& v) {
  return std::to_string(v.dims[0]) + " x " + std::to_string(v.dims[1]) + " x " +
         std::to_string(v.dims[2]);
}

}  // namespace

void require_labels_of(const Volume& labels, const Volume& scan) {
  nn::require(holds_integers(labels.type) && labels.slope == 1 && labels.intercept == 0,
              labels.source,
              "a label map of " + to_string(labels.type) + " values" +
                  (holds_integers(labels.type) ? " with a scale" : ""),
              "whole numbers without a scale", "convert it to int16 or uint8");
  nn::require(labels.dims == scan.dims, labels.source, "a label map of " + voxel_counts(labels),
              voxel_counts(scan) + " as the scan", "resample the labels onto the scan's grid");
  nn::require(labels.slice_axis == scan.slice_axis, labels.source,
              "slices across axis " + std::to_string(labels.slice_axis),
              std::to_string(scan.slice_axis) + " as the scan", "give --axis");
  if (!labels.oriented || !scan.oriented) return;
  const double mm = labels_apart(labels, scan);
  nn::require(mm <= kSamePlace, labels.source,
              "a label map that lies up to " + std::to_string(mm) + " mm beside the scan",
              "the scan's grid", "resample the labels onto it, for instance in 3D Slicer");
}

Volume interpolated_labels(const Volume& labels, const Volume& filled) {
  std::vector<index> parts(static_cast<std::size_t>(labels.slices() - 1), 1);
  for (const SliceOrigin& o : filled.origins) {
    if (!o.synthetic()) continue;
    if (o.before < 0 || o.after != o.before + 1 || o.after >= labels.slices()) {
      throw nn::Error(nn::Fault::job, labels.source, "slices of another scan", "");
    }
    ++parts[static_cast<std::size_t>(o.before)];
  }
  Volume made = labels.refined(parts);
  if (made.slices() != filled.slices()) {
    throw nn::Error(nn::Fault::job, labels.source, "slices of another scan", "");
  }
  const double row_mm = labels.spacing[static_cast<std::size_t>(labels.row_axis())];
  const double column_mm = labels.spacing[static_cast<std::size_t>(labels.column_axis())];
  nn::parallel_for(labels.slices() - 1, [&](index gap) {
    if (parts[static_cast<std::size_t>(gap)] == 1) return;
    const LabelGap shapes(label_slice(labels, gap), label_slice(labels, gap + 1), row_mm,
                          column_mm);
    for (index k = 0; k < filled.slices(); ++k) {
      const SliceOrigin o = filled.origin(k);
      if (!o.synthetic() || o.before != gap) continue;
      store_labels(made, k, shapes.at(o.t));
      SliceOrigin& origin = made.origins[static_cast<std::size_t>(k)];
      origin.t = o.t;
      origin.method = "shapes";
    }
  });
  return made;
}

}  // namespace data
