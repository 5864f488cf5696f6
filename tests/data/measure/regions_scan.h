// A scan of plain regions, a network that knows it, and hidden slices made up: what tests of the
// self-check share.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "data/phantom/phantom.h"
#include "models/interpolators.h"
#include "train/self_check/self_check.h"

namespace self_check_test {

using train::decide;
using train::HiddenSlice;
using train::Method;
using train::MissingSlice;
using train::Whole;

inline constexpr auto kAir = static_cast<std::size_t>(data::Tissue::air);
inline constexpr auto kSoft = static_cast<std::size_t>(data::Tissue::soft);
inline constexpr auto kBone = static_cast<std::size_t>(data::Tissue::bone);

inline std::size_t at(nn::index i) { return static_cast<std::size_t>(i); }

/// Columns of a slice of `scan_of_regions`: air around, soft tissue with air in it, and bone.
inline double base_of(nn::index row, nn::index column) {
  const bool inside = row >= 4 && row < 28 && column >= 4 && column < 28;
  if (!inside) return -1000;
  if (column < 12) return 700;
  return row >= 10 && row < 20 && column >= 16 && column < 22 ? -900 : 40;
}

/// Values that bend with z, so that cubic interpolation over twice the gap is off by what
/// `cubic_error` says: every second slice is higher by 10 HU.
inline data::Volume scan_of_regions(nn::index slices) {
  data::PhantomOptions o;
  o.slices = slices;
  o.size = 32;
  data::Volume v = data::make_phantom(o);
  for (nn::index k = 0; k < slices; ++k) {
    nn::Tensor s = nn::Tensor::full({1, 32, 32, 1}, 0);
    for (nn::index r = 0; r < 32; ++r) {
      for (nn::index c = 0; c < 32; ++c) {
        s.at(0, r, c, 0) = static_cast<nn::real>(base_of(r, c) + (k % 2 == 1 ? 10 : 0));
      }
    }
    v.set_slice(k, s);
  }
  return v;
}

/// The true middle slice, off by what `error` says of the slice and the pixel. Knows the scan, and
/// finds the slice by its neighbour before, which it is told by the order of the calls. Of slices
/// that are not in the scan it knows as much as cubic interpolation, and adds `shift`.
template <class F>
Method knows_the_truth(const data::Volume& scan, const F& error, nn::real shift = 0) {
  auto next = std::make_shared<nn::index>(1);
  return {
      "model", true,
      [&scan, error, next, shift](std::span<const MissingSlice> missing) {
        std::vector<nn::Tensor> slices;
        for (const MissingSlice& m : missing) {
          if (m.gap < 1.5 * scan.slice_spacing()) {
            slices.push_back(models::cubic(m.known[0], m.known[1], m.known[2], m.known[3], m.t));
            for (nn::real& v : slices.back().values()) v += shift;
            continue;
          }
          const nn::index k = (*next)++;
          nn::Tensor s = scan.slice(k).clone();
          for (nn::index p = 0; p < s.numel(); ++p) {
            s.data()[p] += static_cast<nn::real>(error(k, static_cast<double>(s.data()[p])));
          }
          slices.push_back(s);
        }
        return slices;
      },
      true, true};
}

inline std::vector<bool> all_gaps(nn::index slices) {
  return std::vector<bool>(at(slices - 1), true);
}

template <class F>
train::SelfCheck checked(nn::index slices, const F& error) {
  const data::Volume scan = scan_of_regions(slices);
  return train::self_check(data::view_of(scan), all_gaps(slices), {}, knows_the_truth(scan, error),
                           {});
}

/// A hidden slice of 100 pixels of soft tissue with these mean absolute errors.
inline HiddenSlice soft_slice(nn::index k, double candidate, double baseline) {
  HiddenSlice h;
  h.slice = k;
  h.pixels = 100;
  h.peak = 3072;
  h.body[kSoft] = 100;
  h.candidate.absolute[kSoft] = 100 * candidate;
  h.baseline.absolute[kSoft] = 100 * baseline;
  h.candidate.squared[kSoft] = 100 * candidate * candidate;
  h.baseline.squared[kSoft] = 100 * baseline * baseline;
  return h;
}

}  // namespace self_check_test
