// What report.html draws: scores slice by slice, and pictures.
#include "train/report/report_page.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "data/draw/markup.h"
#include "data/files/gzip.h"
#include "data/pictures/picture.h"
#include "train/program/version.h"

namespace train {
namespace {

using Json = nlohmann::ordered_json;

Json number_or_null(const std::optional<double>& v) { return v ? Json(*v) : Json(); }

std::optional<double> mae_of(const SliceScores& s, double grey_unit) {
  auto mae = s.metrics.body_absolute.mean();
  if (mae && grey_unit > 0) *mae /= grey_unit;
  return mae;
}

/// One list a quantity, with one entry a slice.
Json to_slices_json(const ScanReport& r) {
  Json slice = Json::array(), position = Json::array(), t = Json::array(), region = Json::array();
  for (const SliceRow& row : r.rows) {
    slice.push_back(row.slice);
    position.push_back(number_or_null(row.position));
    t.push_back(row.t);
    region.push_back(data::region_of(r.regions, row.slice).name);
  }
  Json psnr, mae;
  for (std::size_t m = 0; m < kMethods.size(); ++m) {
    if (!shown(r, m)) continue;
    for (const SliceRow& row : r.rows) {
      psnr[kMethods[m]].push_back(row.methods[m].metrics.psnr[0]);
      mae[kMethods[m]].push_back(number_or_null(mae_of(row.methods[m], r.grey_unit)));
    }
  }
  return {{"slice", slice},   {"position_mm", position}, {"t", t},
          {"region", region}, {"psnr_full", psnr},       {"mae_body", mae}};
}

Json named_window(const std::string& name, const data::Window& w) {
  return {{"name", name}, {"low", w.low}, {"high", w.high}};
}

/// The window shown at first, then those that a scan in HU can also be shown with.
Json to_windows_json(const ScanReport& r) {
  Json windows = Json::array();
  if (!r.hu) return Json::array({named_window("all", {0, 255})});
  const data::Window& w = r.window.window;
  const bool usual = w.low == data::kUsualWindow.low && w.high == data::kUsualWindow.high;
  const bool own = r.window.why.starts_with("the scan's own");
  windows.push_back(named_window(own ? "scan" : usual ? "usual" : "asked", w));
  for (const char* name : {"brain", "bone", "soft", "lung"}) {
    windows.push_back(named_window(name, data::asked_window(name).window.window()));
  }
  return windows;
}

/// Of -40 to 120 HU, as a PNG that the page shows as it is.
std::string piece_picture(const std::vector<float>& hu, nn::index width, nn::index height) {
  constexpr float kLow = -40, kHigh = 120;
  std::vector<unsigned char> grey;
  for (const float v : hu) {
    const float part = std::clamp((v - kLow) / (kHigh - kLow), 0.0F, 1.0F);
    grey.push_back(static_cast<unsigned char>(std::lround(255 * part)));
  }
  return "data:image/png;base64," + data::base64(data::encode_png(width, height, 1, grey));
}

/// An example for each way in which a lesion is seen, as far as there is one.
Json to_examples_json(const ScanReport& r) {
  Json list = Json::array();
  if (!r.lesions) return list;
  for (const std::optional<LesionExample>& e : r.lesions->examples) {
    if (!e) continue;
    Json pictures{{"truth", piece_picture(e->truth, e->width, e->height)}};
    for (std::size_t m = 0; m < kMethods.size(); ++m) {
      if (shown(r, m)) pictures[kMethods[m]] = piece_picture(e->methods[m], e->width, e->height);
    }
    list.push_back({{"seen", kSeenNames.at(static_cast<std::size_t>(e->row.seen))},
                    {"slice", e->row.slice},
                    {"diameter_mm", e->row.lesion.diameter},
                    {"contrast_hu", e->row.lesion.contrast},
                    {"pictures", std::move(pictures)}});
  }
  return list;
}

Json to_pictures_json(const ScanReport& r, std::size_t number) {
  if (r.kept.slices.empty()) return {};
  return {{"id", "ct2ct-pictures-" + std::to_string(number)},
          {"width", r.kept.width},
          {"height", r.kept.height},
          {"reduction", r.kept.reduction},
          {"step", r.kept.step},
          {"windows", to_windows_json(r)},
          {"without_network", kMethods[best_free(r.methods)]}};
}

/// Appends the differences from pixel to pixel: low bytes to one text, high bytes to another.
void append(const KeptPicture& picture, const KeptPicture* minus, std::string& low,
            std::string& high) {
  unsigned before = 0;
  for (std::size_t i = 0; i < picture.size(); ++i) {
    const int value = picture[i] - (minus != nullptr ? (*minus)[i] : 0);
    const auto bits = static_cast<unsigned>(value) & 0xFFFFU;
    const unsigned step = (bits - before) & 0xFFFFU;
    low += static_cast<char>(step & 0xFFU);
    high += static_cast<char>(step >> 8U);
    before = bits;
  }
}

}  // namespace

nlohmann::ordered_json to_series_json(const std::vector<data::Series>& all) {
  Json list = Json::array();
  for (const data::Series& s : all) {
    list.push_back({{"name", s.name}, {"x", s.x}, {"y", s.y}});
    if (!s.raw.empty()) list.back()["raw"] = s.raw;  // before it was smoothed
  }
  return list;
}

nlohmann::ordered_json to_page_data(const Report& report) {
  Json scans = Json::array();
  for (std::size_t i = 0; i < report.scans.size(); ++i) {
    const ScanReport& r = report.scans[i];
    scans.push_back({{"slices", to_slices_json(r)},
                     {"pictures", to_pictures_json(r, i)},
                     {"lesions", to_examples_json(r)}});
  }
  return {{"version", 1},
          {"program", std::string("ct2ct ") + kVersion},
          {"scans", std::move(scans)},
          {"losses", to_series_json(report.losses)}};
}

std::string picture_lines(const ScanReport& report) {
  const std::size_t best = best_free(report.methods);
  std::string lines;
  for (const KeptSlice& s : report.kept.slices) {
    std::string low, high;
    append(s.truth, nullptr, low, high);
    append(s.methods[kMethodModel], &s.truth, low, high);
    append(s.methods[best], &s.truth, low, high);
    std::vector<unsigned char> packed;
    data::GzipWriter gzip([&](const void* bytes, std::size_t count) {
      const auto* from = static_cast<const unsigned char*>(bytes);
      packed.insert(packed.end(), from, from + count);
    });
    gzip.write(low.data(), low.size());
    gzip.write(high.data(), high.size());
    gzip.finish();
    lines += data::base64(packed) + "\n";
  }
  return lines;
}

}  // namespace train
