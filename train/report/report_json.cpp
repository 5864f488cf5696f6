// Reports as JSON. Keys are a contract: new ones may come, none changes its name or meaning.
#include <array>
#include <charconv>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "train/fill/self_check_text.h"
#include "train/predict/default_model.h"
#include "train/program/version.h"
#include "train/report/headline.h"
#include "train/report/report.h"
#include "train/report/report_tables.h"

namespace train {

namespace {

using Json = nlohmann::ordered_json;

Json to_ordered(const data::Summary& s) { return {{"mean", s.mean}, {"lo", s.lo}, {"hi", s.hi}}; }

/// Three digits, which is more than a p-value says; C libraries differ in the last ones.
double three_digits(double v) {
  std::array<char, 32> text{};
  const auto end =
      std::to_chars(text.data(), text.data() + text.size(), v, std::chars_format::scientific, 2);
  double rounded = v;
  std::from_chars(text.data(), end.ptr, rounded);
  return rounded;
}

/// Windows that mean something for this scan.
std::size_t windows(bool hu) { return hu ? data::kWindowCount : 1; }

void add_tissues(Json& j, const MethodReport& q) {
  for (std::size_t t = 0; t < data::kTissueCount; ++t) {
    const char* name = data::kTissueNames[t];
    if (q.signed_error[t]) j["signed_error_hu"][name] = *q.signed_error[t];
    if (q.mae_tissue[t]) j["mae_hu_tissue"][name] = to_ordered(*q.mae_tissue[t]);
    if (q.pure_signed[t]) {
      j["signed_error_hu_pure"][name] = to_ordered(*q.pure_signed[t]);
      j["signed_error_hu_pure"][name]["pixels"] = q.pure_pixels[t];
    }
    if (q.pure_median[t]) j["signed_error_hu_pure_median"][name] = to_ordered(*q.pure_median[t]);
  }
}

Json to_method_json(const MethodReport& q, bool hu) {
  Json j;
  for (std::size_t w = 0; w < windows(hu); ++w) {
    j[std::string("psnr_") + data::kWindows[w].name] = to_ordered(q.psnr[w]);
  }
  for (std::size_t w = 0; w < windows(hu); ++w) {
    j[std::string("ssim_") + data::kWindows[w].name] = to_ordered(q.ssim[w]);
  }
  const std::string mae = hu ? "mae_hu_body" : "mae_grey_body";
  if (q.mae_body) j[mae] = to_ordered(*q.mae_body);
  if (hu) add_tissues(j, q);
  if (q.noise) j["noise_ratio"] = to_ordered(*q.noise);
  if (q.sharpness) j["sharpness_ratio"] = to_ordered(*q.sharpness);
  j["slices_won"] = q.slices_won;
  for (std::size_t w = 0; w < windows(hu); ++w) {
    j[std::string("psnr_") + data::kWindows[w].name + "_over_cubic"] = to_ordered(q.over_cubic[w]);
  }
  if (q.mae_body_over_cubic) j[mae + "_over_cubic"] = to_ordered(*q.mae_body_over_cubic);
  j["wilcoxon_psnr_full_over_cubic"] = {{"w_plus", q.test.plus},
                                        {"w_minus", q.test.minus},
                                        {"n", q.test.count},
                                        {"p", three_digits(q.test.p)},
                                        {"exact", q.test.exact}};
  return j;
}

Json to_methods_json(const Methods& methods, const ScanReport& r) {
  Json j;
  for (std::size_t m = 0; m < kMethods.size(); ++m) {
    if (shown(r, m)) j[kMethods[m]] = to_method_json(methods[m], r.hu);
  }
  return j;
}

Json to_regions_json(const ScanReport& r) {
  Json all = Json::array();
  for (const Part& p : r.regional) {
    Json j{{"name", p.name}};
    for (const data::Region& region : r.regions.parts) {
      if (region.name == p.name) j["stack"] = {region.first, region.last};
    }
    j["slices"] = p.slices;
    j["methods"] = to_methods_json(p.methods, r);
    all.push_back(std::move(j));
  }
  return all;
}

Json to_positions_json(const ScanReport& r) {
  Json all = Json::array();
  for (const Part& p : r.positions) {
    const MethodReport& own = p.methods[kMethodModel];
    all.push_back({{"t", p.t},
                   {"slices", p.slices},
                   {"model_psnr_full", to_ordered(own.psnr[0])},
                   {"cubic_psnr_full", to_ordered(p.methods[kMethodCubic].psnr[0])},
                   {"psnr_full_over_cubic", to_ordered(own.over_cubic[0])},
                   {"slices_won", own.slices_won},
                   {"methods", to_methods_json(p.methods, r)}});
  }
  return all;
}

/// What the model has to beat, and whether it does.
Json to_best_free_json(const ScanReport& r) {
  const std::size_t best = best_free(r.methods);
  const char* outcome[] = {"better", "worse", "even"};
  Json over;
  for (std::size_t m = 0; m < kMethods.size(); ++m) {
    if (shown(r, m) && m != best) over[kMethods[m]] = to_ordered(psnr_over(r.rows, m, best));
  }
  Json j{{"method", kMethods[best]},
         {"model_is", outcome[static_cast<std::size_t>(verdict_of(r))]},
         {"model_closer_on", slices_closer(r.rows, kMethodModel, best)},
         {"psnr_full_over", std::move(over)}};
  if (r.hu) {
    j["model_psnr_soft_over"] = to_ordered(psnr_over(r.rows, kMethodModel, best, 1));
  }
  return j;
}

Json to_overall_json(const std::vector<ScanReport>& scans) {
  const Overall mean = overall(scans);
  Json j{{"scans", scans.size()}, {"psnr_full_over_cubic", mean.over_cubic}};
  if (mean.soft) j["psnr_soft_over_cubic"] = *mean.soft;
  if (mean.mae_change) j["mae_body_change_percent"] = *mean.mae_change;
  j["slices_won_percent"] = mean.slices_won;
  return j;
}

}  // namespace

Json to_report_json(const Report& report) {
  Json all = Json::array();
  for (const ScanReport& r : report.scans) {
    Json j{{"scan", r.scan},
           {"protocol", r.protocol},
           {"trained_on", r.trained_on},
           {"factor", r.factor},
           {"in_passes", r.in_passes},
           {"slices", r.slices},
           {"methods", to_methods_json(r.methods, r)},
           {"positions", to_positions_json(r)},
           {"best_without_network", to_best_free_json(r)},
           {"headline", headline(r)},
           {"details", details(r)},
           {"cautions", cautions(r)},
           {"meaning", protocol_meaning(r)},
           {"warnings", r.warnings},
           {"unit", r.hu ? "HU" : "grey8"},
           {"size", {r.height, r.width}}};
    if (r.check) {
      const std::vector<bool> cut(r.check->decision.baseline.size(), true);
      j["self_check"] = to_self_check_json(*r.check, cut);
    }
    if (r.lesions) j["lesions"] = to_lesions_json(*r.lesions);
    if (r.spacing > 0) j["slice_spacing_mm"] = r.spacing;
    j["region_rule"] = r.regions.head ? "head" : "thirds";
    j["regions"] = to_regions_json(r);
    all.push_back(std::move(j));
  }
  return {{"scans", std::move(all)},
          {"mean_over_scans", to_overall_json(report.scans)},
          {"model", to_card_json(report.model)},
          {"ct2ct_version", kVersion},
          {"use", "synthetic slices, for research, not for diagnosis"}};
}

ModelCard model_card(const std::string& path, const Model& model) {
  const nn::SafetensorsReader file = open_model(path);
  const auto version = file.metadata().find("ct2ct_version");
  return {std::filesystem::path(path).filename().string(),
          model.sha256(),
          version == file.metadata().end() ? "unknown" : version->second,
          model.parameter_count(),
          model.recipe(),
          model.training()};
}

nlohmann::ordered_json to_card_json(const ModelCard& card) {
  return {{"file", card.file},
          {"sha256", card.sha256},
          {"ct2ct_version", card.version},
          {"generator_params", card.parameters},
          {"recipe", nlohmann::json(card.recipe)},
          {"training", nlohmann::json(card.training)}};
}

}  // namespace train
