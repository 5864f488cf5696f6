#include "train/report/loss_curve.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <fstream>
#include <optional>

namespace train {
namespace {

constexpr std::size_t kMostPoints = 400;
constexpr std::size_t kSmoothed = 40;  // points, from which on a line is smoothed

/// The first columns, which are numbers; of losses.csv those up to `fake`.
template <std::size_t N>
using Row = std::array<double, N>;

template <std::size_t N>
std::optional<Row<N>> row_of(const std::string& line) {
  Row<N> row{};
  const char* at = line.data();
  const char* end = at + line.size();
  for (double& v : row) {
    const auto [after, error] = std::from_chars(at, end, v);
    const bool last = &v == &row.back();
    if (error != std::errc{} || (after == end ? !last : *after != ',')) return std::nullopt;
    at = after + (after == end ? 0 : 1);
  }
  return row;
}

template <std::size_t N>
std::vector<Row<N>> rows_of(const std::string& csv, const char* header) {
  std::vector<Row<N>> rows;
  std::ifstream in(csv);
  std::string line;
  if (!std::getline(in, line) || line != header) return rows;
  while (std::getline(in, line)) {
    if (const auto row = row_of<N>(line)) rows.push_back(*row);
  }
  return rows;
}

/// Moves y to raw, and smooths. What is not finite stays so, and counts in no mean.
void smooth(data::Series& s) {
  const std::size_t n = s.y.size();
  if (n < kSmoothed) return;
  s.raw = s.y;
  for (std::size_t i = 0; i < n; ++i) {
    if (!std::isfinite(s.raw[i])) continue;
    const std::size_t first = i - std::min(i, n / 40);
    const std::size_t last = std::min(i + n / 40, n - 1);
    double sum = 0;
    double count = 0;
    for (std::size_t k = first; k <= last; ++k) {
      if (!std::isfinite(s.raw[k])) continue;
      sum += s.raw[k];
      count += 1;
    }
    s.y[i] = sum / count;
  }
}

}  // namespace

std::vector<data::Series> loss_series(const std::string& csv) {
  const auto rows = rows_of<7>(csv, kLossesHeader);
  std::vector<data::Series> series{{"generator L1", {}, {}},
                                   {"generator adversarial", {}, {}},
                                   {"discriminator real + fake", {}, {}}};
  const std::size_t points = std::min(rows.size(), kMostPoints);
  for (std::size_t p = 0; p < points; ++p) {
    const std::size_t first = rows.size() * p / points;
    const std::size_t end = rows.size() * (p + 1) / points;
    Row<7> mean{};
    for (std::size_t i = first; i < end; ++i) {
      for (std::size_t c = 0; c < mean.size(); ++c) mean[c] += rows[i][c];
    }
    for (double& v : mean) v /= static_cast<double>(end - first);
    const auto add = [&](data::Series& s, double y) {
      s.x.push_back(mean[0]);
      s.y.push_back(y);
    };
    add(series[0], mean[3]);
    if (mean[5] + mean[6] > 0) {  // the discriminator was at work
      add(series[1], mean[4]);
      add(series[2], mean[5] + mean[6]);
    }
  }
  std::erase_if(series, [](const data::Series& s) { return s.x.empty(); });
  for (data::Series& s : series) smooth(s);
  return series;
}

std::vector<data::Series> validation_series(const std::string& csv) {
  const auto rows = rows_of<5>(csv, kValidationHeader);
  std::vector<data::Series> series{{"network", {}, {}}, {"cubic", {}, {}}, {"linear", {}, {}}};
  for (std::size_t s = 0; s < series.size(); ++s) {
    for (const Row<5>& row : rows) {
      series[s].x.push_back(row[0]);
      series[s].y.push_back(row[2 + s]);
    }
  }
  std::erase_if(series, [](const data::Series& s) { return s.x.empty(); });
  return series;
}

data::Svg loss_plot(const std::vector<data::Series>& series) {
  data::PlotStyle style;
  const bool smoothed = !series.empty() && !series.front().raw.empty();
  style.title =
      smoothed ? "Losses of the training, smoothed; pale: as they were" : "Losses of the training";
  style.y_label = "loss (mean, unweighted; logarithmic)";
  style.log_y = true;
  return data::line_plot(series, style);
}

data::Svg validation_plot(const std::vector<data::Series>& series) {
  data::PlotStyle style;
  style.title = "Validation slices while training";
  style.y_label = "PSNR in dB, full window, higher is better";
  return data::line_plot(series, style);
}

}  // namespace train
