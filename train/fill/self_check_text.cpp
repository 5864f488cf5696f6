#include "train/fill/self_check_text.h"

#include <nlohmann/json.hpp>

#include "data/draw/markup.h"

namespace train {
namespace {

constexpr FromBaseline kPlain{};  // the candidate alone

/// One line of a table, a measure slice by slice, of both methods.
struct TrialRow {
  std::string name;
  std::vector<double> baseline, candidate;
  bool more_is_better = false;

  data::Summary difference() const {
    return data::bootstrap_difference(candidate, baseline, data::kBootstrapSeed);
  }
  nn::index won() const {
    return more_is_better ? data::slices_won(candidate, baseline)
                          : data::slices_won(baseline, candidate);
  }
};

double mean(const std::vector<double>& values) {
  double sum = 0;
  for (const double v : values) sum += v;
  return sum / static_cast<double>(values.size());
}

/// Body, tissues that occur, PSNR. A tissue's row has the slices in which it occurs.
std::vector<TrialRow> rows_of(const std::vector<HiddenSlice>& hidden, bool hu) {
  TrialRow body{hu ? "error in body, HU" : "error, grey", {}, {}};
  TrialRow psnr{"PSNR, dB", {}, {}, true};
  std::vector<TrialRow> tissues;
  for (std::size_t t = 0; t < data::kTissueCount; ++t) {
    tissues.push_back({std::string("  ") + data::kTissueNames[t] + ", HU", {}, {}});
  }
  for (const HiddenSlice& h : hidden) {
    body.baseline.push_back(h.mae_baseline());
    body.candidate.push_back(h.mae(kPlain));
    psnr.baseline.push_back(h.psnr_baseline());
    psnr.candidate.push_back(h.psnr(kPlain));
    for (std::size_t t = 0; t < data::kTissueCount; ++t) {
      if (h.body[t] == 0) continue;
      const auto pixels = static_cast<double>(h.body[t]);
      tissues[t].baseline.push_back(h.baseline.absolute[t] / pixels);
      tissues[t].candidate.push_back(h.candidate.absolute[t] / pixels);
    }
  }
  std::vector<TrialRow> rows{body};
  for (const TrialRow& t : tissues) {
    if (!t.candidate.empty()) rows.push_back(t);
  }
  rows.push_back(psnr);
  return rows;
}

std::string padded(std::string text, std::size_t width) {
  if (text.size() < width) text.resize(width, ' ');
  return text;
}

std::string line_of(const std::string& name, const std::string& baseline,
                    const std::string& candidate, const std::string& difference,
                    const std::string& won) {
  return padded(name, 20) + padded(baseline, 12) + padded(candidate, 12) + padded(difference, 28) +
         won + "\n";
}

std::string interval(const data::Summary& s) {
  return data::fixed(s.mean, 2) + " [" + data::fixed(s.lo, 2) + ", " + data::fixed(s.hi, 2) + "]";
}

std::string names_of(const FromBaseline& tissues) {
  std::string names;
  for (std::size_t t = 0; t < data::kTissueCount; ++t) {
    if (tissues[t]) names += std::string(names.empty() ? "" : ", ") + data::kTissueNames[t];
  }
  return names;
}

nlohmann::ordered_json to_ordered(const data::Summary& s) {
  return {{"mean", s.mean}, {"lo", s.lo}, {"hi", s.hi}};
}

/// The candidate of the second trial.
std::string candidate_name(const SelfCheck& check) {
  return check.network ? "model" : name_of(Fallback::registered);
}

/// Names of methods.
std::string name_of(Whole whole, const std::string& candidate, const std::string& baseline) {
  switch (whole) {
    case Whole::candidate:
      return candidate;
    case Whole::too_little:
      return baseline + ": too little to judge";
    case Whole::not_ahead:
      return baseline + ": " + candidate + " not clearly better";
    case Whole::shifts:
      return baseline + ": " + candidate + " shifts even soft tissue";
  }
  return "";
}

/// Two methods compared on the same hidden slices.
struct TrialPair {
  std::string baseline, candidate;  ///< names
  const std::vector<HiddenSlice>& hidden;
  bool hu;
};

TrialPair first_pair(const SelfCheck& check) {
  return {name_of(Fallback::cubic), name_of(Fallback::registered), check.registered, check.hu};
}

TrialPair second_pair(const SelfCheck& check) {
  return {name_of(check.fallback), candidate_name(check), check.hidden, check.hu};
}

std::string table_of(const TrialPair& pair) {
  std::string text = line_of("", pair.baseline, pair.candidate,
                             pair.candidate + " - " + pair.baseline + " [95 %]", "won");
  for (const TrialRow& r : rows_of(pair.hidden, pair.hu)) {
    text += line_of(r.name, data::fixed(mean(r.baseline), 2), data::fixed(mean(r.candidate), 2),
                    interval(r.difference()),
                    std::to_string(r.won()) + "/" + std::to_string(r.candidate.size()));
  }
  return text;
}

nlohmann::ordered_json measures_json(const TrialPair& pair) {
  auto measures = nlohmann::ordered_json::array();
  if (pair.hidden.empty()) return measures;
  for (const TrialRow& r : rows_of(pair.hidden, pair.hu)) {
    measures.push_back({{"name", r.name.substr(r.name.find_first_not_of(' '))},
                        {"slices", r.candidate.size()},
                        {pair.baseline, mean(r.baseline)},
                        {pair.candidate, mean(r.candidate)},
                        {pair.candidate + "_minus_" + pair.baseline, to_ordered(r.difference())},
                        {"won", r.won()}});
  }
  return measures;
}

nlohmann::ordered_json slices_json(const TrialPair& pair) {
  auto slices = nlohmann::ordered_json::array();
  for (const HiddenSlice& h : pair.hidden) {
    slices.push_back({{"slice", h.slice},
                      {"mae_" + pair.baseline, h.mae_baseline()},
                      {"mae_" + pair.candidate, h.mae(kPlain)},
                      {"psnr_" + pair.baseline, h.psnr_baseline()},
                      {"psnr_" + pair.candidate, h.psnr(kPlain)}});
  }
  return slices;
}

constexpr const char* kUntrained = "the model was not trained for such scans";

/// Why registration does not make the scan, where the network may not.
std::string without_network(const SelfCheck& check) {
  if (check.decision.whole == Whole::not_ahead) return "registration is not clearly better on it";
  return "of " + std::to_string(check.hidden.size()) + " slices to judge registration by " +
         std::to_string(kFewestHidden) + " are needed";
}

}  // namespace

std::string to_line(const SelfCheck& check) {
  const Decision& d = check.decision;
  const std::string fallback = name_of(check.fallback);
  const std::string whole = "used: " + fallback + " for the whole scan (";
  if (!check.network && d.whole != Whole::candidate) {
    return whole + kUntrained + "; " + without_network(check) + ")";
  }
  switch (d.whole) {
    case Whole::too_little: {
      std::string why = std::to_string(check.hidden.size()) + " slices to judge by, fewer than " +
                        std::to_string(kFewestHidden);
      if (check.trained > 0) why += ", since the model was trained on this scan";
      return whole + why + ")";
    }
    case Whole::not_ahead:
      if (d.margin == kMarginUntrained) {
        return whole + "the model is not better by " + data::fixed(d.margin, 1) +
               " dB, as it has to be where gaps are narrower than those that it was trained on)";
      }
      return whole + "the model is not clearly better on it)";
    case Whole::shifts:
      return whole + "the model shifts even soft tissue by " + data::fixed(d.shift->median, 1) +
             " HU, more than " + data::fixed(kMostShift, 0) + ")";
    case Whole::candidate:
      break;
  }
  std::string text = "used: " + candidate_name(check);
  if (!check.network) text.append(" (").append(kUntrained).append(")");
  const std::string tissues = names_of(d.tissues);
  if (!tissues.empty()) text += "; " + tissues + ": " + fallback;
  std::string ranges;
  for (const auto& [first, last] : fallback_ranges(d)) {
    ranges += (ranges.empty() ? "" : ", ") + std::to_string(first) + " to " + std::to_string(last);
  }
  if (!ranges.empty()) text += "; slices " + ranges + ": " + fallback;
  return text;
}

std::string to_text(const SelfCheck& check, const std::vector<bool>& cut) {
  const auto hidden = [&](const TrialPair& pair) {
    return "self-check: " + std::to_string(pair.hidden.size()) + " of " +
           std::to_string(check.interior) + " inner slices hidden and made from their neighbours\n";
  };
  std::string text;
  if (check.registered.size() >= kFewestHidden) {
    text += hidden(first_pair(check)) + table_of(first_pair(check));
  }
  // Said once where it is the same.
  if (text.empty() || check.hidden.size() != check.registered.size()) {
    text += hidden(second_pair(check));
  }
  if (check.decision.whole != Whole::too_little) {
    text += table_of(second_pair(check));
    const std::string lost = names_of(check.decision.tissues);
    if (!lost.empty()) {
      text += "with " + lost + " by " + name_of(check.fallback) + ": error " +
              interval(check.decision.mae) + " HU, PSNR " + interval(check.decision.psnr) + " dB\n";
    }
  }
  if (const auto& shift = check.decision.shift) {
    text += "shift of even soft tissue in " + std::to_string(shift->gaps) +
            " gaps to be filled, model - cubic: " + data::fixed(shift->median, 1) + " HU\n";
  }
  text += to_line(check) + "\n";
  const auto expected = expected_error(check, cut);
  if (expected) {
    text += "expected error: " + data::fixed(*expected, 1) + (check.hu ? " HU" : " grey levels") +
            ", an upper estimate: hidden slices lie in gaps twice as wide\n";
  }
  return text;
}

nlohmann::ordered_json to_self_check_json(const SelfCheck& check, const std::vector<bool>& cut) {
  const TrialPair registered = first_pair(check);
  const TrialPair checked = second_pair(check);
  nlohmann::ordered_json j{{"inner_slices", check.interior},
                           {"hidden", check.hidden.size()},
                           {"trained_on", check.trained},
                           {"unit", check.hu ? "HU" : "grey8"}};
  j["checked"] = checked.candidate;
  j["registered"] = nullptr;
  if (check.network) {
    j["registered"] = {{"hidden", check.registered.size()},
                       {"measures", measures_json(registered)},
                       {"slices", slices_json(registered)}};
  }
  j["fallback"] = checked.baseline;
  j["measures"] = measures_json(checked);
  j["used"] = name_of(check.decision.whole, checked.candidate, checked.baseline);
  j["margin_db"] = check.decision.margin;
  const auto& shift = check.decision.shift;
  j["soft_shift_hu"] = shift ? nlohmann::ordered_json(shift->median) : nullptr;
  j["tissues_by_fallback"] = nlohmann::ordered_json::array();
  for (std::size_t t = 0; t < data::kTissueCount; ++t) {
    if (check.decision.tissues[t]) j["tissues_by_fallback"].push_back(data::kTissueNames[t]);
  }
  if (check.decision.whole != Whole::too_little) {
    j["error_difference"] = to_ordered(check.decision.mae);
    j["psnr_difference"] = to_ordered(check.decision.psnr);
  }
  j["ranges_by_fallback"] = fallback_ranges(check.decision);
  const auto expected = expected_error(check, cut);
  j["expected_error"] = expected ? nlohmann::ordered_json(*expected) : nullptr;
  j["slices"] = slices_json(checked);
  return j;
}

}  // namespace train
