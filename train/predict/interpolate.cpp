#include "train/predict/interpolate.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <iterator>
#include <utility>

#include "data/pictures/overlay.h"
#include "data/slices/scan_view.h"
#include "data/volume/steps.h"
#include "models/registration.h"
#include "nn/core/error.h"
#include "train/predict/predict.h"

namespace train {
namespace {

/// A slice to be made, by number: `k` between the known slices `a` and `c`; which method makes it
/// is said for the whole gap.
struct Target {
  nn::index k, a, c;
  GapMethod by;
  nn::index gap = 0;                  ///< after which real slice
  std::optional<nn::index> way = {};  ///< of MissingSlice::way
};

using Pass = std::vector<Target>;

/// The scan while it is being filled.
class Filling {
 public:
  Filling(data::Volume& scan, data::Volume* errors, std::span<const MadeMiddle> made)
      : scan_(scan), errors_(errors), made_before_(made) {
    for (const data::SliceOrigin& o : scan.origins) ready_.push_back(!o.synthetic());
    real_ = ready_;
  }

  /// Makes these slices, images_at_once() of them together.
  void make(const Pass& targets, const Method& method, const SliceDone& made_some) {
    const auto known_around = [&](std::size_t i) {
      return missing(targets[i], method.in_passes());
    };
    in_groups(targets.size(), known_around,
              [&](std::size_t first, std::span<const MissingSlice> group) {
                std::vector<Estimate> made = estimates(method, group);
                for (std::size_t i = 0; i < group.size(); ++i) {
                  const Target& target = targets[first + i];
                  if (errors_ != nullptr) inherit(made[i], target, group[i].t);
                  set(target, group[i].t, method, made[i]);
                }
                made_some(static_cast<nn::index>(group.size()));
              });
  }

  /// Slices made since the last call are known from now on.
  void end_pass() {
    for (const nn::index k : made_) ready_[static_cast<std::size_t>(k)] = true;
    made_.clear();
  }

 private:
  /// What is known around a target: in passes all that was made before, else the real slices alone.
  MissingSlice missing(const Target& t, bool in_passes) const {
    const std::vector<bool>& known = in_passes ? ready_ : real_;
    const double gap = between(t.a, t.c);
    const nn::index before = neighbour(known, t.a, -1, gap, in_passes);
    const nn::index after = neighbour(known, t.c, 1, gap, in_passes);
    MissingSlice m;
    m.gap = gap;
    const std::array<nn::index, 4> at{before, t.a, t.c, after};
    for (std::size_t i = 0; i < at.size(); ++i) m.known[i] = data::known_slice(scan_, at[i]);
    // Steps within a gap are equal, so these are ratios of whole numbers.
    const auto along = [&](nn::index k) {
      return static_cast<double>(k - t.a) / static_cast<double>(t.c - t.a);
    };
    m.t = along(t.k);
    if (t.way && gap > kLongWay) {
      m.way = models::Waypoint{data::known_slice(scan_, *t.way), along(*t.way)};
    }
    if (in_passes || m.t != 0.5) return m;
    for (const MadeMiddle& middle : made_before_) {
      if (middle.gap == t.gap && data::same_step(middle.mm, gap)) m.made = middle.slice;
    }
    return m;
  }

  /// With errors only where they are asked for.
  std::vector<Estimate> estimates(const Method& method, std::span<const MissingSlice> group) const {
    if (errors_ != nullptr) return method.estimate(group);
    std::vector<Estimate> made;
    for (nn::Tensor& slice : method.predict(group)) made.push_back({std::move(slice), {}});
    return made;
  }

  /// Adds what A and C, which may be made themselves, are expected to be off by.
  void inherit(Estimate& made, const Target& t, double at) const {
    const nn::Tensor a = errors_->slice(t.a);
    const nn::Tensor c = errors_->slice(t.c);
    const auto after = static_cast<nn::real>(at);
    for (nn::index i = 0; i < a.numel(); ++i) {
      const nn::real inherited = (1 - after) * a.data()[i] + after * c.data()[i];
      nn::real& error = made.error.data()[i];
      error = std::sqrt(error * error + inherited * inherited);
    }
  }

  void set(const Target& t, double at, const Method& method, Estimate& made) {
    if (scan_.unit == data::Unit::hu) restore_padding(made, t, at);
    scan_.set_slice(t.k, made.slice);
    if (errors_ != nullptr) errors_->set_slice(t.k, made.error);
    data::SliceOrigin& origin = scan_.origins[static_cast<std::size_t>(t.k)];
    origin.method = method.name;
    origin.weights = method.weights;
    origin.expected_error = t.by.expected_error;
    made_.push_back(t.k);
  }

  double between(nn::index i, nn::index k) const {
    return data::distance(scan_.position(i), scan_.position(k));
  }

  /// The known slice beyond `inner`, or `inner` itself where that does not count or exist. In
  /// passes, slices that are too close for having been cut finer are passed over.
  nn::index neighbour(const std::vector<bool>& known, nn::index inner, nn::index direction,
                      double gap, bool in_passes) const {
    for (nn::index k = inner + direction; k >= 0 && k < scan_.slices(); k += direction) {
      if (!known[static_cast<std::size_t>(k)]) continue;
      if (data::outer_counts(between(k, inner), gap)) return k;
      if (!in_passes || between(k, inner) > gap) return inner;
    }
    return inner;
  }

