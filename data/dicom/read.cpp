#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>
#include <memory>

#include "data/dicom/dataset.h"
#include "data/dicom/dicom.h"
#include "data/dicom/fill.h"
#include "data/dicom/image.h"
#include "data/dicom/series.h"
#include "data/files.h"
#include "data/pictures.h"
#include "nn/core/error.h"

namespace data {
namespace {

using nn::Error;
using nn::Fault;
using nn::index;

/// Headers of all images below `files`; one file is in memory at a time.
std::vector<DicomImage> read_headers(const FileList& files, std::vector<DicomSkipped>& skipped) {
  std::vector<DicomImage> images;
  for (const std::string& name : files.names) {
    const std::vector<std::byte> head = files.head(name);
    if (!looks_like_dicom(head)) {
      skipped.push_back({name, head.empty() ? "an empty file" : "no DICOM file"});
      continue;
    }
    const std::string where = files.where(name);
    const bool sure = head.size() == kDicomHeadBytes && std::memcmp(&head[128], "DICM", 4) == 0;
    try {
      const auto file = parse_dicom(files.load(name), where);
      auto found = images_of(*file, name, where);
      if (const auto* reason = std::get_if<std::string>(&found)) {
        skipped.push_back({name, *reason});
      } else {
        const auto& list = std::get<0>(found);
        images.insert(images.end(), list.begin(), list.end());
      }
    } catch (const Error& e) {
      // Without a preamble the file may be anything; but not when it is all there is.
      if (sure || files.single || e.fault() == Fault::job) throw;
      skipped.push_back({name, "no DICOM file, or a damaged one"});
    }
  }
  return images;
}

bool is_whole_number(const std::string& text) {
  return !text.empty() && text.size() < 6 &&
         text.find_first_not_of("0123456789") == std::string::npos;
}

/// Number in `all` of the series to read; unless one is named, pictures only where there is nothing
/// else.
std::size_t choose(const std::vector<DicomSequence>& all, const std::string& wanted,
                   const std::string& path) {
  if (is_whole_number(wanted)) {
    const auto n = static_cast<std::size_t>(std::stoul(wanted));
    nn::require(n >= 1 && n <= all.size(), "--series", wanted,
                "a number from 1 to " + std::to_string(all.size()), "ct2ct info lists the series");
    return n - 1;
  }
  const bool only_pictures =
      std::all_of(all.begin(), all.end(), [](const DicomSequence& s) { return s.info.pictures; });
  std::size_t best = all.size();
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (wanted.empty() && all[i].info.pictures && !only_pictures) continue;
    if (!wanted.empty() && all[i].info.series_instance_uid != wanted) continue;
    // Never a smaller one because the largest cannot be read: that would be a silent surprise.
    if (best == all.size() || all[i].info.slices > all[best].info.slices) best = i;
  }
  nn::require(best < all.size(), "--series", wanted + ", which " + path + " does not hold",
              "a SeriesInstanceUID or a number", "ct2ct info lists the series");
  return best;
}

void set_geometry(Volume& v, const DicomSequence& s) {
  const DicomImage& first = s.images.front();
  if (first.pixel_spacing) {
    v.spacing[0] = (*first.pixel_spacing)[1];  // PixelSpacing is between rows \ between columns
    v.spacing[1] = (*first.pixel_spacing)[0];
  } else {
    v.warnings.emplace_back("the images give no pixel spacing: 1 mm is assumed");
  }
  const auto world = [](std::size_t axis) { return axis < 2 ? -1.0 : 1.0; };
  const bool placed = first.position && first.orientation;
  for (const DicomImage& image : s.images) {
    if (!placed || s.images.size() == 1) break;
    const Point& p = *image.position;
    v.positions.push_back({world(0) * p[0], world(1) * p[1], world(2) * p[2]});
  }
  const double median = median_step(v.positions);
  v.spacing[2] = median > 0 ? median : first.thickness > 0 ? first.thickness : 1;
  if (!placed) {
    for (std::size_t a = 0; a < 3; ++a) v.affine[a][a] = v.spacing[a];
    v.warnings.emplace_back("the images give no orientation: left and right are unknown");
    if (v.dims[2] > 1) {
      v.warnings.push_back("the images give no positions: ordered by InstanceNumber, " +
                           std::string(first.thickness > 0 ? "a slice thickness" : "1 mm") +
                           " apart");
    }
    return;
  }
  const Point& last = *s.images.back().position;
  const Point normal = normal_of(*first.orientation);
  for (std::size_t r = 0; r < 3; ++r) {
    v.affine[r][0] = world(r) * (*first.orientation)[r] * v.spacing[0];
    v.affine[r][1] = world(r) * (*first.orientation)[3 + r] * v.spacing[1];
    v.affine[r][2] = world(r) * (v.dims[2] > 1 ? (last[r] - (*first.position)[r]) /
                                                     static_cast<double>(v.dims[2] - 1)
                                               : normal[r] * v.spacing[2]);
    v.affine[r][3] = world(r) * (*first.position)[r];
  }
}

void warn_of_left_out(Volume& v, const DicomListing& listing, const DicomGroup& chosen) {
  if (!chosen.duplicates.empty()) {
    v.warnings.push_back(std::to_string(chosen.duplicates.size()) +
                         " copies of other slices were dropped: " + shortened(chosen.duplicates));
  }
  const auto others =
      std::count_if(listing.groups.begin(), listing.groups.end(), [&](const DicomGroup& g) {
        return !g.chosen && (chosen.pictures || !g.pictures);  // else they are left out by name
      });
  if (others > 0) {
    v.warnings.push_back("one of " + std::to_string(others + 1) +
                         " series was read; ct2ct info lists them, --series chooses");
  }
  std::map<std::string, std::vector<std::string>> by_reason;
  for (const DicomSkipped& s : listing.skipped) by_reason[s.reason].push_back(s.file);
  for (const auto& [reason, names] : by_reason) {
    v.warnings.push_back("left out, " + reason + ": " + shortened(names));
  }
}

/// Takes the pictures that cannot be read out of the images.
std::vector<DicomImage> without_faults(std::vector<DicomImage>& images) {
  const auto faulty = std::stable_partition(images.begin(), images.end(),
                                            [](const DicomImage& i) { return !i.fault; });
  std::vector<DicomImage> faults(faulty, images.end());
  images.erase(faulty, images.end());
  return faults;
}

/// Pictures beside a scan are left out by name, whole or damaged.
void skip_pictures(DicomListing& out, const std::vector<DicomSequence>& all,
                   const std::vector<DicomImage>& faults) {
  std::map<std::string, std::string> reasons;  // one a file, whatever its frames
  for (std::size_t n = 0; n < all.size(); ++n) {
    if (!all[n].info.pictures) continue;
    for (const DicomImage& image : all[n].images) {
      const bool grey = image.photometric.starts_with("MONOCHROME");
      reasons[image.file] = std::string(grey ? "a picture of 8 bits" : "a colour picture") +
                            ", which holds no HU; --series " + std::to_string(n + 1) +
                            " reads its series";
    }
  }
  for (const auto& [file, reason] : reasons) out.skipped.push_back({file, reason});
  for (const DicomImage& image : faults) {
    out.skipped.push_back({image.file, "a picture, which holds no HU, and damaged"});
  }
}

/// PS3.3, C.11.2.1.2: of several windows the first, which is the one for showing by default. None
/// where there is none, or one too narrow to show more than two greys.
std::optional<CentreWidth> own_window(DcmDataset& header) {
  const auto centre = number_of(header, DCM_WindowCenter);
  const auto width = number_of(header, DCM_WindowWidth);
  if (!centre || !width || !(*width > 1)) return std::nullopt;
  const std::string function = text_of(header, DCM_VOILUTFunction);
  return CentreWidth{*centre, *width, function == "LINEAR_EXACT" || function == "SIGMOID"};
}

}  // namespace

