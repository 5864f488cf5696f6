// Where every slice of an interpolated scan comes from, as a table for people and programs: CSV as
// in RFC 4180, one line a slice.
#pragma once

#include <string>

#include "data/volume/provenance.h"
#include "data/volume/volume.h"

namespace data {

/// What a slice of the scan as it was read is called: its DICOM file or picture, else its number.
std::string source_name(const Volume& volume, nn::index slice);

/// Columns: index, x_mm, y_mm, z_mm (right, anterior, superior; empty for pictures without a known
/// spacing), kind (real or synthetic, with "resampled" after it where a scan was straightened, so
/// that no value is the source's), source and source_uid (of a real slice), before, before_uid,
/// after, after_uid, t and method (of a synthetic one: both neighbours, and how far from the first
/// to the second it lies), expected_error_hu (to 0.01 HU; empty where not known), program and
/// model_sha256 (of a synthetic slice: "ct2ct 1.0", and the model whose weights had a part in it).
/// Numbers have the shortest text that reads back as the same value.
std::string slice_table(const Volume& volume, const Provenance& provenance = {});

/// A path without ".nii", ".nii.gz" and slashes at its end.
std::string stem_of(const std::string& output);

}  // namespace data
