#include "train/evaluate/methods.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <iterator>
#include <set>

#include "data/draw/markup.h"

namespace train {
namespace {

template <class F>
std::vector<double> column(std::span<const SliceRow> rows, std::size_t method, const F& value) {
  std::vector<double> v;
  v.reserve(rows.size());
  for (const SliceRow& row : rows) v.push_back(value(row.methods[method]));
  return v;
}

/// A mean over pixels, none without pixels.
template <class F>
std::optional<data::Summary> pixel_mean(std::span<const SliceRow> rows, std::size_t method,
                                        const F& errors) {
  const auto sums = column(rows, method, [&](const SliceScores& s) { return errors(s).sum; });
  const auto pixels = column(
      rows, method, [&](const SliceScores& s) { return static_cast<double>(errors(s).pixels); });
  if (std::all_of(pixels.begin(), pixels.end(), [](double n) { return n == 0; })) {
    return std::nullopt;
  }
  return data::bootstrap_ratio(sums, pixels, data::kBootstrapSeed);
}

/// Power of the prediction over that of the truth; none where the truth has none.
template <class F>
std::optional<data::Summary> power_ratio(std::span<const SliceRow> rows, std::size_t method,
                                         const F& power) {
  const auto own = column(rows, method, [&](const SliceScores& s) { return power(s).prediction; });
  const auto truth = column(rows, method, [&](const SliceScores& s) { return power(s).truth; });
  if (std::all_of(truth.begin(), truth.end(), [](double p) { return p == 0; })) {
    return std::nullopt;
  }
  return data::bootstrap_ratio(own, truth, data::kBootstrapSeed);
}

void add_tissues(MethodReport& r, std::span<const SliceRow> rows, std::size_t method) {
  for (std::size_t t = 0; t < data::kTissueCount; ++t) {
    data::ErrorSum all;
    for (const SliceRow& row : rows) {
      all += row.methods[method].metrics.tissue_signed[t];
      r.pure_pixels[t] += row.methods[method].pure[t].errors.pixels;
    }
    r.signed_error[t] = all.mean();
    r.mae_tissue[t] = pixel_mean(
        rows, method, [t](const SliceScores& s) { return s.metrics.tissue_absolute[t]; });
    r.pure_signed[t] =
        pixel_mean(rows, method, [t](const SliceScores& s) { return s.pure[t].errors; });
    r.pure_median[t] = pixel_mean(rows, method, [t](const SliceScores& s) {
      const data::PureError& e = s.pure[t];
      return data::ErrorSum{e.median * static_cast<double>(e.errors.pixels), e.errors.pixels};
    });
  }
}

/// Slices without a body have no MAE, whatever the method: the body is found in the truth.
void add_mae(MethodReport& r, std::span<const SliceRow> rows, std::size_t method, double unit) {
  std::vector<double> own;
  std::vector<double> cubic;
  for (const SliceRow& row : rows) {
    const auto mean = row.methods[method].metrics.body_absolute.mean();
    const auto of_cubic = row.methods[kMethodCubic].metrics.body_absolute.mean();
    if (!mean || !of_cubic) continue;
    own.push_back(*mean * unit);
    cubic.push_back(*of_cubic * unit);
  }
  if (own.empty()) return;
  r.mae_body = data::bootstrap_mean(own, data::kBootstrapSeed);
  r.mae_body_over_cubic = data::bootstrap_difference(own, cubic, data::kBootstrapSeed);
}

MethodReport summary_of(std::span<const SliceRow> rows, std::size_t method, double grey_unit) {
  MethodReport r;
  for (std::size_t w = 0; w < data::kWindowCount; ++w) {
    const auto in_window = [w](const SliceScores& s) { return s.metrics.psnr[w]; };
    const auto own = column(rows, method, in_window);
    const auto cubic = column(rows, kMethodCubic, in_window);
    const auto ssim = column(rows, method, [w](const SliceScores& s) { return s.metrics.ssim[w]; });
    r.psnr[w] = data::bootstrap_mean(own, data::kBootstrapSeed);
    r.ssim[w] = data::bootstrap_mean(ssim, data::kBootstrapSeed);
    r.over_cubic[w] = data::bootstrap_difference(own, cubic, data::kBootstrapSeed);
    if (w > 0) continue;
    r.slices_won = data::slices_won(own, cubic);
    std::vector<double> difference(own.size());
    std::transform(own.begin(), own.end(), cubic.begin(), difference.begin(), std::minus<>());
    r.test = data::signed_rank(difference);
  }
  add_mae(r, rows, method, grey_unit > 0 ? 1 / grey_unit : 1);
  add_tissues(r, rows, method);
  r.noise = power_ratio(rows, method, [](const SliceScores& s) { return s.texture.noise; });
  // A ratio of standard deviations: roots keep the order, so quantiles may be taken before.
  if (r.noise) {
    for (double* v : {&r.noise->mean, &r.noise->lo, &r.noise->hi}) *v = std::sqrt(*v);
  }
  r.sharpness = power_ratio(rows, method, [](const SliceScores& s) { return s.texture.gradient; });
  return r;
}

template <class F>
void add_part(std::vector<Part>& parts, const std::string& name, std::span<const SliceRow> rows,
              double grey_unit, const F& belongs) {
  std::vector<SliceRow> own;
  std::copy_if(rows.begin(), rows.end(), std::back_inserter(own), belongs);
  if (own.empty()) return;
  parts.push_back(
      {name, own.front().t, static_cast<nn::index>(own.size()), summarise(own, grey_unit)});
}

}  // namespace

std::string method_label(std::size_t method) {
  std::string label = kMethods.at(method);
  std::replace(label.begin(), label.end(), '_', ' ');
  return label;
}

std::size_t best_free(const Methods& methods) {
  const auto psnr = [&](std::size_t m) { return methods[m].psnr[0].mean; };
  return *std::max_element(kFreeMethods.begin(), kFreeMethods.end(),
                           [&](std::size_t a, std::size_t b) { return psnr(a) < psnr(b); });
}

data::Summary psnr_over(std::span<const SliceRow> rows, std::size_t method, std::size_t other,
                        std::size_t window) {
  const auto in_window = [window](const SliceScores& s) { return s.metrics.psnr[window]; };
  return data::bootstrap_difference(column(rows, method, in_window), column(rows, other, in_window),
                                    data::kBootstrapSeed);
}

nn::index slices_closer(std::span<const SliceRow> rows, std::size_t method, std::size_t other) {
  const auto full = [](const SliceScores& s) { return s.metrics.psnr[0]; };
  return data::slices_won(column(rows, method, full), column(rows, other, full));
}

Methods summarise(std::span<const SliceRow> rows, double grey_unit) {
  Methods methods;
  for (std::size_t m = 0; m < kMethods.size(); ++m) methods[m] = summary_of(rows, m, grey_unit);
  return methods;
}

std::vector<Part> by_region(std::span<const SliceRow> rows, const data::Regions& regions,
                            double grey_unit) {
  std::vector<Part> parts;
  for (const data::Region& region : regions.parts) {
    add_part(parts, region.name, rows, grey_unit, [&](const SliceRow& row) {
      return row.slice >= region.first && row.slice <= region.last;
    });
  }
  return parts;
}

std::vector<Part> by_position(std::span<const SliceRow> rows, double grey_unit) {
  std::set<double> all;
  for (const SliceRow& row : rows) all.insert(row.t);
  std::vector<Part> parts;
  for (const double t : all) {
    add_part(parts, "t = " + data::fixed(t, 3), rows, grey_unit,
             [t](const SliceRow& row) { return row.t == t; });
  }
  return parts;
}

}  // namespace train
