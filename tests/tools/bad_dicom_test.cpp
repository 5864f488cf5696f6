// Bad DICOM, as in bad_input_test.cpp.
#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcpixseq.h>
#include <dcmtk/dcmdata/dcpxitem.h>

#include "tests/data/dicom/dicom_files.h"
#include "tests/tools/bad_input.h"

using data_test::DicomFile;
using data_test::put;
using data_test::slice_at;
using tools_test::Bad;
using tools_test::check_full;
using tools_test::check_refusal;
using tools_test::check_table;
using tools_test::Desk;
using tools_test::Result;
using tools_test::text_of;

namespace {

namespace fs = std::filesystem;

using Change = std::function<void(DcmDataset&)>;

std::string bytes_of(const DicomFile& f) {
  const data_test::TempDir dir;
  f.write(dir / "x");
  return data_test::get(dir / "x");
}

Bad one(const std::string& path, const std::string& says, const Change& change) {
  return {path, says, [change](const std::string& p) {
            DicomFile f;
            f.change = change;
            f.write(p);
          }};
}

Change number(const DcmTagKey& tag, Uint16 value) {
  return [=](DcmDataset& d) { d.putAndInsertUint16(tag, value); };
}

Change text(const DcmTagKey& tag, const std::string& value) {
  return [=](DcmDataset& d) { d.putAndInsertString(tag, value.c_str()); };
}

/// A folder of these images.
Bad series(const std::string& path, const std::string& says, const std::vector<DicomFile>& files) {
  return {path, says, [files](const std::string& p) {
            fs::create_directory(p);
            for (std::size_t i = 0; i < files.size(); ++i) {
              files[i].write(p + "/" + std::to_string(i));
            }
          }};
}

/// Items in items, as many as are asked for, without lengths.
Change nested(int depth) {
  return [=](DcmDataset& d) {
    DcmItem* in = &d;
    for (int i = 0; i < depth; ++i) {
      DcmItem* item = nullptr;
      in->findOrCreateSequenceItem(DCM_ReferencedImageSequence, item, 0);
      in = item;
    }
  };
}

void as_mpeg(DcmDataset& d) {
  delete d.remove(DCM_PixelData);
  auto* sequence = new DcmPixelSequence(DcmTag(DCM_PixelSequenceTag));
  for (const std::string bytes : {"", "moving pictures "}) {
    auto* item = new DcmPixelItem(DcmTag(DCM_PixelItemTag));
    item->putUint8Array(reinterpret_cast<const Uint8*>(bytes.data()),
                        static_cast<unsigned long>(bytes.size()));
    sequence->insert(item);
  }
  auto* pixels = new DcmPixelData(DCM_PixelData);
  pixels->putOriginalRepresentation(EXS_MPEG2MainProfileAtMainLevel, nullptr, sequence);
  d.insert(pixels);
}

DicomFile turned(double z, Uint16 value, const std::string& orientation) {
  DicomFile f = slice_at(z, value);
  f.orientation = orientation;
  return f;
}

DicomFile without_position(Uint16 value) {
  DicomFile f = slice_at(0, value);
  f.change = [](DcmDataset& d) { delete d.remove(DCM_ImagePositionPatient); };
  return f;
}

std::vector<Bad> dicom_cases() {
  const std::string whole = bytes_of(DicomFile());
  DicomFile mpeg;
  mpeg.syntax = EXS_MPEG2MainProfileAtMainLevel;
  mpeg.change = as_mpeg;
  DicomFile deflated;
  deflated.syntax = EXS_DeflatedLittleEndianExplicit;
  // Every orientation a group of its own, so that none has two slices.
  Bad mixed = series("orientations", "1 slice",
                     {turned(0, 1, "1\\0\\0\\0\\1\\0"), turned(5, 2, "0\\1\\0\\0\\0\\1"),
                      turned(10, 3, "1\\0\\0\\0\\0\\1")});
  mixed.info = Bad::lists;
  Bad places = series("one_place", "", {slice_at(0, 1), slice_at(5, 2), slice_at(5, 3)});
  places.info = Bad::lists;
  const auto cut = [&](const std::string& name, std::size_t bytes, const std::string& says) {
    return tools_test::file(name, whole.substr(0, bytes), says);
  };
  std::vector<Bad> all{
      cut("preamble_only.dcm", 132, ""),
      cut("cut_in_meta.dcm", 200, "bytes left"),
      cut("cut_in_header.dcm", whole.size() - 101, "bytes left"),
      cut("cut_in_pixels.dcm", whole.size() - 6, "truncated"),
      one("short_pixels.dcm", "24 bytes of pixel data", number(DCM_Rows, 4)),
      one("long_pixels.dcm", "24 bytes of pixel data", number(DCM_Rows, 1)),
      one("absurd_rows.dcm", "Rows 65535", number(DCM_Rows, 65535)),
      one("absurd_columns.dcm", "Columns 60000", number(DCM_Columns, 60000)),
      one("no_rows.dcm", "Rows 0", number(DCM_Rows, 0)),
      one("absurd_frames.dcm", "2147483647", text(DCM_NumberOfFrames, "2147483647")),
      one("frames.dcm", "2 frames", text(DCM_NumberOfFrames, "2")),
      one("no_frames.dcm", "Number", text(DCM_NumberOfFrames, "0")),
      one("enhanced_without_groups.dcm", "no functional groups",
          text(DCM_SOPClassUID, UID_EnhancedCTImageStorage)),
      one("bits.dcm", "BitsAllocated 32", number(DCM_BitsAllocated, 32)),
      one("colour.dcm", "colour", number(DCM_SamplesPerPixel, 3)),
      one("palette.dcm", "PALETTE", text(DCM_PhotometricInterpretation, "PALETTE COLOR")),
      one("no_pixels.dcm", "without pixel data",
          [](DcmDataset& d) { delete d.remove(DCM_PixelData); }),
      one("flat_orientation.dcm", "orientation",
          text(DCM_ImageOrientationPatient, "1\\0\\0\\1\\0\\0")),
      one("far_away.dcm", "position", text(DCM_ImagePositionPatient, "0\\0\\1e300")),
      one("slope.dcm", "rescale slope", text(DCM_RescaleSlope, "0")),
      one("deep.dcm", "nested more than 32 deep", nested(60)),
      one("mr.dcm", "MR", text(DCM_SOPClassUID, UID_MRImageStorage)),
      {"mpeg.dcm", "MPEG2", [mpeg](const std::string& p) { mpeg.write(p); }},
      {"deflated.dcm", "truncated deflated data",
       [deflated](const std::string& p) {
         const std::string bytes = bytes_of(deflated);
         put(p, bytes.substr(0, bytes.size() - 20));
       }},
      series("no_geometry", "position", {without_position(1), without_position(2)}),
      mixed,
      places,
      {"only_a_dicomdir", "DICOMDIR",
       [](const std::string& p) {
         fs::create_directory(p);
         DicomFile f;
         f.change = text(DCM_SOPClassUID, UID_MediaStorageDirectoryStorage);
         f.write(p + "/DICOMDIR");
       }},
      {"one_damaged", "truncated",
       [whole](const std::string& p) {
         fs::create_directory(p);
         slice_at(0, 1).write(p + "/0");
         slice_at(5, 2).write(p + "/1");
         put(p + "/2", whole.substr(0, whole.size() - 8));
       }},
  };
  for (Bad& bad : all) {
    if (bad.info == Bad::refuses) bad.info = Bad::lists_and_refuses;
  }
  return all;
}

/// A series of eight slices of 32 x 32.
void write_scan(const Desk& desk) {
  REQUIRE(desk.run("phantom p.nii --slices 8 --size 32").code == 0);
  REQUIRE(desk.run("interpolate p.nii --method linear --quiet --out series/").code == 0);
}

}  // namespace

