#include "data/pictures.h"

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <limits>
#include <string_view>

#include "data/atomic_file.h"
#include "data/overlay.h"
#include "nn/core/error.h"
#include "nn/core/parallel.h"

namespace data {
namespace {

namespace fs = std::filesystem;
using nn::Error;
using nn::Fault;
using nn::index;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// A run of digits, or one other character.
std::string_view token_at(const std::string& s, std::size_t i) {
  std::size_t end = i + 1;
  while (is_digit(s[i]) && end < s.size() && is_digit(s[end])) ++end;
  return std::string_view(s).substr(i, end - i);
}

std::string_view without_zeros(std::string_view digits) {
  const std::size_t first = digits.find_first_not_of('0');
  return first == std::string_view::npos ? digits.substr(digits.size()) : digits.substr(first);
}

/// -1, 0 or 1; numbers of any length.
int compare_numbers(std::string_view a, std::string_view b) {
  a = without_zeros(a);
  b = without_zeros(b);
  if (a.size() != b.size()) return a.size() < b.size() ? -1 : 1;
  const int order = a.compare(b);
  return order < 0 ? -1 : static_cast<int>(order > 0);
}

/// How far apart the numbers are where two names differ first: "s3.png", "s5.png" give 2. -1 when
/// the names differ otherwise, or in numbers too long to be slice numbers.
std::int64_t number_step(const std::string& a, const std::string& b) {
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < a.size() && j < b.size()) {
    const std::string_view ta = token_at(a, i);
    const std::string_view tb = token_at(b, j);
    i += ta.size();
    j += tb.size();
    if (ta == tb) continue;
    constexpr std::size_t kMostDigits = 9;
    if (!is_digit(ta[0]) || !is_digit(tb[0]) || ta.size() > kMostDigits ||
        tb.size() > kMostDigits) {
      return -1;
    }
    if (a.substr(i) != b.substr(j)) return -1;
    return std::stoll(std::string(tb)) - std::stoll(std::string(ta));
  }
  return -1;
}

std::vector<std::byte> read_bytes(const fs::path& path) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  nn::require(file.good(), path.string(), "cannot be opened", "a readable file");
  const auto size = static_cast<std::size_t>(file.tellg());
  nn::require(size <= (std::size_t{1} << 28), path.string(), "a file larger than 256 MiB",
              "a picture of one slice");
  std::vector<std::byte> bytes(size);
  file.seekg(0);
  file.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(size));
  nn::require(file.good() || size == 0, path.string(), "cannot be read", "a readable file");
  return bytes;
}

bool starts_like_picture(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::byte head[8] = {};
  file.read(reinterpret_cast<char*>(head), sizeof(head));
  return looks_like_picture({head, static_cast<std::size_t>(file.gcount())});
}

/// An empty list whose pictures will be files of that folder.
PictureList pictures_of(const std::string& folder) {
  return {folder, "picture folder", {}, [folder](const std::string& name) {
            return read_bytes(fs::path(folder) / name);
          }};
}

std::string size_text(index width, index height) {
  return std::to_string(width) + " x " + std::to_string(height);
}

}  // namespace

bool natural_less(const std::string& a, const std::string& b) {
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < a.size() && j < b.size()) {
    const std::string_view ta = token_at(a, i);
    const std::string_view tb = token_at(b, j);
    if (is_digit(ta[0]) && is_digit(tb[0])) {
      const int order = compare_numbers(ta, tb);
      if (order != 0) return order < 0;
    } else if (ta != tb) {
      return ta < tb;
    }
    i += ta.size();
    j += tb.size();
  }
  if (i < a.size() || j < b.size()) return j < b.size();
  // Equal but for leading zeros: shorter first, so that the order is total.
  return a.size() != b.size() ? a.size() < b.size() : a < b;
}

std::vector<std::string> numbering_gaps(const std::vector<std::string>& names) {
  std::vector<std::int64_t> steps;
  for (std::size_t i = 1; i < names.size(); ++i)
    steps.push_back(number_step(names[i - 1], names[i]));
  std::int64_t smallest = 0;
  for (const std::int64_t s : steps) {
    if (s > 0 && (smallest == 0 || s < smallest)) smallest = s;
  }
  std::vector<std::string> gaps;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    if (steps[i] > smallest) {
      gaps.push_back("numbering jumps from " + names[i] + " to " + names[i + 1] +
                     ": slices may be missing there");
    } else if (steps[i] == 0) {
      gaps.push_back(names[i] + " and " + names[i + 1] + " have the same number");
    }
  }
  return gaps;
}

std::string shortened(const std::vector<std::string>& names) {
  constexpr std::size_t kShown = 3;
  std::string text;
  for (std::size_t i = 0; i < std::min(names.size(), kShown); ++i) {
    text += (i == 0 ? "" : ", ") + names[i];
  }
  if (names.size() > kShown) text += " and " + std::to_string(names.size() - kShown) + " more";
  return text;
}

bool named_like_picture(const std::string& name) {
  const fs::path path(name);
  if (path.filename().string().starts_with(".")) return false;
  std::string end = path.extension().string();
  for (char& c : end) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return end == ".png" || end == ".jpg" || end == ".jpeg";
}

