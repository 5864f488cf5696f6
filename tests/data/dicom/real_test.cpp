// The real DICOM series of $CT2CT_REAL_DATA; skipped without it. Their values and geometry against
// pydicom: dicom_check.py.
#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "data/dicom/dicom.h"
#include "data/files/zip.h"
#include "data/io/read.h"
#include "tests/data/test_files.h"
#include "tests/skip.h"

namespace {

struct Expected {
  const char* name;
  nn::index slices;
  double step;
  double tilt;  // degrees
  std::size_t duplicates;
  std::size_t skipped;
  std::size_t warnings;
};

// What the index of the real scans says about each of them.
const Expected kSeries[] = {
    {"abdomen_siemens_mct_j2klossless_20", 20, 2, 0, 0, 0, 0},
    {"head_cq500_5_tilt7", 53, 3, 7.4, 0, 0, 1},
    {"head_ge_hispeed_varspacing_tilt18", 28, 4.22, 18.5, 0, 0, 2},
    {"headphantom_philips_mixed_localizer_sc_28", 28, 5, 0, 0, 10, 3},
    {"synthetic_cq500_transcoded_12", 12, 3, 7.4, 36, 0, 2},
    {"synthetic_duplicates_cq500_20", 20, 3, 7.4, 4, 0, 2},
};

}  // namespace

TEST_CASE("real DICOM zips hold what their table says", "[real]") {
  const char* folder = std::getenv("CT2CT_REAL_DATA");
  if (folder == nullptr) {
    ct2ct_test::skip("CT2CT_REAL_DATA is not set");
    return;
  }
  for (const Expected& e : kSeries) {
    INFO(e.name);
    data::DicomListing listing;
    const data::Volume v =
        data::read_volume(std::string(folder) + "/dicom/" + e.name + ".zip", {}, &listing);
    CHECK(v.dims == std::array<nn::index, 3>{512, 512, e.slices});
    CHECK(v.spacing[2] == Approx(e.step).margin(0.005));
    CHECK(v.unit == data::Unit::hu);
    CHECK(v.warnings.size() == e.warnings);
    CHECK(listing.skipped.size() == e.skipped);
    const auto chosen = std::find_if(listing.groups.begin(), listing.groups.end(),
                                     [](const data::DicomGroup& g) { return g.chosen; });
    REQUIRE(chosen != listing.groups.end());
    CHECK(chosen->duplicates.size() == e.duplicates);
    CHECK(chosen->tilt == Approx(e.tilt).margin(0.06));
  }
}

TEST_CASE("real single images equal their uncompressed twins", "[real]") {
  const char* folder = std::getenv("CT2CT_REAL_DATA");
  if (folder == nullptr) {
    ct2ct_test::skip("CT2CT_REAL_DATA is not set");
    return;
  }
  const std::string path = std::string(folder) + "/dicom/ct_transfer_syntax_singles.zip";
  data::DicomListing listing;
  data_test::check_input_error([&] { data::read_volume(path, {}, &listing); },
                               {"images say that they lie at"});
  CHECK(listing.groups.size() == 12);

  const data_test::TempDir dir;
  const data::ZipArchive archive(path);
  for (const auto& entry : archive.entries()) {
    const std::vector<std::byte> bytes = archive.read_all(entry, entry.size);
    data_test::put(dir / std::filesystem::path(entry.name).filename().string(),
                   {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  }
  struct Pair {
    const char* name;
    const char* twin;
    double most;  // HU, of any pixel
  };
  // Near-lossless JPEG-LS promises its bound, NEAR = 4 in these files. Lossy JPEG 2000 promises
  // none, and these are packed 70 and 106 to 1: what was measured, also by Pillow's decoder.
  for (const Pair& p : {Pair{"WG04_CT1_RLE", "WG04_CT1_UNC", 0},
                        {"WG04_CT1_JLSL", "WG04_CT1_UNC", 0},
                        {"WG04_CT1_JPLL", "WG04_CT1_UNC", 0},
                        {"WG04_CT1_J2KR", "WG04_CT1_UNC", 0},
                        {"WG04_CT1_JLSN", "WG04_CT1_UNC", 4},
                        {"WG04_CT1_J2KI", "WG04_CT1_UNC", 352},
                        {"WG04_CT2_RLE", "WG04_CT2_UNC", 0},
                        {"WG04_CT2_JLSL", "WG04_CT2_UNC", 0},
                        {"WG04_CT2_JPLL", "WG04_CT2_UNC", 0},
                        {"WG04_CT2_J2KR", "WG04_CT2_UNC", 0},
                        {"WG04_CT2_JLSN", "WG04_CT2_UNC", 4},
                        {"WG04_CT2_J2KI", "WG04_CT2_UNC", 402},
                        {"pydicom_693_J2KR.dcm", "pydicom_693_UNCR.dcm", 0},
                        {"pydicom_693_J2KI.dcm", "pydicom_693_UNCI.dcm", 0}}) {
    INFO(p.name);
    const nn::Tensor a = data::read_volume(dir / p.name).slice(0);
    const nn::Tensor b = data::read_volume(dir / p.twin).slice(0);
    REQUIRE(a.shape() == b.shape());
    double worst = 0;
    double sum = 0;
    for (nn::index i = 0; i < a.numel(); ++i) {
      const auto error = static_cast<double>(a.data()[i] - b.data()[i]);
      worst = std::max(worst, std::fabs(error));
      sum += error;
    }
    CHECK(worst <= p.most);
    CHECK(std::fabs(sum / static_cast<double>(a.numel())) < 0.2);  // no shift, no lost sign
    if (p.most > 0) CHECK(worst > 0);
  }
}
