#include "data/dicom/series.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "nn/core/error.h"

namespace data {
namespace {

using nn::index;

using Spacing = std::array<double, 3>;

std::string short_mm(double v) {
  char text[32];
  std::snprintf(text, sizeof(text), "%.5g", v);
  return text;
}

/// DICOM's patient axes to the Volume's, or back.
Point turned_round(const Point& p) { return {-p[0], -p[1], p[2]}; }

std::vector<Point> world_positions(const DicomSequence& s) {
  std::vector<Point> positions;
  for (const DicomImage& image : s.images) {
    if (image.position) positions.push_back(turned_round(*image.position));
  }
  return positions;
}

void check_spacing(const Spacing& spacing) {
  for (const double mm : spacing) {
    nn::require(std::isfinite(mm) && mm > 0 && mm <= 1000, "--spacing-xyz", std::to_string(mm),
                "above 0 and at most 1000 mm");
  }
}

/// What the images say themselves has to agree with what the user says.
void require_agreement(const Volume& v, const char* what, double said, double measured) {
  nn::require(std::fabs(said - measured) <= std::max(0.01, 0.01 * measured), "--spacing-xyz",
              short_mm(said) + " mm between " + what,
              short_mm(measured) + " mm, which " + v.source + " says itself");
}

void set_pixel_spacing(Volume& v, const DicomSequence& s, const std::optional<Spacing>& given) {
  const DicomImage& first = s.images.front();
  if (first.pixel_spacing) {
    v.spacing[0] = (*first.pixel_spacing)[1];  // PixelSpacing is between rows \ between columns
    v.spacing[1] = (*first.pixel_spacing)[0];
    if (!given) return;
    require_agreement(v, "columns", (*given)[0], v.spacing[0]);
    require_agreement(v, "rows", (*given)[1], v.spacing[1]);
    return;
  }
  if (given) {
    v.spacing[0] = (*given)[0];
    v.spacing[1] = (*given)[1];
    return;
  }
  std::string hint = "--spacing-xyz X,Y,Z says it: mm between columns, rows and slices";
  if (first.detector_spacing) {
    hint += "; ImagerPixelSpacing says " + short_mm((*first.detector_spacing)[1]) + " and " +
            short_mm((*first.detector_spacing)[0]) +
            " mm, but at the detector, where all is larger than in the patient";
  }
  nn::require(first.picture || v.dims[2] < 2, v.source, "images without PixelSpacing",
              "the distance of their pixels in mm", hint);
  v.warnings.emplace_back("the images give no pixel spacing: 1 mm is assumed");
}

/// Of slices that are ordered by number: what is given, else measured or assumed.
void set_step_by_number(Volume& v, const DicomSequence& s, const std::optional<Spacing>& given) {
  const DicomImage& first = s.images.front();
  const std::vector<Point> positions = world_positions(s);
  std::string from = first.thickness > 0 ? "a slice thickness" : "1 mm";
  v.spacing[2] = first.thickness > 0 ? first.thickness : 1;
  if (given) {
    v.spacing[2] = (*given)[2];
    from = short_mm((*given)[2]) + " mm (--spacing-xyz)";
  } else if (positions.size() == s.images.size() && positions.size() > 1) {
    const StepGrid grid = fit_grid(positions);
    if (grid.even && length(grid.step) > 0.01) {
      v.spacing[2] = length(grid.step);
      from = short_mm(v.spacing[2]) + " mm (their positions)";
    }
  }
  for (std::size_t a = 0; a < 3; ++a) v.affine[a][a] = v.spacing[a];
  v.warnings.emplace_back(first.orientation && first.position
                              ? "the images do not say which lies above which: left and right are "
                                "unknown"
                              : "the images give no orientation: left and right are unknown");
  if (v.dims[2] > 1) {
    v.warnings.push_back(std::string(positions.empty()
                                         ? "the images give no positions"
                                         : "their positions do not order the images") +
                         ": ordered by InstanceNumber, " + from + " apart");
  }
}

}  // namespace

void set_geometry(Volume& v, const DicomSequence& s, const std::optional<Spacing>& given) {
  const DicomImage& first = s.images.front();
  if (given) {
    check_spacing(*given);
    nn::require(!first.pixel_spacing || !s.placed, v.source,
                "--spacing-xyz for a " + v.format + " scan", "images that lack a spacing",
                "leave the option out: this scan says its spacing itself");
  }
  set_pixel_spacing(v, s, given);
  if (!s.placed) return set_step_by_number(v, s, given);

  Point origin = turned_round(*first.position);
  Point step = turned_round(normal_of(*first.orientation));
  if (v.dims[2] > 1) {
    v.positions = world_positions(s);
    const StepGrid grid = fit_grid(v.positions);
    step = grid.even ? grid.step
                     : times(1 / static_cast<double>(v.dims[2] - 1),
                             minus(v.positions.back(), v.positions.front()));
    v.spacing[2] = grid.even ? length(step) : median_step(v.positions);
    if (grid.rounded) {
      origin = grid.origin;
      v.positions.clear();
    }
    if (given) require_agreement(v, "slices", (*given)[2], v.spacing[2]);
  } else {
    v.spacing[2] = given ? (*given)[2] : first.thickness > 0 ? first.thickness : 1;
    step = times(v.spacing[2], step);
  }
  const std::array<double, 6>& o = *first.orientation;
  const Point row = turned_round({o[0], o[1], o[2]});
  const Point column = turned_round({o[3], o[4], o[5]});
  for (std::size_t r = 0; r < 3; ++r) {
    v.affine[r] = {row[r] * v.spacing[0], column[r] * v.spacing[1], step[r], origin[r]};
  }
}

bool has_holes(const DicomSequence& s) {
  const std::vector<double> usual = usual_steps(s.info.steps);
  for (std::size_t i = 0; i < usual.size(); ++i) {
    if (missing_slices(s.info.steps[i].mm, usual[i]) > 0) return true;
  }
  return false;
}

std::vector<std::string> geometry_warnings(const DicomSequence& s) {
  std::vector<std::string> all;
  const std::vector<StepRun>& runs = s.info.steps;
  const std::vector<double> usual = usual_steps(runs);
  std::optional<double> even;  // the step of all runs that hold no missing slice, if it is one
  bool uneven = false;
  for (std::size_t r = 0; r < runs.size(); ++r) {
    const index missing = missing_slices(runs[r].mm, usual[r]);
    for (index i = 0; missing > 0 && i < runs[r].count; ++i) {
      const auto k = static_cast<std::size_t>(runs[r].first + i);
      all.push_back(std::to_string(missing) + (missing == 1 ? " slice is" : " slices are") +
                    " missing between slice " + std::to_string(k) + " at " + place_of(s.images[k]) +
                    " and slice " + std::to_string(k + 1) + " at " + place_of(s.images[k + 1]));
    }
    if (missing > 0) continue;
    uneven = uneven || (even && std::fabs(runs[r].mm - *even) > allowed_off_grid(*even));
    if (!even) even = runs[r].mm;
  }
  if (uneven) {
    std::string text;
    for (const StepRun& run : runs) {
      text += (text.empty() ? "" : ", ") + std::to_string(run.count) + " of " + short_mm(run.mm) +
              " mm";
    }
    all.push_back("the steps between slices are uneven: " + text);
  }
  if (s.info.tilt > 0.5) {
    all.push_back("the slices are tilted by " + short_mm(std::round(10 * s.info.tilt) / 10) +
                  " degrees (gantry tilt): kept as they are; ct2ct reformat and mesh go by the "
                  "positions");
  }
  return all;
}

}  // namespace data
