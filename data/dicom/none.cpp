// What a build without DCMTK says.
#include "data/dicom/dicom.h"
#include "nn/core/error.h"

namespace data {

Volume read_dicom(const std::string& path, const DicomOptions&, DicomListing*) {
  throw nn::Error(nn::Fault::input, path, "DICOM, which this build cannot read",
                  "NIfTI or pictures",
                  "build with -DCT2CT_DICOM=ON, or turn the series into NIfTI (dcm2niix)");
}

DicomListing list_dicom(const std::string& path, const DicomOptions&) {
  read_dicom(path, {}, nullptr);
  return {};
}

void check_dicom(const Volume& volume) {
  throw nn::Error(nn::Fault::input, volume.source, "DICOM asked for, which this build cannot write",
                  "NIfTI or PNG", "build with -DCT2CT_DICOM=ON, or give --format nifti or png");
}

void write_dicom(OutputSet&, const std::string&, const Volume& volume, const Provenance&) {
  check_dicom(volume);
}

void write_dicom(const std::string&, const Volume& volume, const Provenance&, bool) {
  check_dicom(volume);
}

std::vector<Library> dicom_libraries() { return {}; }

}  // namespace data
