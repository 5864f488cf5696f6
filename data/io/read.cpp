#include "data/io/read.h"

#include <array>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <span>

#include "data/files/files.h"
#include "data/meta/metaimage.h"
#include "data/meta/nrrd.h"
#include "data/nifti/nifti.h"
#include "data/phantom/phantom.h"
#include "data/pictures/pictures.h"
#include "data/pictures/tiff_read.h"
#include "data/volume/slice_axis.h"
#include "nn/core/error.h"

namespace data {
namespace {

namespace fs = std::filesystem;
using nn::Error;
using nn::Fault;

constexpr double kMostSpacing = 1000;  // mm
constexpr char kPhantomPrefix[] = "phantom:";

/// The first bytes of a file; fewer when it is shorter.
struct Head {
  std::array<unsigned char, 132> bytes{};
  std::size_t count = 0;

  bool has(std::size_t at, const std::string& what) const {
    return at + what.size() <= count &&
           std::memcmp(bytes.data() + at, what.data(), what.size()) == 0;
  }
};

Head head_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  nn::require(file.good(), path, "cannot be opened", "a readable file");
  Head head;
  file.read(reinterpret_cast<char*>(head.bytes.data()),
            static_cast<std::streamsize>(head.bytes.size()));
  head.count = static_cast<std::size_t>(file.gcount());
  return head;
}

bool looks_like_nifti(const Head& h) {
  using std::string;
  // sizeof_hdr is 348 (540 in NIfTI-2) in either byte order.
  return h.has(0, string("\x5C\x01\0\0", 4)) || h.has(0, string("\0\0\x01\x5C", 4)) ||
         h.has(0, string("\x1C\x02\0\0", 4)) || h.has(0, string("\0\0\x02\x1C", 4)) ||
         h.has(0, "\x1F\x8B");
}

/// The header of the pair whose voxels `path` holds, by its name; empty where there is none.
std::string header_of_pair(const std::string& path) {
  for (const auto& [voxels, header] : {std::pair(".img", ".hdr"), std::pair(".IMG", ".HDR")}) {
    for (const std::string packed : {"", ".gz"}) {
      const std::string end = voxels + packed;
      if (!path.ends_with(end)) continue;
      const std::string stem = path.substr(0, path.size() - end.size()) + header;
      for (const std::string& name : {stem, stem + ".gz"}) {
        std::error_code error;
        if (fs::is_regular_file(name, error) && looks_like_nifti(head_of(name))) return name;
      }
    }
  }
  return "";
}

std::span<const std::byte> bytes_in(const Head& h) {
  return std::as_bytes(std::span(h.bytes).first(h.count));
}

/// The NRRD or MetaImage header of a file of raw voxels, by its name; empty where there is none.
std::string header_of_voxels(const std::string& path) {
  for (const std::string end : {".raw", ".zraw", ".raw.gz"}) {
    if (!path.ends_with(end)) continue;
    for (const char* header : {".mhd", ".nhdr"}) {
      std::string name = path.substr(0, path.size() - end.size()) + header;
      std::error_code error;
      if (fs::is_regular_file(name, error)) return name;
    }
  }
  return "";
}

bool is_zip(const Head& h) { return h.has(0, "PK\x03\x04") || h.has(0, "PK\x05\x06"); }

bool is_picture(const Head& h) { return looks_like_picture(bytes_in(h)); }

bool is_dicom(const Head& h) { return looks_like_dicom(bytes_in(h)); }

Volume read_series(const std::string& path, const ReadOptions& o, DicomListing* listing) {
  return read_dicom(path, {o.series, o.by_instance_number, o.merge_series, o.spacing}, listing);
}

/// A folder or zip of DICOM files or of pictures.
Volume read_many(const std::string& path, const ReadOptions& options, DicomListing* listing) {
  const FileList files = list_files(path);
  if (holds_dicom(files)) return read_series(path, options, listing);
  PictureList pictures = list_pictures(files);
  choose_stack(pictures, options.series, listing != nullptr ? &listing->stacks : nullptr);
  return holds_tiff(pictures) ? stack_tiffs(pictures) : stack_pictures(pictures);
}

Volume read_file(const std::string& path, const ReadOptions& options, DicomListing* listing) {
  const Head head = head_of(path);
  nn::require(head.count > 0, path, "an empty file", "a scan");
  const std::string header = header_of_pair(path);
  if (!header.empty() || looks_like_nifti(head)) {
    return read_nifti(header.empty() ? path : header, {options.axis, options.volume});
  }
  if (looks_like_nrrd(bytes_in(head))) return read_nrrd(path, {options.axis, options.volume});
  if (looks_like_metaimage(bytes_in(head))) {
    return read_metaimage(path, {options.axis, options.volume});
  }
  if (is_zip(head)) return read_many(path, options, listing);
  if (is_dicom(head)) return read_series(path, options, listing);
  if (looks_like_tiff(bytes_in(head))) return stack_tiffs(list_pictures(path));
  nn::require(!is_picture(head), path, "a single picture",
              "a folder or zip of pictures, one a slice", "name the folder instead");
  const bool voxels = path.ends_with(".img") || path.ends_with(".IMG");
  const std::string text_header = header_of_voxels(path);
  nn::require(text_header.empty(), path, "the voxels of " + text_header, "the header",
              "name " + text_header + " instead");
  throw Error(
      Fault::input, path,
      voxels ? "the voxels of a .hdr/.img pair without their header" : "a file of no known kind",
      "a NIfTI, NRRD, MetaImage or TIFF file, or DICOM files or pictures in a folder or zip",
      voxels ? "put the .hdr file beside it" : "");
}

void set_spacing(Volume& v, const std::array<double, 3>& spacing) {
  nn::require(v.unit == Unit::grey8 || v.format == "TIFF stack", v.source,
              "--spacing-xyz for a " + v.format + " scan",
              "a stack of pictures, or DICOM that lacks a spacing",
              "leave the option out: this scan says its spacing itself");
  for (std::size_t a = 0; a < 3; ++a) {
    nn::require(std::isfinite(spacing[a]) && spacing[a] > 0 && spacing[a] <= kMostSpacing,
                "--spacing-xyz", std::to_string(spacing[a]), "above 0 and at most 1000 mm");
    v.spacing[a] = spacing[a];
    v.affine[a][a] = spacing[a];
  }
}

}  // namespace

