#include "train/view/page_volume.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>

#include "data/files/gzip.h"
#include "data/volume/placement.h"
#include "data/volume/straighten.h"
#include "nn/core/error.h"

namespace train {
namespace {

using Json = nlohmann::ordered_json;
using nn::index;

constexpr std::size_t kHeaderBytes = 352;  // with the four bytes that say: no extension
constexpr double kLeast = std::numeric_limits<std::int16_t>::min();
constexpr double kMost = std::numeric_limits<std::int16_t>::max();

index reduced(index n, index by) { return (n + by - 1) / by; }

/// Slice k in HU or grey levels, reduced.
std::vector<double> means_of(const data::Volume& scan, index k, index by) {
  const nn::Tensor slice = scan.slice(k);
  const index h = scan.height(), w = scan.width();
  std::vector<double> means;
  for (index y = 0; y < h; y += by) {
    for (index x = 0; x < w; x += by) {
      double sum = 0;
      const index rows = std::min(by, h - y), columns = std::min(by, w - x);
      for (index r = y; r < y + rows; ++r) {
        for (index c = x; c < x + columns; ++c) sum += static_cast<double>(slice.data()[r * w + c]);
      }
      means.push_back(sum / static_cast<double>(rows * columns));
    }
  }
  return means;
}

/// value = slope * stored + intercept
struct Scaling {
  double slope = 1;
  double intercept = 0;
};

/// `step` and no intercept where all values fit, else their own range.
Scaling scaling_of(const data::Volume& scan, double step) {
  double low = std::numeric_limits<double>::max(), high = std::numeric_limits<double>::lowest();
  for (index k = 0; k < scan.slices(); ++k) {
    const nn::Tensor slice = scan.slice(k);
    const auto [a, b] = std::minmax_element(slice.data(), slice.data() + slice.numel());
    low = std::min(low, static_cast<double>(*a));
    high = std::max(high, static_cast<double>(*b));
  }
  const bool fits =
      scan.unit != data::Unit::unknown && low >= kLeast * step && high <= kMost * step;
  if (fits) return {step, 0};
  const double slope = std::max(high - low, 1e-6) / (kMost - kLeast - 1);
  // As the header holds them.
  return {static_cast<double>(static_cast<float>(slope)),
          static_cast<double>(static_cast<float>((low + high) / 2))};
}

template <class T>
void put(std::string& header, std::size_t at, T value) {
  std::memcpy(header.data() + at, &value, sizeof(value));
}

/// NIfTI-1 (https://nifti.nimh.nih.gov, nifti1.h): the fields that a viewer reads.
std::string header_of(const std::array<index, 3>& size, const std::array<data::Point, 4>& columns,
                      const Scaling& scaling) {
  std::string h(kHeaderBytes, '\0');
  put<std::int32_t>(h, 0, 348);
  h[39] = 3 << 4;  // dim_info: slices along the third axis
  put<std::int16_t>(h, 40, 3);
  for (std::size_t a = 0; a < 7; ++a) {
    put(h, 42 + 2 * a, static_cast<std::int16_t>(a < 3 ? size[a] : 1));
  }
  put<std::int16_t>(h, 70, 4);   // signed, 16 bits
  put<std::int16_t>(h, 72, 16);  // bits
  put(h, 76, 1.0F);              // qfac
  for (std::size_t a = 0; a < 3; ++a) {
    put(h, 80 + 4 * a, static_cast<float>(data::length(columns[a])));
  }
  put(h, 108, static_cast<float>(kHeaderBytes));
  put(h, 112, static_cast<float>(scaling.slope));
  put(h, 116, static_cast<float>(scaling.intercept));
  h[123] = 2;                    // mm
  put<std::int16_t>(h, 254, 2);  // sform: aligned
  for (std::size_t row = 0; row < 3; ++row) {
    for (std::size_t c = 0; c < 4; ++c) {
      put(h, 280 + 16 * row + 4 * c, static_cast<float>(columns[c][row]));
    }
  }
  std::memcpy(h.data() + 344, "n+1", 4);
  return h;
}

Json to_slices_json(const data::Placement& place, const std::vector<SliceKind>& kinds,
                    double corner) {
  Json slices = Json::array();
  for (index k = 0; k < place.slices(); ++k) {
    const SliceKind& s = kinds[static_cast<std::size_t>(k)];
    const data::Point origin = place.at(k, corner, corner);
    Json j{{"origin", origin},
           {"depth", data::dot(place.normal(), origin)},
           {"kind", s.kind == SliceKind::Kind::real        ? "real"
                    : s.kind == SliceKind::Kind::synthetic ? "synthetic"
                                                           : "unknown"}};
    if (s.t) j["t"] = *s.t;
    if (!s.method.empty()) j["method"] = s.method;
    if (s.expected_error) j["expected_error"] = *s.expected_error;
    slices.push_back(std::move(j));
  }
  return slices;
}

/// Header and voxels, packed.
std::string packed(const data::Volume& scan, index by, const std::string& header,
                   const Scaling& scaling) {
  std::string bytes;
  data::GzipWriter gzip([&](const void* part, std::size_t count) {
    bytes.append(static_cast<const char*>(part), count);
  });
  gzip.write(header.data(), header.size());
  std::vector<std::int16_t> stored;
  for (index k = 0; k < scan.slices(); ++k) {
    stored.clear();
    for (const double v : means_of(scan, k, by)) {
      const double units = std::nearbyint((v - scaling.intercept) / scaling.slope);
      stored.push_back(static_cast<std::int16_t>(std::clamp(units, kLeast, kMost)));
    }
    gzip.write(stored.data(), stored.size() * sizeof(std::int16_t));
  }
  gzip.finish();
  return bytes;
}

}  // namespace

index page_reduction(std::span<const data::Volume* const> scans, double most) {
  index by = 1;
  for (const data::Volume* v : scans) {
    const auto bytes = [&] {
      return 2.0 * static_cast<double>(reduced(v->width(), by)) *
             static_cast<double>(reduced(v->height(), by)) * static_cast<double>(v->slices());
    };
    nn::require(2.0 * static_cast<double>(v->slices()) <= most, v->source,
                std::to_string(v->slices()) + " slices", "fewer: a page cannot hold so many");
    while (bytes() > most) ++by;
  }
  return by;
}

PageVolume page_volume(const data::Volume& scan, const std::vector<SliceKind>& kinds,
                       const std::string& id, index reduction, double step) {
  const data::Placement place(scan);
  const double by = static_cast<double>(reduction);
  const double corner = (by - 1) / 2;  // the middle of the first block of pixels
  const index n = scan.slices();
  const std::array<index, 3> size{reduced(scan.width(), reduction),
                                  reduced(scan.height(), reduction), n};
  const data::Point along = n > 1 ? data::times(1 / static_cast<double>(n - 1),
                                                data::minus(place.origin(n - 1), place.origin(0)))
                                  : place.normal();
  const data::Point column = data::times(by, place.column_step());
  const data::Point row = data::times(by, place.row_step());
  const Scaling scaling = scaling_of(scan, step);
  const std::string header =
      header_of(size, {column, row, along, place.at(0, corner, corner)}, scaling);
  PageVolume v;
  v.info = {{"id", id},
            {"size", size},
            {"original", {scan.width(), scan.height(), n}},
            {"column_step", column},
            {"row_step", row},
            {"normal", place.normal()},
            {"slices", to_slices_json(place, kinds, corner)},
            {"unit", scan.unit == data::Unit::hu      ? "hu"
                     : scan.unit == data::Unit::grey8 ? "grey"
                                                      : "unknown"},
            {"oriented", scan.oriented},
            {"tilted", data::is_sheared(scan)},
            {"even", scan.positions.empty() || data::evenly_spaced(scan.positions)}};
  v.base64 = base64_of(packed(scan, reduction, header, scaling));
  return v;
}

std::string base64_of(std::string_view bytes) {
  static constexpr char kDigits[] =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t there = std::min<std::size_t>(3, bytes.size() - i);
    std::uint32_t bits = 0;
    for (std::size_t b = 0; b < 3; ++b) {
      bits = (bits << 8) | (b < there ? static_cast<unsigned char>(bytes[i + b]) : 0U);
    }
    for (std::size_t d = 0; d < 4; ++d) {
      text += d <= there ? kDigits[(bits >> (18 - 6 * d)) & 63U] : '=';
    }
  }
  return text;
}

}  // namespace train
