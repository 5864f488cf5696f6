// A scan, or one before and after interpolation, as a picture for people: the same place in the
// patient side by side with the right aspect, the patient's sides, a scale in mm and one in HU.
// data/volume/reformat.h has the geometry. Research pictures, marked as such; nothing here is used
// for a measurement.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "data/draw/canvas.h"
#include "data/files/output_set.h"
#include "data/pictures/picture.h"
#include "data/volume/reformat.h"
#include "data/volume/window.h"

namespace data {

/// What stands on a slice: nothing on a measured one.
struct SliceNote {
  enum class Kind { measured, synthetic, unknown };
  Kind kind = Kind::measured;
  std::optional<double> t = {};  ///< as SliceOrigin::t of a synthetic one; none: not known
  std::string method = {};       ///< as SliceOrigin::method; empty: not known
};

/// Of every slice, by Volume::origins.
std::vector<SliceNote> notes_of(const data::Volume& scan);

struct ReformatOptions {
  data::Plane plane = data::Plane::coronal;
  std::optional<double> at;  ///< depth in mm (data::View); none: the middle of the first scan
  bool mip = false;          ///< maximum intensity projection
  double slab = 0;           ///< mm of it around `at`; 0: everything
  nn::index size = 512;      ///< pixels of a panel's longer side
  data::Window window = data::kUsualWindow;  ///< for HU; grey levels are shown as they are
  std::vector<SliceNote> notes;  ///< one for each slice of the last scan; empty: nothing is known
};

/// Input error for a depth outside of the scans, an empty window, or scans of different units.
/// `after` may be null.
Canvas reformat_picture(const data::Volume& scan, const data::Volume* after,
                        const ReformatOptions& options);

/// Frames a second of an animation: slow enough to follow an edge from slice to slice.
inline constexpr nn::index kFramesPerSecond = 6;

/// Writes an animation through the slices of `after`, or of `scan` if that is null, each frame as
/// reformat_picture with Plane::slices. GIF counts time in hundredths of a second: a frame is shown
/// for 100 / `per_second` of them, rounded. Input error unless `per_second` is 1 to 50.
void write_slices_gif(data::OutputSet& outputs, const std::string& path, const data::Volume& scan,
                      const data::Volume* after, const ReformatOptions& options,
                      nn::index per_second, const std::function<void(nn::index frames)>& done = {});

}  // namespace data
