#include <algorithm>
#include <map>
#include <memory>
#include <utility>

#include "data/dicom/dataset.h"
#include "data/dicom/dicom.h"
#include "data/dicom/fill.h"
#include "data/dicom/headers.h"
#include "data/dicom/image.h"
#include "data/dicom/series.h"
#include "data/files/files.h"
#include "data/pictures/pictures.h"
#include "nn/core/error.h"

namespace data {
namespace {

using nn::Error;
using nn::Fault;
using nn::index;

bool is_whole_number(const std::string& text) {
  return !text.empty() && text.size() < 6 &&
         text.find_first_not_of("0123456789") == std::string::npos;
}

/// Number in `all` of the series to read. Unless one is named: pictures only where there is nothing
/// else, and what holds interpolated slices only where there is nothing that was measured.
std::size_t choose(const std::vector<DicomSequence>& all, const std::string& wanted,
                   const std::string& path) {
  if (is_whole_number(wanted)) {
    const auto n = static_cast<std::size_t>(std::stoul(wanted));
    nn::require(n >= 1 && n <= all.size(), "--series", wanted,
                "a number from 1 to " + std::to_string(all.size()), "ct2ct info lists the series");
    return n - 1;
  }
  const auto rank = [&](const DicomSequence& s) {
    const bool measured = s.info.interpolated == 0;
    return std::array<index, 3>{s.info.pictures && wanted.empty() ? 0 : 1, measured ? 1 : 0,
                                // Never a smaller one because the largest cannot be read: that
                                // would be a silent surprise.
                                s.info.slices};
  };
  std::size_t best = all.size();
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (!wanted.empty() && all[i].info.series_instance_uid != wanted) continue;
    if (best == all.size() || rank(all[i]) > rank(all[best])) best = i;
  }
  nn::require(best < all.size(), "--series", wanted + ", which " + path + " does not hold",
              "a SeriesInstanceUID or a number", "ct2ct info lists the series");
  return best;
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
    const std::string which = chosen.acquisition.empty() ? "" : " (" + chosen.acquisition + ")";
    v.warnings.push_back("one of " + std::to_string(others + 1) + " series was read" + which +
                         "; ct2ct info lists them, --series chooses");
  }
  if (chosen.joined_series > 1) {
    v.warnings.push_back(std::to_string(chosen.joined_series) +
                         " series of one study were joined (--merge-series)");
  }
  if (chosen.frames_of_reference > 1) {
    v.warnings.push_back("the images name " + std::to_string(chosen.frames_of_reference) +
                         " frames of reference: taken for one, since they make one stack");
  }
  std::map<std::string, std::vector<std::string>> by_reason;
  for (const DicomSkipped& s : listing.skipped) by_reason[s.reason].push_back(s.file);
  for (const auto& [reason, names] : by_reason) {
    v.warnings.push_back("left out, " + reason + ": " + shortened(names));
  }
}

/// Pictures beside a scan are left out by name.
void skip_pictures(DicomListing& out, const std::vector<DicomSequence>& all) {
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
}

/// Whether a slice of `s` may be missing because a file cannot be read.
bool is_missed(const UnreadFile& unread, const DicomSequence& s) {
  if (unread.picture) {
    return s.info.pictures && unread.series_instance_uid == s.info.series_instance_uid;
  }
  const auto has = [&](const DicomImage& image) {
    return image.series_instance_uid == unread.series_instance_uid;
  };
  if (unread.series_instance_uid) return std::any_of(s.images.begin(), s.images.end(), has);
  return has_holes(s);
}

/// Values of images that share a place. What cannot be decoded is like no other; its fault is kept
/// for the case that it is wanted.
class Hashes {
 public:
  explicit Hashes(const FileList& files) : files_(files) {}

  std::string operator()(const DicomImage& image) {
    try {
      return hash_of(files_, image);
    } catch (const Error& e) {
      if (e.fault() == Fault::job) throw;
      faults_[image.file] = std::current_exception();
      return image.file + " frame " + std::to_string(image.frame);
    }
  }

  void rethrow_of(const DicomSequence& s) const {
    for (const DicomImage& image : s.images) {
      const auto fault = faults_.find(image.file);
      if (fault != faults_.end()) std::rethrow_exception(fault->second);
    }
  }

 private:
  const FileList& files_;
  std::map<std::string, std::exception_ptr> faults_;
};

std::vector<DicomSequence> series_in(std::vector<DicomImage> images, const DicomOptions& options,
                                     Hashes& hashes) {
  // Scans first, so that pictures beside them do not change their numbers.
  std::stable_partition(images.begin(), images.end(),
                        [](const DicomImage& i) { return !i.picture; });
  std::vector<DicomSequence> all;
  for (DicomSequence& group : group_images(images, options.merge_series)) {
    for (DicomSequence& part : arrange(std::move(group), options.by_instance_number,
                                       [&](const DicomImage& i) { return hashes(i); })) {
      all.push_back(std::move(part));
    }
  }
  const bool merged = std::any_of(all.begin(), all.end(),
                                  [](const DicomSequence& s) { return s.info.joined_series > 1; });
  nn::require(merged || !options.merge_series || all.empty(), "--merge-series",
              "no series of one study that make one stack together", "at least two",
              "leave the flag out; ct2ct info lists the series");
  return all;
}

