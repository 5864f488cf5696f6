// Text that a viewer has burned into a stack of pictures (patient, window, slice number, scale):
// where it is, how a network is kept from seeing and inventing it, and how it comes back.
//
// Nothing is read: only that pixels are text is known, not what the text says. Text that is drawn
// over tissue hides that tissue; nobody can bring it back.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "data/pictures/picture.h"
#include "data/volume/volume.h"
#include "nn/core/tensor.h"

namespace data {

/// For pictures of one size. A pixel is free, or still text (the same in every picture), or
/// changing text (a slice number, for instance). Both kinds include a margin of 2 pixels, for
/// softened edges.
struct Overlay {
  enum Kind : std::uint8_t { kFree, kDark, kStill, kChanging };

  nn::index width = 0;
  nn::index height = 0;
  std::vector<std::uint8_t> kind;  ///< Kind of each pixel; kDark: free, and dark in all pictures
  nn::index still_words = 0;
  nn::index changing_words = 0;
  std::array<nn::index, 2> first_changing{0, 0};  ///< row and column of its first pixel

  bool text(std::size_t pixel) const { return kind[pixel] >= kStill; }
  /// 1 for each pixel of text.
  std::vector<std::uint8_t> mask() const;

  /// Sets the text of (1,H,W,1) to grey level 0. What is 0 in the known slices and in the target
  /// alike cannot be learned from, since any method predicts it.
  void hide(nn::Tensor& slice) const;

  /// Gives a synthetic slice, t of the way from real slice `before` to `after`, its text: what is
  /// still is (1 - t) before + t after, a copy where they agree; what changes becomes black, with
  /// "SYNTHETIC number/count" on it or, if it does not fit, at the nearest dark place, or at the
  /// same place over whatever is there.
  void restore(nn::Tensor& slice, const nn::Tensor& before, const nn::Tensor& after, double t,
               nn::index number, nn::index count) const;
};

/// What the user should know of it, in one line.
std::string text_found(const Overlay& overlay);

/// Gives the slices that Volume::origins calls synthetic the text of the real ones beside them.
/// Does nothing for a scan without text.
void restore_overlay(Volume& scan);

/// Looks for text while pictures pass by; holds one picture's worth of memory.
///
/// - Coloured letters: GreyPicture::colourful, unless more than a tenth of the picture is.
/// - Grey letters, from kLeastForGrey pictures on: strokes of at most 6 pixels that keep one level
///   of 96 or more in every picture (within 12), between pixels that are darker by 60 or more in
///   every picture. Bone is bright as well, but its edges move from slice to slice.
/// - Changing grey letters: small patches that change by more than 60 beside or just above or below
///   the former, with still pixels all around. Where they touch tissue they are not found, and
///   neither is a number without any still or coloured text near it.
/// A word with one changing letter is changing as a whole: the 1 of 10..19 must not be left over.
class OverlayFinder {
 public:
  static constexpr nn::index kLeastForGrey = 8;

  /// All pictures have one size.
  void add(const GreyPicture& picture);
  /// Null when there is no text.
  std::shared_ptr<const Overlay> find() const;

 private:
  nn::index width_ = 0;
  nn::index height_ = 0;
  nn::index count_ = 0;
  std::vector<std::uint8_t> low_, high_;  // over all pictures, 0..255
  std::vector<std::uint32_t> coloured_;   // in how many pictures
};

}  // namespace data
