// The self-check as a table and as JSON.
#include <nlohmann/json.hpp>

#include "train/evaluate/canvas.h"
#include "train/self_check/self_check.h"

namespace train {
namespace {

constexpr FromCubic kPlain{};  // the network alone

/// One line of the table, a measure slice by slice, of both methods.
struct Row {
  std::string name;
  std::vector<double> cubic, model;
  bool more_is_better = false;

  Summary difference() const { return bootstrap_difference(model, cubic, kBootstrapSeed); }
  nn::index won() const {
    return more_is_better ? slices_won(model, cubic) : slices_won(cubic, model);
  }
};

double mean(const std::vector<double>& values) {
  double sum = 0;
  for (const double v : values) sum += v;
  return sum / static_cast<double>(values.size());
}

/// Body, tissues that occur, PSNR. A tissue's row has the slices in which it occurs.
std::vector<Row> rows_of(const SelfCheck& check) {
  Row body{check.hu ? "error in body, HU" : "error, grey", {}, {}};
  Row psnr{"PSNR, dB", {}, {}, true};
  std::vector<Row> tissues;
  for (std::size_t t = 0; t < kTissueCount; ++t) {
    tissues.push_back({std::string("  ") + kTissueNames[t] + ", HU", {}, {}});
  }
  for (const HiddenSlice& h : check.hidden) {
    body.cubic.push_back(h.mae_cubic());
    body.model.push_back(h.mae(kPlain));
    psnr.cubic.push_back(h.psnr_cubic());
    psnr.model.push_back(h.psnr(kPlain));
    for (std::size_t t = 0; t < kTissueCount; ++t) {
      if (h.body[t] == 0) continue;
      const auto pixels = static_cast<double>(h.body[t]);
      tissues[t].cubic.push_back(h.cubic.absolute[t] / pixels);
      tissues[t].model.push_back(h.model.absolute[t] / pixels);
    }
  }
  std::vector<Row> rows{body};
  for (const Row& t : tissues) {
    if (!t.model.empty()) rows.push_back(t);
  }
  rows.push_back(psnr);
  return rows;
}

std::string padded(std::string text, std::size_t width) {
  if (text.size() < width) text.resize(width, ' ');
  return text;
}

std::string line_of(const std::string& name, const std::string& cubic, const std::string& model,
                    const std::string& difference, const std::string& won) {
  return padded(name, 20) + padded(cubic, 9) + padded(model, 9) + padded(difference, 28) + won +
         "\n";
}

std::string interval(const Summary& s) {
  return fixed(s.mean, 2) + " [" + fixed(s.lo, 2) + ", " + fixed(s.hi, 2) + "]";
}

std::string names_of(const FromCubic& tissues) {
  std::string names;
  for (std::size_t t = 0; t < kTissueCount; ++t) {
    if (tissues[t]) names += std::string(names.empty() ? "" : ", ") + kTissueNames[t];
  }
  return names;
}

nlohmann::ordered_json to_ordered(const Summary& s) {
  return {{"mean", s.mean}, {"lo", s.lo}, {"hi", s.hi}};
}

const char* name_of(Whole whole) {
  switch (whole) {
    case Whole::model:
      return "model";
    case Whole::too_little:
      return "cubic: too little to judge";
    case Whole::not_ahead:
      return "cubic: model not clearly better";
    case Whole::shifts:
      return "cubic: model shifts even soft tissue";
  }
  return "";
}

nlohmann::ordered_json slice_json(const HiddenSlice& h) {
  return {{"slice", h.slice},
          {"mae_cubic", h.mae_cubic()},
          {"mae_model", h.mae(kPlain)},
          {"psnr_cubic", h.psnr_cubic()},
          {"psnr_model", h.psnr(kPlain)}};
}

}  // namespace

std::string to_line(const SelfCheck& check) {
  const Decision& d = check.decision;
  switch (d.whole) {
    case Whole::too_little: {
      std::string why = std::to_string(check.hidden.size()) + " slices to judge by, fewer than " +
                        std::to_string(kFewestHidden);
      if (check.trained > 0) why += ", since the model was trained on this scan";
      return "used: cubic for the whole scan (" + why + ")";
    }
    case Whole::not_ahead:
      if (d.margin == kMarginUntrained) {
        return "used: cubic for the whole scan (the model is not better by " + fixed(d.margin, 1) +
               " dB, as it has to be where gaps are narrower than those that it was trained on)";
      }
      return "used: cubic for the whole scan (the model is not clearly better on it)";
    case Whole::shifts:
      return "used: cubic for the whole scan (the model shifts even soft tissue by " +
             fixed(d.shift->median, 1) + " HU, more than " + fixed(kMostShift, 0) + ")";
    case Whole::model:
      break;
  }
  std::string text = "used: model";
  const std::string tissues = names_of(d.tissues);
  if (!tissues.empty()) text += "; " + tissues + ": cubic";
  std::string ranges;
  for (const auto& [first, last] : cubic_ranges(d)) {
    ranges += (ranges.empty() ? "" : ", ") + std::to_string(first) + " to " + std::to_string(last);
  }
  if (!ranges.empty()) text += "; slices " + ranges + ": cubic";
  return text;
}

std::string to_text(const SelfCheck& check, const std::vector<bool>& cut) {
  std::string text = "self-check: " + std::to_string(check.hidden.size()) + " of " +
                     std::to_string(check.interior) +
                     " inner slices hidden and made from their neighbours\n";
  if (check.decision.whole != Whole::too_little) {
    text += line_of("", "cubic", "model", "model - cubic [95 %]", "won");
    for (const Row& r : rows_of(check)) {
      text += line_of(r.name, fixed(mean(r.cubic), 2), fixed(mean(r.model), 2),
                      interval(r.difference()),
                      std::to_string(r.won()) + "/" + std::to_string(r.model.size()));
    }
    const std::string lost = names_of(check.decision.tissues);
    if (!lost.empty()) {
      text += "with " + lost + " by cubic: error " + interval(check.decision.mae) + " HU, PSNR " +
              interval(check.decision.psnr) + " dB\n";
    }
  }
  if (const auto& shift = check.decision.shift) {
    text += "shift of even soft tissue in " + std::to_string(shift->gaps) +
            " gaps to be filled, model - cubic: " + fixed(shift->median, 1) + " HU\n";
  }
  text += to_line(check) + "\n";
  const auto expected = expected_error(check, cut);
  if (expected) {
    text += "expected error: " + fixed(*expected, 1) + (check.hu ? " HU" : " grey levels") +
            ", an upper estimate: hidden slices lie in gaps twice as wide\n";
  }
  return text;
}

nlohmann::ordered_json to_self_check_json(const SelfCheck& check, const std::vector<bool>& cut) {
  nlohmann::ordered_json j{{"inner_slices", check.interior},
                           {"hidden", check.hidden.size()},
                           {"trained_on", check.trained},
                           {"unit", check.hu ? "HU" : "grey8"}};
  if (!check.hidden.empty()) {
    for (const Row& r : rows_of(check)) {
      j["measures"].push_back({{"name", r.name.substr(r.name.find_first_not_of(' '))},
                               {"slices", r.model.size()},
                               {"cubic", mean(r.cubic)},
                               {"model", mean(r.model)},
                               {"model_minus_cubic", to_ordered(r.difference())},
                               {"won", r.won()}});
    }
  }
  j["used"] = name_of(check.decision.whole);
  j["margin_db"] = check.decision.margin;
  const auto& shift = check.decision.shift;
  j["soft_shift_hu"] = shift ? nlohmann::ordered_json(shift->median) : nullptr;
  j["tissues_by_cubic"] = nlohmann::ordered_json::array();
  for (std::size_t t = 0; t < kTissueCount; ++t) {
    if (check.decision.tissues[t]) j["tissues_by_cubic"].push_back(kTissueNames[t]);
  }
  if (check.decision.whole != Whole::too_little) {
    j["error_difference"] = to_ordered(check.decision.mae);
    j["psnr_difference"] = to_ordered(check.decision.psnr);
  }
  j["ranges_by_cubic"] = cubic_ranges(check.decision);
  const auto expected = expected_error(check, cut);
  j["expected_error"] = expected ? nlohmann::ordered_json(*expected) : nullptr;
  j["slices"] = nlohmann::ordered_json::array();
  for (const HiddenSlice& h : check.hidden) j["slices"].push_back(slice_json(h));
  return j;
}

}  // namespace train
