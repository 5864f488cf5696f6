#include "data/volume/window.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>

#include "data/volume/source.h"
#include "nn/core/error.h"

namespace data {
namespace {

struct Preset {
  const char* name;
  CentreWidth window;
};

constexpr std::array<Preset, 4> kPresets{
    {{"brain", {40, 80}}, {"bone", {480, 2500}}, {"lung", {-600, 1500}}, {"soft", {40, 400}}}};

constexpr double kLargest = 1e6;  // HU, of a centre and of a width

std::string short_text(double v) {
  std::array<char, 32> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), v);
  return {text.data(), end.ptr};
}

std::string centre_and_width(const CentreWidth& w) {
  return "centre " + short_text(w.centre) + ", width " + short_text(w.width);
}

}  // namespace

Window CentreWidth::window() const {
  return {centre - width / 2, centre + width / 2 - (exact ? 0 : 1)};
}

AskedWindow asked_window(const std::string& text) {
  for (const Preset& p : kPresets) {
    if (text == p.name) return {text, p.window};
  }
  CentreWidth w;
  const char* end = text.data() + text.size();
  const auto centre = std::from_chars(text.data(), end, w.centre);
  bool good = centre.ec == std::errc() && centre.ptr != end && *centre.ptr == ',';
  if (good) {
    const auto width = std::from_chars(centre.ptr + 1, end, w.width);
    good = width.ec == std::errc() && width.ptr == end;
  }
  good = good && std::fabs(w.centre) <= kLargest && w.width > 1 && w.width <= kLargest;
  nn::require(good, "--window", "'" + text + "'",
              "brain, bone, lung, soft, or CENTRE,WIDTH in HU with a width above 1");
  return {text, w};
}

ShownWindow shown_as_asked(const AskedWindow& asked) {
  const bool preset = asked.text.find(',') == std::string::npos;
  return {asked.window.window(),
          "--window " + asked.text + (preset ? ", " + centre_and_width(asked.window) : "")};
}

Window shown_window(const Volume& volume, const Window& hu) {
  if (volume.unit == Unit::hu) return hu;
  if (volume.unit == Unit::grey8) return {0, 255};
  Window range{std::numeric_limits<double>::max(), std::numeric_limits<double>::lowest()};
  for (nn::index k = 0; k < volume.slices(); ++k) {
    const nn::Tensor s = volume.slice(k);
    const auto [low, high] = std::minmax_element(s.data(), s.data() + s.numel());
    range.low = std::min(range.low, static_cast<double>(*low));
    range.high = std::max(range.high, static_cast<double>(*high));
  }
  // A scan of one value is black.
  if (range.high <= range.low) range.high = range.low + 1;
  return range;
}

ShownWindow window_of(const Volume& volume, const std::optional<AskedWindow>& asked,
                      const Window& usual) {
  if (volume.unit != Unit::hu) {
    nn::require(!asked, "--window", "a scan in " + to_string(volume.unit) + ": " + volume.source,
                "a scan in HU", "leave --window out");
    return {shown_window(volume, usual),
            volume.unit == Unit::grey8 ? "pictures as they are" : "lowest to highest value"};
  }
  if (asked) return shown_as_asked(*asked);
  if (volume.dicom && volume.dicom->window) {
    const CentreWidth& own = *volume.dicom->window;
    return {own.window(), "the scan's own, " + centre_and_width(own)};
  }
  return {usual, "the default"};
}

std::string to_string(const ShownWindow& shown, Unit unit) {
  return short_text(shown.window.low) + " to " + short_text(shown.window.high) +
         (unit == Unit::hu ? " HU (" : " (") + shown.why + ")";
}

}  // namespace data
