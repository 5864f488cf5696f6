// A result in plain words, made from the numbers: also when there is nothing to be proud of.
#pragma once

#include <string>
#include <vector>

#include "train/evaluate/evaluate.h"

namespace train {

/// Whether a model is ahead of cubic interpolation in the full window: as its 95 % interval lies
/// above 0, below 0, or around it.
enum class Verdict { better, worse, even };
Verdict verdict_of(const data::Summary& over_cubic);

/// One sentence: by how much the model is closer to the truth than cubic interpolation, and on how
/// many slices.
std::string headline(const ScanReport& report);

/// Sentences on soft tissue and on the absolute error in the body, where the scan has them.
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
