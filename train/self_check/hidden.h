// Known slices hidden in turn and made again from their neighbours: what a network and the simpler
// method beside it each get wrong on the very scan that is to be filled. Rules and maths:
// docs/audit/self-check.md.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "data/measure/metrics.h"
#include "data/volume/volume.h"
#include "train/predict/interpolate.h"
#include "train/self_check/fallback.h"
#include "train/self_check/signals.h"

namespace train {

/// The slices of a scan that are known, as every method sees them.
struct KnownScan {
  std::function<nn::Tensor(nn::index)> slice;  ///< (1,H,W,1), as known_slice() gives it
  std::vector<data::Position> positions;       ///< of each slice, mm
  data::Unit unit = data::Unit::hu;
  std::vector<std::uint8_t> text;  ///< 1 for each pixel with burned-in text; empty: none

  nn::index slices() const { return static_cast<nn::index>(positions.size()); }
};

/// The real slices of a scan, refined or not. Keeps a reference to it.
KnownScan known_scan(const data::Volume& scan);

/// At most so many slices are hidden: of longer scans an evenly spread choice.
inline constexpr nn::index kMostHidden = 64;

/// `all`, or of a longer list so many, evenly spread.
std::vector<nn::index> evenly_spread(const std::vector<nn::index>& all, nn::index most);

/// Which slices to hide, in order: those with a known slice on both sides whose two gaps will both
/// be cut (`cut`, one entry a gap), that training did not have as targets (`trained`, one entry a
/// slice, or empty), and with a method that makes middles only, those in the middle of their
/// neighbours; kMostHidden of them.
std::vector<nn::index> slices_to_hide(const KnownScan& scan, const std::vector<bool>& cut,
                                      const std::vector<bool>& trained, bool middles_only);

/// The tissues of metrics.h and last everything else: which one a pixel belongs to is decided by
/// the value that the fallback gives it, since the true one is not known where a slice is missing.
inline constexpr std::size_t kClasses = data::kTissueCount + 1;

/// Tissue by tissue, whether pixels that the fallback puts into it take the fallback's value.
using FromFallback = std::array<bool, data::kTissueCount>;

/// Sums over one hidden slice, by class.
struct ClassErrors {
  std::array<double, kClasses> absolute{};  ///< |prediction - truth| over the body
  std::array<double, kClasses> squared{};   ///< over all pixels, in the full window
};

/// From each hidden slice so many pixels at most are kept, for the error map: every n-th.
inline constexpr nn::index kMostSamples = 4096;

struct HiddenSlice {
  nn::index slice = 0;
  std::array<nn::index, kClasses> body{};  ///< pixels in the body
  nn::index pixels = 0;
  double peak = 0;  ///< width of the full window
  ClassErrors model, fallback;
  std::vector<PixelSample> model_pixels, fallback_pixels;  ///< kMostSamples of the body

  nn::index body_pixels() const;
  /// Mean absolute error in the body and PSNR of the model's slice with the fallback's values in
  /// these tissues.
  double mae(const FromFallback& tissues) const;
  double psnr(const FromFallback& tissues) const;
  double mae_fallback() const;
  double psnr_fallback() const;
};

/// Of a method that is no network: its slices, which agree with themselves.
std::vector<BothOrders> answers(const Method& method, std::span<const MissingSlice> missing);

/// Makes the slices `hidden` by `model` and by `fallback` and adds up errors: HU clamped
/// as in metrics.h inside body_mask() of the true slice; grey levels over the whole picture but its
/// text. Slices without a body are left out of the result. Holds the slices of images_at_once() and
/// no more. `done` is called after each with how many are done.
std::vector<HiddenSlice> hide_and_make(const KnownScan& scan, std::span<const nn::index> hidden,
                                       const Method& model, Fallback fallback,
                                       const SliceDone& done);

/// `model` with the values of `fallback` where that sees one of these tissues; both (1,H,W,1) in
/// HU.
nn::Tensor mixed(const nn::Tensor& model, const nn::Tensor& fallback, const FromFallback& tissues);

/// `model` with the values of `fallback` where `seen`, a slice by the fallback, has a tissue of
/// these.
nn::Tensor chosen(const nn::Tensor& model, const nn::Tensor& fallback, const nn::Tensor& seen,
                  const FromFallback& tissues);

/// A method whose slices are mixed() with those of `fallback`.
Method with_fallback_in(const Method& model, const Method& fallback, const FromFallback& tissues,
                        const std::string& name);

}  // namespace train