  /// Padding outside the scan circle, which known_slice() hides, comes back where both have it.
  void restore_padding(Estimate& made, const Target& t, double at) const {
    const nn::Tensor a = scan_.slice(t.a);
    const nn::Tensor c = scan_.slice(t.c);
    const auto low = static_cast<nn::real>(data::kLowestHu);
    const auto after = static_cast<nn::real>(at);
    for (nn::index i = 0; i < a.numel(); ++i) {
      const nn::real x = a.data()[i];
      const nn::real z = c.data()[i];
      const auto padded = [&](nn::real v) {
        return v < low || (scan_.padding && scan_.padding->holds(v));
      };
      if (!padded(x) || !padded(z)) continue;
      // Equal values stay as they are; weights of 1 - t and t may not add up to 1 in rounding.
      made.slice.data()[i] = x == z ? x : (1 - after) * x + after * z;
      if (errors_ != nullptr) made.error.data()[i] = 0;
    }
  }

  data::Volume& scan_;
  data::Volume* errors_;
  std::span<const MadeMiddle> made_before_;
  std::vector<bool> real_;
  std::vector<bool> ready_;
  std::vector<nn::index> made_;
};

/// The one in the middle of a and c, or the two next to it.
std::vector<nn::index> middles_of(nn::index a, nn::index c) {
  const nn::index low = a + (c - a) / 2;
  const nn::index high = a + (c - a + 1) / 2;
  if (low == high) return {low};
  return low == a ? std::vector<nn::index>{} : std::vector<nn::index>{low, high};
}

/// A gap between real slices, or a part of one, that is left to cut.
struct Piece {
  nn::index a, c;
  std::size_t gap;
};

/// The end of `piece` that lies towards the farther one of `a` and `c`, if it was made itself.
std::optional<nn::index> way_to(nn::index k, const Piece& piece, nn::index a, nn::index c) {
  if (k - a < c - k && piece.c != c) return piece.c;
  if (k - a > c - k && piece.a != a) return piece.a;
  return {};
}

/// Targets pass by pass: those of a pass know only real slices and those of earlier passes, so they
/// may be made together. Slices that are made from real ones wait for theirs, too: those of earlier
/// passes show the way, and for a method that takes them for known a neighbour that is already cut
/// finer would not count as an outer slice.
std::vector<Pass> passes_of(const std::vector<nn::index>& real, std::span<const Method> methods,
                            std::span<const GapMethod> gaps) {
  std::vector<Piece> pieces;
  for (std::size_t g = 0; g < gaps.size(); ++g) pieces.push_back({real[g], real[g + 1], g});
  std::vector<Pass> passes;
  while (!pieces.empty()) {
    Pass pass;
    std::vector<Piece> smaller;
    for (const Piece& p : pieces) {
      const GapMethod& by = gaps[p.gap];
      const nn::index a = real[p.gap];
      const nn::index c = real[p.gap + 1];
      nn::index from = p.a;
      for (const nn::index k : middles_of(p.a, p.c)) {
        const auto gap = static_cast<nn::index>(p.gap);
        pass.push_back(methods[by.method].in_passes()
                           ? Target{k, p.a, p.c, by, gap}
                           : Target{k, a, c, by, gap, way_to(k, p, a, c)});
        if (k - from > 1) smaller.push_back({from, k, p.gap});
        from = k;
      }
      if (p.c - from > 1) smaller.push_back({from, p.c, p.gap});
    }
    passes.push_back(std::move(pass));
    pieces = std::move(smaller);
  }
  return passes;
}

double registration_cost(models::RegistrationRule rule) {
  return rule == models::RegistrationRule::demons ? 1 : 1.9;  // measured on one thread
}

/// By pixel registration's work is always the same; a network's grows with the square of its width.
double network_cost(const Recipe& recipe) {
  constexpr double kWidth32 = 2.3;  // one answer, measured on one thread
  const double width = static_cast<double>(recipe.generator.width) / 32;
  const double answers = recipe.four_slices() == nullptr ? 1 : 2;
  const auto rule = recipe.registration();
  return (rule ? registration_cost(*rule) : 0) + answers * kWidth32 * width * width;
}

/// What as_seen() does.
std::optional<Registering> registering_of(const Recipe& recipe) {
  const auto rule = recipe.registration();
  if (!rule) return std::nullopt;
  return Registering{*rule,
                     models::RegisteredRange::of_window(recipe.window_low, recipe.window_high)};
}

/// The slices by the network, which is asked only for those that are not made yet.
std::vector<nn::Tensor> with_those_made(const Model& model, std::span<const MissingSlice> missing) {
  std::vector<MissingSlice> left;
  for (const MissingSlice& m : missing) {
    if (!m.made) left.push_back(m);
  }
  std::vector<nn::Tensor> answers = model.predict(left);
  std::vector<nn::Tensor> slices;
  auto next = answers.begin();
  slices.reserve(missing.size());
  for (const MissingSlice& m : missing) slices.push_back(m.made ? *m.made : *next++);
  return slices;
}

}  // namespace

Method method_without_network(const std::string& name, data::Unit unit) {
  const auto one_by_one = [&](auto make) {
    return Method{name, false, [make](std::span<const MissingSlice> missing) {
                    std::vector<nn::Tensor> slices;
                    for (const MissingSlice& m : missing) slices.push_back(make(m.known, m.t));
                    return slices;
                  }};
  };
  if (name == "nearest") {
    return one_by_one(
        [](const data::KnownSlices& k, double t) { return models::nearest(k[1], k[2], t); });
  }
  if (name == "linear") {
    return one_by_one(
        [](const data::KnownSlices& k, double t) { return models::linear(k[1], k[2], t); });
  }
  if (name == "cubic") {
    return one_by_one([](const data::KnownSlices& k, double t) {
      return models::cubic(k[0], k[1], k[2], k[3], t);
    });
  }
  if (name == "registered") {
    const models::RegisteredRange range = unit == data::Unit::hu
                                              ? models::RegisteredRange()
                                              : models::RegisteredRange::of_window(0, 255);
    Method registered{
        name, false, [range](std::span<const MissingSlice> missing) {
          std::vector<nn::Tensor> slices;
          for (const MissingSlice& m : missing) {
            slices.push_back(
                m.registered ? m.registered->slice
                             : models::registered(m.known, m.t, models::kFreeRule, range).slice);
          }
          return slices;
        }};
    registered.registering = Registering{models::kFreeRule, range};
    registered.cost = registration_cost(models::kFreeRule);
    return registered;
  }
  throw nn::Error(nn::Fault::input, "--method", "'" + name + "'",
                  "model, registered, cubic, linear or nearest");
}

Method method_of(const Model& model, bool recursive) {
  Method method{
      "model", !model.anywhere(),
      [&model](std::span<const MissingSlice> missing) { return with_those_made(model, missing); },
      recursive, /*weights=*/true};
  method.predict_both = [&model](std::span<const MissingSlice> missing) {
    return model.predict_both(missing);
  };
  method.registering = registering_of(model.recipe());
  method.narrowest_gap = model.narrowest_gap();
  method.cost = network_cost(model.recipe());
  return method;
}

std::vector<MissingSlice> registered_once(std::span<const MissingSlice> missing, const Method& one,
                                          const Method& other) {
  std::vector<MissingSlice> all(missing.begin(), missing.end());
  if (!one.registering || one.registering != other.registering) return all;
  for (MissingSlice& m : all) {
    if (m.registered || m.way || m.made) continue;
    m.registered = models::registered(m.known, m.t, one.registering->rule, one.registering->range);
  }
  return all;
}

bool can_cut(const Method& method, nn::index parts) {
  const bool halves = parts <= 8 && std::has_single_bit(static_cast<std::uint64_t>(parts));
  return halves || !method.middles_only;
}

void require_parts(const Method& method, const Plan& plan) {
  for (const nn::index n : plan.parts) {
    nn::require(can_cut(method, n), "--method " + method.name,
                "a gap to be cut into " + std::to_string(n) + " parts",
                "2, 4 or 8, since the network makes middles only",
                "use --factor 2, 4 or 8, or --method cubic");
  }
}

std::vector<WorkPart> work_of_fill(const data::Volume& scan, std::span<const Method> methods,
                                   std::span<const GapMethod> gaps) {
  std::vector<WorkPart> work;
  for (const Pass& pass : passes_of(data::measured_slices(scan), methods, gaps)) {
    for (std::size_t m = 0; m < methods.size(); ++m) {
      const auto own = std::count_if(pass.begin(), pass.end(),
                                     [&](const Target& t) { return t.by.method == m; });
      if (own > 0) work.push_back({static_cast<std::uint64_t>(own), methods[m].cost});
    }
  }
  return work;
}

void fill(data::Volume& scan, std::span<const Method> methods, std::span<const GapMethod> gaps,
          const SliceDone& done, data::Volume* errors, std::span<const MadeMiddle> made_before) {
  Filling filling(scan, errors, made_before);
  const std::vector<nn::index> real = data::measured_slices(scan);
  nn::require(gaps.size() + 1 == real.size(), "fill", std::to_string(gaps.size()) + " gaps",
              "one fewer than real slices, " + std::to_string(real.size()));
  nn::index made = 0;
  for (const Pass& pass : passes_of(real, methods, gaps)) {
    for (std::size_t m = 0; m < methods.size(); ++m) {
      Pass own;
      std::copy_if(pass.begin(), pass.end(), std::back_inserter(own),
                   [&](const Target& t) { return t.by.method == m; });
      filling.make(own, methods[m], [&](nn::index count) {
        made += count;
        if (done) done(made);
      });
    }
    filling.end_pass();
  }
  data::restore_overlay(scan);
}

void fill(data::Volume& scan, const Method& method, const SliceDone& done) {
  const std::vector<GapMethod> gaps(data::measured_slices(scan).size() - 1);
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
