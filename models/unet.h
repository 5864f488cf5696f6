// The generator: a U-Net (Ronneberger, Fischer, Brox 2015) as pix2pix uses it (Isola, Zhu, Zhou,
// Efros 2017, section 6.1.1), with 4x4 convolutions of stride 2.
//
//   x --> down 0 ---------> down 1 ---------> ... ---------> down L-1    (w, 2w, 4w, 8w, 8w, ...)
//            |                |                                 |
//   last <- concat <- up <- concat <- up <- ...  <- concat <- up 0        (skips go straight down)
//     |
//   head
//
// Planes, such as the position between two slices, are channels of one value. An instance norm
// takes from each channel its mean, and with it whatever a plane has added to it; so after every
// norm the planes are added again, each channel with its own weights: the shift of a conditional
// instance norm (Dumoulin, Shlens, Kudlur 2017, section 2.2), linear in what the planes say.
#pragma once

#include <vector>

#include "models/norm.h"
#include "nn/modules/layers.h"

namespace models {

enum class Head {
  tanh,      ///< the original: the image itself, in (-1, 1)
  residual,  ///< a correction to a given base image; starts at zero
};

struct UNetConfig {
  nn::index levels = 8;
  nn::index width = 64;
  nn::index in_channels = 1;
  nn::index planes = 0;  ///< of them the last, each of one value that holds for the whole image
  nn::index out_channels = 1;
  NormConfig norm;
  bool norm_innermost = true;  ///< the first level never has one
  double leaky_slope = 0.3;
  double dropout = 0.5;
  nn::index dropout_levels = 3;  ///< of the decoder, from the innermost
  Head head = Head::tanh;
  nn::index head_channels = 16;  ///< residual head only
};

/// How a forward pass is meant.
struct Pass {
  nn::NormMode norm = nn::NormMode::running;
  bool dropout = false;
  std::uint64_t seed = 0;  ///< of the dropout masks
  std::uint32_t step = 0;
};

class UNet {
 public:
  /// A lower bound on the number of weights (the encoder's alone), to refuse a file that is too
  /// small before memory is allocated. Throws like the constructor.
  static nn::index at_least_parameters(const UNetConfig& config);
  /// Throws an input error for a configuration that makes no network.
  explicit UNet(const UNetConfig& config);

  /// x: (N,H,W,in_channels), H and W multiples of 2^levels. `base`: (N,H,W,out_channels) for the
  /// residual head, else empty. Returns (N,H,W,out_channels).
  nn::Var forward(const nn::Var& x, const nn::Var& base, const Pass& pass);

  /// Puts each batch norm, with its running statistics, into the convolution before it: forward()
  /// with NormMode::running gives the same but for rounding (docs/learn/ops/batch_norm2d.md), with
  /// fewer passes over memory. For good: parameters() has no batch norms then, and no other mode
  /// has a meaning.
  void fold_batch_norms();
  /// Gives the weights of all convolutions to the backend(), in the order that its kernels read:
  /// forward() gives the same bits in less time. For good: there are no parameters() then, and
  /// forward() records nothing.
  void fix_weights();

  nn::ParameterList parameters() const;
  /// N(0, 0.02) for convolutions (Isola et al.); the residual head's last layer starts at
  /// zero, and so does what planes add.
  void initialise(std::uint64_t seed);

  const UNetConfig& config() const { return config_; }
  /// Sizes must be multiples of this.
  nn::index multiple() const { return nn::index{1} << config_.levels; }

 private:
  struct Down {
    nn::Conv2d conv;
    NormLayer norm;
    std::optional<nn::Conv2d> planes;
  };
  struct Up {
    nn::ConvTranspose2d conv;
    NormLayer norm;
    std::optional<nn::Conv2d> planes;
  };
  struct ResidualHead {
    nn::Conv2d mix;
    nn::Conv2d last;
  };

  UNetConfig config_;
  std::vector<Down> downs_;
  std::vector<Up> ups_;
  std::optional<nn::ConvTranspose2d> last_;
  std::optional<ResidualHead> head_;
};

}  // namespace models
