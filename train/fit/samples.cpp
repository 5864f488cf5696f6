#include "train/fit/samples.h"

#include <algorithm>

#include "data/draw/marks.h"
#include "data/files/atomic_file.h"
#include "data/measure/metrics.h"
#include "data/pictures/picture.h"
#include "data/volume/resample.h"
#include "data/volume/volume.h"
#include "train/predict/interpolate.h"
#include "train/predict/predict.h"
#include "train/report/loss_curve.h"
#include "train/report/montage.h"

namespace train {
namespace {

void write_canvas(const std::string& path, const data::Canvas& canvas) {
  data::write_png(path, canvas.width(), canvas.height(), 3, canvas.rgb(), /*force=*/true);
}

void write_svg(const std::string& path, const data::Svg& svg) {
  const std::string text = svg.file();
  data::write_file(path, text.data(), text.size(), /*force=*/true);
}

class ScanSheet final : public SampleSheet {
 public:
  ScanSheet(const Recipe& recipe, const ScanDataset& data)
      : recipe_(recipe), slices_(data.validation(4)) {
    if (data.sources().front().unit != data::to_string(data::Unit::hu)) {
      unit_ = data::Unit::grey8;
      style_.lo = 0;
      style_.hi = 255;
      style_.unit = "grey levels";
    } else {
      style_.note = data::window_text(style_.lo, style_.hi);
    }
    style_.title = "validation slices, recipe " + recipe.name + " (synthetic, for research)";
  }

  std::vector<FreeScore> without_network() const override {
    std::vector<FreeScore> scores;
    for (const char* name : {"registered", "cubic", "linear"}) {
      const Method method = method_without_network(name, unit_);
      double sum = 0;
      for (const ValidationSlice& v : slices_) {
        const nn::Tensor made = method.predict({&v.missing, 1}).front();
        sum += data::psnr(v.truth, made, data::kWindows[0]);
      }
      scores.push_back({name, sum / static_cast<double>(slices_.size())});
    }
    return scores;
  }

  SampleScores draw(models::UNet& generator, const std::string& path) override {
    std::vector<ShownSlice> shown;
    SampleScores scores;
    for (const ValidationSlice& v : slices_) {
      const data::KnownSlices& k = v.missing.known;
      ShownSlice m{k[1], k[2], v.truth, {}, {}, v.title, {}, v.place};
      m.prediction = predict(generator, v);
      m.registered = method_without_network("registered", unit_).predict({&v.missing, 1}).front();
      m.cubic = models::cubic(k[0], k[1], k[2], k[3], v.missing.t);
      scores.model_psnr += data::psnr(m.truth, m.prediction, data::kWindows[0]);
      scores.cubic_psnr += data::psnr(m.truth, m.cubic, data::kWindows[0]);
      scores.linear_psnr +=
          data::psnr(m.truth, models::linear(k[1], k[2], v.missing.t), data::kWindows[0]);
      shown.push_back(std::move(m));
    }
    const auto count = static_cast<double>(slices_.size());
    scores.model_psnr /= count;
    scores.cubic_psnr /= count;
    scores.linear_psnr /= count;
    scores.measured = true;
    write_canvas(path, montage(shown, style_));
    return scores;
  }

 private:
  nn::Tensor predict(models::UNet& generator, const ValidationSlice& v) const {
    if (!std::holds_alternative<Identity>(recipe_.input)) {
      return predict_slices(recipe_, generator, {&v.missing, 1}).front();
    }
    // The sanity check: A and C are the slice itself, so their average is too.
    Recipe copying = recipe_;
    copying.input = Average{};
    const MissingSlice missing{{v.truth, v.truth, v.truth, v.truth}};
    return predict_slices(copying, generator, {&missing, 1}).front();
  }

  Recipe recipe_;
  std::vector<ValidationSlice> slices_;
  data::Unit unit_ = data::Unit::hu;
  MontageStyle style_;
};

class PairSheet final : public SampleSheet {
 public:
  PairSheet(const Recipe& recipe, const PairDataset& data) : recipe_(recipe) {
    const nn::index count = std::min<nn::index>(4, data.count());
    for (nn::index i = 0; i < count; ++i) {
      examples_.push_back(data.example(i, {0, 0, recipe.size, recipe.size, false, false, {}}));
    }
  }

  SampleScores draw(models::UNet& generator, const std::string& path) override {
    const nn::NoRecording quiet;
    models::Pass pass;
    pass.norm = recipe_.predict_mode;
    const data::Normalisation norm = recipe_.normalisation();
    std::vector<Translation> rows;
    for (const Example& e : examples_) {
      const nn::Tensor made = generator.forward(nn::Var(e.input), {}, pass).value();
      rows.push_back({norm.restore(e.input), norm.restore(made), norm.restore(e.target)});
    }
    write_canvas(path, pair_montage(rows));
    return {};
  }

 private:
  Recipe recipe_;
  std::vector<Example> examples_;
};

}  // namespace

std::unique_ptr<SampleSheet> scan_sheet(const Recipe& recipe, const ScanDataset& data) {
  return std::make_unique<ScanSheet>(recipe, data);
}

std::unique_ptr<SampleSheet> pair_sheet(const Recipe& recipe, const PairDataset& data) {
  return std::make_unique<PairSheet>(recipe, data);
}

void draw_loss_curve(const std::string& csv, const std::string& path) {
  const std::vector<data::Series> series = loss_series(csv);
  if (!series.empty()) write_svg(path, loss_plot(series));
}

void draw_validation_curve(const std::string& csv, const std::vector<FreeScore>& free,
                           const std::string& path) {
  std::vector<data::Series> series = validation_series(csv);
  if (series.empty()) return;
  for (const FreeScore& f : free) {
    if (f.method != "registered") continue;  // the others are columns of the file
    const std::vector<double>& steps = series.front().x;
    series.insert(series.begin() + 1,
                  {"registration", steps, std::vector<double>(steps.size(), f.psnr)});
  }
  write_svg(path, validation_plot(series));
}

}  // namespace train
