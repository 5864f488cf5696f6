#include "train/report/report_tables.h"

#include <algorithm>
#include <optional>

#include "data/draw/markup.h"
#include "train/report/headline.h"

namespace train {
namespace {

Cell cell(const data::Summary& s, int decimals) {
  return {data::fixed(s.mean, decimals),
          "[" + data::fixed(s.lo, decimals) + ", " + data::fixed(s.hi, decimals) + "]"};
}

Cell cell(const std::optional<data::Summary>& s, int decimals) {
  return s ? cell(*s, decimals) : Cell{"-", ""};
}

Cell cell(const std::optional<double>& v, int decimals) {
  return {v ? data::fixed(*v, decimals) : "-", ""};
}

/// With its sign.
Cell difference(const data::Summary& s, int decimals) {
  Cell c = cell(s, decimals);
  c.text = signed_text(s.mean, decimals);
  return c;
}

Cell won(const MethodReport& m, nn::index slices) {
  return {std::to_string(m.slices_won) + "/" + std::to_string(slices), ""};
}

/// Windows that mean something for this scan.
std::size_t windows(const ScanReport& r) { return r.hu ? data::kWindowCount : 1; }

std::string unit(const ScanReport& r) { return r.hu ? "HU" : "grey"; }

/// "PSNR full dB", ...
void add_windows(Table& table, const ScanReport& r, const std::string& before,
                 const std::string& after) {
  for (std::size_t w = 0; w < windows(r); ++w) {
    table.header.push_back(std::string(before).append(data::kWindows[w].name).append(after));
  }
}

template <class F>
Table by_method(const ScanReport& r, std::string title, std::string note, const F& add_cells,
                bool with_cubic = true) {
  Table table{std::move(title), std::move(note), {"method"}, {}};
  for (std::size_t m = 0; m < kMethods.size(); ++m) {
    if (!shown(r, m) || (m == kMethodCubic && !with_cubic)) continue;
    table.rows.push_back({{method_label(m), ""}});
    add_cells(m, table.rows.back());
  }
  return table;
}

Table accuracy(const ScanReport& r) {
  const std::size_t best = best_free(r.methods);
  Table table = by_method(
      r, "Accuracy",
      "PSNR: higher is better. Mean absolute error (MAE) in the body: lower is better. "
      "The second column compares each method, slice by slice, with " +
          method_label(best) +
          ", the best one that needs no network. A slice is won if it is closer than "
          "that of cubic interpolation.",
      [&](std::size_t m, std::vector<Cell>& row) {
        const MethodReport& q = r.methods[m];
        row.push_back(m == best ? Cell{"-", ""} : difference(psnr_over(r.rows, m, best), 2));
        for (std::size_t w = 0; w < windows(r); ++w) row.push_back(cell(q.psnr[w], 2));
        row.push_back(cell(q.ssim[0], 4));
        row.push_back(cell(q.mae_body, 2));
        row.push_back(m == kMethodCubic ? Cell{"-", ""} : won(q, r.slices));
      });
  table.header.push_back("over " + method_label(best) + ", full dB");
  add_windows(table, r, "PSNR ", " dB");
  table.header.insert(table.header.end(), {"SSIM full", "MAE body " + unit(r), "slices won"});
  return table;
}

Table against_cubic(const ScanReport& r) {
  Table table = by_method(
      r, "Against cubic interpolation, slice by slice",
      "Method minus cubic on the same slices. p: Wilcoxon signed-rank test, two-sided, of PSNR in "
      "the full window; neighbouring slices are alike, so the true p is larger.",
      [&](std::size_t m, std::vector<Cell>& row) {
        const MethodReport& q = r.methods[m];
        for (std::size_t w = 0; w < windows(r); ++w) row.push_back(difference(q.over_cubic[w], 2));
        row.push_back(q.mae_body_over_cubic ? difference(*q.mae_body_over_cubic, 2)
                                            : Cell{"-", ""});
        row.push_back({p_text(q.test.p), ""});
      },
      false);
  add_windows(table, r, "PSNR ", " dB");
  table.header.insert(table.header.end(), {"MAE body " + unit(r), "p"});
  return table;
}

Table structure(const ScanReport& r) {
  Table table = by_method(r, "Structural similarity (SSIM)", "1 is identical.",
                          [&](std::size_t m, std::vector<Cell>& row) {
                            for (std::size_t w = 0; w < windows(r); ++w) {
                              row.push_back(cell(r.methods[m].ssim[w], 4));
                            }
                          });
  add_windows(table, r, "SSIM ", "");
  return table;
}

/// The model and cubic on some of the slices each.
Table by_part(std::string title, std::string note, const ScanReport& r,
              const std::vector<Part>& parts, const std::string& what) {
  Table table{std::move(title), std::move(note), {what, "slices"}, {}};
  table.header.insert(table.header.end(),
                      {"PSNR full dB, model", "PSNR full dB, cubic", "difference"});
  if (r.hu) table.header.emplace_back("difference, soft");
  table.header.insert(table.header.end(), {"MAE body " + unit(r) + ", model",
                                           "MAE body " + unit(r) + ", cubic", "slices won", "p"});
  for (const Part& part : parts) {
    const MethodReport& own = part.methods[kMethodModel];
    const MethodReport& cubic = part.methods[kMethodCubic];
    std::vector<Cell> row{{part.name, ""}, {std::to_string(part.slices), ""}};
    row.push_back(cell(own.psnr[0], 2));
    row.push_back(cell(cubic.psnr[0], 2));
    row.push_back(difference(own.over_cubic[0], 2));
    if (r.hu) row.push_back(difference(own.over_cubic[1], 2));
    row.push_back(cell(own.mae_body, 2));
    row.push_back(cell(cubic.mae_body, 2));
    row.push_back(won(own, part.slices));
    row.push_back({p_text(own.test.p), ""});
    table.rows.push_back(std::move(row));
  }
  return table;
}

Table by_tissue(const ScanReport& r) {
  Table table = by_method(
      r, "Error by tissue, HU",
      "Classes by the true value inside the body: air below -300 HU, soft tissue -100 to 200 HU, "
      "bone above 200 HU. Signed error (prediction minus truth): chosen by the true value, any "
      "method that averages is above 0 in air and below in bone; compare with cubic.",
      [&](std::size_t m, std::vector<Cell>& row) {
        for (const auto& v : r.methods[m].mae_tissue) row.push_back(cell(v, 2));
        for (const auto& v : r.methods[m].signed_error) row.push_back(cell(v, 2));
      });
  for (const char* kind : {"absolute, ", "signed, "}) {
    for (const char* name : data::kTissueNames) table.header.push_back(std::string(kind) + name);
  }
  return table;
}

Table by_pure_tissue(const ScanReport& r) {
  const auto& pixels = r.methods[kMethodModel].pure_pixels;
  std::string counts;
  for (std::size_t t = 0; t < data::kTissueCount; ++t) {
    counts +=
        std::string(t == 0 ? "" : ", ") + data::kTissueNames[t] + " " + std::to_string(pixels[t]);
  }
  Table table = by_method(
      r, "Constant shift: signed error in pure tissue, HU",
      "Where the truth and both known neighbours are of one tissue (pixels: " + counts +
          "). In soft tissue and air the median of a method without a shift is near 0. Bone also "
          "holds its curvature, which every method flattens: compare with cubic.",
      [&](std::size_t m, std::vector<Cell>& row) {
        for (const auto& v : r.methods[m].pure_median) row.push_back(cell(v, 2));
        for (const auto& v : r.methods[m].pure_signed) row.push_back(cell(v, 2));
      });
  for (const char* kind : {"median, ", "mean, "}) {
    for (const char* name : data::kTissueNames) table.header.push_back(std::string(kind) + name);
  }
  return table;
}

Table by_texture(const ScanReport& r) {
  const bool noise = r.hu;
  Table table = by_method(
      r, "Noise and sharpness, relative to the truth",
      std::string(noise ? "Noise: standard deviation of the high-pass filtered slices in flat soft "
                          "tissue; below 1 is smoother than the scan. "
                        : "") +
          "Sharpness: energy of the gradient inside the body; below 1 is blurred, above 1 may be "
          "invented.",
      [&](std::size_t m, std::vector<Cell>& row) {
        if (noise) row.push_back(cell(r.methods[m].noise, 3));
        row.push_back(cell(r.methods[m].sharpness, 3));
      });
  if (noise) table.header.emplace_back("noise");
  table.header.emplace_back("sharpness");
  return table;
}

/// Of the model's MAE in the body against cubic's, percent.
std::optional<double> mae_change(const ScanReport& r) {
  const auto& own = r.methods[kMethodModel].mae_body;
  const auto& cubic = r.methods[kMethodCubic].mae_body;
  if (!own || !cubic || cubic->mean <= 0) return std::nullopt;
  return 100 * (own->mean / cubic->mean - 1);
}

}  // namespace

std::vector<Table> scan_tables(const ScanReport& r) {
  std::vector<Table> tables{accuracy(r), against_cubic(r), structure(r)};
  tables.push_back(
      by_part("By region",
              r.regions.head
                  ? "Found by rule from bone and air in each slice of the truth, not by a reader."
                  : "Not recognised as a head, so by thirds of the stack.",
              r, r.regional, "region"));
  if (r.positions.size() > 1) {
    tables.push_back(by_part("By position between the known slices",
                             "t = 0 is the known slice before, t = 1 the one after.", r,
                             r.positions, "position"));
  }
  if (r.hu) {
    tables.push_back(by_tissue(r));
    tables.push_back(by_pure_tissue(r));
  }
  tables.push_back(by_texture(r));
  if (r.lesions) tables.push_back(lesion_table(*r.lesions));
  return tables;
}

Overall overall(const std::vector<ScanReport>& scans) {
  Overall mean;
  mean.soft = 0;
  mean.mae_change = 0;
  for (const ScanReport& r : scans) {
    const MethodReport& own = r.methods[kMethodModel];
    const auto count = static_cast<double>(scans.size());
    const auto change = mae_change(r);
    mean.over_cubic += own.over_cubic[0].mean / count;
    mean.slices_won +=
        100 * static_cast<double>(own.slices_won) / static_cast<double>(r.slices) / count;
    if (!r.hu) mean.soft.reset();
    if (!change) mean.mae_change.reset();
    if (mean.soft) *mean.soft += own.over_cubic[1].mean / count;
    if (mean.mae_change) *mean.mae_change += *change / count;
  }
  return mean;
}

Table overview(const std::vector<ScanReport>& scans) {
  Table table{"All scans",
              "The mean is over scans, each counting alike; from so few it has no interval.",
              {"scan", "slices", "model over cubic, full dB", "soft dB", "MAE body change",
               "slices won", "p"},
              {}};
  const auto percent = [](const std::optional<double>& v) {
    return Cell{v ? signed_text(*v, 1) + " %" : "-", ""};
  };
  for (const ScanReport& r : scans) {
    const MethodReport& own = r.methods[kMethodModel];
    table.rows.push_back({{r.scan, ""},
                          {std::to_string(r.slices), ""},
                          difference(own.over_cubic[0], 2),
                          r.hu ? difference(own.over_cubic[1], 2) : Cell{"-", ""},
                          percent(mae_change(r)),
                          won(own, r.slices),
                          {p_text(own.test.p), ""}});
  }
  const Overall mean = overall(scans);
  table.rows.push_back({{"mean over scans", ""},
                        {"", ""},
                        {signed_text(mean.over_cubic, 2), ""},
                        {mean.soft ? signed_text(*mean.soft, 2) : "-", ""},
                        percent(mean.mae_change),
                        {data::fixed(mean.slices_won, 0) + " %", ""},
                        {"", ""}});
  return table;
}

}  // namespace train
