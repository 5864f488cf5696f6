// Series of the class CT that hold no HU: 8-bit grey and colour, read as stacks of pictures. Hand
// computed levels; every syntax against pydicom: dicom_check.py.
#include <numeric>

#include "data/dicom/dicom.h"
#include "data/io/read.h"
#include "data/io/write.h"
#include "data/pictures/font_7x13.h"
#include "data/pictures/overlay.h"
#include "data/pictures/pictures.h"
#include "data/volume/placement.h"
#include "tests/data/dicom/dicom_files.h"

using data::DicomListing;
using data::read_volume;
using data::Volume;
using data_test::check_input_error;
using data_test::DicomFile;
using data_test::first_values;
using data_test::slice_at;
using data_test::TempDir;
using data_test::warned;

namespace {

using Change = std::function<void(DcmDataset&)>;
using Bytes = std::vector<Uint8>;

void set_pixels(DcmDataset& d, const Bytes& bytes) {
  delete d.remove(DCM_PixelData);
  d.putAndInsertUint8Array(DCM_PixelData, bytes.data(), static_cast<unsigned long>(bytes.size()));
}

/// 8 bits; twelve pixels unless the size is changed.
Change eight_bits(const Bytes& bytes, const Change& more = nullptr) {
  return [=](DcmDataset& d) {
    d.putAndInsertUint16(DCM_BitsAllocated, 8);
    d.putAndInsertUint16(DCM_BitsStored, 8);
    d.putAndInsertUint16(DCM_HighBit, 7);
    set_pixels(d, bytes);
    if (more) more(d);
  };
}

Change colour(const std::string& photometric, const Bytes& bytes, Uint16 planar = 0) {
  return eight_bits(bytes, [=](DcmDataset& d) {
    d.putAndInsertUint16(DCM_SamplesPerPixel, 3);
    d.putAndInsertString(DCM_PhotometricInterpretation, photometric.c_str());
    d.putAndInsertUint16(DCM_PlanarConfiguration, planar);
  });
}

Change number(const DcmTagKey& tag, Uint16 value) {
  return [=](DcmDataset& d) { d.putAndInsertUint16(tag, value); };
}

/// A single image with this change.
void write_one(const std::string& path, const Change& change, double z = 0, Uint16 uid = 1,
               const std::string& series = "1.2.3") {
  DicomFile f = slice_at(z, uid);
  f.series = series;
  f.change = change;
  f.write(path);
}

std::vector<double> levels(const std::string& path) {
  const nn::Tensor s = read_volume(path).slice(0);
  return {s.data(), s.data() + s.numel()};
}

std::vector<double> levels_of(const Change& change) {
  const TempDir dir;
  write_one(dir / "x", change);
  return levels(dir / "x");
}

/// 12 pixels of which these are the first; the rest is 0.
template <class T>
std::vector<T> twelve(std::vector<T> first, std::size_t samples = 1) {
  first.resize(12 * samples);
  return first;
}

}  // namespace

TEST_CASE("8-bit images are a stack of pictures with its places", "[dicom]") {
  const TempDir dir;
  for (int k = 0; k < 3; ++k) {
    write_one(dir / std::to_string((k * 2) % 3), eight_bits(Bytes(12, static_cast<Uint8>(50 * k))),
              4 - 2 * k, static_cast<Uint16>(k + 1));
  }
  DicomListing listing;
  const Volume v = read_volume(dir.str(), {}, &listing);
  CHECK(v.format == "DICOM pictures");
  CHECK(v.unit == data::Unit::grey8);
  CHECK(v.type == data::StoredType::uint8);
  CHECK(first_values(v) == std::vector<double>{100, 50, 0});
  CHECK(v.spacing == std::array<double, 3>{0.75, 0.5, 2});
  CHECK(v.affine[0][0] == -0.75);
  CHECK(v.affine[1][3] == -20);
  REQUIRE(v.positions.size() == 3);
  CHECK(v.positions[2] == std::array<double, 3>{-10, -20, 4});
  CHECK(warned(v, "8-bit (or colour): read as pictures, not HU"));
  CHECK_FALSE(warned(v, "rescale"));
  CHECK_FALSE(v.padding.has_value());
  CHECK(v.overlay == nullptr);
  REQUIRE(listing.groups.size() == 1);
  CHECK(listing.groups[0].pictures);
  CHECK(listing.skipped.empty());
  // The table of slices and reformats know the places, and nobody may say others.
  CHECK(data::slice_table(v).find("0,-10,-20,0,real") != std::string::npos);
  CHECK(data::Placement(v).at(1, 1, 2) == data::Point{-10 - 1.5, -20 - 0.5, 2});
  check_input_error(
      [&] {
        read_volume(dir.str(), {.spacing = {{1, 1, 1}}});
      },
      {"--spacing-xyz", "says its spacing itself"});
}

