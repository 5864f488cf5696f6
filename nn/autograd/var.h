// The tape: it records which op made which value, and walks back over the ops to compute gradients.
//
// An op computes its value and records a Node: its inputs, and a function that turns the gradient
// of its output into gradients of its inputs. backward() visits the nodes in the reverse order of
// recording. Nodes are coarse (a whole convolution), about seventy in a training step, so the tape
// costs nothing beside the arithmetic.
//
// The tape keeps no values, only the places of gradients. A value lives as long as a Var or a
// backward function holds it. So what an op's backward function captures decides how much memory a
// step takes.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "nn/backend/backend.h"
#include "nn/core/tensor.h"

namespace nn {

struct Node;

struct BackwardOptions {
  bool retain = false;  ///< keep the tape for another walk
  bool add = false;     ///< add to the gradients that an earlier walk wrote to the targets
};

/// A handle to a value and its place on the tape. Copies are the same value.
class Var {
 public:
  Var() = default;
  /// A leaf. `needs_grad`: it can be a target of backward() (a parameter, or an input under test).
  explicit Var(Tensor value, bool needs_grad = false);

  explicit operator bool() const { return state_ != nullptr; }
  const Tensor& value() const;
  Tensor& mutable_value();
  const Shape& shape() const { return value().shape(); }
  bool needs_grad() const;

  /// The gradient from the last backward() that had this Var among its targets. Throws Error if
  /// there is none.
  const Tensor& grad() const;
  /// Gives the gradient a fixed place in memory, for instance in an arena. It must have this shape.
  void set_grad_storage(Tensor grad);

 private:
  struct Place;
  struct State;
  friend struct Node;
  friend Var record(const char*, const std::vector<Var>&, Tensor,
                    std::function<void(const Tensor&, std::span<const Destination>)>);
  friend void backward(const Var&, const Tensor&, std::span<const Var>, BackwardOptions);

  std::shared_ptr<State> state_;
};

/// dy: gradient of the output. dx[i]: where to write the gradient of input i; empty if nobody needs
/// it. Destinations are written in the order of the inputs.
using BackwardFunction = std::function<void(const Tensor& dy, std::span<const Destination> dx)>;

/// The output of an op as a Var. Records a Node if some input needs a gradient and recording is on.
/// Inputs may be empty Vars (an absent bias).
Var record(const char* op, const std::vector<Var>& inputs, Tensor value, BackwardFunction backward);

/// Writes the gradients of sum(seed * root) with respect to `targets` to their grad(). The first
/// contribution sets (unless `add`), later ones add, so nothing needs zeroing. Only nodes on a path
/// from a target to the root are visited, and a node computes only the gradients on such a path.
/// Without `retain` each visited node is released after its turn, with everything that it captured.
/// Throws Error if the root does not depend on a target, if a visited node was released before, or
/// if `add` finds no gradient to add to. Of a part of a batch (nn/ranks/shared_batch.h) the
/// gradients of targets are handed to SharedBatch::add(): they are there after its finish().
void backward(const Var& root, const Tensor& seed, std::span<const Var> targets,
              BackwardOptions options = {});
/// The same with seed 1 for a scalar root.
void backward(const Var& loss, std::span<const Var> targets, BackwardOptions options = {});

/// While an object of this class lives, ops on this thread record nothing. For predictions.
class NoRecording {
 public:
  NoRecording();
  ~NoRecording();
  NoRecording(const NoRecording&) = delete;
  NoRecording& operator=(const NoRecording&) = delete;

 private:
  bool before_;
};

}  // namespace nn
