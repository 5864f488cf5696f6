#include "train/report/headline.h"

#include "train/fill/self_check_text.h"

#include <cmath>

#include "data/draw/markup.h"
#include "nn/core/error.h"

namespace train {
namespace {

constexpr nn::index kFewSlices = 10;

std::string on_slices(const ScanReport& r) {
  return std::to_string(r.methods[kMethodModel].slices_won) + " of " + std::to_string(r.slices) +
         (r.slices == 1 ? " slice" : " slices");
}

/// Small differences need two decimals to be told from none.
int decimals_of(const data::Summary& s) { return std::abs(s.mean) < 0.5 ? 2 : 1; }

std::string interval(double lo, double hi, int decimals) {
  return "[" + data::fixed(lo, decimals) + ", " + data::fixed(hi, decimals) + "]";
}

/// Plain, unless soft tissue says something else.
std::string advice(const ScanReport& r) {
  const bool mixed = r.hu && r.methods[kMethodModel].over_cubic[1].lo > 0;
  return mixed ? "" : " Use cubic interpolation on this scan.";
}

std::string what_is_known(const ScanReport& r) {
  if (r.factor == 2) return "The even slices are known and the odd slices are the truth";
  return "One in " + std::to_string(r.factor) +
         " slices is known, from the first one, and those between are the truth";
}

}  // namespace

std::string signed_text(double value, int decimals) {
  const std::string text = data::fixed(value, decimals);
  const bool positive = value > 0 && text.find_first_not_of("0.") != std::string::npos;
  return positive ? "+" + text : text;
}

std::string p_text(double p) {
  if (p < 1e-4) return "< 0.0001";
  return data::fixed(p, p < 0.01 ? 4 : 3);
}

Verdict verdict_of(const data::Summary& over_cubic) {
  if (over_cubic.lo > 0) return Verdict::better;
  if (over_cubic.hi < 0) return Verdict::worse;
  return Verdict::even;
}

std::string headline(const ScanReport& r) {
  const data::Summary& gain = r.methods[kMethodModel].over_cubic[0];
  const int d = decimals_of(gain);
  switch (verdict_of(gain)) {
    case Verdict::better:
      return "The model is " + data::fixed(gain.mean, d) + " dB " + interval(gain.lo, gain.hi, d) +
             " closer to the truth than cubic interpolation, on " + on_slices(r) + ".";
    case Verdict::worse:
      return "The model is worse than cubic interpolation: " + data::fixed(-gain.mean, d) + " dB " +
             interval(-gain.hi, -gain.lo, d) + " farther from the truth, and closer on " +
             on_slices(r) + " only." + advice(r);
    case Verdict::even:
      break;
  }
  return "The model is not shown to be better than cubic interpolation: the difference is " +
         signed_text(gain.mean, d) + " dB " + interval(gain.lo, gain.hi, d) +
         ", and it is closer on " + on_slices(r) + ".";
}

std::vector<std::string> details(const ScanReport& r) {
  const MethodReport& own = r.methods[kMethodModel];
  const MethodReport& cubic = r.methods[kMethodCubic];
  std::vector<std::string> sentences;
  if (r.hu) {
    const data::Summary& soft = own.over_cubic[1];
    const int d = decimals_of(soft);
    sentences.push_back("In soft tissue (window -100 to 200 HU) the difference to cubic is " +
                        signed_text(soft.mean, d) + " dB " + interval(soft.lo, soft.hi, d) + ".");
  }
  if (own.mae_body && cubic.mae_body && cubic.mae_body->mean > 0) {
    const double change = 100 * (own.mae_body->mean / cubic.mae_body->mean - 1);
    const char* unit = r.hu ? " HU" : " grey levels";
    sentences.push_back("The mean absolute error inside the body is " +
                        data::fixed(own.mae_body->mean, 1) + unit + " instead of " +
                        data::fixed(cubic.mae_body->mean, 1) + unit + " (" +
                        signed_text(change, 0) + " %).");
  }
  const data::Summary& registered = r.methods[kMethodRegistered].over_cubic[0];
  const int decimals = decimals_of(registered);
  sentences.push_back("Registration, which needs no network, is " +
                      signed_text(registered.mean, decimals) + " dB over cubic " +
                      interval(registered.lo, registered.hi, decimals) + ".");
  if (r.check) {
    const data::Summary& gain = r.methods[kMethodChecked].over_cubic[0];
    const int d = decimals_of(gain);
    sentences.push_back("Self-check on the known slices: " + to_line(*r.check) + "; with it " +
                        signed_text(gain.mean, d) + " dB over cubic " +
                        interval(gain.lo, gain.hi, d) + ".");
  }
  return sentences;
}

std::vector<std::string> cautions(const ScanReport& r) {
  std::vector<std::string> sentences;
  if (r.protocol == "seed") {
    sentences.emplace_back(
        "LEAKY: neighbours of the tested slices were trained on. For comparison only.");
  }
  if (r.trained_on && r.protocol == "unseen") {
    sentences.emplace_back(
        "NOT UNSEEN: this scan was trained on. These numbers say nothing about new scans.");
  }
  if (!r.trained_on && r.protocol == "self") {
    sentences.emplace_back(
        "NOT SELF: this scan was not trained on, so the test is that of protocol unseen.");
  }
  if (!r.untrained.empty()) sentences.push_back("NOT TRAINED FOR THIS: " + r.untrained + ".");
  if (r.slices < kFewSlices) {
    sentences.push_back("FEW SLICES: " + std::to_string(r.slices) +
                        " were tested; intervals and p-values from so few mean little.");
  }
  return sentences;
}

std::string protocol_meaning(const ScanReport& r) {
  if (r.protocol == "unseen") {
    if (r.trained_on) {
      return "Protocol unseen asks for a scan that was not trained on, and this one was. " +
             what_is_known(r) + ", but the model has seen both.";
    }
    return "Protocol unseen: the model was trained on other scans. " + what_is_known(r) +
           ". It says what to expect on a scan from a similar scanner with similar settings, and "
           "nothing about others.";
  }
  if (r.protocol == "self") {
    return "Protocol self: trained on the even slices of the very scan that is tested, so at wider "
           "gaps than its own. " +
           what_is_known(r) +
           ". It says what one lone scan can give, and nothing about other scans.";
  }
  nn::require(r.protocol == "seed", "protocol", r.protocol, "unseen, self or seed");
  return "Protocol seed, the original's: of all triplets of a scan, shuffled, four fifths were "
         "trained on and the others are the truth. The network has seen the neighbours of what it "
         "is tested on, often the slice itself as an input. The numbers are higher than a user can "
         "expect and support no claim about new scans.";
}

}  // namespace train