TEST_CASE("grey levels of a picture: fewer bits, signs and MONOCHROME1", "[dicom]") {
  const Bytes bytes = twelve<Uint8>({0, 1, 15, 128, 255});
  const auto begin = [](const std::vector<double>& v) {
    return std::vector<double>(v.begin(), v.begin() + 5);
  };
  CHECK(begin(levels_of(eight_bits(bytes))) == std::vector<double>{0, 1, 15, 128, 255});
  CHECK(begin(levels_of(eight_bits(bytes, number(DCM_PixelRepresentation, 1)))) ==
        std::vector<double>{128, 129, 143, 0, 127});
  const auto inverted = [](DcmDataset& d) {
    d.putAndInsertString(DCM_PhotometricInterpretation, "MONOCHROME1");
  };
  CHECK(begin(levels_of(eight_bits(bytes, inverted))) ==
        std::vector<double>{255, 254, 240, 127, 0});
  const TempDir dir;
  write_one(dir / "x", eight_bits(bytes, inverted));
  CHECK(warned(read_volume(dir / "x"), "MONOCHROME1"));
  // 4 bits, with rubbish above them: 15 is white.
  const auto four = [](DcmDataset& d) {
    d.putAndInsertUint16(DCM_BitsStored, 4);
    d.putAndInsertUint16(DCM_HighBit, 3);
  };
  CHECK(begin(levels_of(eight_bits(bytes, four))) == std::vector<double>{0, 17, 255, 0, 255});
  // 8 bits in words of 16.
  DicomFile f;
  f.values = twelve<Uint16>({0, 1, 0x5680, 0xFF, 7});
  f.change = [](DcmDataset& d) {
    d.putAndInsertUint16(DCM_BitsStored, 8);
    d.putAndInsertUint16(DCM_HighBit, 7);
  };
  f.write(dir / "words");
  CHECK(begin(levels(dir / "words")) == std::vector<double>{0, 1, 128, 255, 7});
}

TEST_CASE("colour becomes luma, whatever the colours are stored as", "[dicom]") {
  // Red, green, blue and a mixture; 0.299 R + 0.587 G + 0.114 B.
  const std::vector<double> expected{76, 150, 29, 18};
  const auto begin = [](const std::vector<double>& v) {
    return std::vector<double>(v.begin(), v.begin() + 4);
  };
  const Bytes by_pixel = twelve<Uint8>({255, 0, 0, 0, 255, 0, 0, 0, 255, 10, 20, 30}, 3);
  Bytes by_plane(36);
  for (std::size_t i = 0; i < 36; ++i) by_plane[i % 3 * 12 + i / 3] = by_pixel[i];
  CHECK(begin(levels_of(colour("RGB", by_pixel))) == expected);
  CHECK(begin(levels_of(colour("RGB", by_plane, 1))) == expected);
  // 100 without chrominance; red, whose blue and green come out below and near 0.
  const Bytes ybr = twelve<Uint8>({100, 128, 128, 76, 85, 255}, 3);
  CHECK(levels_of(colour("YBR_FULL", ybr))[0] == 100);
  CHECK(levels_of(colour("YBR_FULL", ybr))[1] == 76);
  // Two pixels share chrominance: Y1 Y2 Cb Cr.
  const Bytes shared = twelve<Uint8>({100, 76, 128, 128, 76, 0, 85, 255}, 2);
  const std::vector<double> got = levels_of(colour("YBR_FULL_422", shared));
  CHECK(got.size() == 12);
  CHECK(begin(got) == std::vector<double>{100, 76, 76, 53});  // 178.05 R, 0 G, 0 B
  const TempDir dir;
  write_one(dir / "x", colour("RGB", by_pixel));
  CHECK(warned(read_volume(dir / "x"), "turned into grey"));
  write_one(dir / "y", colour("RGB", Bytes(36, 9)));
  CHECK_FALSE(warned(read_volume(dir / "y"), "turned into grey"));
}

