#include "train/report/headline.h"

#include "train/fill/self_check_text.h"

#include <cmath>

#include "data/draw/markup.h"
#include "nn/core/error.h"

namespace train {
namespace {

constexpr nn::index kFewSlices = 10;

std::string on_slices(const ScanReport& r) {
  return std::to_string(slices_closer(r.rows, kMethodModel, best_free(r.methods))) + " of " +
         std::to_string(r.slices) + (r.slices == 1 ? " slice" : " slices");
}

/// A method without a network inside a sentence.
std::string phrase(std::size_t method) {
  if (method == kMethodRegistered) return "registration";
  if (method == kMethodCubic || method == kMethodLinear) {
    return method_label(method) + " interpolation";
  }
  return "the nearest slice";
}

/// Small differences need two decimals to be told from none.
int decimals_of(const data::Summary& s) { return std::abs(s.mean) < 0.5 ? 2 : 1; }

std::string interval(double lo, double hi, int decimals) {
  return "[" + data::fixed(lo, decimals) + ", " + data::fixed(hi, decimals) + "]";
}

std::string in_db(const data::Summary& s, double sign = 1) {
  const int d = decimals_of(s);
  const double lo = sign > 0 ? s.lo : -s.hi;
  const double hi = sign > 0 ? s.hi : -s.lo;
  return data::fixed(sign * s.mean, d) + " dB " + interval(lo, hi, d);
}

std::string signed_db(const data::Summary& s) {
  const int d = decimals_of(s);
  return signed_text(s.mean, d) + " dB " + interval(s.lo, s.hi, d);
}

/// Plain, unless soft tissue says something else.
std::string advice(const ScanReport& r, std::size_t best) {
  if (r.hu && psnr_over(r.rows, kMethodModel, best, 1).lo > 0) return "";
  return std::string(" Use --method ") + kMethods[best] + " on this scan.";
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

Verdict verdict_of(const data::Summary& gain) {
  if (gain.lo > 0) return Verdict::better;
  if (gain.hi < 0) return Verdict::worse;
  return Verdict::even;
}

Verdict verdict_of(const ScanReport& r) {
  return verdict_of(psnr_over(r.rows, kMethodModel, best_free(r.methods)));
}

std::string verdict_words(Verdict verdict) {
  switch (verdict) {
    case Verdict::better:
      return "Better than every method that needs no network";
    case Verdict::worse:
      return "Worse than the best method that needs no network";
    case Verdict::even:
      break;
  }
  return "Not shown to be better than the best method that needs no network";
}

std::string headline(const ScanReport& r) {
  const std::size_t best = best_free(r.methods);
  const data::Summary gain = psnr_over(r.rows, kMethodModel, best);
  const std::string closer = ", and closer on " + on_slices(r);
  switch (verdict_of(gain)) {
    case Verdict::better:
      return "The model is " + in_db(gain) + " closer to the truth than " + phrase(best) +
             ", the best method without a network here" + closer + ".";
    case Verdict::worse:
      return "The model is " + in_db(gain, -1) + " farther from the truth than " + phrase(best) +
             ", which needs no network" + closer + " only." + advice(r, best);
    case Verdict::even:
      break;
  }
  return "The model is not shown to be better than " + phrase(best) +
         ", which needs no network: the difference is " + signed_db(gain) +
         ", and it is closer on " + on_slices(r) + ".";
}

std::vector<std::string> details(const ScanReport& r) {
  const std::size_t best = best_free(r.methods);
  const MethodReport& own = r.methods[kMethodModel];
  const MethodReport& free = r.methods[best];
  std::vector<std::string> sentences;
  if (r.hu) {
    sentences.push_back("In soft tissue (window -100 to 200 HU) the difference to " + phrase(best) +
                        " is " + signed_db(psnr_over(r.rows, kMethodModel, best, 1)) + ".");
  }
  if (own.mae_body && free.mae_body && free.mae_body->mean > 0) {
    const double change = 100 * (own.mae_body->mean / free.mae_body->mean - 1);
    const char* unit = r.hu ? " HU" : " grey levels";
    sentences.push_back("The mean absolute error inside the body is " +
                        data::fixed(own.mae_body->mean, 1) + unit + " instead of " +
                        data::fixed(free.mae_body->mean, 1) + unit + " (" + signed_text(change, 0) +
                        " %).");
  }
  if (best != kMethodCubic) {
    sentences.push_back("Over cubic interpolation the model has " + signed_db(own.over_cubic[0]) +
                        ", and " + phrase(best) + " " + signed_db(free.over_cubic[0]) + ".");
  }
  if (r.check) {
    sentences.push_back("Self-check on the known slices: " + to_line(*r.check) +
                        "; with it the difference to " + phrase(best) + " is " +
                        signed_db(psnr_over(r.rows, kMethodChecked, best)) + ".");
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
