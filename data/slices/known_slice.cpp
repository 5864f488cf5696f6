#include "data/slices/known_slice.h"

#include "data/pictures/overlay.h"
#include "data/volume/normalise.h"

namespace data {

nn::Tensor known_slice(const Volume& volume, nn::index k) {
  nn::Tensor slice = volume.slice(k);
  if (volume.overlay) volume.overlay->hide(slice);
  if (volume.unit != Unit::hu) return slice;
  nn::Tensor known = clamped(slice, kLowestHu, kHighestHu);
  if (!volume.padding) return known;
  for (nn::index i = 0; i < slice.numel(); ++i) {
    if (volume.padding->holds(slice.data()[i])) {
      known.data()[i] = static_cast<nn::real>(kLowestHu);
    }
  }
  return known;
}

}  // namespace data
