#include "train/app/holdings.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <string_view>

#include "data/files/files.h"

namespace train::app {
namespace {

namespace fs = std::filesystem;

std::string ending_of(const std::string& name) {
  std::string ending = fs::path(name).extension().string();
  for (char& c : ending) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return ending;
}

template <std::size_t N>
bool is_one(const std::string& ending, const std::array<const char*, N>& known) {
  return std::find(known.begin(), known.end(), ending) != known.end();
}

/// No ending, or a number as one: what scanners call their files.
bool without_ending(const std::string& ending) {
  return ending.empty() || std::all_of(ending.begin() + 1, ending.end(), data::is_digit);
}

/// Magic bytes of DICOM, part 10: "DICM" after a preamble of 128 bytes.
bool begins_as_dicom(const fs::path& file) {
  std::array<char, 132> head{};
  std::ifstream in(file, std::ios::binary);
  in.read(head.data(), head.size());
  return in.gcount() == head.size() && std::string_view(head.data() + 128, 4) == "DICM";
}

}  // namespace

bool may_be_scan(const std::string& name) {
  const std::string ending = ending_of(name);
  constexpr std::array kScans{".dcm",  ".dicom", ".ima", ".nii", ".gz",  ".hdr", ".img",
                              ".nrrd", ".nhdr",  ".mha", ".mhd", ".zip", ".tif", ".tiff"};
  return without_ending(ending) || is_one(ending, kScans);
}

Holdings holdings_of(const std::string& folder, std::size_t& names) {
  Holdings all;
  fs::path first;
  std::error_code error;
  fs::directory_iterator at(folder, fs::directory_options::skip_permission_denied, error);
  for (; !error && names > 0 && at != fs::directory_iterator(); at.increment(error), --names) {
    const std::string name = at->path().filename().string();
    std::error_code none;
    if (name.starts_with(".") || at->is_symlink(none)) continue;
    if (at->is_directory(none)) all.folders = true;
    if (!at->is_regular_file(none)) continue;
    const std::string ending = ending_of(name);
    if (is_one(ending, std::array{".png", ".jpg", ".jpeg"})) ++all.pictures;
    if (!without_ending(ending) && !is_one(ending, std::array{".dcm", ".dicom", ".ima"})) continue;
    // Directory files of DICOM media (DICOMDIR) hold no picture.
    if (name == "DICOMDIR") continue;
    if (all.dicom == 0) first = at->path();
    ++all.dicom;
  }
  if (all.dicom > 0 && !begins_as_dicom(first)) all.dicom = 0;
  return all;
}

nlohmann::ordered_json to_json(const Holdings& h) {
  return {{"dicom", h.dicom}, {"pictures", h.pictures}, {"folders", h.folders}};
}

}  // namespace train::app