TEST_CASE("palettes: 16 bits, 8 bits packed or not, and indices beyond their ends", "[dicom]") {
  const Bytes indices = twelve<Uint8>({3, 4, 5, 6, 200});
  /// Entries for indices 4, 5 and 6.
  const auto palette = [&](Uint16 bits, const std::array<std::vector<Uint16>, 3>& tables) {
    return eight_bits(indices, [=](DcmDataset& d) {
      d.putAndInsertString(DCM_PhotometricInterpretation, "PALETTE COLOR");
      const std::array<Uint16, 3> descriptor{3, 4, bits};
      const DcmTagKey descriptors[] = {DCM_RedPaletteColorLookupTableDescriptor,
                                       DCM_GreenPaletteColorLookupTableDescriptor,
                                       DCM_BluePaletteColorLookupTableDescriptor};
      const DcmTagKey data[] = {DCM_RedPaletteColorLookupTableData,
                                DCM_GreenPaletteColorLookupTableData,
                                DCM_BluePaletteColorLookupTableData};
      for (std::size_t c = 0; c < 3; ++c) {
        d.putAndInsertUint16Array(descriptors[c], descriptor.data(), 3);
        d.putAndInsertUint16Array(data[c], tables[c].data(),
                                  static_cast<unsigned long>(tables[c].size()));
      }
    });
  };
  const auto begin = [](const std::vector<double>& v) {
    return std::vector<double>(v.begin(), v.begin() + 5);
  };
  // Red, green, blue; what is below is red too, what is above blue.
  const std::vector<double> expected{76, 76, 150, 29, 29};
  CHECK(begin(levels_of(palette(16, {{{0xFFFF, 0, 0}, {0, 0xFFFF, 0}, {0, 0, 0xFF00}}}))) ==
        expected);
  CHECK(begin(levels_of(palette(8, {{{0x00FF, 0}, {0xFF00, 0}, {0, 0x00FF}}}))) == expected);
  CHECK(begin(levels_of(palette(8, {{{0xFF, 0, 0}, {0, 0xFF, 0}, {0, 0, 0xFF}}}))) == expected);
  const TempDir dir;
  write_one(dir / "long", palette(16, {{{1, 2, 3, 4}, {1, 2, 3}, {1, 2, 3}}}));
  check_input_error([&] { read_volume(dir / "long"); },
                    {"long", "3 entries of 16 bits in 4 words"});
  write_one(dir / "odd", palette(12, {{{1, 2, 3}, {1, 2, 3}, {1, 2, 3}}}));
  check_input_error([&] { read_volume(dir / "odd"); }, {"odd", "12 bits"});
  write_one(dir / "none", eight_bits(indices, [](DcmDataset& d) {
              d.putAndInsertString(DCM_PhotometricInterpretation, "PALETTE COLOR");
            }));
  check_input_error([&] { read_volume(dir / "none"); }, {"none", "without a palette"});
}

