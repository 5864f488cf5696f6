// Small DICOM files made by DCMTK for the tests, and the ways in which they can be wrong.
#pragma once

#include <dcmtk/config/osconfig.h>

#include <dcmtk/dcmdata/dctk.h>

#include <array>
#include <functional>
#include <string>
#include <vector>

#include "tests/data/test_files.h"

namespace data_test {

/// One image of 4 x 3 pixels (columns x rows) unless changed.
struct DicomFile {
  std::string uid = "1.2.3.4";  ///< of the instance
  std::string series = "1.2.3";
  std::string position = "10\\20\\0";
  std::string orientation = "1\\0\\0\\0\\1\\0";
  std::vector<Uint16> values = std::vector<Uint16>(12, 1000);
  E_TransferSyntax syntax = EXS_LittleEndianExplicit;
  /// Last changes, before the file is written.
  std::function<void(DcmDataset&)> change;

  void write(const std::string& path) const {
    DcmFileFormat file;
    DcmDataset& d = *file.getDataset();
    d.putAndInsertString(DCM_SOPClassUID, UID_CTImageStorage);
    d.putAndInsertString(DCM_SOPInstanceUID, uid.c_str());
    d.putAndInsertString(DCM_SeriesInstanceUID, series.c_str());
    d.putAndInsertString(DCM_Modality, "CT");
    d.putAndInsertString(DCM_ImageType, "ORIGINAL\\PRIMARY\\AXIAL");
    d.putAndInsertString(DCM_ImagePositionPatient, position.c_str());
    d.putAndInsertString(DCM_ImageOrientationPatient, orientation.c_str());
    d.putAndInsertString(DCM_PixelSpacing, "0.5\\0.75");
    d.putAndInsertString(DCM_SliceThickness, "5");
    d.putAndInsertUint16(DCM_Rows, 3);
    d.putAndInsertUint16(DCM_Columns, 4);
    d.putAndInsertUint16(DCM_SamplesPerPixel, 1);
    d.putAndInsertString(DCM_PhotometricInterpretation, "MONOCHROME2");
    d.putAndInsertUint16(DCM_BitsAllocated, 16);
    d.putAndInsertUint16(DCM_BitsStored, 12);
    d.putAndInsertUint16(DCM_HighBit, 11);
    d.putAndInsertUint16(DCM_PixelRepresentation, 0);
    d.putAndInsertString(DCM_RescaleSlope, "1");
    d.putAndInsertString(DCM_RescaleIntercept, "-1024");
    d.putAndInsertUint16Array(DCM_PixelData, values.data(),
                              static_cast<unsigned long>(values.size()));
    if (change) change(d);
    REQUIRE(file.saveFile(path.c_str(), syntax).good());
  }
};

/// An image at `z` whose values are all `value`, with a UID of its own.
inline DicomFile slice_at(double z, Uint16 value) {
  DicomFile f;
  f.uid = "1.2.3." + std::to_string(value);
  f.position = "10\\20\\" + std::to_string(z);
  f.values.assign(12, value);
  return f;
}

/// Slices at these heights into a folder, named so that no order of names is theirs; the first has
/// value 1, the second 2 and so on.
inline void write_series(const TempDir& dir, const std::vector<double>& heights,
                         const std::function<void(DcmDataset&)>& change = nullptr) {
  for (std::size_t k = 0; k < heights.size(); ++k) {
    DicomFile f = slice_at(heights[k], static_cast<Uint16>(k + 1));
    f.change = change;
    f.write(dir / (std::to_string((k * 7) % 10) + "_" + std::to_string(k)));
  }
}

/// HU of the first pixel of each slice.
inline std::vector<double> first_values(const data::Volume& v) {
  std::vector<double> all;
  for (nn::index k = 0; k < v.slices(); ++k) {
    all.push_back(static_cast<double>(v.slice(k).data()[0]));
  }
  return all;
}

}  // namespace data_test
