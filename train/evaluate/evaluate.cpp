#include "train/evaluate/evaluate.h"

#include <algorithm>
#include <utility>

#include "data/pictures/pictures.h"
#include "data/volume/volume.h"
#include "nn/core/error.h"
#include "nn/core/parallel.h"
#include "train/evaluate/checked.h"
#include "train/predict/interpolate.h"
#include "train/predict/predict.h"
#include "train/program/progress.h"
#include "train/self_check/trained_for.h"

namespace train {
namespace {

/// Grey levels 0..255 spread over the full window, so that the same metrics serve pictures.
const data::Normalisation& picture_scale() {
  static const data::Normalisation scale{0, 255, data::kWindows[0].lo, data::kWindows[0].hi};
  return scale;
}

/// What is known of the targets [first, first + count), or of those up to the last.
std::vector<MissingSlice> missing_of(const PreparedScan& scan,
                                     const std::vector<data::Triplet>& targets, std::size_t first,
                                     nn::index count) {
  const std::size_t end = std::min(targets.size(), first + static_cast<std::size_t>(count));
  std::vector<MissingSlice> missing;
  for (std::size_t i = first; i < end; ++i) {
    missing.push_back(missing_slice(scan.slices, scan.positions, targets[i]));
  }
  return missing;
}

/// Least squares has its weights for middles; elsewhere cubic's stand in for them, and no report
/// shows it.
std::array<nn::Tensor, kMethods.size()> all_methods(const Model& model, bool hu,
                                                    const MissingSlice& m,
                                                    const nn::Tensor& predicted) {
  const data::KnownSlices& k = m.known;
  const models::Taps taps = m.t == 0.5 ? model.training().least_squares : models::cubic_taps(m.t);
  const nn::Tensor registered =
      method_without_network("registered", hu ? data::Unit::hu : data::Unit::grey8)
          .predict({&m, 1})
          .front();
  return {predicted,
          predicted,  // where no self-check says otherwise
          models::nearest(k[1], k[2], m.t),
          models::linear(k[1], k[2], m.t),
          models::cubic(k[0], k[1], k[2], k[3], m.t),
          models::least_squares(k[0], k[1], k[2], k[3], taps),
          registered};
}

/// The self-check as interpolate would make it, if it had the known slices alone. `untrained`: of a
/// scan that the model was not trained for.
SelfCheck check_of(const PreparedScan& scan, const Model& model, nn::index factor, bool untrained,
                   Messages& messages) {
  const SourceInfo& info = scan.info;
  const auto trained =
      trained_targets(model, info.sha256, {1, info.height, info.width, 1}, info.slices);
  const TestedScan test = tested(scan, factor, trained);
  const Method method = method_of(model);
  const SlicesToMake make = slices_to_make(test.known, test.cut, test.trained, method);
  Progress progress("self-check " + info.name, untrained ? make.registered.size() : make.count(),
                    messages);
  const auto show = [&](nn::index done) { progress.update(static_cast<std::uint64_t>(done)); };
  if (untrained) return self_check_without_network(test.known, test.cut, show);
  return self_check(test.known, test.cut, test.trained, method, show);
}

data::ShownWindow shown_window(const PreparedScan& scan, bool hu, const EvaluateOptions& options) {
  if (!options.window) return scan.window;
  nn::require(hu, "--window", "pictures: " + scan.info.name, "a scan in HU", "leave --window out");
  return data::shown_as_asked(*options.window);
}

/// Its place in kMethods.
std::size_t method_number(Fallback fallback) {
  return fallback == Fallback::registered ? kMethodRegistered : kMethodCubic;
}

/// The known slices as a scan, each of its gaps cut in `factor` parts; from one known slice to the
/// last.
data::Volume thinned(const PreparedScan& scan, nn::index factor) {
  data::Volume v;
  const nn::Shape shape = scan.slices.front().shape();
  const auto count = (static_cast<nn::index>(scan.slices.size()) - 1) / factor + 1;
  v.source = scan.info.name;
  v.unit = scan.info.unit == data::to_string(data::Unit::hu) ? data::Unit::hu : data::Unit::grey8;
  v.type = data::StoredType::float32;
  v.dims = {shape.w, shape.h, count};
  v.stored.resize(data::checked_bytes(v.dims, v.type, v.source));
  for (nn::index k = 0; k < count; ++k) {
    v.set_slice(k, scan.slices[static_cast<std::size_t>(k * factor)]);
    v.positions.push_back(scan.positions[static_cast<std::size_t>(k * factor)]);
  }
  return v.refined(std::vector<nn::index>(static_cast<std::size_t>(count - 1), factor));
}

/// Of a test whose gaps take more than one pass: the scan as the network fills it, and as the
/// self-check would have it filled, where that is another one.
struct Filled {
  data::Volume model;
  std::optional<data::Volume> checked;

