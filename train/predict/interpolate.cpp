#include "train/predict/interpolate.h"

#include <algorithm>
#include <bit>
#include <iterator>

#include "data/overlay.h"
#include "data/triplets.h"
#include "nn/core/error.h"
#include "train/predict/predict.h"

namespace train {
namespace {

/// A slice to be made, by number: `k` between the known slices `a` and `c`; which method makes it
/// is said for the whole gap.
struct Target {
  nn::index k, a, c;
  GapMethod by;
};

/// Real slices by number, one gap between each and the next.
std::vector<nn::index> real_slices(const data::Volume& scan) {
  std::vector<nn::index> real;
  for (nn::index k = 0; k < scan.slices(); ++k) {
    if (!scan.origin(k).synthetic()) real.push_back(k);
  }
  return real;
}

/// The scan while it is being filled.
class Filling {
 public:
  explicit Filling(data::Volume& scan) : scan_(scan) {
    for (const data::SliceOrigin& o : scan.origins) ready_.push_back(!o.synthetic());
    real_ = ready_;
  }

  /// What is known around a target: to a method of middles all that was made before, to others the
  /// real slices alone.
  MissingSlice missing(const Target& t, bool middles_only) const {
    const std::vector<bool>& known = middles_only ? ready_ : real_;
    const double gap = between(t.a, t.c);
    const nn::index before = neighbour(known, t.a, -1, gap);
    const nn::index after = neighbour(known, t.c, 1, gap);
    MissingSlice m;
    const std::array<nn::index, 4> at{before, t.a, t.c, after};
    for (std::size_t i = 0; i < at.size(); ++i) m.known[i] = known_slice(scan_, at[i]);
    // Steps within a gap are equal, so this is a ratio of whole numbers.
    m.t = static_cast<double>(t.k - t.a) / static_cast<double>(t.c - t.a);
    return m;
  }

  void set(const Target& t, double at, const Method& method, nn::Tensor& slice) {
    if (scan_.unit == data::Unit::hu) restore_padding(slice, t, at);
    scan_.set_slice(t.k, slice);
    data::SliceOrigin& origin = scan_.origins[static_cast<std::size_t>(t.k)];
    origin.method = method.name;
    origin.weights = method.weights;
    origin.expected_error = t.by.expected_error;
    made_.push_back(t.k);
  }

  /// Slices made since the last call are known from now on.
  void end_pass() {
    for (const nn::index k : made_) ready_[static_cast<std::size_t>(k)] = true;
    made_.clear();
  }

 private:
  double between(nn::index i, nn::index k) const {
    return data::distance(scan_.position(i), scan_.position(k));
  }

  /// The known slice beyond `inner`, or `inner` itself where that does not count or exist.
  nn::index neighbour(const std::vector<bool>& known, nn::index inner, nn::index direction,
                      double gap) const {
    nn::index k = inner + direction;
    while (k >= 0 && k < scan_.slices() && !known[static_cast<std::size_t>(k)]) k += direction;
    if (k < 0 || k >= scan_.slices()) return inner;
    return data::outer_counts(between(k, inner), gap) ? k : inner;
  }

  /// Padding outside the scan circle, which known_slice() hides, comes back where both have it.
  void restore_padding(nn::Tensor& slice, const Target& t, double at) const {
    const nn::Tensor a = scan_.slice(t.a);
    const nn::Tensor c = scan_.slice(t.c);
    const auto low = static_cast<nn::real>(data::kLowestHu);
    const auto after = static_cast<nn::real>(at);
    for (nn::index i = 0; i < slice.numel(); ++i) {
      const nn::real x = a.data()[i];
      const nn::real z = c.data()[i];
      const auto padded = [&](nn::real v) {
        return v < low || (scan_.padding && v == static_cast<nn::real>(*scan_.padding));
      };
      // Equal values stay as they are; weights of 1 - t and t may not add up to 1 in rounding.
      if (padded(x) && padded(z)) slice.data()[i] = x == z ? x : (1 - after) * x + after * z;
    }
  }

