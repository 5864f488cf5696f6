#include "data/pictures/pictures.h"

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <string_view>

#include "data/files/atomic_file.h"
#include "data/pictures/overlay.h"
#include "data/pictures/tiff_read.h"
#include "nn/core/error.h"
#include "nn/core/parallel.h"

namespace data {
namespace {

namespace fs = std::filesystem;
using nn::Error;
using nn::Fault;
using nn::index;

constexpr std::uint64_t kMostPictureBytes = std::uint64_t{1} << 28;

std::string size_text(index width, index height) {
  return std::to_string(width) + " x " + std::to_string(height);
}

void measure_stack(PictureStack& stack, const PictureList& list) {
  const std::string& first = stack.pictures.front();
  try {
    const std::vector<std::byte> file = list.load(first);
    const std::string where = list.files.where(first);
    const PictureSize size =
        looks_like_tiff(file) ? tiff_size(file, where) : picture_size(file, where);
    stack.width = size.width;
    stack.height = size.height;
  } catch (const Error&) {
    return;  // whoever reads the stack is told why it cannot be read
  }
}

/// Number in `stacks` of the one to read; their count where it must be the user's choice.
std::size_t chosen_stack(const std::vector<PictureStack>& stacks, const std::string& wanted) {
  for (std::size_t i = 0; i < stacks.size(); ++i) {
    if (wanted == stacks[i].name || wanted == std::to_string(i + 1)) return i;
  }
  if (!wanted.empty()) return stacks.size();
  if (stacks.size() == 1) return 0;
  // A lone picture is no stack: a cover or a screenshot does not stop the scan beside it.
  const auto several = [](const PictureStack& s) { return s.pictures.size() > 1; };
  if (std::count_if(stacks.begin(), stacks.end(), several) != 1) return stacks.size();
  const auto only = std::find_if(stacks.begin(), stacks.end(), several);
  return static_cast<std::size_t>(only - stacks.begin());
}

[[noreturn]] void refuse_choice(const std::vector<PictureStack>& stacks, const std::string& wanted,
                                const std::string& source) {
  if (!wanted.empty()) {
    throw Error(
        Fault::input, "--series", "'" + wanted + "', which " + source + " does not hold",
        "the name of a stack of pictures, or a number from 1 to " + std::to_string(stacks.size()),
        "ct2ct info lists them");
  }
  std::vector<std::string> texts;
  texts.reserve(stacks.size());
  for (const PictureStack& s : stacks) texts.push_back(s.text());
  throw Error(Fault::input, source,
              std::to_string(stacks.size()) + " stacks of pictures (" + shortened(texts) + ")",
              "one stack", "choose with --series NUMBER; ct2ct info lists them");
}

}  // namespace

bool looks_like_tiff(std::span<const std::byte> head) {
  constexpr std::string_view kMarks[] = {{"II*\0", 4}, {"MM\0*", 4}, {"II+\0", 4}, {"MM\0+", 4}};
  return std::any_of(std::begin(kMarks), std::end(kMarks), [&](std::string_view mark) {
    return head.size() >= mark.size() && std::memcmp(head.data(), mark.data(), mark.size()) == 0;
  });
}

bool holds_tiff(const PictureList& list) {
  return !list.names.empty() && looks_like_tiff(list.files.head(list.names.front()));
}

Volume stack_pictures(const PictureList& list) {
  Volume v;
  v.source = list.files.source;
  v.format = list.format();
  v.unit = Unit::grey8;
  v.oriented = false;
  v.names = list.names;
  v.warnings = numbering_gaps(list.names);

  const auto count = static_cast<index>(list.names.size());
  std::vector<std::uint16_t> values;  // 16 bits until it is known whether any picture needs them
  std::vector<bool> deep;
  bool colour = false;
  std::vector<std::string> turned;
  std::vector<std::string> transparent;
  OverlayFinder finder;
  for (const std::string& name : list.names) {
    const GreyPicture picture = decode_grey(list.load(name), list.files.where(name));
    if (deep.empty()) {
      v.dims = {picture.width, picture.height, count};
      const std::size_t bytes = checked_bytes(v.dims, StoredType::uint16, list.files.source);
      try {
        values.reserve(bytes / sizeof(values[0]));
      } catch (const std::exception&) {
        throw Error(Fault::job, list.files.source,
                    "no memory for " + std::to_string(bytes >> 20) + " MiB", "");
      }
    }
    nn::require(picture.width == v.dims[0] && picture.height == v.dims[1], list.files.where(name),
                "a picture of " + size_text(picture.width, picture.height),
                size_text(v.dims[0], v.dims[1]) + " as " + list.names.front(),
                "keep pictures of one scan only in it");
    values.insert(values.end(), picture.values.begin(), picture.values.end());
    finder.add(picture);
    deep.push_back(picture.deep);
    colour = colour || picture.colour;
    if (picture.turned) turned.push_back(name);
    if (picture.transparent) transparent.push_back(name);
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
  if (!turned.empty()) {
    v.warnings.push_back("turned as their Exif orientation says: " + shortened(turned));
  }
  if (!transparent.empty()) {
    v.warnings.push_back("what is transparent was put over black: " + shortened(transparent));
  }
  v.warnings.push_back(
      "pictures hold grey levels, not HU, and no spacing (--spacing-xyz gives it); a name or date "
      "may "
      "be burned in");
  v.overlay = finder.find();
  if (v.overlay) v.warnings.push_back(text_found(*v.overlay));
  const std::vector<std::string> lines = left_out_lines(list.left_out);
  v.warnings.insert(v.warnings.end(), lines.begin(), lines.end());
  return v;
}

std::string PictureList::format() const {
  if (files.single) return "picture";
  return files.zip ? "picture zip" : "picture folder";
}

std::vector<std::byte> PictureList::load(const std::string& name) const {
  const std::uint64_t size = files.size(name);
  nn::require(size <= kMostPictureBytes, files.where(name), std::to_string(size) + " bytes",
              "at most " + std::to_string(kMostPictureBytes), "no picture of a slice is so large");
  return files.load(name);
}

PictureList list_pictures(const FileList& files) {
  PictureList list{files, {}, files.left_out};
  std::vector<std::string> others;
  std::exception_ptr unreadable;
  for (const std::string& name : files.names) {
    bool picture = named_like_picture(name);
    try {
      const std::vector<std::byte> head = files.head(name);
      picture = picture || looks_like_picture(head) || looks_like_tiff(head);
    } catch (const Error&) {
      unreadable = std::current_exception();
      list.left_out.push_back({name, "a file that cannot be read"});
      continue;
    }
    if (picture) {
      list.names.push_back(name);
    } else {
      list.left_out.push_back({name, "no picture"});
      others.push_back(name);
    }
  }
  if (!list.names.empty()) return list;
  if (unreadable && others.empty()) std::rethrow_exception(unreadable);
  nn::require(!files.single, files.source, "no picture",
              "a PNG or JPEG file, or a folder or zip of them");
  const std::string what = files.zip ? "zip" : "folder";
  throw Error(Fault::input, files.source,
              others.empty() ? "an empty " + what
                             : "a " + what + " without pictures (" + shortened(others) + ")",
              "PNG or JPEG files",
              files.zip ? "unpack it and name what is in it" : "for a NIfTI file name the file");
}

PictureList list_pictures(const std::string& path) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  nn::require(fs::exists(status), path, "no such file or folder",
              "a PNG or JPEG file, or a folder or zip of them");
  nn::require(fs::is_directory(status) || fs::is_regular_file(status), path,
              "neither a file nor a folder", "a picture");
  return list_pictures(list_files(path));
}

void choose_stack(PictureList& list, const std::string& wanted, std::vector<PictureStack>* found) {
  std::vector<PictureStack> stacks = stacks_of(list.names);
  const bool shown = stacks.size() > 1 || found != nullptr;
  for (PictureStack& s : stacks) {
    if (shown) measure_stack(s, list);
  }
  const std::size_t chosen = chosen_stack(stacks, wanted);
  if (chosen < stacks.size()) stacks[chosen].chosen = true;
  if (found != nullptr) *found = stacks;
  if (chosen == stacks.size()) refuse_choice(stacks, wanted, list.files.source);
  list.names = stacks[chosen].pictures;
  for (const PictureStack& s : stacks) {
    for (const std::string& name : s.pictures) {
      if (!s.chosen) {
        list.left_out.push_back({name, "a picture of another stack than " + stacks[chosen].name});
      }
    }
  }
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