  const data::Volume& by_check() const { return checked ? *checked : model; }
};

Filled filled_by(const Method& method, const PreparedScan& scan,
                 const std::optional<SelfCheck>& check, nn::index factor, Messages& messages) {
  Filled filled{thinned(scan, factor), {}};
  const nn::index steps = filled.model.slices() - 1;
  Progress progress("fill " + scan.info.name, static_cast<std::uint64_t>(steps - steps / factor),
                    messages);
  const auto show = [&](nn::index done) { progress.update(static_cast<std::uint64_t>(done)); };
  fill(filled.model, method, show);
  if (!check || is_model_alone(*check)) return filled;
  const data::Unit unit = filled.model.unit;
  const CheckedMethods by =
      checked_methods(*check, check->network ? method : method_of(Fallback::registered, unit));
  filled.checked = thinned(scan, factor);
  fill(*filled.checked, by.methods, by.gaps, {});
  return filled;
}

/// This scan among those of the training: protocols self and seed say something of no other.
std::size_t trained_source(data::Protocol protocol, const TrainingRecord& training,
                           const std::string& scan, const SourceInfo& info) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < training.sources.size(); ++i) {
    if (training.sources[i].sha256 == info.sha256) return i;
    names.push_back(training.sources[i].name);
  }
  throw nn::Error(nn::Fault::input, scan, "a scan that the model was not trained on",
                  std::string("for protocol ") + data::to_string(protocol) + " one that it was (" +
                      data::shortened(names) + ")",
                  "give --protocol unseen");
}

/// Of the triplets that training under protocol seed left out, those of its scan `number`.
std::vector<data::Triplet> left_out(const TrainingRecord& training, std::size_t number,
                                    const std::string& scan, const SourceInfo& info) {
  const SourceInfo& same = training.sources[number];
  std::vector<nn::index> slices;
  for (const SourceInfo& s : training.sources) slices.push_back(s.slices);
  nn::require(same.slices == info.slices && same.height == info.height && same.width == info.width,
              scan, "slices across another axis than in training",
              std::to_string(same.slices) + " slices of " + std::to_string(same.height) + "x" +
                  std::to_string(same.width),
              "give the --axis of the training");
  // One split over all scans together: drawn again as training drew it, then this scan's part.
  auto targets = data::split_triplets(slices, data::Protocol::seed, training.split_seed).validation;
  std::erase_if(targets,
                [&](const data::Triplet& t) { return t.scan != static_cast<nn::index>(number); });
  return targets;
}

/// Where each slice lies along the stack in mm; none for pictures, whose spacing nobody knows.
std::vector<std::optional<double>> stack_positions(const PreparedScan& scan, bool hu) {
  std::vector<std::optional<double>> mm(scan.slices.size());
  if (!hu) return mm;
  double along = 0;
  for (std::size_t k = 0; k < mm.size(); ++k) {
    if (k > 0) {
      along += scan.positions.empty() ? scan.info.slice_spacing
                                      : data::distance(scan.positions[k - 1], scan.positions[k]);
    }
    mm[k] = along;
  }
  return mm;
}