TEST_CASE("pictures beside a scan are left out by name, unless one is asked for", "[dicom]") {
  const TempDir dir;
  data_test::write_series(dir, {0, 1});
  for (int k = 0; k < 5; ++k) {
    write_one(dir / ("grey" + std::to_string(k)), eight_bits(Bytes(12, static_cast<Uint8>(k + 1))),
              k, static_cast<Uint16>(100 + k), "1.2.9");
  }
  write_one(dir / "red", colour("RGB", Bytes(36, 9)), 3, 200, "1.2.10");
  // Damaged, as headers and as pixels; no reason to refuse the scan.
  write_one(dir / "broken", colour("RGB", Bytes(36, 9), 2), 3, 201, "1.2.11");
  write_one(dir / "cut", eight_bits(Bytes(10, 9)), 3, 202, "1.2.12");
  write_one(dir / "cut2", eight_bits(Bytes(10, 9)), 3, 203, "1.2.12");
  write_one(dir / "cut3", eight_bits(Bytes(10, 9)), 3, 204, "1.2.13");
  DicomListing listing;
  const Volume v = read_volume(dir.str(), {}, &listing);
  CHECK(v.unit == data::Unit::hu);
  CHECK(first_values(v) == std::vector<double>{-1023, -1022});
  CHECK_FALSE(warned(v, "series was read"));
  CHECK(warned(v, "left out, a picture of 8 bits, which holds no HU; --series 4 reads its series"));
  REQUIRE(listing.groups.size() == 5);
  CHECK(listing.groups[0].chosen);
  CHECK_FALSE(listing.groups[0].pictures);
  std::vector<std::string> found;
  for (const auto& s : listing.skipped) found.push_back(s.file + ": " + s.reason);
  for (const std::string name :
       {"grey0: a picture of 8 bits", "grey4: a picture of 8 bits", "red: a colour picture",
        "broken: a picture, which holds no HU", "cut: a picture of 8 bits"}) {
    INFO(name);
    CHECK(std::any_of(found.begin(), found.end(),
                      [&](const std::string& f) { return f.starts_with(name); }));
  }
  CHECK(found.size() == 10);

  const Volume grey = read_volume(dir.str(), {.series = "1.2.9"}, &listing);
  CHECK(grey.unit == data::Unit::grey8);
  CHECK(first_values(grey) == std::vector<double>{1, 2, 3, 4, 5});
  CHECK(warned(grey, "one of 5 series was read"));
  CHECK(first_values(read_volume(dir.str(), {.series = "4"})).size() == 5);
  CHECK(first_values(read_volume(dir.str(), {.series = "1.2.10"})) == std::vector<double>{9});
  check_input_error([&] { read_volume(dir.str(), {.series = "1.2.13"}); },
                    {"cut3", "10 bytes of pixel data", "12"});
}

TEST_CASE("a picture that cannot be read stops the series that it belongs to", "[dicom]") {
  const TempDir dir;
  for (int k = 0; k < 3; ++k) {
    write_one(dir / std::to_string(k), eight_bits(Bytes(12, static_cast<Uint8>(k))), k,
              static_cast<Uint16>(k + 1));
  }
  write_one(dir / "bad", eight_bits(Bytes(12, 7), number(DCM_Rows, 0)), 3, 9);
  check_input_error([&] { read_volume(dir.str()); }, {"bad", "Rows 0"});
  std::filesystem::remove(dir / "bad");
  write_one(dir / "copy", eight_bits(Bytes(12, 1)), 1, 10);
  const Volume v = read_volume(dir.str());
  CHECK(v.slices() == 3);
  CHECK(warned(v, "1 copies of other slices were dropped: copy"));
}

TEST_CASE("headers of pictures that cannot be right are refused", "[dicom]") {
  const TempDir dir;
  const auto refused = [&](const Change& change, const std::vector<std::string>& texts) {
    write_one(dir / "bad", change);
    auto all = texts;
    all.emplace_back("bad");
    check_input_error([&] { read_volume(dir / "bad"); }, all);
  };
  const Bytes bytes(12, 1);
  const Bytes three(36, 1);
  refused(eight_bits(Bytes(10, 1)), {"10 bytes of pixel data", "12"});
  refused(eight_bits(Bytes(18, 1)), {"18 bytes of pixel data", "12"});
  refused(colour("RGB", bytes), {"12 bytes of pixel data", "36"});
  refused(colour("YBR_FULL_422", three), {"36 bytes of pixel data", "24"});
  refused(colour("MONOCHROME2", three), {"'MONOCHROME2' of 3 samples"});
  refused(colour("ARGB", three), {"'ARGB' of 3 samples"});
  refused(
      eight_bits(bytes,
                 [](DcmDataset& d) { d.putAndInsertString(DCM_PhotometricInterpretation, "RGB"); }),
      {"'RGB' of 1 sample"});
  refused(eight_bits(bytes, number(DCM_SamplesPerPixel, 2)), {"'MONOCHROME2' of 2 samples"});
  refused(eight_bits(bytes, number(DCM_SamplesPerPixel, 4)), {"SamplesPerPixel 4"});
  refused(eight_bits(bytes, number(DCM_BitsStored, 9)), {"BitsStored 9", "1 to 8"});
  refused(eight_bits(bytes, number(DCM_HighBit, 9)), {"HighBit 9", "7 to 7"});
  refused(eight_bits(bytes, number(DCM_Columns, 60000)), {"Columns 60000"});
  refused(eight_bits(bytes, [](DcmDataset& d) { d.putAndInsertString(DCM_NumberOfFrames, "2"); }),
          {"2 frames without functional groups"});
  refused(
      [&](DcmDataset& d) {
        colour("RGB", three)(d);
        d.putAndInsertUint16(DCM_BitsAllocated, 16);
      },
      {"BitsAllocated 16", "8"});
  refused(
      [&](DcmDataset& d) {
        colour("YBR_FULL_422", Bytes(18, 1))(d);
        d.putAndInsertUint16(DCM_Columns, 3);
      },
      {"YBR_FULL_422 of 3 columns"});
  // An odd number of bytes has one more.
  const auto odd = [](std::size_t count) {
    return eight_bits(Bytes(count, 1), [](DcmDataset& d) { d.putAndInsertUint16(DCM_Columns, 3); });
  };
  CHECK(levels_of(odd(10)).size() == 9);
  refused(odd(14), {"14 bytes of pixel data", "9 and padding"});
}

