// The head of a generator that corrects the movement which registration has found.
//
// Registration gives a slice S, and the movements uA and uC along which A and C were moved to it
// (models/registration.h). From the last features h of the network, the head makes corrections dA
// and dC of the movements, and moves A and C again:
//
//   A0 = warp2d(A, uA)         C0 = warp2d(C, uC)
//   A1 = warp2d(A, uA + dA)    C1 = warp2d(C, uC + dC)
//   answer = S + value + a1 (A1 - S) + a0 (A0 - S) + c1 (C1 - S) + c0 (C0 - S)
//
// dA, dC, value and the four weights are convolutions of h. A new network has dA = dC = 0, a1 = c1
// = 1/2 and a0 = c0 = -1/2, so its answer is S to the last bit, and a correction of the movement
// changes the answer from the first step on.
#pragma once

#include <array>
#include <string>

#include "nn/modules/layers.h"

namespace models {

class MovementHead {
 public:
  /// S, A and C, and two movements of two channels each: uA, then uC.
  static constexpr nn::index kGivenChannels = 7;
  /// Which of them are movements to the right. A mirrored image has them with the other sign.
  static constexpr std::array<nn::index, 2> kAlongRows{3, 5};

  explicit MovementHead(nn::index features);

  /// What is added to S + value. `features`: (N,H,W,features). `given`: (N,H,W,kGivenChannels),
  /// which gets no gradient.
  nn::Var forward(const nn::Var& features, const nn::Tensor& given) const;
  /// prefix.a and prefix.c, each with .movement, .again and .before.
  void collect(const std::string& prefix, nn::ParameterList& list) const;
  /// Sets the biases of a new network; weights stay 0.
  void initialise();
  void fix();

 private:
  /// What is made of one of the slices.
  struct OfSlice {
    nn::Conv2d movement;  ///< dA
    nn::Conv2d again;     ///< a1
    nn::Conv2d before;    ///< a0
  };
  std::array<OfSlice, 2> slices_;  ///< of A, of C
};

/// `count` channels of x, from channel `first` on.
nn::Tensor channels_of(const nn::Tensor& x, nn::index first, nn::index count);

}  // namespace models