TEST_CASE("bad DICOM is refused in one line") { check_table(dicom_cases()); }

TEST_CASE("of DICOM pictures come pictures and NIfTI but no CT series") {
  const Desk desk;
  fs::create_directory(desk / "pictures");
  for (int k = 0; k < 2; ++k) {
    DicomFile f = slice_at(5 * k, static_cast<Uint16>(k + 1));
    f.change = [k](DcmDataset& d) {
      const std::vector<Uint8> bytes(12, static_cast<Uint8>(100 * k));
      d.putAndInsertUint16(DCM_BitsAllocated, 8);
      d.putAndInsertUint16(DCM_BitsStored, 8);
      d.putAndInsertUint16(DCM_HighBit, 7);
      delete d.remove(DCM_PixelData);
      d.putAndInsertUint8Array(DCM_PixelData, bytes.data(), 12);
    };
    f.write((desk / ("pictures/" + std::to_string(k))).string());
  }
  const std::string interpolate = "interpolate pictures --method linear --out ";
  desk.refused(interpolate + "new/", "write PNG (--format png) or NIfTI (--out NAME.nii.gz)");
  desk.refused(interpolate + "new --format dicom", "grey levels of pictures");
  CHECK(desk.run(interpolate + "new").code == 0);
  CHECK(fs::exists(desk / "new/slice_0002.png"));
  CHECK(desk.run(interpolate + "flat.nii").code == 0);
  const Result info = desk.run("info flat.nii --json");
  CHECK(info.out.find("\"range\": [\n    0.0,\n    100.0\n  ]") != std::string::npos);
  CHECK(desk.run("info pictures").out.find("pictures, not HU") != std::string::npos);
}

