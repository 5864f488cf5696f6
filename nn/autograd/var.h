// The tape: values that remember how they were made, and the walk back over them.
//
// An op computes its value and records a Node: its inputs and a function that turns the gradient of
// its output into gradients of its inputs. backward() visits the nodes in the reverse order of
// their making. Nodes are coarse (a whole convolution), about seventy in a training step, so the
// tape costs nothing beside the arithmetic.
//
// The tape does not keep values: it knows where gradients go. A value lives as long as a Var or a
// backward function holds it, so an op decides by what it captures how much memory a step takes.
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
  bool add = false;     ///< add to the gradients that an earlier walk left at the targets
};

/// A handle to a value and its place on the tape. Copies are the same value.
class Var {
 public:
  Var() = default;
  /// A leaf. `needs_grad`: gradients can be asked for it (a parameter, or an input under test).
  explicit Var(Tensor value, bool needs_grad = false);

  explicit operator bool() const { return state_ != nullptr; }
  const Tensor& value() const;
  Tensor& mutable_value();
  const Shape& shape() const { return value().shape(); }
  bool needs_grad() const;

  /// The gradient that the last backward() with this Var among its targets left here.
  const Tensor& grad() const;
  /// Gives the gradient a fixed place, for instance in an arena.
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

/// dy: gradient of the output. dx[i]: where the gradient of input i goes; to be written in the
/// order of the inputs, and only where it was asked for.
using BackwardFunction = std::function<void(const Tensor& dy, std::span<const Destination> dx)>;

/// The output of an op as a Var; remembers how to go back if an input needs it and recording is on.
/// Inputs may be empty Vars (an absent bias).
Var record(const char* op, const std::vector<Var>& inputs, Tensor value, BackwardFunction backward);

/// Gradients of sum(seed * root) with respect to `targets`, written to their grad(): the first
/// contribution sets (unless `add`), later ones add, so nothing needs zeroing. Only nodes between a
/// target and the root are visited, and a node computes only the gradients that are on such a path.
/// Without `retain` the visited nodes are released as the walk passes them, with all that they
/// saved. Throws Error when a target is not reachable from the root, a visited node was released
/// before, or there is nothing to add to.
void backward(const Var& root, const Tensor& seed, std::span<const Var> targets,
              BackwardOptions options = {});
/// The same with seed 1 for a scalar root.
void backward(const Var& loss, std::span<const Var> targets, BackwardOptions options = {});

/// While one of these lives, ops record nothing: prediction.
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