TEST_CASE("text burned into DICOM pictures is found and masked", "[dicom]") {
  const TempDir dir;
  constexpr int kSide = 64;
  const auto picture = [&](int k) {
    Bytes bytes(kSide * kSide);
    for (int i = 0; i < kSide * kSide; ++i) {
      const int y = i / kSide;
      const int x = i % kSide;  // a disc that moves
      const bool inside = (y - 40) * (y - 40) + (x - 20 - k) * (x - 20 - k) < 100;
      bytes[static_cast<std::size_t>(i)] = inside ? 90 : 0;
    }
    const std::string text = "WW 400";
    for (std::size_t t = 0; t < text.size(); ++t) {
      const auto& glyph = data::font::kRegular[static_cast<std::size_t>(text[t] - ' ')];
      for (int i = 0; i < data::font::kHeight * data::font::kWidth; ++i) {
        const int y = i / data::font::kWidth;
        const int x = i % data::font::kWidth;
        if (((glyph[static_cast<std::size_t>(y)] >> (data::font::kWidth - 1 - x)) & 1) == 0)
          continue;
        const int column = static_cast<int>(t) * data::font::kWidth + x + 3;
        bytes[static_cast<std::size_t>((y + 3) * kSide + column)] = 255;
      }
    }
    return bytes;
  };
  for (int k = 0; k < 10; ++k) {
    write_one(dir / std::to_string(k),
              eight_bits(picture(k),
                         [](DcmDataset& d) {
                           d.putAndInsertUint16(DCM_Rows, kSide);
                           d.putAndInsertUint16(DCM_Columns, kSide);
                         }),
              k, static_cast<Uint16>(k + 1));
  }
  const Volume v = read_volume(dir.str());
  REQUIRE(v.overlay != nullptr);
  CHECK(warned(v, "burned-in text found"));
  const std::vector<std::uint8_t> mask = v.overlay->mask();
  CHECK(std::accumulate(mask.begin(), mask.begin() + 18 * kSide, 0) > 100);
  CHECK(std::accumulate(mask.begin() + 20 * kSide, mask.end(), 0) == 0);
}

TEST_CASE("no CT series is made of pictures", "[dicom]") {
  const TempDir dir;
  for (int k = 0; k < 2; ++k) {
    DicomFile f = slice_at(0, static_cast<Uint16>(k + 1));
    f.change = eight_bits(Bytes(12, 1), [=](DcmDataset& d) {
      delete d.remove(DCM_ImagePositionPatient);
      delete d.remove(DCM_ImageOrientationPatient);
      delete d.remove(DCM_PixelSpacing);
      d.putAndInsertString(DCM_InstanceNumber, std::to_string(k).c_str());
    });
    f.write(dir / std::to_string(k));
  }
  check_input_error([&] { read_volume(dir.str()); }, {"no position", "--by-instance-number"});
  // Without geometry the user may give one, as for a folder of PNG.
  const Volume v = read_volume(dir.str(), {.by_instance_number = true, .spacing = {{2, 3, 4}}});
  CHECK(v.spacing == std::array<double, 3>{2, 3, 4});
  using data::OutputFormat;
  CHECK(data::output_format("", "a", v) == OutputFormat::png);
  CHECK(data::output_format("", "a.nii", v) == OutputFormat::nifti);
  CHECK(data::output_format("", "a/", v) == OutputFormat::dicom);
  check_input_error([&] { data::check_dicom(v); },
                    {"grey levels of pictures", "--format png", "NIfTI", ".nii.gz"});
}
