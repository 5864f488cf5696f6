#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>
#include <memory>

#include "data/dicom/dicom.h"
#include "data/dicom/files.h"
#include "data/dicom/image.h"
#include "data/dicom/pixels.h"
#include "data/dicom/series.h"
#include "data/normalise.h"
#include "data/pictures.h"
#include "data/sha256.h"
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

std::string hash_of(const FileList& files, const DicomImage& image) {
  const std::string where = files.where(image.file);
  const auto file = parse_dicom(files.load(image.file), where);
  const std::vector<std::int32_t> values = stored_values(*file, image, where);
  Sha256 hash;
  hash.update(values.data(), values.size() * sizeof(values[0]));
  hash.update(&image.slope, sizeof(image.slope));
  hash.update(&image.intercept, sizeof(image.intercept));
  return hash.hex();
}

bool is_whole_number(const std::string& text) {
  return !text.empty() && text.size() < 6 &&
         text.find_first_not_of("0123456789") == std::string::npos;
}

/// Number in `all` of the series to read.
std::size_t choose(const std::vector<DicomSequence>& all, const std::string& wanted,
                   const std::string& path) {
  if (is_whole_number(wanted)) {
    const auto n = static_cast<std::size_t>(std::stoul(wanted));
    nn::require(n >= 1 && n <= all.size(), "--series", wanted,
                "a number from 1 to " + std::to_string(all.size()), "ct2ct info lists the series");
    return n - 1;
  }
  std::size_t best = all.size();
  for (std::size_t i = 0; i < all.size(); ++i) {
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

/// Whether all images share rescale and sign, so that stored values can stay as they are.
bool common_values(const std::vector<DicomImage>& images) {
  const DicomImage& a = images.front();
  return std::all_of(images.begin(), images.end(), [&](const DicomImage& b) {
    return a.slope == b.slope && a.intercept == b.intercept && a.is_signed == b.is_signed;
  });
}

/// HU that padding stands for, if all images have the same.
std::optional<double> padding_of(const std::vector<DicomImage>& images) {
  std::optional<double> common;
  for (const DicomImage& image : images) {
    if (!image.padding || image.inverted) return std::nullopt;
    const double hu = image.slope * *image.padding + image.intercept;
    if (common && *common != hu) return std::nullopt;
    common = hu;
  }
  if (common && *common < kLowestHu) return std::nullopt;
  return common;
}

template <class T>
void put(std::vector<std::byte>& to, std::size_t first, std::span<const std::int32_t> values) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto value = static_cast<T>(values[i]);
    std::memcpy(to.data() + (first + i) * sizeof(T), &value, sizeof(T));
  }
}

void resize(std::vector<std::byte>& bytes, std::size_t count, const std::string& where) {
  try {
    bytes.resize(count);
  } catch (const std::exception&) {
    throw Error(Fault::job, where, "no memory for " + std::to_string(count >> 20) + " MiB", "");
  }
}

/// float32 HU to int16 in place, if all are whole and fit.
void narrow(Volume& v) {
  const auto count = static_cast<std::size_t>(v.voxels());
  for (std::size_t i = 0; i < count; ++i) {
    float hu = 0;
    std::memcpy(&hu, v.stored.data() + i * sizeof(float), sizeof(float));
    if (hu != std::floor(hu) || hu < -32768 || hu > 32767) return;
  }
  for (std::size_t i = 0; i < count; ++i) {
    float hu = 0;
    std::memcpy(&hu, v.stored.data() + i * sizeof(float), sizeof(float));
    const auto whole = static_cast<std::int16_t>(hu);
    std::memcpy(v.stored.data() + i * sizeof(whole), &whole, sizeof(whole));
  }
  v.stored.resize(count * sizeof(std::int16_t));
  v.stored.shrink_to_fit();
  v.type = StoredType::int16;
}

