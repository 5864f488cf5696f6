#include "train/self_check/trained_for.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "data/draw/markup.h"
#include "nn/core/error.h"

namespace train {
namespace {

constexpr const char* kAnyway = "--any-scan leaves it to the self-check";

std::string percent(double share, int digits = 0) {
  return data::fixed(100 * share, digits) + " %";
}

/// How much larger than the slices' own the pixels of a crop may have been (Recipe::shrink).
double most_shrink(const Recipe& recipe, const SourceInfo& source) {
  if (recipe.crop == 0) return 1;
  const nn::index side = recipe.size > 0 ? recipe.size : std::min(source.height, source.width);
  const double times = static_cast<double>(side) / static_cast<double>(recipe.crop);
  return std::max(1.0, std::min(recipe.shrink, times));
}

void judge_air(TrainedFor& judged, const Model& model, const ScanProfile& scan) {
  const auto scans = model.training().all_scans();
  const bool all_had = std::all_of(scans.begin(), scans.end(),
                                   [](const SourceInfo& s) { return s.profile->air >= kLeastAir; });
  if (scan.air >= kLeastAir || !all_had) return;
  judged.ct = false;
  judged.unlike.push_back(
      {"hardly any air, " + percent(scan.air, 2) + " of all pixels",
       "at least " + percent(kLeastAir, 1) + " below -500 HU, as around every body in a CT"});
}

void judge_pixels(TrainedFor& judged, const Model& model, const ScanProfile& scan) {
  const auto trained = trained_pixels(model);
  if (!trained) return;
  const double low = trained->low / kMostPixelFactor;
  const double high = trained->high * kMostPixelFactor;
  for (const double mm : scan.pixel_spacing) {
    if (mm >= low && mm <= high) continue;
    judged.unlike.push_back({"pixels of " + data::fixed(mm, 2) + " mm",
                             data::fixed(low, 2) + " to " + data::fixed(high, 2) + " mm"});
    return;
  }
}

void judge_gap(TrainedFor& judged, const Model& model, double gap) {
  const auto narrowest = model.narrowest_gap();
  if (!narrowest || gap >= *narrowest / kMostGapFactor) return;
  judged.unlike.push_back({"gaps of " + data::fixed(gap, 2) + " mm",
                           "at least " + data::fixed(*narrowest / kMostGapFactor, 2) + " mm"});
}

/// In which tissue two scans differ most, as their distance sees it.
std::size_t most_different(const ScanProfile& a, const ScanProfile& b) {
  std::array<double, kProfileTissues> apart{};
  for (std::size_t t = 0; t < kProfileTissues; ++t) {
    apart[t] = std::fabs(std::sqrt(a.tissues[t]) - std::sqrt(b.tissues[t]));
  }
  return static_cast<std::size_t>(std::max_element(apart.begin(), apart.end()) - apart.begin());
}

void judge_tissues(TrainedFor& judged, const Model& model, const ScanProfile& scan) {
  const auto scans = model.training().all_scans();
  const auto& nearest =
      *std::min_element(scans.begin(), scans.end(), [&](const SourceInfo& a, const SourceInfo& b) {
        return tissue_distance(scan, *a.profile) < tissue_distance(scan, *b.profile);
      });
  const double distance = tissue_distance(scan, *nearest.profile);
  if (distance <= kMostTissueDistance) return;
  const std::size_t t = most_different(scan, *nearest.profile);
  judged.unlike.push_back({"tissues at a distance of " + data::fixed(distance, 2) +
                               " from the nearest training scan (" + kProfileNames[t] + ": " +
                               percent(scan.tissues[t]) + " of the body, there " +
                               percent(nearest.profile->tissues[t]) + ")",
                           "at most " + data::fixed(kMostTissueDistance, 2)});
}

}  // namespace

std::optional<data::ValueRange> trained_pixels(const Model& model) {
  std::optional<data::ValueRange> range;
  for (const SourceInfo& s : model.training().all_scans()) {
    if (!s.profile) return std::nullopt;
    const auto [low, high] = std::minmax(s.profile->pixel_spacing[0], s.profile->pixel_spacing[1]);
    const double shrunk = high * most_shrink(model.recipe(), s);
    if (!range) range = data::ValueRange{low, shrunk};
    range = data::ValueRange{std::min(range->low, low), std::max(range->high, shrunk)};
  }
  return range;
}

TrainedFor trained_for(const Model& model, const std::optional<ScanProfile>& profile, double gap) {
  TrainedFor judged;
  if (!profile) return judged;
  const auto scans = model.training().all_scans();
  judged.known = !scans.empty() && std::all_of(scans.begin(), scans.end(),
                                               [](const auto& s) { return s.profile.has_value(); });
  if (!judged.known) return judged;
  judge_air(judged, model, *profile);
  judge_pixels(judged, model, *profile);
  judge_gap(judged, model, gap);
  judge_tissues(judged, model, *profile);
  return judged;
}

void require_ct(const TrainedFor& judged, const std::string& where) {
  if (judged.ct) return;
  const Unlike& air = judged.unlike.front();
  throw nn::Error(
      nn::Fault::input, where, air.got, air.expected,
      "MR, or a CT whose rescale to HU was lost? use --method cubic; " + std::string(kAnyway));
}

Method cubic_for_untrained() {
  Method cubic = method_without_network("cubic");
  cubic.name = "cubic (not trained for this)";
  return cubic;
}

std::string to_line(const TrainedFor& judged) {
  if (!judged.known) {
    return "the model file is too old to say what its scans looked like; whether it suits this one "
           "is left to the self-check";
  }
  if (judged.holds()) return {};
  std::string text = "the model was not trained for such a scan: ";
  for (const Unlike& u : judged.unlike) {
    if (&u != judged.unlike.data()) text += "; ";
    text.append(u.got).append(", expected ").append(u.expected);
  }
  if (!judged.ct) return text + "; interpolate refuses it, " + kAnyway;
  return text +
         "; interpolate makes it without the network, by registration or cubic; --any-scan "
         "lets the network compete";
}

nlohmann::ordered_json to_trained_for_json(const TrainedFor& judged) {
  nlohmann::ordered_json j{{"known", judged.known}, {"unlike", nlohmann::ordered_json::array()}};
  for (const Unlike& u : judged.unlike) {
    j["unlike"].push_back({{"got", u.got}, {"expected", u.expected}});
  }
  return j;
}

}  // namespace train