data::Regions regions_of(const std::vector<nn::Tensor>& slices, double spacing, bool hu) {
  const auto count = static_cast<nn::index>(slices.size());
  if (!hu) return data::thirds(count);
  std::vector<data::Section> sections(slices.size());
  nn::parallel_for(count, [&](nn::index k) {
    const auto i = static_cast<std::size_t>(k);
    sections[i] = data::section_of(slices[i]);
  });
  return data::head_regions(sections, spacing);
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

/// Warnings name what the user named; a report names the scan alone.
std::vector<std::string> without_path(std::vector<std::string> warnings, const std::string& path) {
  for (std::string& w : warnings) {
    if (w.rfind(path + ": ", 0) == 0) w.erase(0, path.size() + 2);
  }
  return warnings;
}

}  // namespace

std::vector<data::Triplet> test_triplets(data::Protocol protocol, nn::index factor,
                                         const TrainingRecord& training, const std::string& scan,
                                         const SourceInfo& info) {
  if (protocol == data::Protocol::unseen) return data::thinned_targets(info.slices, factor);
  const std::size_t number = trained_source(protocol, training, scan, info);
  if (protocol == data::Protocol::self) return data::thinned_targets(info.slices, factor);
  nn::require(factor == 2, "--factor", std::to_string(factor), "2 for protocol seed",
              "give --protocol unseen");
  return left_out(training, number, scan, info);
}

