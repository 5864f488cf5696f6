#include "data/dicom/series.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <utility>

namespace data {
namespace {

using nn::index;

/// Positions closer than this along the normal, in mm, are one place.
constexpr double kSamePlace = 0.01;
constexpr double kSameDirection = 1e-3;
constexpr double kSamePixels = 1e-3;  // of a pixel spacing

using Text = std::function<std::string(const DicomImage&)>;

/// `allowed` says how far values may be from each other, given the first one.
template <std::size_t N, class F>
bool equal(const std::optional<std::array<double, N>>& a,
           const std::optional<std::array<double, N>>& b, const F& allowed) {
  if (!a || !b) return !a && !b;
  for (std::size_t i = 0; i < N; ++i) {
    if (std::fabs((*a)[i] - (*b)[i]) > allowed((*a)[i])) return false;
  }
  return true;
}

/// In all but the kernel, which some images of a series may not name.
bool fits(const DicomImage& a, const DicomImage& b, bool merge_series) {
  const auto third = [](const std::string& type) { return type.substr(type.rfind('\\') + 1); };
  const bool same_series = merge_series ? a.study_instance_uid == b.study_instance_uid &&
                                              a.interpolated == b.interpolated
                                        : a.series_instance_uid == b.series_instance_uid;
  return same_series && third(a.image_type) == third(b.image_type) && a.picture == b.picture &&
         a.rows == b.rows && a.columns == b.columns &&
         equal(a.orientation, b.orientation, [](double) { return kSameDirection; }) &&
         equal(a.pixel_spacing, b.pixel_spacing, [](double mm) { return kSamePixels * mm; });
}

double along(const DicomImage& image, const Point& normal) { return dot(*image.position, normal); }

std::string number(double v) {
  char text[32];
  std::snprintf(text, sizeof(text), "%.5g", v);
  return text;
}

void drop_copies(DicomSequence& s, const PixelHash& hash) {
  std::vector<DicomImage> kept;
  for (const auto& [first, last] : places_of(s.images)) {
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
  }
  s.images = std::move(kept);
}

std::vector<Point> positions_of(const DicomSequence& s) {
  std::vector<Point> positions;
  for (const DicomImage& image : s.images) positions.push_back(*image.position);
  return positions;
}

void measure(DicomSequence& s) {
  const auto count = [&](auto what) {
    return static_cast<index>(std::count_if(s.images.begin(), s.images.end(), what));
  };
  s.info.slices = static_cast<index>(s.images.size());
  s.info.files = s.info.slices + static_cast<index>(s.info.duplicates.size());
  s.info.interpolated = count([](const DicomImage& i) { return i.interpolated; });
  s.info.steps.clear();
  if (s.images.size() < 2 || !s.placed || !s.info.problem.empty()) return;
  const std::vector<Point> positions = positions_of(s);
  s.info.steps = step_runs(positions);
  const Point normal = normal_of(*s.images.front().orientation);
  const Point all = minus(positions.back(), positions.front());
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

/// All of `s` as one sequence where its images, which differ in `text`, lie on one even grid, or
/// where no two of them agree in it; else its parts. `joined` is the number of values in the
/// former.
std::vector<DicomSequence> joined_or_split(DicomSequence s, const Text& text,
                                           index DicomGroup::*joined) {
  std::vector<DicomSequence> parts = split_by(s, text);
  if (parts.size() < 2) return {std::move(s)};
  const bool all_differ = parts.size() == s.images.size();
  if (most_at_one_place(s.images) == 1 && (all_differ || fit_grid(positions_of(s)).even)) {
    s.info.*joined = static_cast<index>(parts.size());
    return {std::move(s)};
  }
  // What was given a value for each image, beside whole stacks.
  const auto whole = std::stable_partition(
      parts.begin(), parts.end(), [](const DicomSequence& p) { return p.images.size() > 1; });
  DicomSequence singles;
  for (auto part = whole; part != parts.end(); ++part) {
    singles.images.push_back(part->images.front());
  }
  const auto rest = static_cast<index>(singles.images.size());
  if (rest < 2 || most_at_one_place(singles.images) > 1) return parts;
  parts.erase(whole, parts.end());
  singles.info = described(singles.images.front());
  singles.info.*joined = rest;
  parts.push_back(std::move(singles));
  return parts;
}

/// Every part of every sequence, in order.
template <class F>
std::vector<DicomSequence> each_divided(std::vector<DicomSequence> all, const F& divide) {
  std::vector<DicomSequence> parts;
  for (DicomSequence& s : all) {
    for (DicomSequence& part : divide(std::move(s))) parts.push_back(std::move(part));
  }
  return parts;
}

/// Why positions do not tell the order of these images, if so: `problem` and `remedy`.
void judge_positions(DicomSequence& s) {
  const auto placed = static_cast<std::size_t>(std::count_if(
      s.images.begin(), s.images.end(), [](const DicomImage& i) { return i.position; }));
  const bool oriented = s.images.front().orientation.has_value();
  s.placed = placed == s.images.size() && oriented;
  if (s.placed || s.images.size() < 2) return;
  s.info.remedy = "--by-instance-number orders them by number";
  if (placed == 0) {
    s.info.problem = "the images have no position";
  } else if (placed < s.images.size()) {
    s.info.problem = std::to_string(s.images.size() - placed) + " of " +
                     std::to_string(s.images.size()) + " images have no position";
    s.info.remedy = "export the series again, or take those images out of the folder";
  } else {
    s.info.problem = "the images give no orientation, so positions do not tell their order";
  }
}

/// Orders by InstanceNumber what positions do not order.
std::vector<DicomSequence> arrange_by_number(DicomSequence s) {
  s.placed = false;
  s.info.problem.clear();
  s.info.remedy.clear();
  order_by_number(s);
  measure(s);
  return {std::move(s)};
}

}  // namespace

Point normal_of(const std::array<double, 6>& o) {
  const Point n = cross({o[0], o[1], o[2]}, {o[3], o[4], o[5]});
  return times(1 / length(n), n);
}

std::string place_of(const DicomImage& image) {
  const Point& p = *image.position;
  return "(" + number(p[0]) + ", " + number(p[1]) + ", " + number(p[2]) + ") mm";
}

std::vector<std::array<std::size_t, 2>> places_of(const std::vector<DicomImage>& images) {
  const Point normal = normal_of(*images.front().orientation);
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

std::size_t most_at_one_place(const std::vector<DicomImage>& images) {
  std::size_t most = 0;
  for (const auto& [first, last] : places_of(images)) most = std::max(most, last - first);
  return most;
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

std::vector<DicomSequence> split_by(const DicomSequence& s, const Text& text) {
  std::map<std::string, std::size_t> numbers;
  std::vector<DicomSequence> parts;
  for (const DicomImage& image : s.images) {
    const auto [at, added] = numbers.emplace(text(image), parts.size());
    if (added) parts.push_back({described(image), {}});
    parts[at->second].images.push_back(image);
  }
  return parts;
}

std::vector<DicomSequence> group_images(const std::vector<DicomImage>& images, bool merge_series) {
  // Numbers of images, so that groups and their images come in the order of the files.
  std::vector<std::vector<std::size_t>> groups;
  const auto add = [&](std::size_t i, bool any_kernel) {
    std::vector<std::size_t> fitting;
    for (std::size_t g = 0; g < groups.size(); ++g) {
      const DicomImage& first = images[groups[g].front()];
      const bool same_kernel = first.kernel == images[i].kernel;
      if ((any_kernel || same_kernel) && fits(first, images[i], merge_series)) fitting.push_back(g);
    }
    if (any_kernel && fitting.size() > 1) {
      std::erase_if(fitting,
                    [&](std::size_t g) { return !images[groups[g].front()].kernel.empty(); });
    }
    if (fitting.empty()) {
      groups.push_back({i});
    } else {
      groups[fitting.front()].push_back(i);
    }
  };
  for (std::size_t i = 0; i < images.size(); ++i) {
    if (!images[i].kernel.empty()) add(i, false);
  }
  for (std::size_t i = 0; i < images.size(); ++i) {
    if (images[i].kernel.empty()) add(i, true);
  }
  for (std::vector<std::size_t>& group : groups) std::sort(group.begin(), group.end());
  std::sort(groups.begin(), groups.end());
  std::vector<DicomSequence> all;
  for (const std::vector<std::size_t>& group : groups) {
    DicomSequence s{described(images[group.front()]), {}};
    for (const std::size_t i : group) {
      if (s.info.kernel.empty()) s.info.kernel = images[i].kernel;
      s.images.push_back(images[i]);
    }
    all.push_back(std::move(s));
  }
  return all;
}

std::vector<DicomSequence> arrange(DicomSequence s, bool by_instance_number,
                                   const PixelHash& hash) {
  judge_positions(s);
  const bool some_have =
      std::any_of(s.images.begin(), s.images.end(), [](const DicomImage& i) { return i.position; });
  const bool usable = s.placed || (some_have && s.images.front().orientation);
  if (!s.placed) {
    const bool by_number = by_instance_number && !usable && s.images.size() > 1;
    if (by_number) return arrange_by_number(std::move(s));
    measure(s);
    return {std::move(s)};
  }
  const Point normal = normal_of(*s.images.front().orientation);
  // Of equal images at one place the first is kept: the original, not its derived copy.
  const auto rank = [&](const DicomImage& image) {
    return std::pair(along(image, normal), image.image_type.starts_with("DERIVED"));
  };
  std::stable_sort(s.images.begin(), s.images.end(),
                   [&](const auto& a, const auto& b) { return rank(a) < rank(b); });
  const bool one_place = s.images.size() > 1 && places_of(s.images).size() == 1;
  if (one_place && by_instance_number) return arrange_by_number(std::move(s));
  drop_copies(s, hash);
  const std::vector<std::string> duplicates = std::exchange(s.info.duplicates, {});

  std::vector<DicomSequence> parts = each_divided({std::move(s)}, [](DicomSequence part) {
    return joined_or_split(
        std::move(part), [](const DicomImage& i) { return i.series_instance_uid; },
        &DicomGroup::joined_series);
  });
  parts = each_divided(std::move(parts), [](DicomSequence part) {
    return joined_or_split(
        std::move(part), [](const DicomImage& i) { return i.frame_of_reference; },
        &DicomGroup::frames_of_reference);
  });
  parts = each_divided(std::move(parts), told_apart);
  parts = each_divided(std::move(parts), unmixed);
  parts.front().info.duplicates = duplicates;
  for (DicomSequence& part : parts) {
    const auto places = places_of(part.images);
    if (places.size() < part.images.size()) {
      const auto crowded =
          std::find_if(places.begin(), places.end(), [](const auto& p) { return p[1] - p[0] > 1; });
      const std::string place = place_of(part.images[(*crowded)[0]]);
      part.info.problem =
          places.size() == 1
              ? "all " + std::to_string(part.images.size()) + " images say that they lie at " +
                    place
              : "different images at one place, " + place +
                    ", and nothing in their headers tells phases or reconstructions apart";
      if (places.size() == 1) {
        part.info.remedy = "--by-instance-number orders them by number, if these are right";
      }
    }
    measure(part);
  }
  return parts;
}

}  // namespace data
