#include "data/dicom/series.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <numeric>

namespace data {
namespace {

using nn::index;

/// Positions closer than this along the normal, in mm, are one place.
constexpr double kSamePlace = 0.01;
constexpr double kSameDirection = 1e-3;

template <std::size_t N>
bool equal(const std::optional<std::array<double, N>>& a,
           const std::optional<std::array<double, N>>& b, double tolerance) {
  if (!a || !b) return !a && !b;
  for (std::size_t i = 0; i < N; ++i) {
    if (std::fabs((*a)[i] - (*b)[i]) > tolerance) return false;
  }
  return true;
}

bool belong_together(const DicomImage& a, const DicomImage& b) {
  const auto third = [](const std::string& type) { return type.substr(type.rfind('\\') + 1); };
  const bool same_type = a.interpolated != b.interpolated || a.image_type == b.image_type
                             ? third(a.image_type) == third(b.image_type)
                             : false;
  return same_type && a.picture == b.picture && a.series_instance_uid == b.series_instance_uid &&
         a.frame_of_reference == b.frame_of_reference && a.rows == b.rows &&
         a.columns == b.columns && a.kernel == b.kernel &&
         equal(a.orientation, b.orientation, kSameDirection) &&
         equal(a.pixel_spacing, b.pixel_spacing, 1e-4);
}

DicomGroup described(const DicomImage& first) {
  DicomGroup g;
  g.series_instance_uid = first.series_instance_uid;
  g.series_number = first.series_number;
  g.description = first.description;
  g.image_type = first.image_type;
  g.kernel = first.kernel;
  g.pictures = first.picture;
  g.transfer_syntax = first.transfer_syntax;
  g.first_file = first.file;
  g.rows = first.rows;
  g.columns = first.columns;
  if (first.pixel_spacing) g.pixel_spacing = *first.pixel_spacing;
  g.thickness = first.thickness;
  g.window = first.window;
  g.tilt_tag = first.tilt_tag;
  return g;
}

double along(const DicomImage& image, const Point& normal) { return dot(*image.position, normal); }

std::string number(double v) {
  char text[32];
  std::snprintf(text, sizeof(text), "%.5g", v);
  return text;
}

std::string place(const DicomImage& image) {
  const Point& p = *image.position;
  return "(" + number(p[0]) + ", " + number(p[1]) + ", " + number(p[2]) + ") mm";
}

/// First and one past the last image of each place; images are ordered along the normal.
std::vector<std::array<std::size_t, 2>> places(const std::vector<DicomImage>& images,
                                               const Point& normal) {
  std::vector<std::array<std::size_t, 2>> all;
  for (std::size_t i = 0; i < images.size(); ++i) {
    if (i > 0 && along(images[i], normal) - along(images[i - 1], normal) < kSamePlace) {
      all.back()[1] = i + 1;
    } else {
      all.push_back({i, i + 1});
    }
  }
  return all;
}

/// Drops copies; returns the first place at which different images remain, or nothing.
std::optional<DicomImage> drop_copies(DicomSequence& s, const Point& normal,
                                      const PixelHash& hash) {
  std::optional<DicomImage> conflict;
  std::vector<DicomImage> kept;
  for (const auto& [first, last] : places(s.images, normal)) {
    std::vector<std::string> uids;
    std::vector<std::string> hashes;
    for (std::size_t i = first; i < last; ++i) {
      const DicomImage& image = s.images[i];
      const auto seen = [](const std::vector<std::string>& list, const std::string& text) {
        return std::find(list.begin(), list.end(), text) != list.end();
      };
      bool copy = false;
      if (last - first > 1) {
        const bool same_uid = image.frame == 0 && !image.sop_instance_uid.empty() &&
                              seen(uids, image.sop_instance_uid);
        const std::string h = same_uid ? "" : hash(image);
        copy = same_uid || seen(hashes, h);
        if (!copy) {
          uids.push_back(image.sop_instance_uid);
          hashes.push_back(h);
        }
      }
      if (copy) {
        s.info.duplicates.push_back(image.file);
      } else {
        kept.push_back(image);
      }
    }
    if (hashes.size() > 1 && !conflict) conflict = s.images[first];
  }
  s.images = std::move(kept);
  return conflict;
}

bool has_conflict(const DicomSequence& s, const Point& normal) {
  const auto all = places(s.images, normal);
  return std::any_of(all.begin(), all.end(), [](const auto& p) { return p[1] - p[0] > 1; });
}

/// Parts of equal acquisition number; empty when that does not tell the images apart.
std::vector<DicomSequence> split_by_acquisition(const DicomSequence& s, const Point& normal) {
  std::map<std::string, DicomSequence> parts;
  for (const DicomImage& image : s.images) {
    DicomSequence& part = parts[image.acquisition];
    if (part.images.empty()) {
      part.info = described(image);
      part.info.acquisition = "acquisition " + image.acquisition;
    }
    part.images.push_back(image);
  }
  std::vector<DicomSequence> list;
  for (auto& [name, part] : parts) {
    if (has_conflict(part, normal)) return {};
    list.push_back(std::move(part));
  }
  return list.size() > 1 ? list : std::vector<DicomSequence>{};
}

/// Part j holds the j-th image in time of every place; empty unless every place has as many images
/// and each part ends before the next begins.
std::vector<DicomSequence> split_by_time(const DicomSequence& s, const Point& normal) {
  const auto all = places(s.images, normal);
  const std::size_t count = all.front()[1] - all.front()[0];
  std::vector<DicomSequence> parts(count);
  for (const auto& [first, last] : all) {
    if (last - first != count) return {};
    std::vector<DicomImage> here(s.images.begin() + static_cast<std::ptrdiff_t>(first),
                                 s.images.begin() + static_cast<std::ptrdiff_t>(last));
    std::stable_sort(here.begin(), here.end(),
                     [](const DicomImage& a, const DicomImage& b) { return a.time < b.time; });
    for (std::size_t j = 0; j < count; ++j) parts[j].images.push_back(here[j]);
  }
  std::string end;
  for (DicomSequence& part : parts) {
    const auto [low, high] =
        std::minmax_element(part.images.begin(), part.images.end(),
                            [](const auto& a, const auto& b) { return a.time < b.time; });
    if (low->time <= end) return {};
    end = high->time;
    part.info = described(part.images.front());
    part.info.acquisition = "time " + low->time;
  }
  return parts;
}

void measure_steps(DicomSequence& s) {
  s.info.steps.clear();
  s.info.slices = static_cast<index>(s.images.size());
  if (s.images.size() < 2 || !s.info.problem.empty()) return;
  for (std::size_t i = 1; i < s.images.size(); ++i) {
    const double mm = distance(*s.images[i - 1].position, *s.images[i].position);
    auto& steps = s.info.steps;
    if (!steps.empty() && same_step(steps.back().mm, mm)) {
      ++steps.back().count;
    } else {
      steps.push_back({1, mm});
    }
  }
  const Point normal = normal_of(*s.images.front().orientation);
  const Point all = minus(*s.images.back().position, *s.images.front().position);
  const double cosine = std::fabs(dot(all, normal)) / length(all);
  s.info.tilt = std::acos(std::min(1.0, cosine)) * (180 / 3.14159265358979323846);
}

void order_by_number(DicomSequence& s) {
  for (const DicomImage& image : s.images) {
    if (!image.instance_number) {
      s.info.problem = image.file + " has no InstanceNumber";
      return;
    }
  }
  std::stable_sort(s.images.begin(), s.images.end(), [](const auto& a, const auto& b) {
    return *a.instance_number < *b.instance_number;
  });
  for (std::size_t i = 1; i < s.images.size(); ++i) {
    if (*s.images[i].instance_number == *s.images[i - 1].instance_number) {
      s.info.problem = "InstanceNumber " + number(*s.images[i].instance_number) + " occurs twice";
      return;
    }
  }
}

}  // namespace

Point normal_of(const std::array<double, 6>& o) {
  const Point n = cross({o[0], o[1], o[2]}, {o[3], o[4], o[5]});
  return times(1 / length(n), n);
}

std::vector<DicomSequence> group_images(const std::vector<DicomImage>& images) {
  std::vector<DicomSequence> groups;
  for (const DicomImage& image : images) {
    auto group = std::find_if(groups.begin(), groups.end(), [&](const DicomSequence& g) {
      return belong_together(g.images.front(), image);
    });
    if (group == groups.end()) {
      groups.push_back({described(image), {}});
      group = groups.end() - 1;
    }
    group->images.push_back(image);
    ++group->info.files;
    group->info.slices = group->info.files;
  }
  return groups;
}

std::vector<DicomSequence> arrange(DicomSequence s, bool by_instance_number,
                                   const PixelHash& hash) {
  const auto placed = std::count_if(s.images.begin(), s.images.end(), [](const DicomImage& i) {
    return i.position && i.orientation && i.pixel_spacing;
  });
  if (placed == 0 && s.images.size() > 1) {
    if (by_instance_number) {
      order_by_number(s);
    } else {
      s.info.problem = "the images have no position; --by-instance-number orders them by number";
    }
    return {s};
  }
  if (placed < static_cast<std::ptrdiff_t>(s.images.size()) && s.images.size() > 1) {
    s.info.problem = std::to_string(s.images.size() - static_cast<std::size_t>(placed)) + " of " +
                     std::to_string(s.images.size()) + " images have no position";
    return {s};
  }
  if (placed == 0) return {s};

  const Point normal = normal_of(*s.images.front().orientation);
  std::stable_sort(s.images.begin(), s.images.end(), [&](const auto& a, const auto& b) {
    return along(a, normal) < along(b, normal);
  });
  const std::optional<DicomImage> conflict = drop_copies(s, normal, hash);
  std::vector<DicomSequence> parts;
  if (conflict) {
    parts = split_by_acquisition(s, normal);
    if (parts.empty()) parts = split_by_time(s, normal);
    for (DicomSequence& part : parts) part.info.files = static_cast<index>(part.images.size());
  }
  if (parts.empty()) {
    if (conflict) {
      s.info.problem = "different images at one place, " + place(*conflict) +
                       ", and neither acquisition number nor time tells them apart";
    }
    parts.push_back(std::move(s));
  }
  for (DicomSequence& part : parts) measure_steps(part);
  return parts;
}

std::vector<std::string> geometry_warnings(const DicomSequence& s, double median) {
  std::vector<std::string> all;
  if (median == 0) return all;
  bool uneven = false;
  std::size_t slice = 0;
  for (const DicomSteps& run : s.info.steps) {
    const double multiple = std::round(run.mm / median);
    const bool even = same_step(median, run.mm);
    const bool gap = multiple >= 2 && same_step(run.mm, multiple * median);
    for (index i = 0; gap && i < run.count; ++i) {
      const std::size_t k = slice + static_cast<std::size_t>(i);
      const auto missing = static_cast<index>(multiple) - 1;
      all.push_back(std::to_string(missing) + (missing == 1 ? " slice is" : " slices are") +
                    " missing between slice " + std::to_string(k) + " at " + place(s.images[k]) +
                    " and slice " + std::to_string(k + 1) + " at " + place(s.images[k + 1]));
    }
    uneven = uneven || (!even && !gap);
    slice += static_cast<std::size_t>(run.count);
  }
  if (uneven) {
    std::string text;
    for (const DicomSteps& run : s.info.steps) {
      text +=
          (text.empty() ? "" : ", ") + std::to_string(run.count) + " of " + number(run.mm) + " mm";
    }
    all.push_back("the steps between slices are uneven: " + text);
  }
  if (s.info.tilt > 0.5) {
    all.push_back("the slices are tilted by " + number(std::round(10 * s.info.tilt) / 10) +
                  " degrees (gantry tilt): kept as they are; ct2ct reformat and mesh go by the "
                  "positions");
  }
  return all;
}

}  // namespace data
