#include "train/evaluate/evaluate.h"

#include <algorithm>
#include <utility>

#include "data/draw/markup.h"
#include "nn/core/error.h"
#include "nn/core/parallel.h"
#include "train/evaluate/predictions.h"
#include "train/evaluate/test_slices.h"
#include "train/predict/predict.h"
#include "train/program/progress.h"
#include "train/self_check/trained_for.h"

namespace train {
namespace {

/// Fixed, so that a report can be repeated.
constexpr std::uint64_t kLesionSeed = 1;

/// Grey levels 0..255 spread over the full window, so that the same metrics serve pictures.
const data::Normalisation& picture_scale() {
  static const data::Normalisation scale{0, 255, data::kWindows[0].lo, data::kWindows[0].hi};
  return scale;
}

data::ShownWindow shown_window(const LoadedScan& scan, const EvaluateOptions& options) {
  if (!options.window) return scan.window;
  nn::require(scan.view.hu(), "--window", "pictures: " + scan.info.name, "a scan in HU",
              "leave --window out");
  return data::shown_as_asked(*options.window);
}

/// Where each slice lies along the stack in mm; none for pictures, whose spacing nobody knows.
std::vector<std::optional<double>> stack_positions(const data::ScanView& scan) {
  std::vector<std::optional<double>> mm(scan.positions.size());
  if (!scan.hu()) return mm;
  double along = 0;
  for (std::size_t k = 0; k < mm.size(); ++k) {
    if (k > 0) along += data::distance(scan.positions[k - 1], scan.positions[k]);
    mm[k] = along;
  }
  return mm;
}

data::Regions regions_of(const data::ScanView& scan, double spacing) {
  if (!scan.hu()) return data::thirds(scan.slices());
  std::vector<data::Section> sections(nn::at(scan.slices()));
  nn::parallel_for(scan.slices(),
                   [&](nn::index k) { sections[nn::at(k)] = data::section_of(scan.slice(k)); });
  return data::head_regions(sections, spacing);
}

/// Warnings name what the user named; a report names the scan alone.
std::vector<std::string> without_path(std::vector<std::string> warnings, const std::string& path) {
  for (std::string& w : warnings) {
    if (w.rfind(path + ": ", 0) == 0) w.erase(0, path.size() + 2);
  }
  return warnings;
}

void require_testable(const LoadedScan& loaded, const std::string& scan, const Model& model) {
  const auto& sources = model.training().sources;
  nn::require(sources.empty() || sources.front().unit == loaded.info.unit, scan,
              "a scan in unit " + loaded.info.unit,
              sources.empty() ? "" : sources.front().unit + ", which the model was trained on");
  nn::require(loaded.view.slices() >= 3, scan, std::to_string(loaded.view.slices()) + " slices",
              "at least 3");
  const nn::Shape shape = loaded.view.shape();
  nn::require(shape.h >= data::kSsimSide && shape.w >= data::kSsimSide, scan,
              "slices smaller than 11x11", "larger slices");
}

data::Protocol test_protocol(const Model& model, const EvaluateOptions& options) {
  const data::Protocol trained = model.recipe().protocol;
  const data::Protocol protocol = options.protocol.value_or(trained);
  nn::require(protocol == data::Protocol::unseen || protocol == trained, "--protocol",
              data::to_string(protocol) + " for a model trained under " + data::to_string(trained),
              "one trained with --protocol " + data::to_string(protocol), "give --protocol unseen");
  return protocol;
}

/// All that a report says of a scan before any slice is made.
ScanReport described(const LoadedScan& loaded, const std::string& scan, const TestSlices& test,
                     const EvaluateOptions& options) {
  ScanReport report;
  report.scan = loaded.info.name;
  report.hu = loaded.view.hu();
  report.factor = test.factor;
  report.slices = static_cast<nn::index>(test.targets.size());
  report.height = loaded.view.shape().h;
  report.width = loaded.view.shape().w;
  report.grey_unit = report.hu ? 0 : picture_scale().scale();
  report.spacing = report.hu ? loaded.info.slice_spacing : 0;
  report.warnings = without_path(loaded.warnings, scan);
  report.files = loaded.files;
  report.format = loaded.format;
  report.sha256 = loaded.info.sha256;
  report.window = shown_window(loaded, options);
  report.regions = regions_of(loaded.view, report.spacing);
  return report;
}

/// In HU, or in grey levels spread over the full window; `known` is looked at in HU only.
SliceScores scores_of(const nn::Tensor& truth, const nn::Tensor& prediction,
                      const data::KnownSlices& known, bool hu,
                      const std::vector<std::uint8_t>& text) {
  SliceScores s;
  s.metrics = data::measure(truth, prediction, text);
  s.texture = data::texture(truth, prediction, known[1], known[2], text);
  if (hu) {
    s.pure = data::pure_tissue_errors(truth, prediction, known[1], known[2], text);
  } else {
    s.texture.noise = {};
  }
  return s;
}

/// A slice of the test beside its truth; pictures spread over the full window.
struct Compared {
  data::Triplet target;
  nn::Tensor truth;
  data::KnownSlices known;  ///< not spread
  Predictions predictions;
};

Compared compared_as_shown(const data::ScanView& scan, const data::Triplet& target,
                           const data::KnownSlices& known, Predictions predictions) {
  Compared c{target, scan.slice(target.target), known, std::move(predictions)};
  if (scan.hu()) return c;
  c.truth = picture_scale().apply(c.truth, true);
  for (nn::Tensor& p : c.predictions) p = picture_scale().apply(p, true);
  return c;
}

SliceRow row_of(const Compared& c, const data::ScanView& scan) {
  SliceRow row;
  row.slice = c.target.target;
  row.t = static_cast<double>(c.target.before) / static_cast<double>(c.target.gap());
  nn::parallel_for(static_cast<nn::index>(kMethods.size()), [&](nn::index m) {
    row.methods[nn::at(m)] =
        scores_of(c.truth, c.predictions[nn::at(m)], c.known, scan.hu(), scan.text);
  });
  return row;
}

/// Whether target i of n is one to look at: at a quarter, half and three quarters of the test.
bool is_shown(std::size_t i, std::size_t n) { return i == n / 4 || i == n / 2 || i == 3 * n / 4; }

std::string title_of(const Compared& c, const SliceRow& row) {
  std::string text = "slice " + std::to_string(c.target.target) + ", from slices " +
                     std::to_string(c.target.a()) + " and " + std::to_string(c.target.c()) +
                     ", t = " + data::fixed(row.t, 2);
  if (row.position) text += ", " + data::fixed(*row.position, 1) + " mm along the stack";
  return text;
}

ShownSlice shown_slice(const Compared& c, const SliceRow& row, const LoadedScan& scan) {
  const bool hu = scan.view.hu();
  const auto view = [&](const nn::Tensor& s) { return hu ? s : picture_scale().apply(s, true); };
  return {view(c.known[1]),
          view(c.known[2]),
          c.truth,
          c.predictions[kMethodModel],
          c.predictions[kMethodCubic],
          title_of(c, row),
          c.predictions[kMethodRegistered],
          scan.place};
}

KeptSlice kept_slice(const Compared& c, const SliceRow& row, const ScanReport& report) {
  const auto picture = [&](const nn::Tensor& s) {
    return kept_picture(s, report.kept, report.grey_unit);
  };
  KeptSlice kept{row.slice, row.t, picture(c.truth), {}};
  kept.methods[kMethodModel] = picture(c.predictions[kMethodModel]);
  for (const std::size_t m : kFreeMethods) kept.methods[m] = picture(c.predictions[m]);
  return kept;
}

/// In the order of slices, and for one slice in that of t.
bool comes_before(const auto& a, const auto& b) {
  return std::pair(a.slice, a.t) < std::pair(b.slice, b.t);
}

/// Makes and scores the slices of a test: rows, in the order of slices, and pictures.
void score(ScanReport& report, const LoadedScan& scan, const TestSlices& test,
           const TestMethods& methods, const EvaluateOptions& options, Messages& messages) {
  const std::size_t count = test.targets.size();
  const auto positions = stack_positions(scan.view);
  Progress progress("evaluate " + scan.info.name, static_cast<std::uint64_t>(count), messages);
  if (options.kept_pixels > 0) {
    report.kept =
        kept_slices(report.slices, scan.view.shape(), options.kept_pixels, report.grey_unit);
  }
  const auto around = [&](std::size_t i) { return missing_slice(scan.view, test.targets[i]); };
  in_groups(count, around, [&](std::size_t first, std::span<const MissingSlice> group) {
    std::vector<Predictions> made = methods.of(first, group);
    for (std::size_t i = 0; i < group.size(); ++i) {
      const Compared c =
          compared_as_shown(scan.view, test.targets[first + i], group[i].known, std::move(made[i]));
      SliceRow row = row_of(c, scan.view);
      row.position = positions[nn::at(c.target.target)];
      if (options.kept_pixels > 0) report.kept.slices.push_back(kept_slice(c, row, report));
      if (is_shown(first + i, count)) report.shown.push_back(shown_slice(c, row, scan));
      report.rows.push_back(row);
    }
    progress.update(first + group.size());
  });
  std::sort(report.rows.begin(), report.rows.end(), comes_before<SliceRow, SliceRow>);
  std::sort(report.kept.slices.begin(), report.kept.slices.end(),
            comes_before<KeptSlice, KeptSlice>);
}

}  // namespace

ScanReport evaluate(const std::string& scan, const Model& model, const EvaluateOptions& options) {
  model.require_slices();
  Messages silent;
  Messages& messages = options.messages != nullptr ? *options.messages : silent;
  const LoadedScan loaded = load_scan(scan, options.read, options.size);
  require_testable(loaded, scan, model);
  const data::Protocol protocol = test_protocol(model, options);
  const Method method = method_of(model, options.in_passes);
  const TestSlices test = test_slices(loaded, scan, model, method, protocol, options.factor);
  const double gap = loaded.info.slice_spacing * static_cast<double>(options.factor);
  const TrainedFor judged = trained_for(model, loaded.info.profile, gap);
  messages.warn(loaded.warnings);
  if (const std::string w = to_line(judged); !w.empty()) messages.warn({w}, scan);
  messages.require_none();

  ScanReport report = described(loaded, scan, test, options);
  report.protocol = data::to_string(protocol);
  report.trained_on = model.training().knows(loaded.info.sha256);
  report.untrained = judged.holds() ? "" : to_line(judged);
  report.in_passes = test.filled && method.in_passes();
  if (protocol != data::Protocol::seed) {
    report.check = check_of_known(loaded, model, options.factor, !judged.holds(), messages);
  }
  const TestMethods methods(loaded, model, method, test, report.check, messages);
  score(report, loaded, test, methods, options, messages);
  if (options.lesions > 0) {
    report.lesions = measure_lesions(loaded, test, methods, options.lesions, kLesionSeed, messages);
  }
  report.methods = summarise(report.rows, report.grey_unit);
  report.regional = by_region(report.rows, report.regions, report.grey_unit);
  report.positions = by_position(report.rows, report.grey_unit);
  return report;
}

}  // namespace train
