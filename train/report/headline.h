// A result in plain words, made from the numbers: also when there is nothing to be proud of.
#pragma once

#include <string>
#include <vector>

#include "train/evaluate/evaluate.h"

namespace train {

/// Whether a model is ahead of another method in the full window: as the 95 % interval of the
/// difference lies above 0, below 0, or around it.
enum class Verdict { better, worse, even };
Verdict verdict_of(const data::Summary& gain);
/// Of the model against the best method that needs no network on this scan, best_free().
Verdict verdict_of(const ScanReport& report);

/// "Better than every method that needs no network", for a title.
std::string verdict_words(Verdict verdict);

/// One or two sentences: by how much the model is closer to the truth than the best method that
/// needs no network, on how many slices, and what to use where it is not.
std::string headline(const ScanReport& report);

/// Sentences on soft tissue and on the absolute error in the body, where the scan has them, on
/// cubic interpolation and on the self-check.
std::vector<std::string> details(const ScanReport& report);

/// What keeps these numbers from meaning what they seem to, worst first; may be empty.
std::vector<std::string> cautions(const ScanReport& report);

/// What the report's protocol tests and what a result under it says (docs/audit/protocols.md).
std::string protocol_meaning(const ScanReport& report);

/// A probability as a table shows it: "0.043", "< 0.0001".
std::string p_text(double p);

/// "with sign": "+1.20", "-0.31", "0.00".
std::string signed_text(double value, int decimals);

}  // namespace train