  data::Volume& scan_;
  std::vector<bool> real_;
  std::vector<bool> ready_;
  std::vector<nn::index> made_;
};

using Pass = std::vector<Target>;

/// One pass: every slice from the real ones around its gap.
Pass at_once_from_real(const std::vector<nn::index>& real, std::span<const GapMethod> gaps) {
  Pass pass;
  for (std::size_t g = 0; g < gaps.size(); ++g) {
    for (nn::index k = real[g] + 1; k < real[g + 1]; ++k) {
      pass.push_back({k, real[g], real[g + 1], gaps[g]});
    }
  }
  return pass;
}

/// Targets pass by pass: those of a pass know only real slices and those of earlier passes, so they
/// may be made together.
std::vector<Pass> passes_of(const std::vector<nn::index>& real, std::span<const Method> methods,
                            std::span<const GapMethod> gaps) {
  const auto middles = [&](const GapMethod& g) { return methods[g.method].middles_only; };
  if (std::none_of(gaps.begin(), gaps.end(), middles)) return {at_once_from_real(real, gaps)};
  std::vector<Pass> passes;
  for (nn::index pieces = 1;; pieces *= 2) {
    Pass pass;
    for (std::size_t g = 0; g < gaps.size(); ++g) {
      const nn::index step = (real[g + 1] - real[g]) / pieces;
      if (step < 2) continue;
      for (nn::index a = real[g]; a < real[g + 1]; a += step) {
        const nn::index k = a + step / 2;
        // Slices of other methods wait for their pass, too: a neighbour that is already cut finer
        // would not count as an outer slice.
        pass.push_back(middles(gaps[g]) ? Target{k, a, a + step, gaps[g]}
                                        : Target{k, real[g], real[g + 1], gaps[g]});
      }
    }
    if (pass.empty()) return passes;
    passes.push_back(std::move(pass));
  }
}

bool made_of_halves(nn::index parts) {
  return parts <= 8 && std::has_single_bit(static_cast<std::uint64_t>(parts));
}

}  // namespace

Method method_without_network(const std::string& name) {
  const auto one_by_one = [&](auto make) {
    return Method{name, false, [make](std::span<const MissingSlice> missing) {
                    std::vector<nn::Tensor> slices;
                    for (const MissingSlice& m : missing) slices.push_back(make(m.known, m.t));
                    return slices;
                  }};
  };
  if (name == "nearest") {
    return one_by_one(
        [](const KnownSlices& k, double t) { return models::nearest(k[1], k[2], t); });
  }
  if (name == "linear") {
    return one_by_one([](const KnownSlices& k, double t) { return models::linear(k[1], k[2], t); });
  }
  if (name == "cubic") {
    return one_by_one(
        [](const KnownSlices& k, double t) { return models::cubic(k[0], k[1], k[2], k[3], t); });
  }
  throw nn::Error(nn::Fault::input, "--method", "'" + name + "'",
                  "model, cubic, linear or nearest");
}

Method method_of(const Model& model) {
  return {"model", true,
          [&model](std::span<const MissingSlice> missing) {
            std::vector<KnownSlices> known;
            for (const MissingSlice& m : missing) known.push_back(m.known);
            return model.predict(known);
          },
          true};
}

void require_parts(const Method& method, const Plan& plan) {
  if (!method.middles_only) return;
  for (const nn::index n : plan.parts) {
    nn::require(made_of_halves(n), "--method " + method.name,
                "a gap to be cut into " + std::to_string(n) + " parts",
                "2, 4 or 8, since the network makes middles only",
                "use --factor 2, 4 or 8, or --method cubic");
  }
}

void fill(data::Volume& scan, std::span<const Method> methods, std::span<const GapMethod> gaps,
          const SliceDone& done) {
  Filling filling(scan);
  const std::vector<nn::index> real = real_slices(scan);
  nn::require(gaps.size() + 1 == real.size(), "fill", std::to_string(gaps.size()) + " gaps",
              std::to_string(real.size()) + " real slices, one more");
  const auto at_once =
      static_cast<std::size_t>(images_at_once({1, scan.height(), scan.width(), 1}));
  nn::index made = 0;
  for (const Pass& pass : passes_of(real, methods, gaps)) {
    for (std::size_t m = 0; m < methods.size(); ++m) {
      const Method& method = methods[m];
      Pass own;
      std::copy_if(pass.begin(), pass.end(), std::back_inserter(own),
                   [&](const Target& t) { return t.by.method == m; });
      for (std::size_t first = 0; first < own.size(); first += at_once) {
        const std::size_t end = std::min(own.size(), first + at_once);
        std::vector<MissingSlice> missing;
        for (std::size_t i = first; i < end; ++i) {
          missing.push_back(filling.missing(own[i], method.middles_only));
        }
        std::vector<nn::Tensor> slices = method.predict(missing);
        for (std::size_t i = first; i < end; ++i) {
          filling.set(own[i], missing[i - first].t, method, slices[i - first]);
          if (done) done(++made);
        }
      }
    }
    filling.end_pass();
  }
  data::restore_overlay(scan);
}

void fill(data::Volume& scan, const Method& method, const SliceDone& done) {
  const std::vector<GapMethod> gaps(real_slices(scan).size() - 1);
  fill(scan, {&method, 1}, gaps, done);
}

data::Volume interpolate(const data::Volume& volume, const Plan& plan, const Method& method,
                         const SliceDone& done) {
  require_parts(method, plan);
  data::Volume out = volume.refined(plan.parts);
  fill(out, method, done);
  return out;
}

}  // namespace train
