// Sums over ranks that are threads: equal by every bit to those of one process, whatever arrives
// first.
#include "nn/ranks/shared_batch.h"

#include <cstring>
#include <string>

#include "nn/core/rng.h"
#include "nn/ops/ops.h"
#include "tests/catch.h"
#include "tests/nn/ranks/thread_ranks.h"

using ct2ct_test::on_ranks;

namespace nn {
namespace {

Tensor noise(const Shape& shape, std::uint32_t number) {
  Rng rng(7, Purpose::test, number);
  Tensor t(shape);
  for (real& v : t.values()) v = static_cast<real>(rng.normal());
  return t;
}

bool bits_equal(std::span<const real> a, std::span<const real> b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size_bytes()) == 0;
}

/// The images of a rank.
Tensor part_of(const Tensor& batch, const ImageRange& own) {
  const Shape& s = batch.shape();
  return Tensor::view(batch, own.first * s.h * s.w * s.c, {own.count, s.h, s.w, s.c});
}

/// Values and gradients of a small network with every op that a sum crosses images in.
struct Small {
  Var w{noise({3, 3, 2, 5}, 1), true};
  Var bias{noise(vector_shape(5), 2), true};
  Var gamma{noise(vector_shape(5), 3), true};
  Var beta{noise(vector_shape(5), 4), true};
  std::vector<real> seen;

  /// Twice, so that gradients are added to older ones; the second time by another loss.
  void run(const Tensor& x, const Tensor& truth, const Tensor& weights, SharedBatch* batch) {
    const InSharedBatch part(batch);
    for (const bool again : {false, true}) {
      const Var y = conv2d({3, 3, 1, {1, 1, 1, 1}}, Var(x), w, bias);
      NormStatistics statistics;
      const Var z = again ? instance_norm2d(y, gamma, beta, 1e-5)
                          : batch_norm2d(y, gamma, beta, 1e-5, &statistics);
      const Var d = dropout(z, 0.5, Rng(3, Purpose::dropout, again ? 1 : 0));
      Var loss = add(l1_loss(d, Var(truth)), weighted_mean(d, weights));
      loss = add(loss, again ? mse_loss(d, Var(truth)) : bce_with_logits(d, 1));
      loss = add(loss, least_squares_loss(d, 0));
      const std::vector<Var> targets{w, bias, gamma, beta};
      backward(loss, targets, {.retain = false, .add = again});
      seen.push_back(loss.value().item());
      if (again) continue;
      seen.insert(seen.end(), statistics.mean.values().begin(), statistics.mean.values().end());
      seen.insert(seen.end(), statistics.inv_std.values().begin(),
                  statistics.inv_std.values().end());
    }
    if (batch != nullptr) batch->finish();
    for (const Var& v : {w, bias, gamma, beta}) {
      seen.insert(seen.end(), v.grad().values().begin(), v.grad().values().end());
    }
  }
};

}  // namespace

TEST_CASE("what rank 0 has is spread to all, of any size") {
  for (int size = 1; size <= 9; ++size) {
    on_ranks(size, [&](Ranks& ranks) {
      std::string text = ranks.first() ? std::string(1000, 'x') + "end" : "other";
      spread(ranks, text);
      if (text != std::string(1000, 'x') + "end") throw std::runtime_error("another text");
      std::string nothing = ranks.first() ? "" : "something";
      spread(ranks, nothing);
      if (!nothing.empty()) throw std::runtime_error("not empty");
    });
  }
}

TEST_CASE("sums over ranks are added in the tree over images, by every bit") {
  for (const index images : {2, 3, 4, 5, 7, 8, 12}) {
    for (int size = 1; size <= images; ++size) {
      constexpr index kCount = 1003;
      const auto value = [&](index image, index i) {
        return 1.0 / static_cast<double>(1 + 7 * image + i * i);
      };
      on_ranks(size, [&](Ranks& ranks) {
        SharedBatch batch(ranks, images);
        std::vector<double> sums;
        for (index i = 0; i < kCount; ++i) {
          sums.push_back(sum_images(batch.own().first, batch.own().count,
                                    [&](index n) { return value(n, i); }));
        }
        batch.join(sums);
        for (index i = 0; i < kCount; ++i) {
          const double all = sum_images(0, images, [&](index n) { return value(n, i); });
          if (sums[static_cast<std::size_t>(i)] != all) throw std::runtime_error("another sum");
        }
      });
    }
  }
}

TEST_CASE("gradients larger than a bundle arrive in their places, set or added") {
  on_ranks(3, [](Ranks& ranks) {
    SharedBatch batch(ranks, 3);
    const std::vector<index> sizes{5, 300'000, 1, 0, 270'000, 17};
    std::vector<Tensor> sums;
    for (const index size : sizes) sums.push_back(Tensor::full(vector_shape(size), 100));
    for (const bool old : {true, false, true}) {
      for (const Tensor& to : sums) {
        batch.add(Tensor::full(to.shape(), static_cast<real>(1 + ranks.rank())), to, old);
      }
    }
    batch.finish();
    for (const Tensor& to : sums) {
      for (const real v : to.values()) {
        if (v != 12) throw std::runtime_error("another sum");  // 6, set, and 6
      }
    }
  });
}

#ifndef CT2CT_REAL_DOUBLE
TEST_CASE("losses, statistics, masks and gradients of ranks are those of one process") {
  for (const index images : {2, 3, 5, 8}) {
    const Tensor x = noise({images, 9, 7, 2}, 10);
    const Tensor truth = noise({images, 9, 7, 5}, 11);
    const Tensor weights = noise({images, 9, 7, 5}, 12);
    Small whole;
    whole.run(x, truth, weights, nullptr);
    for (int size = 2; size <= images; ++size) {
      INFO(images << " images on " << size << " ranks");
      std::vector<std::vector<real>> seen(static_cast<std::size_t>(size));
      on_ranks(size, [&](Ranks& ranks) {
        SharedBatch batch(ranks, images);
        Small part;
        part.run(part_of(x, batch.own()), part_of(truth, batch.own()),
                 part_of(weights, batch.own()), &batch);
        seen[static_cast<std::size_t>(ranks.rank())] = part.seen;
      });
      for (const auto& s : seen) CHECK(bits_equal(s, whole.seen));
    }
  }
}
#endif

}  // namespace nn
