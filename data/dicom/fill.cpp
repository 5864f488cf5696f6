#include "data/dicom/fill.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <optional>
#include <set>
#include <span>

#include "data/dicom/pixels.h"
#include "data/dicom/plain.h"
#include "data/dicom/values.h"
#include "data/files/sha256.h"
#include "data/pictures/overlay.h"
#include "data/volume/normalise.h"
#include "nn/core/error.h"

namespace data {
namespace {

using nn::Error;
using nn::Fault;
using nn::index;

/// Whether all images share rescale and sign, so that stored values can stay as they are.
bool common_values(const std::vector<DicomImage>& images) {
  const DicomImage& a = images.front();
  return std::all_of(images.begin(), images.end(), [&](const DicomImage& b) {
    return a.slope == b.slope && a.intercept == b.intercept && a.is_signed == b.is_signed;
  });
}

/// HU that padding stands for, if all images have the same.
std::optional<ValueRange> padding_of(const std::vector<DicomImage>& images) {
  std::optional<ValueRange> common;
  for (const DicomImage& image : images) {
    if (!image.padding) return std::nullopt;
    const double a = image.slope * (*image.padding)[0] + image.intercept;
    const double b = image.slope * (*image.padding)[1] + image.intercept;
    const ValueRange own{std::min(a, b), std::max(a, b)};
    if (common && *common != own) return std::nullopt;
    common = own;
  }
  if (common && common->high < kLowestHu) return std::nullopt;
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

bool any(const std::vector<DicomImage>& images, bool DicomImage::*what) {
  return std::any_of(images.begin(), images.end(), [&](const DicomImage& i) { return i.*what; });
}

/// What stands in files after the pixels or the data set, and is left out: a line for each.
class LeftOut {
 public:
  void add(ParsedDicom& file, const DicomImage& image) {
    padding_.add(image.file, padding_bytes(file, image));
    zeros_.add(image.file, file.zeros_after);
  }
  void warn(Volume& v) const {
    if (padding_.most > 0) {
      v.warnings.push_back("padding after the pixels of " + padding_.text() +
                           ": left out (PS3.5, 8.1.1)");
    }
    if (zeros_.most > 0) {
      v.warnings.push_back("zero bytes after the data set of " + zeros_.text() + ": left out");
    }
  }

 private:
  struct Count {
    std::set<std::string> files;
    std::uint64_t most = 0;

    void add(const std::string& file, std::uint64_t bytes) {
      if (bytes > 0) files.insert(file);
      most = std::max(most, bytes);
    }
    std::string text() const {
      return std::to_string(files.size()) + (files.size() == 1 ? " file, " : " files, up to ") +
             std::to_string(most) + " bytes";
    }
  };
  Count padding_;
  Count zeros_;
};

void add_slice(DicomSeries& series, DcmFileFormat& file, const DicomImage& image) {
  const bool several = number_of(*file.getDataset(), DCM_NumberOfFrames).value_or(1) > 1;
  series.slices.push_back({image.file, image.sop_instance_uid, image.slope, image.intercept,
                           header_of(file, image.frame), several ? image.frame + 1 : 0});
}

}  // namespace

ParsedDicom& OpenFile::of(const DicomImage& image) {
  if (file_ == nullptr || name_ != image.file) {
    file_.reset();
    file_ = parse_dicom(files_.load(image.file), where(image));
    name_ = image.file;
  }
  return *file_;
}

std::string hash_of(const FileList& files, const DicomImage& image) {
  OpenFile open(files);
  ParsedDicom& file = open.of(image);
  Sha256 hash;
  if (image.picture) {
    const GreyPicture picture = picture_of(file, image, open.where(image));
    hash.update(picture.values.data(), picture.values.size() * sizeof(picture.values[0]));
    return hash.hex();
  }
  const std::vector<std::int32_t> values = stored_values(file, image, open.where(image));
  hash.update(values.data(), values.size() * sizeof(values[0]));
  hash.update(&image.slope, sizeof(image.slope));
  hash.update(&image.intercept, sizeof(image.intercept));
  return hash.hex();
}

void read_values(Volume& v, DicomSeries& series, const FileList& files,
                 const std::vector<DicomImage>& images) {
  const bool common = common_values(images);
  v.type = !common                    ? StoredType::float32
           : images.front().is_signed ? StoredType::int16
                                      : StoredType::uint16;
  const std::size_t bytes = checked_bytes(v.dims, v.type, v.source);
  const auto count = static_cast<std::size_t>(v.dims[0] * v.dims[1]);
  OpenFile open(files);
  LeftOut left_out;
  // A header can claim any size: the first image must have it before memory is asked for.
  stored_values(open.of(images.front()), images.front(), open.where(images.front()));
  resize(v.stored, bytes, v.source);
  for (std::size_t k = 0; k < images.size(); ++k) {
    const DicomImage& image = images[k];
    ParsedDicom& file = open.of(image);
    const std::vector<std::int32_t> values = stored_values(file, image, open.where(image));
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
    left_out.add(file, image);
    add_slice(series, file, image);
  }
  if (common) {
    v.slope = images.front().slope;
    v.intercept = images.front().intercept;
  } else {
    narrow(v);
    v.warnings.emplace_back("the slices differ in rescale slope or intercept: HU are stored");
  }
  if (std::any_of(images.begin(), images.end(), [](const DicomImage& i) { return !i.hu; })) {
    v.unit = Unit::unknown;
    v.warnings.emplace_back(
        "not in HU: the images give no rescale to HU, so HU windows and limits do not apply");
  }
  if (any(images, &DicomImage::monochrome1)) {
    v.warnings.emplace_back(
        "MONOCHROME1: the files want high values shown dark; values and HU are as stored, and "
        "pictures show high ones bright");
  }
  left_out.warn(v);
  if (v.unit == Unit::hu) v.padding = padding_of(images);
  if (v.padding && v.padding->low < v.padding->high) {
    v.warnings.push_back("padding: the images say that " + decimal_string(v.padding->low) + " to " +
                         decimal_string(v.padding->high) +
                         " HU are no measured values (PixelPaddingRangeLimit); taken for air");
  }
}

void read_pictures(Volume& v, DicomSeries& series, const FileList& files,
                   const std::vector<DicomImage>& images) {
  v.unit = Unit::grey8;
  v.type = StoredType::uint8;
  v.format = "DICOM pictures";
  const std::size_t bytes = checked_bytes(v.dims, v.type, v.source);
  OpenFile open(files);
  LeftOut left_out;
  bool colour = false;
  OverlayFinder finder;
  for (const DicomImage& image : images) {
    ParsedDicom& file = open.of(image);
    const GreyPicture picture = picture_of(file, image, open.where(image));
    // Only now: a header can claim any size.
    if (v.stored.empty()) resize(v.stored, bytes, v.source);
    std::transform(picture.values.begin(), picture.values.end(),
                   v.stored.begin() +
                       static_cast<std::ptrdiff_t>(series.slices.size() * picture.values.size()),
                   [](std::uint16_t x) { return static_cast<std::byte>(x); });
    finder.add(picture);
    colour = colour || picture.colour;
    left_out.add(file, image);
    add_slice(series, file, image);
  }
  v.warnings.emplace_back(
      "8-bit (or colour): read as pictures, not HU; a name or date may be burned in");
  if (colour) {
    v.warnings.emplace_back("colour pictures were turned into grey (luma), and outputs stay grey");
  }
  if (any(images, &DicomImage::monochrome1)) {
    v.warnings.emplace_back(
        "MONOCHROME1, where high values are dark: the grey levels are inverted");
  }
  left_out.warn(v);
  v.overlay = finder.find();
  if (v.overlay) v.warnings.push_back(text_found(*v.overlay));
}

}  // namespace data
