// What becomes of small lesions: balls and tubes are put into a real scan, every second slice is
// hidden, and each method makes the hidden slices with and without them. How much of a lesion does
// it show, how much does it show where the lesion has ended, and does it show spots that are
// nowhere?
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "data/measure/lesion.h"
#include "train/evaluate/predictions.h"

namespace train {

/// Where a method could have seen a lesion, by the highest share of a voxel that it fills in the
/// hidden slice and in the two known ones.
enum class Seen {
  nowhere,   ///< in the hidden slice; a known one holds less than a tenth of that
  partly,    ///< a known slice holds less than half of what the hidden one holds
  well,      ///< a known slice holds half of it or more
  elsewhere  ///< in a known slice, and not in the hidden one: what a method shows is a ghost
};
inline constexpr std::size_t kSeenCount = 4;
inline constexpr std::array<const char*, kSeenCount> kSeenNames{"nowhere", "partly", "well",
                                                                "elsewhere"};

/// None where the lesion is too small in the slices to be measured.
std::optional<Seen> seen_of(double hidden, double known);

struct LesionRow {
  data::Lesion lesion;
  nn::index slice = 0;  ///< the hidden one, in the scan, from 0
  Seen seen = Seen::well;
  /// By kMethods. Of Seen::elsewhere, what is shown of the lesion of the known slice.
  std::array<data::Recovered, kMethods.size()> methods{};
};

/// A square around a lesion in the hidden slice, as it is and as methods made it, row by row in HU.
struct LesionExample {
  LesionRow row;
  nn::index height = 0, width = 0;
  std::vector<float> truth;
  std::array<std::vector<float>, kMethods.size()> methods;
};

/// One method over the lesions of one kind.
struct LesionSummary {
  data::Summary contrast, volume;
};

struct LesionReport {
  std::vector<LesionRow> rows;
  nn::index places = 0;  ///< soft tissue without a lesion, looked at for spots
  /// Places where a method shows a spot that neither the true slice nor its known neighbours show.
  std::array<nn::index, kMethods.size()> false_spots{};
  /// By Seen: the lesion whose contrast is nearest to kExampleContrast, and of these the largest.
  std::array<std::optional<LesionExample>, kSeenCount> examples;

  /// None without a lesion of this kind.
  std::optional<LesionSummary> summary(std::size_t method, Seen seen) const;
};

/// From this many HU, data::spot() above or below those of the three real slices is a false spot.
inline constexpr double kFalseSpot = 15;

inline constexpr double kExampleContrast = 60;  ///< HU
inline constexpr double kExampleReach = 20;     ///< mm from the centre of a lesion to the edges

/// Lesions that a test tries, with their sizes and contrasts.
std::vector<data::Lesion> lesion_kinds();

/// Puts at least `count` lesions into the scan, far enough from each other not to meet, and
/// measures what `methods` make of them. The seed chooses places. Input error for pictures, for a
/// test with more than one hidden slice between two known ones, and for a scan without soft tissue.
LesionReport measure_lesions(const LoadedScan& scan, const TestSlices& test,
                             const TestMethods& methods, nn::index count, std::uint64_t seed,
                             Messages& messages);

}  // namespace train
