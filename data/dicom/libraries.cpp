#include "data/dicom/dicom.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcuid.h>
#include <openjpeg.h>

namespace data {

std::vector<Library> dicom_libraries() {
  return {{"DCMTK", OFFIS_DCMTK_VERSION, CT2CT_DCMTK_HOW},
          {"OpenJPEG", opj_version(), CT2CT_OPENJPEG_HOW}};
}

}  // namespace data
