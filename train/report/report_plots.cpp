#include "train/report/report.h"

#include <array>

namespace train {
namespace {

/// What is drawn, most important first: colours and dashes go by this order.
constexpr std::array<std::size_t, 3> kShown{kMethodModel, kMethodCubic, kMethodLinear};

data::Svg tissue_plot(const ScanReport& r, const char* title, const auto& values_of) {
  const std::vector<std::string> groups(data::kTissueNames.begin(), data::kTissueNames.end());
  std::vector<data::Bars> bars;
  for (const std::size_t m : kShown) {
    const auto& values = values_of(r.methods[m]);
    bars.push_back({method_label(m), {values.begin(), values.end()}});
  }
  data::PlotStyle style;
  style.title = title;
  style.y_label = "HU";
  style.width = 480;
  style.height = 340;
  return data::bar_plot(groups, bars, style);
}

/// Values of each slice over the position along the stack, and the regions.
class AlongStack {
 public:
  explicit AlongStack(const ScanReport& r)
      : rows_(r.rows), mm_(!r.rows.empty() && r.rows.front().position.has_value()) {
    // From the first to the last predicted slice; borders in the middle of neighbours.
    for (const SliceRow& row : rows_) {
      const std::string& name = data::region_of(r.regions, row.slice).name;
      if (bands_.empty() || bands_.back().name != name) {
        const double from = bands_.empty() ? at(row) : 0.5 * (bands_.back().to + at(row));
        if (!bands_.empty()) bands_.back().to = from;
        bands_.push_back({name, from, at(row)});
      }
      bands_.back().to = at(row);
    }
  }

  data::Series series(const std::string& name, const auto& value_of) const {
    data::Series s{name, {}, {}};
    for (const SliceRow& row : rows_) {
      s.x.push_back(at(row));
      s.y.push_back(value_of(row));
    }
    return s;
  }

  data::PlotStyle style(const char* title, const char* y_label, double height) const {
    data::PlotStyle style;
    style.title = title;
    style.y_label = y_label;
    style.x_label = mm_ ? "position along the stack from slice 0, mm" : "slice";
    style.bands = bands_;
    style.height = height;
    return style;
  }

 private:
  double at(const SliceRow& row) const {
    return mm_ ? row.position.value_or(0) : static_cast<double>(row.slice);
  }

  const std::vector<SliceRow>& rows_;
  bool mm_;
  std::vector<data::Band> bands_;
};

double psnr_of(const SliceRow& row, std::size_t method, std::size_t window) {
  return row.methods[method].metrics.psnr[window];
}

}  // namespace

data::Svg slice_plot(const ScanReport& r) {
  const AlongStack stack(r);
  std::vector<data::Series> series;
  series.reserve(std::size(kShown));
  for (const std::size_t m : kShown) {
    series.push_back(
        stack.series(method_label(m), [m](const SliceRow& row) { return psnr_of(row, m, 0); }));
  }
  return data::line_plot(
      series, stack.style("PSNR of each slice, full window", "PSNR in dB, higher is better", 420));
}

data::Svg gain_plot(const ScanReport& r) {
  const AlongStack stack(r);
  std::vector<data::Series> series;
  for (std::size_t w = 0; w < (r.hu ? 2U : 1U); ++w) {
    series.push_back(
        stack.series(std::string(data::kWindows[w].name) + " window", [w](const SliceRow& row) {
          return psnr_of(row, kMethodModel, w) - psnr_of(row, kMethodCubic, w);
        }));
  }
  data::PlotStyle style = stack.style("Model minus cubic, slice by slice",
                                      "difference in dB, above 0 the model is closer", 340);
  style.zero_line = true;
  return data::line_plot(series, style);
}

data::Svg absolute_plot(const ScanReport& r) {
  return tissue_plot(
      r, "Absolute error by tissue",
      [](const MethodReport& m) -> const auto& { return m.mae_tissue; });
}

data::Svg signed_plot(const ScanReport& r) {
  return tissue_plot(
      r, "Constant shift (median) in pure tissue",
      [](const MethodReport& m) -> const auto& { return m.pure_median; });
}

}  // namespace train
