#include "data/volume/slice_axis.h"

#include <algorithm>
#include <cmath>

#include "nn/core/error.h"

namespace data {
namespace {

using nn::index;

/// How far two spacings are apart, as the logarithm of their ratio.
double apart(double a, double b) { return std::fabs(std::log(a / b)); }

/// Of three axes the one that `unlike(own, one, other)` the two others; none if there is no such.
template <class T, class F>
std::optional<int> odd_one(const std::array<T, 3>& values, const F& unlike) {
  for (std::size_t a = 0; a < 3; ++a) {
    if (unlike(values[a], values[(a + 1) % 3], values[(a + 2) % 3])) return static_cast<int>(a);
  }
  return std::nullopt;
}

std::optional<int> odd_spacing(const std::array<double, 3>& spacing) {
  return odd_one(spacing, [](double own, double one, double other) {
    const double gap = std::min(apart(own, one), apart(own, other));
    return gap > std::log(1.01) && gap > 2 * apart(one, other);
  });
}

std::optional<int> odd_size(const std::array<index, 3>& dims) {
  return odd_one(dims,
                 [](index own, index one, index other) { return one == other && own != one; });
}

std::string but(int axis, const std::string& why, int other, const std::string& what) {
  return "slices are cut across axis " + std::to_string(axis) + ", " + why + ", but axis " +
         std::to_string(other) + " " + what + ": --axis chooses another";
}

}  // namespace

std::optional<int> head_feet_axis(const Volume& v) {
  if (!v.oriented) return std::nullopt;
  const auto along = [&](std::size_t a) {
    return std::fabs(v.affine[2][a]) / std::hypot(v.affine[0][a], v.affine[1][a], v.affine[2][a]);
  };
  int best = 2;
  for (int a = 1; a >= 0; --a) {
    if (along(static_cast<std::size_t>(a)) > along(static_cast<std::size_t>(best))) best = a;
  }
  return best;
}

AxisChoice default_slice_axis(const std::array<index, 3>& dims,
                              const std::array<double, 3>& spacing, const AxisHints& hints) {
  const std::optional<int> by_spacing = odd_spacing(spacing);
  const std::optional<int> by_size = odd_size(dims);
  const std::string unlike = "has a spacing unlike the other two";
  AxisChoice choice;
  if (hints.named) {
    choice = {*hints.named, "the header's dim_info names it", ""};
    if (by_spacing && by_spacing != hints.named) {
      choice.doubt = but(choice.axis, "which dim_info names", *by_spacing, unlike);
    }
  } else if (by_spacing) {
    choice = {*by_spacing, "it " + unlike, ""};
    if (by_size && by_size != by_spacing) {
      choice.doubt = but(choice.axis, "which " + unlike, *by_size, "has the size unlike them");
    }
  } else if (by_size && by_size == hints.head_feet.value_or(2)) {
    choice = {*by_size, "spacings are alike, and it has a size unlike the other two", ""};
  } else {
    choice.reason = "the last one, since neither header nor spacing nor size tells";
    choice.doubt =
        "neither header nor spacing nor size says across which axis slices are cut: "
        "the last, 2, is taken; --axis chooses another";
  }
  return choice;
}

void choose_slice_axis(Volume& volume, int axis, const AxisHints& hints) {
  nn::require(axis >= -1 && axis <= 2, "--axis", std::to_string(axis), "0, 1 or 2");
  if (axis != -1) {
    volume.slice_axis = axis;
    volume.slice_axis_reason = "--axis";
    return;
  }
  const AxisChoice choice = default_slice_axis(volume.dims, volume.spacing, hints);
  volume.slice_axis = choice.axis;
  volume.slice_axis_reason = choice.reason;
  if (!choice.doubt.empty()) volume.warnings.push_back(choice.doubt);
}

}  // namespace data
