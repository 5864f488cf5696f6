#include "nn/autograd/var.h"

#include <algorithm>
#include <atomic>
#include <deque>
#include <string>
#include <unordered_map>
#include <unordered_set>

#include "nn/core/error.h"
#include "nn/ranks/shared_batch.h"

namespace nn {

/// Where a gradient goes: what the tape knows of a value.
struct Var::Place {
  Shape shape;
  Tensor grad;
  std::shared_ptr<Node> producer;  // null for a leaf
  bool needs_grad = false;

  ~Place();
};

struct Var::State {
  Tensor value;
  std::shared_ptr<Place> place = std::make_shared<Place>();
};

struct Node {
  const char* op;
  std::uint64_t sequence;
  std::vector<std::shared_ptr<Var::Place>> inputs;
  BackwardFunction backward;  // empty once released
};

// Frees a chain of nodes in a loop. The default destructors would recurse once for each node and
// overflow the stack on a long chain.
Var::Place::~Place() {
  std::vector<std::shared_ptr<Node>> unowned;
  if (producer) unowned.push_back(std::move(producer));
  while (!unowned.empty()) {
    const std::shared_ptr<Node> node = std::move(unowned.back());
    unowned.pop_back();
    for (std::shared_ptr<Place>& place : node->inputs) {
      const std::shared_ptr<Place> input = std::move(place);
      if (input.use_count() == 1 && input->producer) unowned.push_back(std::move(input->producer));
    }
  }
}

namespace {

thread_local bool recording = true;

std::uint64_t next_sequence() {
  static std::atomic<std::uint64_t> counter{0};  // networks may predict on several threads
  return ++counter;
}

/// The gradients of targets by one node, where other ranks have other parts of the batch: each is
/// formed apart, and handed on to be added up.
class TargetParts {
 public:
  Destination apart(Destination whole) {
    if (batch_ == nullptr) return whole;
    Part& p = parts_.emplace_back(Part{Tensor(whole.tensor->shape()), whole});
    return {&p.values, Write::set};
  }
  void hand_on() {
    for (const Part& p : parts_) {
      batch_->add(p.values, *p.whole.tensor, p.whole.write == Write::add);
    }
    parts_.clear();
  }

