// A trial of two methods: known slices are hidden in turn and made again from their neighbours, by
// a candidate and by a simpler baseline. What each gets wrong is added up. The candidate is a
// network or registration, the baseline is registration or cubic interpolation. Rules and maths:
// docs/audit/self-check.md.
#pragma once

#include <array>
#include <span>
#include <string>
#include <vector>

#include "data/measure/metrics.h"
#include "data/slices/scan_view.h"
#include "train/predict/interpolate.h"
#include "train/self_check/signals.h"

namespace train {

// What takes a network's place where it is not clearly better: methods without a network, from the
// simplest to the one that has to prove itself against it. docs/audit/self-check.md.

enum class Fallback { cubic, registered };

/// "cubic" or "registered"
std::string name_of(Fallback fallback);

/// The method of that name.
Method method_of(Fallback fallback, data::Unit unit);

/// The next simpler method: cubic interpolation for registration, linear for cubic.
Method simpler_than(Fallback fallback);

/// At most so many slices are hidden: of longer scans an evenly spread choice.
inline constexpr nn::index kMostHidden = 32;

/// `all`, or of a longer list so many, evenly spread.
std::vector<nn::index> evenly_spread(const std::vector<nn::index>& all, nn::index most);

/// Which slices to hide, in order: those with a known slice on both sides whose two gaps will both
/// be cut (`cut`, one entry a gap), that training did not have as targets (`trained`, one entry a
/// slice, or empty), and with a method that makes middles only, those in the middle of their
/// neighbours; kMostHidden of them.
std::vector<nn::index> slices_to_hide(const data::ScanView& scan, const std::vector<bool>& cut,
                                      const std::vector<bool>& trained, bool middles_only);

/// The tissues of metrics.h and last everything else. Which one a pixel belongs to is decided by
/// the value that the baseline gives it, since the true one is not known where a slice is missing.
inline constexpr std::size_t kClasses = data::kTissueCount + 1;

/// Tissue by tissue, whether pixels that the baseline puts into it take the baseline's value.
using FromBaseline = std::array<bool, data::kTissueCount>;

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
  ClassErrors candidate, baseline;
  std::vector<PixelSample> candidate_pixels, baseline_pixels;  ///< kMostSamples of the body

  nn::index body_pixels() const;
  /// Mean absolute error in the body and PSNR of the candidate's slice with the baseline's values
  /// in these tissues.
  double mae(const FromBaseline& tissues) const;
  double psnr(const FromBaseline& tissues) const;
  double mae_baseline() const;
  double psnr_baseline() const;
};

/// Of a method that is no network: its slices, which agree with themselves.
std::vector<BothOrders> answers(const Method& method, std::span<const MissingSlice> missing);

/// Whether pixels are kept for an error map (HiddenSlice::candidate_pixels).
enum class Samples { none, kept };

/// Makes the slices `hidden` by both methods and adds up errors: HU clamped as in metrics.h inside
/// body_mask() of the true slice; grey levels over the whole picture but its text. Slices without a
/// body are left out of the result. Holds the slices of images_at_once() and no more. `done` is
/// called after each with how many are done.
std::vector<HiddenSlice> hide_and_make(const data::ScanView& scan,
                                       std::span<const nn::index> hidden, const Method& candidate,
                                       Fallback baseline, Samples samples, const SliceDone& done);

/// The trials of a self-check.
struct Trials {
  std::vector<HiddenSlice> registered;  ///< registration as candidate, cubic as baseline
  /// The network as candidate, and as baseline each Fallback.
  std::array<std::vector<HiddenSlice>, 2> network;
};

/// The same as hide_and_make() for all trials at once, so that each slice is made once by each
/// method, and registered once. Registration makes all of `registered`, the network those of them
/// that are in `hidden`.
Trials try_all(const data::ScanView& scan, std::span<const nn::index> registered,
               std::span<const nn::index> hidden, const Method& network, Samples samples,
               const SliceDone& done);

/// `candidate` with the values of `baseline` where the baseline sees one of these tissues; both
/// (1,H,W,1) in HU.
nn::Tensor mixed(const nn::Tensor& candidate, const nn::Tensor& baseline,
                 const FromBaseline& tissues);

/// `candidate` with the values of `baseline` where `seen`, a slice by the baseline, has one of
/// these tissues.
nn::Tensor chosen(const nn::Tensor& candidate, const nn::Tensor& baseline, const nn::Tensor& seen,
                  const FromBaseline& tissues);

/// A method whose slices are those of `candidate`, mixed() with those of `baseline`.
Method with_baseline_in(const Method& candidate, const Method& baseline,
                        const FromBaseline& tissues, const std::string& name);

}  // namespace train
