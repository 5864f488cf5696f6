#include "data/dicom/encode.h"

#include <algorithm>
#include <cmath>

#include "data/dicom/dataset.h"
#include "data/dicom/dicom.h"
#include "nn/core/error.h"

namespace data {
namespace {

using nn::index;

double round_half_even(double x) {
  const double below = std::floor(x);
  const double rest = x - below;
  if (rest != 0.5) return rest < 0.5 ? below : below + 1;
  return std::fmod(below, 2.0) == 0 ? below : below + 1;
}

PixelFormat without_header(const Volume& v) {
  PixelFormat f;
  switch (v.type) {
    case StoredType::uint8:
    case StoredType::uint16:
      f.is_signed = false;
      [[fallthrough]];
    case StoredType::int8:
    case StoredType::int16:
      f.slope = v.slope;
      f.intercept = v.intercept;
      break;
    default:
      break;
  }
  return f;
}

}  // namespace

index nearer_source(const Volume& volume, index k) {
  const SliceOrigin origin = volume.origin(k);
  return origin.t <= 0.5 ? origin.before : origin.after;
}

PixelFormat pixel_format(const Volume& volume, index k) {
  if (!volume.dicom) return without_header(volume);
  const DicomSlice& slice =
      volume.dicom->slices[static_cast<std::size_t>(nearer_source(volume, k))];
  DcmDataset& header = *slice.header;
  PixelFormat f;
  f.is_signed = number_of(header, DCM_PixelRepresentation).value_or(0) == 1;
  const int bits =
      static_cast<int>(std::clamp(number_of(header, DCM_BitsStored).value_or(16), 1.0, 16.0));
  f.bits_stored = std::max(12, bits);
  f.monochrome1 = text_of(header, DCM_PhotometricInterpretation) == "MONOCHROME1";
  f.slope = slice.slope;
  f.intercept = slice.intercept;
  return f;
}

std::vector<std::uint16_t> encoded(const Volume& volume, index k, const PixelFormat& format) {
  const nn::Tensor slice = volume.slice(k);
  const bool real = !volume.origin(k).synthetic();
  const double lowest = format.is_signed ? -std::ldexp(1, format.bits_stored - 1) : 0;
  const double highest = lowest + std::ldexp(1, format.bits_stored) - 1;
  std::vector<std::uint16_t> words;
  words.reserve(static_cast<std::size_t>(slice.numel()));
  for (const nn::real hu : slice.values()) {
    double raw = round_half_even((static_cast<double>(hu) - format.intercept) / format.slope);
    if (!real) {
      raw = std::clamp(raw, lowest, highest);
    } else if (raw < lowest || raw > highest ||
               static_cast<nn::real>(format.slope * raw + format.intercept) != hu) {
      throw nn::Error(nn::Fault::input, volume.source,
                      "the value " + std::to_string(hu) + " in slice " + std::to_string(k),
                      "values that " + std::to_string(format.bits_stored) +
                          " bits hold exactly, as DICOM CT images do",
                      "write NIfTI instead: --out NAME.nii.gz");
    }
    words.push_back(static_cast<std::uint16_t>(static_cast<std::int32_t>(raw)));
  }
  return words;
}

}  // namespace data
