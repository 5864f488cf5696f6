// A scan, or one before and after interpolation, as a picture for people: the same place in the
// patient side by side with the right aspect, orientation letters and a scale.
// data/volume/reformat.h has the geometry. Research pictures, marked as such; nothing here is used
// for a measurement.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "data/draw/canvas.h"
#include "data/files/output_set.h"
#include "data/pictures/picture.h"
#include "data/volume/reformat.h"
#include "data/volume/window.h"

namespace data {

struct ReformatOptions {
  data::Plane plane = data::Plane::coronal;
  std::optional<double> at;  ///< depth in mm (data::View); none: the middle of the first scan
  bool mip = false;          ///< maximum intensity projection
  double slab = 0;           ///< mm of it around `at`; 0: everything
  nn::index size = 512;      ///< pixels of a panel's longer side
  data::Window window = data::kUsualWindow;  ///< for HU; grey levels are shown as they are
};

/// Input error for a depth outside of the scans, an empty window, or scans of different units.
/// `after` may be null.
Canvas reformat_picture(const data::Volume& scan, const data::Volume* after,
                        const ReformatOptions& options);

/// Writes an animation through the slices of `after`, or of `scan` if that is null, each frame as
/// reformat_picture with Plane::slices. Where `after` has a slice that `scan` has not, the frame
/// says that it is synthetic.
void write_slices_gif(data::OutputSet& outputs, const std::string& path, const data::Volume& scan,
                      const data::Volume* after, const ReformatOptions& options,
                      const std::function<void(nn::index frames)>& done = {});

/// Slices of `after` that lie where `scan` has none (1 % of a step apart or more).
nn::index slices_not_in(const data::Placement& scan, const data::Placement& after);

}  // namespace data
