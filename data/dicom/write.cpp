#include "data/dicom/derived.h"

#include <dcmtk/dcmdata/dcostrmb.h>

#include <cmath>
#include <cstdio>
#include <vector>

#include "data/dicom/dicom.h"
#include "data/dicom/encode.h"
#include "data/files/atomic_file.h"
#include "nn/core/error.h"

namespace data {
namespace {

using nn::index;

/// Cosine of the largest angle by which rows and columns of a slice may miss a right one: what the
/// tolerance of readers for orientations allows.
constexpr double kRightAngle = 1e-3;
constexpr index kMostSide = 65535;  // Rows and Columns are 16-bit

/// The bytes of a file, meta header and all.
std::vector<std::uint8_t> bytes_of_file(DcmFileFormat& file) {
  const Uint32 length =
      file.getDataset()->calcElementLength(EXS_LittleEndianExplicit, EET_ExplicitLength);
  std::vector<std::uint8_t> bytes(std::size_t{length} + 4096);  // preamble and meta header
  DcmOutputBufferStream stream(bytes.data(), static_cast<offile_off_t>(bytes.size()));
  file.transferInit();
  // EWM_updateMeta, or the meta header would keep another instance's UID.
  const OFCondition result =
      file.write(stream, EXS_LittleEndianExplicit, EET_ExplicitLength, nullptr, EGL_recalcGL,
                 EPD_withoutPadding, 0, 0, 0, EWM_updateMeta);
  file.transferEnd();
  if (result.bad()) throw nn::Error(nn::Fault::job, "DICOM", result.text(), "a file in memory");
  void* at = nullptr;
  offile_off_t written = 0;
  stream.flushBuffer(at, written);
  bytes.resize(static_cast<std::size_t>(written));
  return bytes;
}

}  // namespace

void check_dicom(const Volume& volume) {
  prepare_dcmtk();
  nn::require(volume.unit != Unit::grey8, volume.source, "grey levels of pictures",
              "HU, which DICOM CT images hold",
              "write PNG (--format png) or NIfTI (--out NAME.nii.gz)");
  nn::require(volume.height() <= kMostSide && volume.width() <= kMostSide, volume.source,
              "slices too large", "at most " + std::to_string(kMostSide) + " pixels a side");
  if (volume.dicom) {
    for (const DicomSlice& slice : volume.dicom->slices) {
      nn::require(volume.oriented && slice.header->tagExists(DCM_ImagePositionPatient) &&
                      slice.header->tagExists(DCM_ImageOrientationPatient),
                  volume.source, slice.file + " without a place in space",
                  "image positions and orientations",
                  "write NIfTI (--out NAME.nii.gz), or pictures (--format png)");
    }
  }
  double cosine = 0;
  double row = 0;
  double column = 0;
  for (std::size_t i = 0; i < 3; ++i) {
    const double x = volume.affine[i][static_cast<std::size_t>(volume.column_axis())];
    const double y = volume.affine[i][static_cast<std::size_t>(volume.row_axis())];
    cosine += x * y;
    row += x * x;
    column += y * y;
  }
  nn::require(std::fabs(cosine) <= kRightAngle * std::sqrt(row * column), volume.source,
              "rows and columns of a slice that are not at right angles",
              "right angles, which DICOM images have", "write NIfTI: --out NAME.nii.gz");
  for (index k = 0; k < volume.slices(); ++k) {
    if (!volume.origin(k).synthetic()) encoded(volume, k, pixel_format(volume, k));
  }
}

void write_dicom(OutputSet& outputs, const std::string& path, const Volume& volume,
                 const Provenance& provenance) {
  check_dicom(volume);
  const AtomicFolder& out = outputs.folder(path, "slice_", ".dcm");
  const DerivedSeries series = derived_series(volume, provenance);
  for (index k = 0; k < volume.slices(); ++k) {
    char name[32];
    std::snprintf(name, sizeof(name), "/slice_%04lld.dcm", static_cast<long long>(k));
    const std::vector<std::uint8_t> bytes = bytes_of_file(*derived_image(series, k));
    write_file(out.folder() + name, bytes.data(), bytes.size(), false);
  }
}

void write_dicom(const std::string& path, const Volume& volume, const Provenance& provenance,
                 bool force) {
  OutputSet outputs(force);
  write_dicom(outputs, path, volume, provenance);
  outputs.commit();
}

}  // namespace data
