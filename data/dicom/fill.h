// From the images of a series to the values of a Volume. Only files of data/dicom/ include this.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "data/dicom/dicom.h"
#include "data/dicom/image.h"
#include "data/files/files.h"

namespace data {

/// The files of a series, one of them in memory at a time.
class OpenFile {
 public:
  explicit OpenFile(const FileList& files) : files_(files) {}
  /// The image's file; the one that was open before is closed.
  ParsedDicom& of(const DicomImage& image);
  std::string where(const DicomImage& image) const { return files_.where(image.file); }

 private:
  const FileList& files_;
  std::string name_;
  std::unique_ptr<ParsedDicom> file_;
};

/// Equal for images of equal values. The error of what cannot be decoded.
std::string hash_of(const FileList& files, const DicomImage& image);

/// Decodes the images one after another into the volume, whose dims are set: type, values, slope
/// and intercept, padding, unit, and what the user should know of the values. Fills series.slices.
void read_values(Volume& volume, DicomSeries& series, const FileList& files,
                 const std::vector<DicomImage>& images);

/// The same for pictures: grey levels, and text that is burned in.
void read_pictures(Volume& volume, DicomSeries& series, const FileList& files,
                   const std::vector<DicomImage>& images);

}  // namespace data
