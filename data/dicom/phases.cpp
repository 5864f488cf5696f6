#include "data/dicom/series.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <string_view>

#include "data/dicom/values.h"

namespace data {
namespace {

/// Something in which images at one place may differ.
struct Difference {
  const char* name;
  const char* unit;
  std::string (*value)(const DicomImage&);
  bool names_phases = false;  ///< it exists to tell phases apart, so that its parts may be many
};

std::string first_two(const std::string& type) { return type.substr(0, type.rfind('\\')); }

// What an image is.
const std::array kKinds{
    Difference{"image type", "", [](const DicomImage& i) { return first_two(i.image_type); }},
    Difference{"kernel", "", [](const DicomImage& i) { return i.kernel; }},
    Difference{"thickness", " mm",
               [](const DicomImage& i) {
                 // To three digits; some scanners write 4.999.
                 if (!(i.thickness > 0)) return std::string();
                 const double digit = std::pow(10, std::floor(std::log10(i.thickness)) - 2);
                 return decimal_string(std::round(i.thickness / digit) * digit);
               }},
    Difference{"frame of reference", "", [](const DicomImage& i) { return i.frame_of_reference; }},
    Difference{"series", "", [](const DicomImage& i) { return i.series_instance_uid; }},
};

// When it was taken.
const std::array kPhases{
    Difference{"temporal position", "", [](const DicomImage& i) { return i.temporal_position; },
               true},
    Difference{"cardiac phase", " %", [](const DicomImage& i) { return i.cardiac_phase; }, true},
    Difference{"acquisition", "", [](const DicomImage& i) { return i.acquisition; }, true},
    Difference{"trigger time", " ms", [](const DicomImage& i) { return i.trigger; }},
    Difference{"acquired", "", [](const DicomImage& i) { return i.acquired; }},
    Difference{"time", "", [](const DicomImage& i) { return i.time; }},
};

void name_parts(std::vector<DicomSequence>& parts, const Difference& by) {
  for (DicomSequence& part : parts) {
    const std::string value = by.value(part.images.front());
    const std::string text =
        value.empty() ? std::string("no ") + by.name : std::string(by.name) + " " + value + by.unit;
    part.info.acquisition += (part.info.acquisition.empty() ? "" : ", ") + text;
  }
}

std::vector<DicomSequence> divided(const DicomSequence& s, const Difference& by) {
  std::vector<DicomSequence> parts = split_by(s, by.value);
  for (DicomSequence& part : parts) part.info.acquisition = s.info.acquisition;
  name_parts(parts, by);
  return parts;
}

/// A number where it is one, so that 900 ms comes before 1000.
struct Order {
  double number = 0;
  std::string text;
  friend auto operator<=>(const Order&, const Order&) = default;
};

Order order_of(const std::string& text) {
  Order order{0, text};
  const auto read = std::from_chars(text.data(), text.data() + text.size(), order.number);
  if (read.ec == std::errc() && read.ptr == text.data() + text.size()) order.text.clear();
  return order;
}

/// Parts by phase, in order; empty when `by` does not tell the images apart.
std::vector<DicomSequence> by_phase(const DicomSequence& s, const Difference& by) {
  std::vector<DicomSequence> parts = divided(s, by);
  const bool clear = std::all_of(parts.begin(), parts.end(), [](const DicomSequence& part) {
    return most_at_one_place(part.images) == 1;
  });
  // A time that changes from slice to slice names no phase.
  const bool few = parts.size() == most_at_one_place(s.images) ||
                   (by.names_phases && 2 * parts.size() <= s.images.size());
  if (!clear || !few) return {};
  std::stable_sort(parts.begin(), parts.end(), [&](const auto& one, const auto& other) {
    return order_of(by.value(one.images.front())) < order_of(by.value(other.images.front()));
  });
  return parts;
}

/// Part j holds the j-th image of every place; empty unless every place has as many images and each
/// part ends before the next begins.
std::vector<DicomSequence> by_order(const DicomSequence& s, const Difference& by) {
  const auto all = places_of(s.images);
  const std::size_t count = all.front()[1] - all.front()[0];
  std::vector<DicomSequence> parts(count);
  const auto before = [&](const DicomImage& a, const DicomImage& b) {
    return order_of(by.value(a)) < order_of(by.value(b));
  };
  for (const auto& [first, last] : all) {
    if (last - first != count) return {};
    std::vector<DicomImage> here(s.images.begin() + static_cast<std::ptrdiff_t>(first),
                                 s.images.begin() + static_cast<std::ptrdiff_t>(last));
    std::stable_sort(here.begin(), here.end(), before);
    for (std::size_t j = 0; j < count; ++j) parts[j].images.push_back(here[j]);
  }
  std::optional<DicomImage> latest;
  for (DicomSequence& part : parts) {
    const auto [low, high] = std::minmax_element(part.images.begin(), part.images.end(), before);
    if (latest && !before(*latest, *low)) return {};
    latest = *high;
    part.info = described(part.images.front());
    part.info.acquisition = s.info.acquisition + (s.info.acquisition.empty() ? "" : ", ") +
                            by.name + " " + by.value(*low) + by.unit;
  }
  return parts;
}

std::size_t changes_of_step(const DicomSequence& s) {
  std::vector<Point> positions;
  for (const DicomImage& image : s.images) positions.push_back(*image.position);
  return step_runs(positions).size();
}

}  // namespace

std::vector<DicomSequence> told_apart(const DicomSequence& s) {
  const std::size_t crowd = most_at_one_place(s.images);
  if (crowd < 2) return {s};
  for (const Difference& kind : kKinds) {
    const std::vector<DicomSequence> parts = divided(s, kind);
    const bool fewer = std::all_of(parts.begin(), parts.end(), [&](const DicomSequence& part) {
      return most_at_one_place(part.images) < crowd;
    });
    if (!fewer) continue;
    std::vector<DicomSequence> all;
    for (const DicomSequence& part : parts) {
      for (DicomSequence& p : told_apart(part)) all.push_back(std::move(p));
    }
    return all;
  }
  // Images that all lie at one place are hardly phases of one slice: their positions are wrong.
  if (places_of(s.images).size() < 2) return {s};
  for (const Difference& phase : kPhases) {
    if (std::vector<DicomSequence> parts = by_phase(s, phase); !parts.empty()) return parts;
  }
  for (const Difference& phase : kPhases) {
    if (phase.names_phases) continue;
    if (std::vector<DicomSequence> parts = by_order(s, phase); !parts.empty()) return parts;
  }
  return {s};
}

std::vector<DicomSequence> unmixed(DicomSequence s) {
  const std::size_t together = changes_of_step(s);
  for (const char* name : {"image type", "thickness", "kernel"}) {
    const auto kind = std::find_if(kKinds.begin(), kKinds.end(), [&](const Difference& d) {
      return std::string_view(d.name) == name;
    });
    std::vector<DicomSequence> parts = divided(s, *kind);
    std::size_t apart = 0;
    for (const DicomSequence& part : parts) apart += changes_of_step(part);
    if (parts.size() > 1 && apart > 0 && together > 2 * apart) return parts;
  }
  return {std::move(s)};
}

}  // namespace data
