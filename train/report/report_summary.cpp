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

std::string interval_text(const data::Summary& s) {
  return signed_text(s.mean, 2) + " dB [" + data::fixed(s.lo, 2) + ", " + data::fixed(s.hi, 2) +
         "]";
}

std::string name_in_summary(const ScanReport& r, std::size_t method) {
  if (method == kMethodModel) return "model";
  if (method == kMethodChecked) return "model, self-checked";
  return method_label(method) + (method == best_free(r.methods) ? " (best without)" : "");
}

std::string row_of_method(const ScanReport& r, std::size_t method) {
  const MethodReport& m = r.methods[method];
  const std::size_t best = best_free(r.methods);
  const std::string mae =
      m.mae_body ? data::fixed(m.mae_body->mean, 2) + (r.hu ? " HU" : " grey") : "-";
  char text[160];
  std::snprintf(text, sizeof text, "  %-26s %9.2f %8.4f %12s   %s\n",
                name_in_summary(r, method).c_str(), m.psnr[0].mean, m.ssim[0].mean, mae.c_str(),
                method == best ? "-" : interval_text(psnr_over(r.rows, method, best)).c_str());
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
    for (const std::size_t m : kFreeMethods) text += row_of_method(r, m);
  }
  return text;
}

}  // namespace

std::string to_summary_text(const Report& report) {
  std::string text = table_of(report) + "\n";
  const bool several = report.scans.size() > 1;
  for (const ScanReport& r : report.scans) {
    for (const std::string& s : cautions(r)) text += wrapped(s, 0, kSummaryColumns);
    const std::string of = several ? " on " + cut_to(r.scan, kSummaryColumns / 2) : "";
    text += wrapped("Verdict" + of + ": " + headline(r), 0, kSummaryColumns);
  }
  for (const ScanReport& r : report.scans) {
    if (r.lesions) text += "\n" + to_markdown(lesion_table(*r.lesions));
  }
  return text;
}

}  // namespace train