Volume stack_pictures(const PictureList& list) {
  Volume v;
  v.source = list.source;
  v.format = list.format;
  v.unit = Unit::grey8;
  v.names = list.names;
  v.warnings = numbering_gaps(list.names);

  const auto count = static_cast<index>(list.names.size());
  std::vector<std::uint16_t> values;  // 16 bits until it is known whether any picture needs them
  std::vector<bool> deep;
  bool colour = false;
  OverlayFinder finder;
  for (const std::string& name : list.names) {
    const GreyPicture picture = decode_grey(list.load(name), list.source + "/" + name);
    if (deep.empty()) {
      v.dims = {picture.width, picture.height, count};
      const std::size_t bytes = checked_bytes(v.dims, StoredType::uint16, list.source);
      try {
        values.reserve(bytes / sizeof(values[0]));
      } catch (const std::exception&) {
        throw Error(Fault::job, list.source,
                    "no memory for " + std::to_string(bytes >> 20) + " MiB", "");
      }
    }
    nn::require(picture.width == v.dims[0] && picture.height == v.dims[1], list.source + "/" + name,
                "a picture of " + size_text(picture.width, picture.height),
                size_text(v.dims[0], v.dims[1]) + " as " + list.names.front(),
                "keep pictures of one scan only in it");
    values.insert(values.end(), picture.values.begin(), picture.values.end());
    finder.add(picture);
    deep.push_back(picture.deep);
    colour = colour || picture.colour;
  }

  const auto deep_count = static_cast<std::size_t>(std::count(deep.begin(), deep.end(), true));
  if (deep_count == 0) {
    v.type = StoredType::uint8;
    v.stored.resize(values.size());
    std::transform(values.begin(), values.end(), v.stored.begin(),
                   [](std::uint16_t x) { return static_cast<std::byte>(x); });
  } else {
    v.type = StoredType::uint16;
    v.slope = 1.0 / 257;  // 65535 / 257 = 255
    const std::size_t plane = values.size() / deep.size();
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (!deep[i / plane]) values[i] = static_cast<std::uint16_t>(257 * values[i]);
    }
    v.stored.resize(2 * values.size());
    std::memcpy(v.stored.data(), values.data(), v.stored.size());
    if (deep_count < deep.size()) {
      v.warnings.push_back("8-bit and 16-bit pictures are mixed: all are stored with 16 bits");
    }
  }
  if (colour) {
    v.warnings.push_back("colour pictures were turned into grey (luma), and outputs stay grey");
  }
  v.warnings.push_back(
      "pictures hold grey levels, not HU, and no spacing (--spacing-xyz gives it); a name or date "
      "may "
      "be burned in");
  v.overlay = finder.find();
  if (v.overlay) v.warnings.push_back(text_found(*v.overlay));
  if (!list.skipped.empty()) {
    v.warnings.push_back("skipped, not pictures: " + shortened(list.skipped));
  }
  return v;
}

PictureList list_picture_folder(const std::string& path) {
  PictureList list = pictures_of(path);
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(path, error)) {
    const std::string name = entry.path().filename().string();
    const bool file = entry.is_regular_file(error);
    const bool picture = file && !name.starts_with(".") &&
                         (named_like_picture(name) || starts_like_picture(entry.path()));
    (picture ? list.names : list.skipped).push_back(name);
  }
  nn::require(!error, path, "cannot be listed: " + error.message(), "a readable folder");
  std::sort(list.skipped.begin(), list.skipped.end(), natural_less);
  nn::require(!list.names.empty(), path,
              list.skipped.empty() ? "an empty folder"
                                   : "a folder without pictures (" + shortened(list.skipped) + ")",
              "PNG or JPEG files", "for a NIfTI file name the file");
  std::sort(list.names.begin(), list.names.end(), natural_less);
  return list;
}

PictureList list_picture_file(const std::string& path) {
  const fs::path parent = fs::path(path).parent_path();
  PictureList list = pictures_of(parent.empty() ? "." : parent.string());
  list.names.push_back(fs::path(path).filename().string());
  return list;
}

Window shown_window(const Volume& volume, const Window& hu) {
  if (volume.unit == Unit::hu) return hu;
  if (volume.unit == Unit::grey8) return {0, 255};
  Window range{std::numeric_limits<double>::max(), std::numeric_limits<double>::lowest()};
  for (index k = 0; k < volume.slices(); ++k) {
    const nn::Tensor s = volume.slice(k);
    const auto [low, high] = std::minmax_element(s.data(), s.data() + s.numel());
    range.low = std::min(range.low, static_cast<double>(*low));
    range.high = std::max(range.high, static_cast<double>(*high));
  }
  // A scan of one value is black.
  if (range.high <= range.low) range.high = range.low + 1;
  return range;
}

void write_png_folder(OutputSet& outputs, const std::string& path, const Volume& volume,
                      const Window& window) {
  const AtomicFolder& out = outputs.folder(path, "slice_", ".png");
  const bool deep = volume.unit == Unit::grey8 && volume.type == StoredType::uint16;
  const Window shown = shown_window(volume, window);
  nn::parallel_for(volume.slices(), [&](index k) {
    char name[32];
    std::snprintf(name, sizeof(name), "/slice_%04lld.png", static_cast<long long>(k));
    const std::string file = out.folder() + name;
    if (deep) {
      write_png16(file, volume.width(), volume.height(), to_grey16(volume.slice(k)), false);
    } else {
      write_png(file, volume.width(), volume.height(), 1, to_grey(volume.slice(k), shown), false);
    }
  });
}

void write_png_folder(const std::string& path, const Volume& volume, const Window& window,
                      bool force) {
  OutputSet outputs(force);
  write_png_folder(outputs, path, volume, window);
  outputs.commit();
}

}  // namespace data
