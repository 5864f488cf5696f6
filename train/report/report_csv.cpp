// Reports slice by slice.
#include <array>
#include <charconv>
#include <cmath>

#include "train/report/report.h"

namespace train {
namespace {

std::string number(double v) {
  std::array<char, 32> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), v);
  return {text.data(), end.ptr};
}

std::string number(const std::optional<double>& v) { return v ? number(*v) : ""; }

/// Quoted where the text would otherwise end the field.
std::string field(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

std::string header() {
  std::string text = "scan,slice,position_mm,t,region,method,unit";
  for (const data::MetricWindow& w : data::kWindows) text += std::string(",psnr_") + w.name + "_db";
  for (const data::MetricWindow& w : data::kWindows) text += std::string(",ssim_") + w.name;
  text += ",mae_body";
  for (const char* tissue : data::kTissueNames) {
    for (const char* column : {"signed_error_", "pixels_", "signed_error_pure_", "pixels_pure_"}) {
      text.append(",").append(column).append(tissue);
    }
  }
  return text + ",noise_ratio,sharpness_ratio\r\n";
}

std::string tissue_fields(const SliceScores& s, bool hu) {
  std::string text;
  for (std::size_t t = 0; t < data::kTissueCount; ++t) {
    const std::array<data::ErrorSum, 2> sums{s.metrics.tissue_signed[t], s.pure[t].errors};
    for (const data::ErrorSum& e : sums) {
      text += hu ? "," + number(e.mean()) + "," + std::to_string(e.pixels) : ",,";
    }
  }
  return text;
}

std::optional<double> ratio(const data::PowerSum& p) {
  if (p.truth <= 0) return std::nullopt;
  return p.prediction / p.truth;
}

std::string line(const ScanReport& r, const SliceRow& row, std::size_t method) {
  const SliceScores& s = row.methods[method];
  std::string text = field(r.scan) + "," + std::to_string(row.slice) + "," + number(row.position) +
                     "," + number(row.t) + "," + data::region_of(r.regions, row.slice).name + "," +
                     field(kMethods[method]) + "," + (r.hu ? "HU" : "grey8");
  const std::size_t windows = r.hu ? data::kWindowCount : 1;
  for (std::size_t w = 0; w < data::kWindowCount; ++w) {
    text += w < windows ? "," + number(s.metrics.psnr[w]) : ",";
  }
  for (std::size_t w = 0; w < data::kWindowCount; ++w) {
    text += w < windows ? "," + number(s.metrics.ssim[w]) : ",";
  }
  auto mae = s.metrics.body_absolute.mean();
  if (mae && !r.hu) *mae /= r.grey_unit;
  auto noise = ratio(s.texture.noise);
  if (noise) noise = std::sqrt(*noise);
  return text + "," + number(mae) + tissue_fields(s, r.hu) + "," + number(noise) + "," +
         number(ratio(s.texture.gradient)) + "\r\n";
}

}  // namespace

std::string to_report_csv(const Report& report) {
  std::string text = header();
  for (const ScanReport& r : report.scans) {
    for (const SliceRow& row : r.rows) {
      for (std::size_t m = 0; m < kMethods.size(); ++m) {
        if (shown(r, m)) text += line(r, row, m);
      }
    }
  }
  return text;
}

}  // namespace train
