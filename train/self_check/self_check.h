// Before a scan is filled: is the network better on this very scan than what needs no network?
// Hides known slices, decides, and hands out the methods with which the scan is to be filled.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "train/predict/model_file.h"
#include "train/self_check/decide.h"

namespace train {

/// Which slices of a scan a model had as targets in training: true for those. Empty when it was not
/// trained on the scan, which it knows by its SHA-256. All, when the scan was cut across another
/// axis then.
std::vector<bool> trained_targets(const Model& model, const std::string& sha256,
                                  const nn::Shape& slice, nn::index slices);

struct SelfCheck {
  /// false: on a scan that the network was not trained for, registration is checked in its place.
  bool network = true;
  nn::index slices = 0;    ///< of the scan
  nn::index interior = 0;  ///< slices with a known one on both sides
  nn::index trained = 0;   ///< of these, targets of the training, which say nothing
  /// Trial 1: registration as candidate, cubic as baseline. The winner is the fallback.
  std::vector<HiddenSlice> registered;
  Fallback fallback = Fallback::cubic;
  /// Trial 2: the network, or registration in its place, as candidate, the fallback as baseline.
  std::vector<HiddenSlice> hidden;
  bool hu = true;
  Decision decision;
  /// The probed gaps as the network has made them, to give to fill(): CheckOptions::keep_middles.
  std::vector<MadeMiddle> middles;
};

struct CheckOptions {
  Samples samples = Samples::none;  ///< kept: for an error map
  bool keep_middles = false;        ///< the middles of all gaps are slices that will be made
};

/// What is made for a self-check: hidden slices, whose truth is known, by `registered` and by the
/// network (`hidden`), which may not be asked for those of its training; and then by the network
/// the middles of `probed` gaps, where even tissue needs no truth. It is not asked for those if it
/// has lost already.
struct SlicesToMake {
  std::vector<nn::index> registered, hidden, probed;

  /// In this order, for a time left.
  std::vector<WorkPart> work(const Method& model) const;
};

/// `cut` and `trained` as in self_check(). No gap is probed where the network is not used anyway.
SlicesToMake slices_to_make(const data::ScanView& scan, const std::vector<bool>& cut,
                            const std::vector<bool>& trained, const Method& model);

/// `cut`: one entry a gap, whether slices will be made in it. `trained`: of trained_targets().
/// `done`: after each group of slices, with how many are made. Results do not depend on the number
/// of threads.
SelfCheck self_check(const data::ScanView& scan, const std::vector<bool>& cut,
                     const std::vector<bool>& trained, const Method& model, const SliceDone& done,
                     const CheckOptions& options = {});

/// For a scan that the network was not trained for: registration is checked by the same rules, with
/// cubic interpolation as baseline. It learns nothing, so no slice was a target of its training
/// and no gap is narrower than those that it knows. It makes slices_to_make(...).registered.
SelfCheck self_check_without_network(const data::ScanView& scan, const std::vector<bool>& cut,
                                     const SliceDone& done);

/// What to give to fill(): the methods, "registered (self-check)" or "cubic (self-check)" among
/// them, and which gap is whose. Expected errors are set for scans in HU only. `candidate`: the
/// method that was checked; without a network, registration, and "(not trained for this)" is the
/// reason.
struct CheckedMethods {
  std::vector<Method> methods;
  std::vector<GapMethod> gaps;
};
CheckedMethods checked_methods(const SelfCheck& check, const Method& candidate);

/// Whether the network makes everything: no tissue and no gap is the fallback's.
bool is_model_alone(const SelfCheck& check);

/// What is used of a slice in gap `gap`, the one after known slice `gap`, that both have made, the
/// candidate and its baseline.
nn::Tensor checked_slice(const SelfCheck& check, nn::index gap, const nn::Tensor& candidate,
                         const nn::Tensor& baseline);

/// Runs of gaps that the fallback makes although the scan as a whole is the candidate's: numbers of
/// the slices at both ends.
std::vector<std::pair<nn::index, nn::index>> fallback_ranges(const Decision& decision);

/// Mean of the expected errors over all gaps that are cut; none where none is known.
std::optional<double> expected_error(const SelfCheck& check, const std::vector<bool>& cut);

}  // namespace train