TEST_CASE("a DICOM file that may not be read is listed with its reason") {
  const Desk desk;
  const std::optional<std::string> user = as_plain_user(desk);
  if (!user) return;
  fs::create_directory(desk / "series");
  slice_at(0, 1).write((desk / "series/0").string());
  slice_at(5, 2).write((desk / "series/1").string());
  fs::permissions(desk / "series/1", fs::perms::none);
  const Result r = desk.run("info series", *user);
  INFO(r.err << r.out);
  CHECK(r.code == 0);
  CHECK(tools_test::says(r.out, "1: cannot be opened"));
  fs::permissions(desk / "series/1", fs::perms::owner_all);
}

namespace {

/// An enhanced object of so many frames that are 8192 x 8192 pixels, and has 24 bytes of pixels.
[[maybe_unused]] void claim_frames(DcmDataset& d, int frames) {
  d.putAndInsertString(DCM_SOPClassUID, UID_EnhancedCTImageStorage);
  d.putAndInsertString(DCM_NumberOfFrames, std::to_string(frames).c_str());
  d.putAndInsertUint16(DCM_Rows, 8192);
  d.putAndInsertUint16(DCM_Columns, 8192);
  const auto put = [&](const DcmTagKey& groups, int frame, const DcmTagKey& group,
                       const DcmTagKey& tag, const std::string& value) {
    DcmItem* outer = nullptr;
    DcmItem* inner = nullptr;
    d.findOrCreateSequenceItem(groups, outer, frame);
    outer->findOrCreateSequenceItem(group, inner, 0);
    inner->putAndInsertString(tag, value.c_str());
  };
  put(DCM_SharedFunctionalGroupsSequence, 0, DCM_PlaneOrientationSequence,
      DCM_ImageOrientationPatient, "1\\0\\0\\0\\1\\0");
  put(DCM_SharedFunctionalGroupsSequence, 0, DCM_PixelMeasuresSequence, DCM_PixelSpacing, "1\\1");
  for (int i = 0; i < frames; ++i) {
    put(DCM_PerFrameFunctionalGroupsSequence, i, DCM_PlanePositionSequence,
        DCM_ImagePositionPatient, "0\\0\\" + std::to_string(i));
  }
}

}  // namespace

TEST_CASE("a DICOM header that claims a huge scan gets no memory for it") {
#if defined(CT2CT_SANITIZED)
  ct2ct_test::skip("the sanitizers need more address space than the limit leaves");
#else
  const Desk desk;
  one("huge.dcm", "", [](DcmDataset& d) {
    claim_frames(d, 50);
  }).make((desk / "huge.dcm").string());
  // 1 GiB of address space, an eighth of what is claimed.
  Result r = desk.run("info huge.dcm --threads 1", "ulimit -v 1048576;");
  r.out.clear();
  check_refusal(r, "huge.dcm", "24 bytes of pixel data");
#endif
}

TEST_CASE("a full disk leaves nothing of a DICOM folder") {
  const Desk desk;
  write_scan(desk);
  put((desk / "mine.nii").string(), "precious");
  // Slices are small; a folder of them is not.
  fs::create_directory(desk / "disk");
  const std::string on_small_disk =
      "unshare -rm sh -c 'mount -t tmpfs -o size=24k none disk || exit 77; mkdir disk/old; "
      "echo old >disk/old/slice_0000.dcm; "
      "\"$0\" \"$@\"; code=$?; ls -A disk >listing; cat disk/old/* >>listing; exit $code'";
  if (desk.run("--version", on_small_disk).code != 0) {
    ct2ct_test::skip("no small file system can be mounted here");
    return;
  }
  const std::string interpolate =
      "interpolate series --any-scan --method cubic --quiet --factor 4 --out ";
  check_full(desk, desk.run(interpolate + "disk/new/", on_small_disk), "disk/");
  CHECK(text_of(desk / "listing") == "old\nold\n");
  check_full(desk, desk.run(interpolate + "disk/old/ --force", on_small_disk), "disk/");
  CHECK(text_of(desk / "listing") == "old\nold\n");
}
