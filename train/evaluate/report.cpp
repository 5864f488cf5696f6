// Reports of evaluate() as JSON and as a table.
#include <nlohmann/json.hpp>

#include "train/evaluate/evaluate.h"

namespace train {
namespace {

nlohmann::ordered_json to_ordered(const Summary& s) {
  return {{"mean", s.mean}, {"lo", s.lo}, {"hi", s.hi}};
}

/// Windows that mean something for this scan.
std::size_t windows(const ScanReport& r) { return r.hu ? kWindowCount : 1; }

std::string interval(const Summary& s, int decimals) {
  return fixed(s.mean, decimals) + " [" + fixed(s.lo, decimals) + ", " + fixed(s.hi, decimals) +
         "]";
}

void add_row(std::string& text, const std::vector<std::string>& cells) {
  constexpr std::size_t kWidths[] = {13, 22, 22, 22, 24, 21, 9};
  text += "|";
  for (std::size_t i = 0; i < cells.size(); ++i) {
    std::string cell = cells[i];
    const std::size_t width = kWidths[std::min<std::size_t>(i, 6)];
    if (cell.size() < width) cell.resize(width, ' ');
    text += " " + cell + " |";
  }
  text += "\n";
}

/// Least squares has weights for middles only.
bool shown(const ScanReport& r, std::size_t method) {
  return method != kMethodLeastSquares || r.factor == 2;
}

nlohmann::ordered_json to_ordered(const std::vector<PositionReport>& positions) {
  nlohmann::ordered_json all = nlohmann::ordered_json::array();
  for (const PositionReport& p : positions) {
    all.push_back({{"t", p.t},
                   {"slices", p.slices},
                   {"model_psnr_full", to_ordered(p.model)},
                   {"cubic_psnr_full", to_ordered(p.cubic)},
                   {"psnr_full_over_cubic", to_ordered(p.over_cubic)},
                   {"slices_won", p.slices_won}});
  }
  return all;
}

std::string positions_table(const std::vector<PositionReport>& positions) {
  std::string text = "by position between the known slices, PSNR full dB:\n\n";
  add_row(text, {"t", "model", "cubic", "model over cubic", "won"});
  add_row(text, std::vector<std::string>(5, "---"));
  for (const PositionReport& p : positions) {
    add_row(text,
            {fixed(p.t, 3), interval(p.model, 2), interval(p.cubic, 2), interval(p.over_cubic, 2),
             std::to_string(p.slices_won) + "/" + std::to_string(p.slices)});
  }
  return text + "\n";
}

}  // namespace

nlohmann::ordered_json to_report_json(const std::vector<ScanReport>& scans) {
  nlohmann::ordered_json all = nlohmann::ordered_json::array();
  for (const ScanReport& r : scans) {
    nlohmann::ordered_json methods;
    for (std::size_t m = 0; m < kMethods.size(); ++m) {
      if (!shown(r, m)) continue;
      const MethodReport& q = r.methods[m];
      nlohmann::ordered_json j;
      for (std::size_t w = 0; w < windows(r); ++w) {
        j[std::string("psnr_") + kWindows[w].name] = to_ordered(q.psnr[w]);
      }
      for (std::size_t w = 0; w < windows(r); ++w) {
        j[std::string("ssim_") + kWindows[w].name] = to_ordered(q.ssim[w]);
      }
      if (q.mae_body) j[r.hu ? "mae_hu_body" : "mae_grey_body"] = to_ordered(*q.mae_body);
      if (r.hu) {
        for (std::size_t t = 0; t < kTissueCount; ++t) {
          if (q.signed_error[t]) j["signed_error_hu"][kTissueNames[t]] = *q.signed_error[t];
        }
      }
      j["slices_won"] = q.slices_won;
      j["psnr_full_over_cubic"] = to_ordered(q.over_cubic);
      methods[kMethods[m]] = std::move(j);
    }
    all.push_back({{"scan", r.scan},
                   {"protocol", r.protocol},
                   {"trained_on", r.trained_on},
                   {"factor", r.factor},
                   {"recursive", r.recursive},
                   {"slices", r.slices},
                   {"methods", std::move(methods)},
                   {"positions", to_ordered(r.positions)}});
  }
  return {{"scans", std::move(all)}};
}

std::string to_report_text(const std::vector<ScanReport>& scans) {
  std::string text;
  for (const ScanReport& r : scans) {
    text += "## " + r.scan + ": " + std::to_string(r.slices) + " slices, protocol " + r.protocol +
            ", factor " + std::to_string(r.factor) + (r.recursive ? ", recursive" : "") + "\n\n";
    if (r.protocol == "seed") {
      text += "LEAKY: neighbours of the tested slices were trained on. For comparison only.\n\n";
    }
    if (r.trained_on && r.protocol == "unseen") {
      text +=
          "NOT UNSEEN: this scan was trained on. These numbers say nothing about new scans.\n\n";
    }
    std::vector<std::string> header{"method", "PSNR full dB"};
    if (r.hu) header.insert(header.end(), {"PSNR soft dB", "PSNR bone dB"});
    header.insert(header.end(), {"SSIM full", r.hu ? "MAE body HU" : "MAE body grey", "won"});
    add_row(text, header);
    add_row(text, std::vector<std::string>(header.size(), "---"));
    for (std::size_t m = 0; m < kMethods.size(); ++m) {
      if (!shown(r, m)) continue;
      const MethodReport& q = r.methods[m];
      std::vector<std::string> row{kMethods[m]};
      for (std::size_t w = 0; w < windows(r); ++w) row.push_back(interval(q.psnr[w], 2));
      row.push_back(interval(q.ssim[0], 4));
      row.push_back(q.mae_body ? interval(*q.mae_body, 2) : "-");
      row.push_back(
          m == kMethodCubic ? "-" : std::to_string(q.slices_won) + "/" + std::to_string(r.slices));
      add_row(text, row);
    }
    const Summary& gain = r.methods[kMethodModel].over_cubic;
    text += "\nmodel over cubic: " + interval(gain, 2) +
            " dB (full window, paired; 95 % bootstrap intervals throughout)\n";
    if (r.hu) {
      text += "mean signed error, model / cubic, HU:";
      for (std::size_t t = 0; t < kTissueCount; ++t) {
        const auto& own = r.methods[kMethodModel].signed_error[t];
        const auto& cubic = r.methods[kMethodCubic].signed_error[t];
        if (!own || !cubic) continue;
        text +=
            std::string("  ") + kTissueNames[t] + " " + fixed(*own, 2) + " / " + fixed(*cubic, 2);
      }
      text += "\n";
    }
    text += "\n";
    if (r.factor > 2) text += positions_table(r.positions);
  }
  return text;
}

}  // namespace train