/// Where more slices than a series has may be found.
std::string where_more(const std::vector<DicomSequence>& all, const DicomSequence& s,
                       const FileList& files) {
  if (files.single) return "name the folder that holds the other slices";
  const auto alone = std::count_if(all.begin(), all.end(), [&](const DicomSequence& other) {
    return other.images.size() == 1 &&
           other.images.front().study_instance_uid == s.images.front().study_instance_uid;
  });
  if (s.images.size() == 1 && alone > 1) {
    return "--merge-series joins the " + std::to_string(alone) +
           " series of one slice, if an anonymiser parted them";
  }
  return all.size() > 1 ? "choose another series with --series; ct2ct info lists them"
                        : "name a folder with more slices of the series";
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

/// The folder part of a name, without the slash at its end.
std::string folder_of(const std::string& name) {
  const std::size_t slash = name.rfind('/');
  return slash == std::string::npos ? "" : name.substr(0, slash);
}

/// DicomGroup::folder.
std::string common_folder(const std::vector<DicomImage>& images) {
  std::string common = folder_of(images.front().file);
  for (const DicomImage& image : images) {
    while (!common.empty() && !image.file.starts_with(common + "/")) common = folder_of(common);
  }
  return common;
}

/// All series below a folder, by their headers.
struct Found {
  explicit Found(const std::string& path) : files(list_files(path)), hashes(files) {}
  Found(const Found&) = delete;
  Found& operator=(const Found&) = delete;

  /// Also into `listing`.
  void look(const DicomOptions& options, DicomListing& listing) {
    listing = {};
    listing.skipped = files.left_out;
    DicomHeaders headers = read_headers(files, listing.skipped);
    unread = std::move(headers.unread);
    for (const UnreadFile& u : unread) listing.skipped.push_back({u.file, u.reason});
    all = series_in(std::move(headers.images), options, hashes);
    for (DicomSequence& s : all) {
      s.info.folder = common_folder(s.images);
      listing.groups.push_back(s.info);
    }
  }

  const FileList files;
  Hashes hashes;
  std::vector<UnreadFile> unread;
  std::vector<DicomSequence> all;
};

}  // namespace

DicomListing list_dicom(const std::string& path, const DicomOptions& options) {
  prepare_dcmtk();
  DicomListing listing;
  Found(path).look(options, listing);
  return listing;
}

Volume read_dicom(const std::string& path, const DicomOptions& options, DicomListing* listing) {
  prepare_dcmtk();
  DicomListing unseen;
  DicomListing& out = listing != nullptr ? *listing : unseen;
  Found found(path);
  found.look(options, out);
  const FileList& files = found.files;
  const std::vector<DicomSequence>& all = found.all;
  if (all.empty() && !found.unread.empty()) std::rethrow_exception(found.unread.front().fault);
  const std::string nothing = out.skipped.empty() ? "no files"
                                                  : "no CT image (" + out.skipped.front().file +
                                                        ": " + out.skipped.front().reason + ")";
  nn::require(!all.empty(), path, nothing, "a series of CT images",
              files.single             ? "name the folder of the scan"
              : out.skipped.size() > 1 ? "ct2ct info lists what was found"
                                       : "");

  for (const UnreadFile& unread : found.unread) {
    const bool wanted = !options.series.empty() && unread.series_instance_uid == options.series;
    const bool held = std::any_of(out.groups.begin(), out.groups.end(), [&](const DicomGroup& g) {
      return g.series_instance_uid == options.series;
    });
    if (wanted && !held) std::rethrow_exception(unread.fault);
  }
  const std::size_t chosen = choose(all, options.series, path);
  out.groups[chosen].chosen = true;
  const DicomSequence& s = all[chosen];
  for (const UnreadFile& unread : found.unread) {
    if (is_missed(unread, s)) std::rethrow_exception(unread.fault);
  }
  found.hashes.rethrow_of(s);
  if (!s.info.pictures) skip_pictures(out, all);
  const std::string others =
      all.size() > 1 ? "choose another with --series; ct2ct info lists them" : "";
  nn::require(s.info.problem.empty(), path + " series " + std::to_string(chosen + 1),
              s.info.problem, "positions that tell the order, one image at each",
              !s.info.remedy.empty() ? s.info.remedy + (others.empty() ? "" : "; or " + others)
              : !others.empty()      ? others
                                     : "export the series again, each stack as one of its own");
  nn::require(!options.by_instance_number || !s.placed, "--by-instance-number",
              "images that have positions", "images without", "leave the flag out");

  Volume v;
  v.source = path;
  v.format = "DICOM series";
  v.slice_axis = 2;
  v.dims = {s.info.columns, s.info.rows, static_cast<index>(s.images.size())};
  set_geometry(v, s, options.spacing);
  auto series = std::make_shared<DicomSeries>();
  series->series_instance_uid = s.info.series_instance_uid;
  v.oriented = s.placed;
  series->interpolated = s.info.interpolated;
  series->more = where_more(all, s, files);
  (s.info.pictures ? read_pictures : read_values)(v, *series, files, s.images);
  const std::vector<std::string> geometry = geometry_warnings(s);
  v.warnings.insert(v.warnings.end(), geometry.begin(), geometry.end());
  warn_of_left_out(v, out, s.info);
  series->window = own_window(*series->slices.front().header);
  v.dicom = std::move(series);
  return v;
}

}  // namespace data