 private:
  struct Part {
    Tensor values;
    Destination whole;
  };
  SharedBatch* batch_ = shared_batch();
  std::deque<Part> parts_;  // stay in place
};

[[noreturn]] void misuse(const std::string& got, const std::string& expected) {
  throw Error(Fault::job, "backward", got, expected);
}

}  // namespace

Var::Var(Tensor value, bool needs_grad) : state_(std::make_shared<State>()) {
  state_->place->shape = value.shape();
  state_->place->needs_grad = needs_grad;
  state_->value = std::move(value);
}

const Tensor& Var::value() const {
  if (!state_) throw Error(Fault::job, "Var", "an empty Var", "a value");
  return state_->value;
}

Tensor& Var::mutable_value() {
  static_cast<void>(value());
  return state_->value;
}

bool Var::needs_grad() const { return state_ && state_->place->needs_grad; }

const Tensor& Var::grad() const {
  if (!state_ || state_->place->grad.empty()) {
    throw Error(Fault::job, "Var::grad", "no gradient", "backward() with this Var as a target");
  }
  return state_->place->grad;
}

void Var::set_grad_storage(Tensor grad) {
  if (grad.shape() != shape()) {
    throw Error(Fault::job, "Var::set_grad_storage", to_string(grad.shape()), to_string(shape()));
  }
  state_->place->grad = std::move(grad);
}

Var record(const char* op, const std::vector<Var>& inputs, Tensor value,
           BackwardFunction backward) {
  Var out(std::move(value));
  const bool needed =
      std::any_of(inputs.begin(), inputs.end(), [](const Var& v) { return v.needs_grad(); });
  if (recording && needed) {
    std::vector<std::shared_ptr<Var::Place>> places;
    places.reserve(inputs.size());
    for (const Var& v : inputs) places.push_back(v.state_ ? v.state_->place : nullptr);
    Var::Place& place = *out.state_->place;
    place.needs_grad = true;
    place.producer =
        std::make_shared<Node>(Node{op, next_sequence(), std::move(places), std::move(backward)});
  }
  return out;
}

void backward(const Var& root, const Tensor& seed, std::span<const Var> targets,
              BackwardOptions options) {
  if (!root || seed.shape() != root.shape()) misuse("a seed of another shape", "the root's shape");

  // 1. Which values lie on a path from a target to the root? Depth first, without recursion.
  using PlacePtr = std::shared_ptr<Var::Place>;
  std::unordered_set<const Var::Place*> on_path;
  for (const Var& t : targets) {
    if (!t.needs_grad()) misuse("a target without needs_grad", "a parameter or marked input");
    on_path.insert(t.state_->place.get());
  }
  const auto leads_to_target = [&](const PlacePtr& p) { return on_path.contains(p.get()); };
  std::vector<PlacePtr> produced;  // made by a node, and on a path through one of its inputs
  std::vector<std::pair<PlacePtr, std::size_t>> stack;
  std::unordered_set<const Var::Place*> seen;
  const auto enter = [&](const PlacePtr& s) {
    if (s == nullptr || !seen.insert(s.get()).second || !s->producer) return;
    if (!s->producer->backward) {
      misuse(std::string("a tape already released at ") + s->producer->op,
             "retain = true the time before");
    }
    stack.emplace_back(s, 0);
  };
  enter(root.state_->place);
  while (!stack.empty()) {
    const auto& inputs = stack.back().first->producer->inputs;
    if (stack.back().second < inputs.size()) {
      enter(inputs[stack.back().second++]);
      continue;
    }
    if (std::any_of(inputs.begin(), inputs.end(), leads_to_target)) {
      on_path.insert(stack.back().first.get());
      produced.push_back(stack.back().first);
    }
    stack.pop_back();
  }
  for (const Var& t : targets) {
    if (!seen.contains(t.state_->place.get()))
      misuse("a target that the root does not depend on", "");
  }

  // 2. Visit in the reverse order of recording: then a node's output gradient is complete when its
  // turn comes.
  std::sort(produced.begin(), produced.end(), [](const PlacePtr& a, const PlacePtr& b) {
    return a->producer->sequence > b->producer->sequence;
  });
  std::unordered_map<Var::Place*, Tensor> grads;  // an entry means: later contributions add to it
  for (const Var& t : targets) {
    Var::Place* place = t.state_->place.get();
    if (options.add) {
      if (place->grad.empty() || place == root.state_->place.get()) {
        misuse("a target without a gradient to add to", "an earlier backward() to it");
      }
      grads[place] = place->grad;
    } else if (place->grad.empty()) {
      place->grad = Tensor(t.shape());
    }
  }
  const auto is_target = [&](const Var::Place* s) {
    return std::any_of(targets.begin(), targets.end(),
                       [&](const Var& t) { return t.state_->place.get() == s; });
  };
  const auto storage = [&](Var::Place* s) { return is_target(s) ? s->grad : Tensor(s->shape); };
  Tensor& root_grad = grads[root.state_->place.get()];
  root_grad = seed;  // no kernel writes it: all of them come before the root
  if (is_target(root.state_->place.get())) {
    root_grad = root.state_->place->grad;
    std::copy_n(seed.data(), seed.numel(), root_grad.data());
  }

  TargetParts parts;
  std::vector<Destination> dx;
  for (PlacePtr& s : produced) {
    Node& node = *s->producer;
    dx.assign(node.inputs.size(), Destination{});
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
      Var::Place* input = node.inputs[i].get();
      if (!leads_to_target(node.inputs[i])) continue;
      const auto slot = grads.find(input);
      if (slot == grads.end()) {
        dx[i] = {&(grads[input] = storage(input)), Write::set};
      } else {
        dx[i] = {&slot->second, Write::add};
      }
      if (is_target(input)) dx[i] = parts.apart(dx[i]);
    }
    node.backward(grads.at(s.get()), dx);
    parts.hand_on();
    if (!is_target(s.get())) grads.erase(s.get());
    if (!options.retain) {
      node.backward = nullptr;
      node.inputs.clear();
    }
    s.reset();  // frees what only this walk still held
  }
}

void backward(const Var& loss, std::span<const Var> targets, BackwardOptions options) {
  static const Tensor one = Tensor::full(scalar_shape(), 1);  // one copy on a device, once
  backward(loss, one, targets, options);
}

NoRecording::NoRecording() : before_(recording) { recording = false; }
NoRecording::~NoRecording() { recording = before_; }

}  // namespace nn
