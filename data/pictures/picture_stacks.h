// Which pictures of a folder or a zip belong to one stack, by their names alone.
//
// Pictures in different folders, or whose names differ in their text, are of different stacks:
// "scan/1.png" and "masks/1.png", "ct_1.png" and "mask_1.png". What is left, the number, is the
// order. Where several numbers of a name vary, the last one is the slice's and the others tell
// stacks apart: "scan1_slice7.png" and "scan2_slice7.png". Numbers may be hexadecimal: names of
// equal length whose last place is a digit here and a letter from A to F there.
//
// Names that have almost nothing in common ("1_vertex.png", "2_brow.png", or a folder for each
// slice) are one stack, where each has a number of its own or none has any. The ending of a name
// counts only where names are else the same ("1.png", "1.jpg").
#pragma once

#include <string>
#include <vector>

#include "nn/core/tensor.h"

namespace data {

struct PictureStack {
  std::string name;                   ///< folder and text, "*" for numbers: "study/ct_*.png"
  std::vector<std::string> pictures;  ///< in order; at least one
  nn::index width = 0;                ///< of the first picture; 0 where it cannot be read
  nn::index height = 0;
  bool chosen = false;

  /// "study/ct_*.png, 12 pictures of 64 x 64"
  std::string text() const;
};

/// Every name is in one stack; stacks are in the natural order of their first pictures.
std::vector<PictureStack> stacks_of(const std::vector<std::string>& names);

/// True for names that end in .png, .jpg, .jpeg, .tif or .tiff in any case and do not begin with a
/// dot. Such a file must be a picture. Other files are left out unless they look like a picture.
bool named_like_picture(const std::string& name);

}  // namespace data