Volume read_dicom(const std::string& path, const DicomOptions& options, DicomListing* listing) {
  prepare_dcmtk();
  DicomListing found;
  DicomListing& out = listing != nullptr ? *listing : found;
  out = {};
  const FileList files = list_files(path);
  out.skipped = files.left_out;
  std::vector<DicomImage> images = read_headers(files, out.skipped);
  const std::vector<DicomImage> faults = without_faults(images);
  // Scans first, so that pictures beside them do not change their numbers.
  std::stable_partition(images.begin(), images.end(),
                        [](const DicomImage& i) { return !i.picture; });
  std::vector<DicomSequence> all;
  for (DicomSequence& group : group_images(images)) {
    for (DicomSequence& part : arrange(std::move(group), options.by_instance_number,
                                       [&](const DicomImage& i) { return hash_of(files, i); })) {
      out.groups.push_back(part.info);
      all.push_back(std::move(part));
    }
  }
  if (all.empty() && !faults.empty()) std::rethrow_exception(faults.front().fault);
  const std::string nothing = out.skipped.empty() ? "no files"
                                                  : "no CT image (" + out.skipped.front().file +
                                                        ": " + out.skipped.front().reason + ")";
  nn::require(!all.empty(), path, nothing, "a series of CT images",
              files.single             ? "name the folder of the scan"
              : out.skipped.size() > 1 ? "ct2ct info lists what was found"
                                       : "");

  const std::size_t chosen = choose(all, options.series, path);
  out.groups[chosen].chosen = true;
  const DicomSequence& s = all[chosen];
  for (const DicomImage& image : faults) {
    const bool missed = image.series_instance_uid == s.info.series_instance_uid;
    if (s.info.pictures && missed) std::rethrow_exception(image.fault);
  }
  if (!s.info.pictures) skip_pictures(out, all, faults);
  nn::require(s.info.problem.empty(), path + " series " + std::to_string(chosen + 1),
              s.info.problem, "one image at each position",
              "choose another with --series; ct2ct info lists them");
  nn::require(!options.by_instance_number || !s.images.front().position, "--by-instance-number",
              "images that have positions", "images without", "leave the flag out");

  Volume v;
  v.source = path;
  v.format = "DICOM series";
  v.slice_axis = 2;
  v.dims = {s.info.columns, s.info.rows, static_cast<index>(s.images.size())};
  set_geometry(v, s);
  auto series = std::make_shared<DicomSeries>();
  series->series_instance_uid = s.info.series_instance_uid;
  series->placed = s.images.front().position && s.images.front().orientation;
  (s.info.pictures ? read_pictures : read_values)(v, *series, files, s.images);
  const std::vector<std::string> geometry = geometry_warnings(s, median_gap(v));
  v.warnings.insert(v.warnings.end(), geometry.begin(), geometry.end());
  warn_of_left_out(v, out, s.info);
  series->window = own_window(*series->slices.front().header);
  v.dicom = std::move(series);
  return v;
}

}  // namespace data