ScanReport evaluate(const std::string& scan, const Model& model, const EvaluateOptions& options) {
  model.require_slices();
  Messages silent;
  Messages& messages = options.messages != nullptr ? *options.messages : silent;
  const PreparedScan prepared = prepared_scan(scan, options.read, options.size);
  const std::vector<nn::Tensor>& slices = prepared.slices;
  const SourceInfo& info = prepared.info;
  const auto& sources = model.training().sources;
  nn::require(sources.empty() || sources.front().unit == info.unit, scan,
              "a scan in unit " + info.unit,
              sources.empty() ? "" : sources.front().unit + ", which the model was trained on");
  nn::require(slices.size() >= 3, scan, std::to_string(slices.size()) + " slices", "at least 3");
  nn::require(
      slices.front().shape().h >= data::kSsimSide && slices.front().shape().w >= data::kSsimSide,
      scan, "slices smaller than 11x11", "larger slices");

  ScanReport report;
  report.scan = info.name;
  report.hu = info.unit == data::to_string(data::Unit::hu);
  const data::Protocol protocol = options.protocol.value_or(model.recipe().protocol);
  report.protocol = data::to_string(protocol);
  report.trained_on = model.training().knows(info.sha256);
  nn::require(
      protocol == data::Protocol::unseen || protocol == model.recipe().protocol, "--protocol",
      report.protocol + " for a model trained under " + data::to_string(model.recipe().protocol),
      "one trained with --protocol " + report.protocol, "give --protocol unseen");
  report.factor = options.factor;
  auto targets = test_triplets(protocol, options.factor, model.training(), scan, info);
  const Method by_model = method_of(model, options.in_passes);
  // Up to three parts are made in one pass, from known slices alone. So are those of uneven steps,
  // which a scan that is cut in equal parts does not have.
  const auto at_its_part = [&](const data::Triplet& t) {
    return data::position_between(t, prepared.positions) == data::position_between(t, {});
  };
  const bool even = std::all_of(targets.begin(), targets.end(), at_its_part);
  const bool passes =
      options.factor > 3 && can_cut(by_model, options.factor) && (even || by_model.in_passes());
  report.in_passes = passes && by_model.in_passes();
  if (!model.anywhere() && !passes) {
    std::erase_if(targets, [&](const data::Triplet& t) {
      return data::position_between(t, prepared.positions) != 0.5;
    });
  }
  nn::require(!targets.empty(), scan, "no slice to test on", "a longer scan",
              model.anywhere() ? "" : "this model makes middles only: use --factor 2");
  const double gap = info.slice_spacing * static_cast<double>(options.factor);
  const TrainedFor judged = trained_for(model, info.profile, gap);
  report.untrained = judged.holds() ? "" : to_line(judged);
  messages.warn(prepared.warnings);
  if (const std::string w = to_line(judged); !w.empty()) messages.warn({w}, scan);
  messages.require_none();
  if (protocol != data::Protocol::seed) {
    report.check = check_of(prepared, model, options.factor, !judged.holds(), messages);
  }
  std::optional<Filled> filled;
  if (passes) filled = filled_by(by_model, prepared, report.check, options.factor, messages);
  report.slices = static_cast<nn::index>(targets.size());
  report.height = slices.front().shape().h;
  report.width = slices.front().shape().w;
  report.spacing = report.hu ? info.slice_spacing : 0;
  report.warnings = without_path(prepared.warnings, scan);
  report.files = prepared.files;
  report.format = prepared.format;
  report.sha256 = info.sha256;
  report.window = shown_window(prepared, report.hu, options);
  report.regions = regions_of(slices, report.spacing, report.hu);
  const auto positions = stack_positions(prepared, report.hu);

  Progress progress("evaluate " + info.name, static_cast<std::uint64_t>(targets.size()), messages);
  std::vector<ShownSlice> shown;
  const nn::index at_once = images_at_once(slices.front().shape());
  std::vector<MissingSlice> group;  // of slices that are predicted together
  std::vector<nn::Tensor> predicted;
  for (std::size_t i = 0; i < targets.size(); ++i) {
    const data::Triplet& t = targets[i];
    const std::size_t in_group = i % static_cast<std::size_t>(at_once);
    if (in_group == 0) {
      group = missing_of(prepared, targets, i, at_once);
      if (!filled) predicted = model.predict(group);
    }
    const MissingSlice& missing = group[in_group];
    const data::KnownSlices& known = missing.known;
    nn::Tensor truth = slices[static_cast<std::size_t>(t.target)];
    const nn::Tensor made = filled ? filled->model.slice(t.target) : predicted[in_group];
    auto predictions = all_methods(model, report.hu, missing, made);
    if (filled) {
      predictions[kMethodChecked] = filled->by_check().slice(t.target);
    } else if (report.check) {
      const nn::Tensor& fallback = predictions[method_number(report.check->fallback)];
      const nn::Tensor& checked = report.check->network ? made : predictions[kMethodRegistered];
      predictions[kMethodChecked] =
          checked_slice(*report.check, t.a() / options.factor, checked, fallback);
    }
    if (!report.hu) {
      truth = picture_scale().apply(truth, true);
      for (nn::Tensor& p : predictions) p = picture_scale().apply(p, true);
    }
    SliceRow row;
    row.slice = t.target;
    row.position = positions[static_cast<std::size_t>(t.target)];
    row.t = static_cast<double>(t.before) / static_cast<double>(t.before + t.after);
    nn::parallel_for(static_cast<nn::index>(kMethods.size()), [&](nn::index m) {
      const auto method = static_cast<std::size_t>(m);
      row.methods[method] = scores_of(truth, predictions[method], known, report.hu, prepared.text);
    });
    report.rows.push_back(row);
    // Three slices at a quarter, half and three quarters of the scan.
    const std::size_t n = targets.size();
    if (i == n / 4 || i == n / 2 || i == 3 * n / 4) {
      const auto view = [&](const nn::Tensor& s) {
        return report.hu ? s : picture_scale().apply(s, true);
      };
      shown.push_back({view(known[1]), view(known[2]), truth, predictions[kMethodModel],
                       predictions[kMethodCubic], "slice " + std::to_string(t.target)});
    }
    progress.update(i + 1);
  }
  std::sort(report.rows.begin(), report.rows.end(), [](const SliceRow& a, const SliceRow& b) {
    return std::pair(a.slice, a.t) < std::pair(b.slice, b.t);
  });
  report.grey_unit = report.hu ? 0 : picture_scale().scale();
  report.methods = summarise(report.rows, report.grey_unit);
  report.regional = by_region(report.rows, report.regions, report.grey_unit);
  report.positions = by_position(report.rows, report.grey_unit);
  report.shown = std::move(shown);
  return report;
}

}  // namespace train
