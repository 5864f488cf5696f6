#include "train/predict/interpolate.h"

#include <algorithm>
#include <bit>

#include "data/overlay.h"
#include "data/triplets.h"
#include "nn/core/error.h"
#include "train/predict/predict.h"

namespace train {
namespace {

/// A slice to be made, by number: `k` between the known slices `a` and `c`.
struct Target {
  nn::index k, a, c;
};

/// The scan while it is being filled.
class Filling {
 public:
  explicit Filling(data::Volume& scan) : scan_(scan) {
    for (const data::SliceOrigin& o : scan.origins) ready_.push_back(!o.synthetic());
  }

  /// Gaps between real slices, as Targets whose k is not set.
  std::vector<Target> gaps() const {
    std::vector<Target> all;
    nn::index a = 0;
    for (nn::index c = 1; c < scan_.slices(); ++c) {
      if (scan_.origins[static_cast<std::size_t>(c)].synthetic()) continue;
      all.push_back({-1, a, c});
      a = c;
    }
    return all;
  }

  MissingSlice missing(const Target& t) const {
    const double gap = between(t.a, t.c);
    const nn::index before = neighbour(t.a, -1, gap);
    const nn::index after = neighbour(t.c, 1, gap);
    MissingSlice m;
    m.gap = gap;
    const std::array<nn::index, 4> at{before, t.a, t.c, after};
    for (std::size_t i = 0; i < at.size(); ++i) m.known[i] = known_slice(scan_, at[i]);
    // Steps within a gap are equal, so this is a ratio of whole numbers.
    m.t = static_cast<double>(t.k - t.a) / static_cast<double>(t.c - t.a);
    return m;
  }

  void set(const Target& t, double at, nn::Tensor& slice) {
    if (scan_.unit == data::Unit::hu) restore_padding(slice, t, at);
    scan_.set_slice(t.k, slice);
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
  nn::index neighbour(nn::index inner, nn::index direction, double gap) const {
    nn::index k = inner + direction;
    while (k >= 0 && k < scan_.slices() && !ready_[static_cast<std::size_t>(k)]) k += direction;
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
  std::vector<bool> ready_;
  std::vector<nn::index> made_;
};

/// The smallest prime factor of n >= 1; 1 for 1.
nn::index smallest_factor(nn::index n) {
  for (nn::index p = 2; p * p <= n; ++p) {
    if (n % p == 0) return p;
  }
  return n;
}

/// Targets pass by pass: those of a pass know only real slices and those of earlier passes, so they
/// may be made together.
std::vector<std::vector<Target>> passes_of(std::vector<Target> gaps, bool recursive) {
  std::vector<std::vector<Target>> passes;
  while (!gaps.empty()) {
    std::vector<Target> pass;
    std::vector<Target> smaller;  // gaps that are left to cut
    for (const Target& g : gaps) {
      const nn::index steps = g.c - g.a;
      const nn::index step = recursive ? steps / smallest_factor(steps) : 1;
      for (nn::index k = g.a + step; k < g.c; k += step) pass.push_back({k, g.a, g.c});
      if (step == 1) continue;
      for (nn::index a = g.a; a < g.c; a += step) smaller.push_back({-1, a, a + step});
    }
    passes.push_back(std::move(pass));
    gaps = std::move(smaller);
  }
  return passes;
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

Method method_of(const Model& model, bool recursive) {
  return {"model", !model.anywhere(),
          [&model](std::span<const MissingSlice> missing) { return model.predict(missing); },
          recursive || !model.anywhere()};
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

void fill(data::Volume& scan, const Method& method, const SliceDone& done) {
  Filling filling(scan);
  const auto at_once =
      static_cast<std::size_t>(images_at_once({1, scan.height(), scan.width(), 1}));
  nn::index made = 0;
  for (const std::vector<Target>& pass :
       passes_of(filling.gaps(), method.recursive || method.middles_only)) {
    for (std::size_t first = 0; first < pass.size(); first += at_once) {
      const std::size_t end = std::min(pass.size(), first + at_once);
      std::vector<MissingSlice> missing;
      for (std::size_t i = first; i < end; ++i) missing.push_back(filling.missing(pass[i]));
      std::vector<nn::Tensor> slices = method.predict(missing);
      for (std::size_t i = first; i < end; ++i) {
        filling.set(pass[i], missing[i - first].t, slices[i - first]);
        if (done) done(++made);
      }
    }
    filling.end_pass();
  }
  data::restore_overlay(scan);
}

data::Volume interpolate(const data::Volume& volume, const Plan& plan, const Method& method,
                         const SliceDone& done) {
  require_parts(method, plan);
  data::Volume out = volume.refined(plan.parts);
  fill(out, method, done);
  return out;
}

}  // namespace train
