// A scan as the page holds it: a NIfTI file of 16-bit integers, packed by gzip and written in
// base64, with columns, rows and slices in this order, and a description in JSON. Large scans are
// reduced within their slices; no slice is ever left out.
#pragma once

#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

#include "data/volume/volume.h"
#include "train/view/scan_record.h"

namespace train {

/// Above this many bytes of 16-bit voxels a scan is reduced for the page.
inline constexpr double kMostPageBytes = 64e6;

/// By how much rows and columns of all scans are reduced, so that none has more than `most` bytes:
/// 1 for no reduction, 2 for the mean of 2 x 2 pixels, and so on. Input error where even a single
/// pixel a slice would be too much.
nn::index page_reduction(std::span<const data::Volume* const> scans, double most = kMostPageBytes);

struct PageVolume {
  nlohmann::ordered_json info;  ///< tools/web/src/data.ts: VolumeInfo
  std::string base64;
};

/// `id`: of the page's element that will hold the bytes. `step`: what one stored unit means, 1 HU
/// or grey level, unless the values need a wider range. Values are rounded to the nearest unit;
/// pixels of a reduced scan are means of `reduction` x `reduction` pixels, at the border of those
/// that are there. Input error for values that are not finite.
PageVolume page_volume(const data::Volume& scan, const std::vector<SliceKind>& kinds,
                       const std::string& id, nn::index reduction, double step = 1);

/// RFC 4648, section 4.
std::string base64_of(std::string_view bytes);

}  // namespace train