std::string name_of(const std::string& path) {
  const fs::path whole = fs::absolute(path).lexically_normal();  // "." is a folder with a name
  return (whole.has_filename() ? whole : whole.parent_path()).filename().string();
}

Volume read_volume(const std::string& path, const ReadOptions& options, DicomListing* listing) {
  Volume v;
  if (path.starts_with(kPhantomPrefix)) {
    v = make_phantom(parse_phantom(path.substr(sizeof(kPhantomPrefix) - 1)));
    v.source = path;
  } else {
    std::error_code error;
    const fs::file_status status = fs::status(path, error);
    nn::require(
        fs::exists(status), path,
        fs::is_symlink(fs::symlink_status(path, error)) ? "a link to a file that is not there"
                                                        : "no such file or folder",
        "a NIfTI, NRRD, MetaImage or TIFF file, a folder or zip of DICOM files or pictures, or "
        "phantom:SEED");
    nn::require(fs::is_directory(status) || fs::is_regular_file(status), path,
                "neither a file nor a folder", "a scan");
    v = fs::is_directory(status) ? read_many(path, options, listing)
                                 : read_file(path, options, listing);
  }
  const bool dicom = v.dicom != nullptr;
  const bool pictures = v.unit == Unit::grey8 || v.format == "TIFF stack";
  nn::require(dicom || pictures || options.series.empty(), "--series",
              path + ", which holds one scan", "a folder or zip of DICOM files or of pictures",
              "leave the option out");
  nn::require(dicom || !options.by_instance_number, "--by-instance-number",
              path + ", which is no DICOM", "a DICOM series");
  nn::require(!dicom || options.axis == -1 || options.axis == 2, "--axis",
              std::to_string(options.axis) + " for " + path, "2, or none",
              "a DICOM series is cut as it was acquired");
  nn::require(dicom || !options.merge_series, "--merge-series", path + ", which is no DICOM",
              "a DICOM series");
  if (options.spacing && !dicom) set_spacing(v, *options.spacing);
  const bool one_file = v.format == "NIfTI" || v.format == "NRRD" || v.format == "MetaImage";
  nn::require(one_file || options.volume == -1, "--volume",
              path + ", which is no NIfTI, NRRD or MetaImage file",
              "such a file of four dimensions");
  // Their readers have chosen already.
  if (options.axis != -1 && !one_file) choose_slice_axis(v, options.axis);
  if (v.overlay && v.slice_axis != 2) {
    v.overlay = nullptr;
    v.warnings.emplace_back("across this axis burned-in text is taken for a part of the patient");
  }
  return v;
}

std::string interpolated_before(const Volume& v) {
  if (v.nifti && says_interpolated(*v.nifti)) {
    return "slices that were interpolated before (descrip says so)";
  }
  if (!v.interpolated_by.empty()) {
    return "slices that were interpolated before (" + v.interpolated_by + " says so)";
  }
  if (!v.dicom || v.dicom->interpolated == 0) return {};
  return std::to_string(v.dicom->interpolated) + " of " + std::to_string(v.dicom->slices.size()) +
         " slices that were interpolated before";
}

NiftiVolumes list_volumes(const std::string& path) {
  std::error_code error;
  if (!fs::is_regular_file(path, error)) return {};
  try {
    const std::string header = header_of_pair(path);
    const std::string& name = header.empty() ? path : header;
    const Head head = head_of(name);
    if (looks_like_nrrd(bytes_in(head))) return {nrrd_volumes(name), 0};
    if (looks_like_metaimage(bytes_in(head))) return {metaimage_volumes(name), 0};
    return looks_like_nifti(head) ? nifti_volumes(name) : NiftiVolumes{};
  } catch (const Error&) {
    return {};
  }
}

DicomListing list_series(const std::string& path, const ReadOptions& o) {
  std::error_code error;
  try {
    const bool folder = fs::is_directory(path, error);
    if (!folder && !(fs::is_regular_file(path, error) && is_zip(head_of(path)))) return {};
    if (!holds_dicom(list_files(path))) return {};
    return list_dicom(path, {o.series, o.by_instance_number, o.merge_series, o.spacing});
  } catch (const Error&) {
    return {};
  }
}

}  // namespace data
