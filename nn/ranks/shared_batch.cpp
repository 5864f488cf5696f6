#include "nn/ranks/shared_batch.h"

#include <algorithm>

#include "nn/core/parallel.h"

namespace nn {
namespace {

/// Gradients travel together until they are this many values: 1 MB. Small ones alone would wait
/// for the network, not for their bytes; all together could not travel while the rest is computed.
constexpr index kBundle = index{1} << 18;

thread_local SharedBatch* current = nullptr;

void add_values(std::span<const double> from, std::span<double> to) {
  for (std::size_t i = 0; i < to.size(); ++i) to[i] += from[i];
}

#ifndef CT2CT_REAL_DOUBLE
void add_values(std::span<const real> from, std::span<real> to) {
  parallel_chunks(static_cast<index>(to.size()), 16384, [&](index begin, index end) {
    const real* a = from.data();
    real* b = to.data();
    for (index i = begin; i < end; ++i) b[i] += a[i];
  });
}
#endif

}  // namespace

/// One vector on its way: up the tree of ranks, where owners add, and down again.
template <class T>
class TreeSum {
 public:
  /// `values` stay in place until done().
  TreeSum(SharedBatch& batch, int tag, std::span<T> values)
      : ranks_(batch.ranks()),
        tag_(tag),
        values_(values),
        nodes_(meetings_of(ranks_.rank(), batch.images(), ranks_.size(),
                           static_cast<index>(values.size()))) {
    begin();
  }

  /// Goes on as far as what has arrived allows.
  bool done() {
    while (step_ < 2 * nodes_.size()) {
      std::erase_if(transfers_, [](const auto& t) { return t->done(); });
      if (!transfers_.empty()) return false;
      end();
      ++step_;
      begin();
    }
    return true;
  }

 private:
  bool up() const { return step_ < nodes_.size(); }
  const std::vector<Meeting>& node() const {
    return nodes_[up() ? step_ : 2 * nodes_.size() - 1 - step_];
  }
  std::span<T> at(const Piece& p) const {
    return values_.subspan(static_cast<std::size_t>(p.first), static_cast<std::size_t>(p.size()));
  }

  void begin() {
    if (step_ == 2 * nodes_.size()) return;
    received_.clear();
    for (const Meeting& m : node()) {
      const std::span<T> out = at(up() ? m.theirs : m.mine);
      std::span<T> in = at(m.theirs);
      if (up()) in = received_.emplace_back(static_cast<std::size_t>(m.mine.size()));
      if (out.empty() && in.empty()) continue;
      transfers_.push_back(
          ranks_.exchange(m.other, tag_, std::as_bytes(out), std::as_writable_bytes(in)));
    }
  }

  void end() {
    if (!up()) return;
    for (std::size_t i = 0; i < node().size(); ++i) {
      add_values(std::span<const T>(received_[i]), at(node()[i].mine));
    }
  }

  Ranks& ranks_;
  int tag_;
  std::span<T> values_;
  std::vector<std::vector<Meeting>> nodes_;
  std::size_t step_ = 0;  ///< nodes up, then down
  std::vector<std::vector<T>> received_;
  std::vector<std::unique_ptr<Ranks::Transfer>> transfers_;
};

/// Some gradients, one after the other in one vector.
struct SharedBatch::Bundle {
  std::vector<Gradient> gradients;
  Tensor values;
  TreeSum<real> sum;

  Bundle(SharedBatch& batch, std::vector<Gradient> of, index count)
      : gradients(std::move(of)),
        values(packed(gradients, count)),
        sum(batch, batch.next_tag(), values.values()) {
    for (Gradient& g : gradients) g.part = {};
  }

  static Tensor packed(const std::vector<Gradient>& gradients, index count) {
    Tensor all(vector_shape(count));
    real* to = all.data();
    for (const Gradient& g : gradients) {
      to = std::copy_n(g.part.data(), g.part.numel(), to);
    }
    return all;
  }

  void write() {
    const real* from = values.data();
    for (Gradient& g : gradients) {
      real* to = g.to.data();
      for (index i = 0; i < g.to.numel(); ++i) to[i] = g.to_old ? to[i] + from[i] : from[i];
      from += g.to.numel();
    }
  }
};

SharedBatch::SharedBatch(Ranks& ranks, index images)
    : ranks_(ranks),
      images_(images),
      own_(images_of_ranks(images, ranks.size())[static_cast<std::size_t>(ranks.rank())]) {}

SharedBatch::~SharedBatch() = default;

int SharedBatch::next_tag() {
  tag_ = tag_ % 32000 + 1;  // 0 is that of spread()
  return tag_;
}

void SharedBatch::join(std::span<double> sums) {
  TreeSum<double> sum(*this, next_tag(), sums);
  wait_until([&] {
    advance();
    return sum.done();
  });
}

void SharedBatch::add(const Tensor& part, const Tensor& to, bool to_old) {
  waiting_.push_back({part, to, to_old});
  waiting_values_ += part.numel();
  if (waiting_values_ >= kBundle) send_bundle();
  advance();
}

void SharedBatch::send_bundle() {
  if (waiting_.empty()) return;
  bundles_.push_back(std::make_unique<Bundle>(*this, std::move(waiting_), waiting_values_));
  waiting_.clear();
  waiting_values_ = 0;
}

void SharedBatch::advance() {
  for (const auto& b : bundles_) static_cast<void>(b->sum.done());
  while (!bundles_.empty() && bundles_.front()->sum.done()) {
    bundles_.front()->write();
    bundles_.pop_front();
  }
}

void SharedBatch::finish() {
  send_bundle();
  wait_until([&] {
    advance();
    return bundles_.empty();
  });
}

InSharedBatch::InSharedBatch(SharedBatch* batch) : before_(current) { current = batch; }
InSharedBatch::~InSharedBatch() { current = before_; }

SharedBatch* shared_batch() { return current; }

}  // namespace nn
