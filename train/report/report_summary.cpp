// What a person reads first of a report: one table, and whether the model is worth using.
#include <algorithm>
#include <cstdio>

#include "data/draw/markup.h"
#include "data/measure/summary.h"
#include "train/program/text.h"
#include "train/report/headline.h"
#include "train/report/report.h"
#include "train/report/report_tables.h"

namespace train {
namespace {

constexpr int kSummaryColumns = 96;

/// What needs neither a network nor a training, the best known one first.
constexpr std::array<std::size_t, 4> kFree{kMethodRegistered, kMethodCubic, kMethodLinear,
                                           method_at("nearest")};

double psnr(const ScanReport& r, std::size_t method) { return r.methods[method].psnr[0].mean; }

std::size_t best_free(const ScanReport& r) {
  return *std::max_element(kFree.begin(), kFree.end(),
                           [&](std::size_t a, std::size_t b) { return psnr(r, a) < psnr(r, b); });
}

/// PSNR in the full window, slice by slice, minus that of another method.
data::Summary over(const ScanReport& r, std::size_t method, std::size_t other) {
  std::vector<double> own;
  std::vector<double> others;
  for (const SliceRow& row : r.rows) {
    own.push_back(row.methods[method].metrics.psnr[0]);
    others.push_back(row.methods[other].metrics.psnr[0]);
  }
  return data::bootstrap_difference(own, others, data::kBootstrapSeed);
}

std::string interval_text(const data::Summary& s) {
  return signed_text(s.mean, 2) + " dB [" + data::fixed(s.lo, 2) + ", " + data::fixed(s.hi, 2) +
         "]";
}

std::string name_in_summary(const ScanReport& r, std::size_t method) {
  if (method == kMethodModel) return "model";
  if (method == kMethodChecked) return "model, self-checked";
  return method_label(method) + (method == best_free(r) ? " (best without)" : "");
}

std::string row_of_method(const ScanReport& r, std::size_t method) {
  const MethodReport& m = r.methods[method];
  const std::size_t best = best_free(r);
  const std::string mae =
      m.mae_body ? data::fixed(m.mae_body->mean, 2) + (r.hu ? " HU" : " grey") : "-";
  char text[160];
  std::snprintf(text, sizeof text, "  %-26s %9.2f %8.4f %12s   %s\n",
                name_in_summary(r, method).c_str(), m.psnr[0].mean, m.ssim[0].mean, mae.c_str(),
                method == best ? "-" : interval_text(over(r, method, best)).c_str());
  return text;
}

std::string table_of(const Report& report) {
  char head[160];
  std::snprintf(head, sizeof head, "  %-26s %9s %8s %12s   %s\n", "method", "PSNR, dB", "SSIM",
                "MAE in body", "PSNR over the best without");
  std::string text = head;
  for (const ScanReport& r : report.scans) {
    const std::string what = ": " + std::to_string(r.slices) +
                             (r.slices == 1 ? " slice" : " slices") + ", protocol " + r.protocol +
                             ", factor " + std::to_string(r.factor);
    text += cut_to(r.scan, kSummaryColumns - columns_of(what)) + what + "\n";
    text += row_of_method(r, kMethodModel);
    if (r.check) text += row_of_method(r, kMethodChecked);
    for (const std::size_t m : kFree) text += row_of_method(r, m);
  }
  return text;
}

/// Whether the model is ahead of the best method that needs no network.
std::string verdict_sentence(const ScanReport& r) {
  const std::size_t best = best_free(r);
  const data::Summary gain = over(r, kMethodModel, best);
  const std::string name = method_label(best);
  switch (verdict_of(gain)) {
    case Verdict::better:
      return "the model is closer to the truth than " + name +
             ", the best without a network: " + interval_text(gain);
    case Verdict::worse:
      return "the model is farther from the truth than " + name +
             ", which needs no network: " + interval_text(gain) + "; use --method " + name +
             " on this scan";
    case Verdict::even:
      break;
  }
  return "the model is not shown to be better than " + name +
         ", which needs no network: " + interval_text(gain);
}

}  // namespace

std::string to_summary_text(const Report& report) {
  std::string text = table_of(report) + "\n";
  const bool several = report.scans.size() > 1;
  for (const ScanReport& r : report.scans) {
    for (const std::string& s : cautions(r)) text += wrapped(s, 0, kSummaryColumns);
    const std::string of = several ? " on " + cut_to(r.scan, kSummaryColumns / 2) : "";
    text += wrapped("Verdict" + of + ": " + verdict_sentence(r) + ".", 0, kSummaryColumns);
  }
  for (const ScanReport& r : report.scans) {
    if (r.lesions) text += "\n" + to_markdown(lesion_table(*r.lesions));
  }
  return text;
}

}  // namespace train
