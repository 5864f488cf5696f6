#include "train/fill/self_check_text.h"

#include "data/draw/markup.h"
#include "data/draw/plot.h"

namespace train {
namespace {

data::Series by_tenths(const std::string& name, const std::array<double, kTenths>& errors) {
  data::Series s{name, {}, {errors.begin(), errors.end()}};
  for (std::size_t t = 1; t <= kTenths; ++t) s.x.push_back(static_cast<double>(t));
  return s;
}

/// "within 1, 2, 3 times: 63, 90, 97 %"
std::string within(const CalibrationCheck& check) {
  std::string text;
  for (const double share : check.within) {
    text += (text.empty() ? "" : ", ") + data::fixed(100 * share, 0);
  }
  return "within 1, 2, 3 times: " + text + " %";
}

}  // namespace

data::Svg calibration_plot(const ErrorMap& map) {
  std::vector<data::Series> series;
  for (const CalibratedMaker* m : {&map.candidate, &map.baseline}) {
    if (!m->used) continue;
    series.push_back(by_tenths(m->name + ", expected", m->check.expected));
    series.push_back(
        by_tenths(m->name + ", observed (" + within(m->check) + ")", m->check.observed));
  }
  data::PlotStyle style;
  style.title = "Expected and observed error on " + std::to_string(map.checked) +
                " hidden slices not used for the fit";
  style.x_label = "tenth of the pixels, in the order of the expected error";
  style.y_label = "mean absolute error, HU";
  style.log_y = true;
  return data::line_plot(series, style);
}

}  // namespace train
