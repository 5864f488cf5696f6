// Scalar specification of one Adam step (Kingma & Ba 2015, Algorithm 1; docs/learn/ops/adam.md).
#pragma once

#include <cmath>

#include "nn/backend/ref/view.h"

namespace nn::ref {

/// m = b1 m + (1 - b1) g, v = b2 v + (1 - b2) g^2,
/// p -= rate * (m / c1) / (sqrt(v / c2) + eps), with c1 = 1 - b1^t and c2 = 1 - b2^t.
template <class T>
void adam_step(const AdamConstants& k, View<T> p, In<T> g, View<T> m, View<T> v) {
  for (index i = 0; i < p.numel(); ++i) {
    m[i] = T(k.beta1) * m[i] + T(1 - k.beta1) * g[i];
    v[i] = T(k.beta2) * v[i] + T(1 - k.beta2) * (g[i] * g[i]);
    p[i] -= T(k.rate / k.correction1) * m[i] /
            (std::sqrt(v[i]) * T(1 / std::sqrt(k.correction2)) + T(k.epsilon));
  }
}

}  // namespace nn::ref
