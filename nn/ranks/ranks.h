// Several processes that train one network together: ranks 0 to size - 1, each with some images of
// every batch. They share no memory; all that they do with each other is here. The bits of the
// trained network depend neither on their number nor on which messages arrive first
// (docs/audit/reproducibility.md).
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "nn/core/real.h"

namespace nn {

/// How messages travel. Implementations: train/ranks/mpi.cpp, and threads in the tests.
class Ranks {
 public:
  Ranks() = default;
  Ranks(const Ranks&) = delete;
  Ranks& operator=(const Ranks&) = delete;
  virtual ~Ranks() = default;

  virtual int rank() const = 0;
  virtual int size() const = 0;
  bool first() const { return rank() == 0; }

  /// A message to another rank and one from it, both on their way.
  class Transfer {
   public:
    Transfer() = default;
    Transfer(const Transfer&) = delete;
    Transfer& operator=(const Transfer&) = delete;
    virtual ~Transfer() = default;
    /// Whether both have arrived. Once it was true, it is not to be called again.
    virtual bool done() = 0;
  };
  /// Begins to send `out` to rank `other` and to receive `in` from it; either may be empty. Both
  /// stay in place until done(). Messages between two ranks with one tag, 0 to 32767, arrive in the
  /// order in which they were begun.
  virtual std::unique_ptr<Transfer> exchange(int other, int tag, std::span<const std::byte> out,
                                             std::span<std::byte> in) = 0;

  struct Letter {
    int from = 0;
    std::string text;
  };
  /// Letters are for what ranks tell each other now and then. They do not meet the messages of
  /// exchange(). Letters between two ranks arrive in order.
  virtual void send(int to, const std::string& text) = 0;
  /// A letter from any rank, if one has arrived.
  virtual std::optional<Letter> receive() = 0;
};

/// Waits until `ready()` is true: at first without a pause, then with short ones, since several
/// ranks may share a core.
void wait_until(const std::function<bool()>& ready);

/// What rank 0 has, to all ranks. Sizes must be the same on all of them.
void spread(Ranks& ranks, std::span<std::byte> bytes);
void spread(Ranks& ranks, std::span<real> values);
/// Of any length: that of rank 0.
void spread(Ranks& ranks, std::string& text);

}  // namespace nn