/// Decodes the images one after another into the volume.
void read_pixels(Volume& v, DicomSeries& series, const FileList& files,
                 const std::vector<DicomImage>& images) {
  const bool common = common_values(images);
  v.type = !common                    ? StoredType::float32
           : images.front().is_signed ? StoredType::int16
                                      : StoredType::uint16;
  const std::size_t bytes = checked_bytes(v.dims, v.type, v.source);
  const auto count = static_cast<std::size_t>(v.dims[0] * v.dims[1]);
  // A header can claim any size: the first image must have it before memory is asked for.
  std::string open = images.front().file;
  std::unique_ptr<DcmFileFormat> file = parse_dicom(files.load(open), files.where(open));
  stored_values(*file, images.front(), files.where(open));
  resize(v.stored, bytes, v.source);
  for (std::size_t k = 0; k < images.size(); ++k) {
    const DicomImage& image = images[k];
    const std::string where = files.where(image.file);
    if (open != image.file) {
      file = parse_dicom(files.load(image.file), where);
      open = image.file;
    }
    const std::vector<std::int32_t> values = stored_values(*file, image, where);
    if (!common) {
      for (std::size_t i = 0; i < count; ++i) {
        const auto hu = static_cast<float>(image.slope * values[i] + image.intercept);
        std::memcpy(v.stored.data() + (k * count + i) * sizeof(float), &hu, sizeof(float));
      }
    } else if (image.is_signed) {
      put<std::int16_t>(v.stored, k * count, values);
    } else {
      put<std::uint16_t>(v.stored, k * count, values);
    }
    series.slices.push_back({image.file, image.sop_instance_uid, image.slope, image.intercept,
                             header_of(*file, image.frame)});
  }
  if (common) {
    v.slope = images.front().slope;
    v.intercept = images.front().intercept;
  } else {
    narrow(v);
    v.warnings.emplace_back("the slices differ in rescale slope or intercept: HU are stored");
  }
}

void warn_of_values(Volume& v, const std::vector<DicomImage>& images) {
  const auto any = [&](auto what) { return std::any_of(images.begin(), images.end(), what); };
  if (any([](const DicomImage& i) { return !i.hu; })) {
    v.unit = Unit::unknown;
    v.warnings.emplace_back(
        "not in HU: the images give no rescale to HU, so HU windows and limits do not apply");
  }
  if (any([](const DicomImage& i) { return i.inverted; })) {
    v.warnings.emplace_back("MONOCHROME1, where high values are dark: the values are inverted");
  }
  if (any([](const DicomImage& i) { return i.interpolated; })) {
    v.warnings.emplace_back("this scan holds interpolated slices already");
  }
}

void warn_of_left_out(Volume& v, const DicomListing& listing, const DicomGroup& chosen) {
  if (!chosen.duplicates.empty()) {
    v.warnings.push_back(std::to_string(chosen.duplicates.size()) +
                         " copies of other slices were dropped: " + shortened(chosen.duplicates));
  }
  if (listing.groups.size() > 1) {
    v.warnings.push_back("one of " + std::to_string(listing.groups.size()) +
                         " series was read; ct2ct info lists them, --series chooses");
  }
  std::map<std::string, std::vector<std::string>> by_reason;
  for (const DicomSkipped& s : listing.skipped) by_reason[s.reason].push_back(s.file);
  for (const auto& [reason, names] : by_reason) {
    v.warnings.push_back("left out, " + reason + ": " + shortened(names));
  }
}

}  // namespace

Volume read_dicom(const std::string& path, const DicomOptions& options, DicomListing* listing) {
  prepare_dcmtk();
  DicomListing found;
  DicomListing& out = listing != nullptr ? *listing : found;
  out = {};
  const FileList files = list_files(path);
  const std::vector<DicomImage> images = read_headers(files, out.skipped);
  std::vector<DicomSequence> all;
  for (DicomSequence& group : group_images(images)) {
    for (DicomSequence& part : arrange(std::move(group), options.by_instance_number,
                                       [&](const DicomImage& i) { return hash_of(files, i); })) {
      out.groups.push_back(part.info);
      all.push_back(std::move(part));
    }
  }
  const std::string nothing = out.skipped.empty() ? "no files"
                                                  : "no CT image (" + out.skipped.front().file +
                                                        ": " + out.skipped.front().reason + ")";
  nn::require(!all.empty(), path, nothing, "a series of CT images",
              out.skipped.size() > 1 ? "ct2ct info lists what was found" : "");

  const std::size_t chosen = choose(all, options.series, path);
  out.groups[chosen].chosen = true;
  const DicomSequence& s = all[chosen];
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
  read_pixels(v, *series, files, s.images);
  warn_of_values(v, s.images);
  if (v.unit == Unit::hu) v.padding = padding_of(s.images);
  const std::vector<std::string> geometry = geometry_warnings(s, median_gap(v));
  v.warnings.insert(v.warnings.end(), geometry.begin(), geometry.end());
  warn_of_left_out(v, out, s.info);
  v.dicom = std::move(series);
  return v;
}

}  // namespace data
