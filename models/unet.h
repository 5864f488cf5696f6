// The generator: a U-Net (Ronneberger, Fischer, Brox 2015) as pix2pix uses it (Isola, Zhu, Zhou,
// Efros 2017, section 6.1.1), with 4x4 convolutions of stride 2.
//
//   x --> down 0 ---------> down 1 ---------> ... ---------> down L-1    (w, 2w, 4w, 8w, 8w, ...)
//            |                |                                 |
//   last <- concat <- up <- concat <- up <- ...  <- concat <- up 0        (skips go straight down)
//     |
//   head
//
// Planes are input channels of one constant value, such as the position between two slices. An
// instance norm subtracts the mean of each channel, and with it everything that a plane has added.
// So after every norm the planes are added again, with weights for each channel. This is the shift
// of a conditional instance norm (Dumoulin, Shlens, Kudlur 2017, section 2.2), linear in the
// planes.
#pragma once

#include <vector>

#include "models/movement_head.h"
#include "models/norm.h"
#include "nn/modules/layers.h"

namespace models {

enum class Head {
  tanh,      ///< the original: the image itself, in (-1, 1)
  residual,  ///< a correction to a given base image; starts at zero
  movement,  ///< residual, and corrects how A and C are moved (movement_head.h); starts at zero
};

/// What a recipe chooses.
struct UNetSettings {
  nn::index levels = 8;
  nn::index width = 64;
  NormConfig norm;
  bool norm_innermost = true;  ///< the innermost encoder level has a norm; the first never has
  double leaky_slope = 0.3;
  double dropout = 0.5;
  nn::index dropout_levels = 3;  ///< how many decoder levels have dropout, from the innermost
  Head head = Head::tanh;
  nn::index head_channels = 16;  ///< residual and movement head only
  /// The decoder is given what the encoder made through a ReLU, as in the public PyTorch pix2pix;
  /// else as it is, with the encoder's leaky slope, as in the TensorFlow tutorial.
  bool relu_skips = false;
};

/// A whole network: the channels follow from what it is given and what it makes.
struct UNetConfig : UNetSettings {
  nn::index in_channels = 1;
  nn::index planes = 0;  ///< how many of the last input channels are planes
  nn::index out_channels = 1;

  /// Channels of what the head corrects: 0 for tanh, which corrects nothing.
  nn::index base_channels() const {
    if (head == Head::tanh) return 0;
    return head == Head::residual ? out_channels : MovementHead::kGivenChannels;
  }
};

/// Options of a forward pass.
struct Pass {
  nn::NormMode norm = nn::NormMode::running;
  bool dropout = false;
  std::uint64_t seed = 0;  ///< seed and step name the dropout masks
  std::uint32_t step = 0;
};

class UNet {
 public:
  /// A lower bound on the number of weights (the encoder's alone), to refuse a file that is too
  /// small before memory is allocated. Throws like the constructor.
  static nn::index at_least_parameters(const UNetConfig& config);
  /// Throws an input error for a configuration that makes no network.
  explicit UNet(const UNetConfig& config);

  /// x: (N,H,W,in_channels), H and W multiples of 2^levels. `base`: (N,H,W,base_channels()), empty
  /// for the tanh head; its first out_channels are the image that is corrected. Returns
  /// (N,H,W,out_channels).
  nn::Var forward(const nn::Var& x, const nn::Var& base, const Pass& pass);

  /// Multiplies each batch norm, with its running statistics, into the convolution before it.
  /// forward() with NormMode::running gives the same except for rounding
  /// (docs/learn/ops/batch_norm2d.md), in fewer passes over memory. It cannot be undone:
  /// parameters() then has no batch norms, and the other modes must not be used.
  void fold_batch_norms();
  /// Hands the weights of all convolutions to the backend(), which stores them in the order that
  /// its kernels read. forward() gives the same bits in less time. It cannot be undone:
  /// parameters() then throws, and forward() records nothing.
  void fix_weights();

  nn::ParameterList parameters() const;
  /// N(0, 0.02) for convolutions (Isola et al.). The last layers of the residual and the
  /// movement head and the weights of the planes start at zero.
  void initialise(std::uint64_t seed);

  const UNetConfig& config() const { return config_; }
  /// Height and width of an image must be multiples of this.
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
    std::optional<MovementHead> movement;
  };

  UNetConfig config_;
  std::vector<Down> downs_;
  std::vector<Up> ups_;
  std::optional<nn::ConvTranspose2d> last_;
  std::optional<ResidualHead> head_;
};

}  // namespace models
