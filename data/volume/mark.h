// How a file says that it holds slices that were made and not measured, in the one line of text
// that each format has room for.
#pragma once

#include <string>

#include "data/volume/volume.h"

namespace data {

/// The mark of every scan that holds interpolated slices.
inline constexpr char kInterpolatedMark[] = "interpolated RESEARCH";

/// Whether the scan has slices that no scanner measured: synthetic ones, or resampled ones.
bool holds_made_slices(const Volume& v);

/// "x2 interpolated RESEARCH; ct2ct 1.0; model 0123456789abcdef", of at most 79 characters with
/// short versions. The number is left out where no one factor describes what was done, the model
/// where its weights had no part in a slice. ", straightened: all slices resampled" comes after the
/// mark where that was done.
std::string interpolation_mark(const Volume& v, const Provenance& provenance);

}  // namespace data
