#include "data/dicom/derived.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>

#include "data/dicom/encode.h"
#include "data/dicom/values.h"
#include "nn/core/error.h"

namespace data {
namespace {

using nn::index;

constexpr std::size_t kMostLongString = 64;  // characters of a LO
// Far from the numbers that scanners give, so that the derived series sorts after its source.
constexpr double kSeriesNumberShift = 1000;

/// Code, scheme "DCM" and meaning (PS3.16, annex D).
struct Code {
  const char* value;
  const char* meaning;
};
constexpr Code kSpatialResampling{"113085", "Spatial resampling"};
constexpr Code kSourceImage{"121322", "Source image for image processing operation"};
constexpr Code kSynthesizing{"109100", "Synthesizing Equipment"};

void check(const OFCondition& result) {
  if (result.bad()) throw nn::Error(nn::Fault::job, "DICOM", result.text(), "an element set");
}

DcmItem& add_item(DcmItem& to, const DcmTagKey& sequence) {
  DcmItem* item = nullptr;
  check(to.findOrCreateSequenceItem(sequence, item, -2));  // -2: a new one at the end
  return *item;
}

void put_code(DcmItem& to, const DcmTagKey& sequence, const Code& code) {
  DcmItem& item = add_item(to, sequence);
  put_text(item, DCM_CodeValue, code.value);
  put_text(item, DCM_CodingSchemeDesignator, "DCM");
  put_text(item, DCM_CodeMeaning, code.meaning);
}

void put_word(DcmItem& to, const DcmTagKey& tag, int value) {
  check(to.putAndInsertUint16(tag, static_cast<Uint16>(value)));
}

template <std::size_t N>
void put_decimals(DcmItem& to, const DcmTagKey& tag, const std::array<double, N>& values) {
  std::string text;
  for (const double v : values) text += (text.empty() ? "" : "\\") + decimal_string(v);
  put_text(to, tag, text);
}

/// RAS to DICOM's patient axes, or back.
Position turned(const Position& p) { return {-p[0], -p[1], p[2]}; }

/// Unit vector of an axis of the affine, in DICOM's patient axes.
Position direction(const Volume& v, int axis) {
  Position p{};
  for (std::size_t row = 0; row < 3; ++row) p[row] = v.affine[row][static_cast<std::size_t>(axis)];
  const double length = distance({}, p);
  for (double& x : p) x /= length;
  return turned(p);
}

/// The headers of a slice's neighbours; of a scan without DICOM, an empty one.
struct Sources {
  DcmItem* a;
  DcmItem* c;
  DcmItem* nearer;
};

Sources sources_of(const Volume& v, index k, DcmItem& none) {
  if (!v.dicom) return {&none, &none, &none};
  const auto header = [&](index i) -> DcmItem* {
    return v.dicom->slices[static_cast<std::size_t>(i)].header.get();
  };
  const SliceOrigin o = v.origin(k);
  return {header(o.before), header(o.after), header(nearer_source(v, k))};
}

/// A phantom's slices were never measured.
bool is_synthetic(const Volume& v, index k) {
  return v.origin(k).synthetic() || v.format == "phantom";
}

/// Whether all numbers of a text of decimals have at most the 16 bytes that they may have.
bool are_decimals(const std::string& text) {
  std::size_t longest = 0;
  std::size_t first = 0;
  while (first <= text.size()) {
    const std::size_t end = std::min(text.find('\\', first), text.size());
    longest = std::max(longest, end - first);
    first = end + 1;
  }
  return longest <= 16;
}

/// Where slice k lies: of a real slice what its source says, to the letter; of a synthetic one on
/// the straight line between both sources, whose numbers may be rounded.
void put_position(DcmItem& d, const Volume& v, index k, const Sources& from) {
  const auto before = numbers_of<3>(*from.a, DCM_ImagePositionPatient);
  const auto after = numbers_of<3>(*from.c, DCM_ImagePositionPatient);
  const SliceOrigin o = v.origin(k);
  if (!before || !after) {
    put_decimals(d, DCM_ImagePositionPatient, turned(v.position(k)));
  } else if (const std::string text = text_of(*from.a, DCM_ImagePositionPatient);
             !o.synthetic() && are_decimals(text)) {
    put_text(d, DCM_ImagePositionPatient, text);
  } else {
    Position p{};
    for (std::size_t i = 0; i < 3; ++i) p[i] = (*before)[i] + o.t * ((*after)[i] - (*before)[i]);
    put_decimals(d, DCM_ImagePositionPatient, p);
  }
}

// --- Parts of an image, by module -------------------------------------------------------------

std::string description_of(DcmItem& source, const DerivedSeries& s) {
  const std::string own = bytes_of_text(source, DCM_SeriesDescription);
  if (own.empty()) return s.mark.substr(1);
  return with_ascii(own, charset_of(source), s.mark, kMostLongString);
}

void put_identity(DcmItem& d, const DerivedSeries& s, index k, DcmItem& source) {
  put_text(d, DCM_SOPClassUID, UID_CTImageStorage);
  put_text(d, DCM_SOPInstanceUID, uid_of(s.key + "instance " + std::to_string(k)));
  put_text(d, DCM_InstanceCreationDate, s.clock.date);
  put_text(d, DCM_InstanceCreationTime, s.clock.time);
  put_text(d, DCM_ContentDate, s.clock.date);
  put_text(d, DCM_ContentTime, s.clock.time);
  put_text(d, DCM_Modality, "CT");
  put_text(d, DCM_StudyInstanceUID, s.study_uid);
  put_text(d, DCM_SeriesInstanceUID, uid_of(s.key + "series"));
  put_text(d, DCM_FrameOfReferenceUID, s.frame_uid);
  const double number = number_of(source, DCM_SeriesNumber).value_or(0);
  put_text(d, DCM_SeriesNumber,
           std::to_string(
               static_cast<std::int32_t>(std::clamp(number, -1e9, 1e9) + kSeriesNumberShift)));
  // The text in the character set of this very image.
  put_text(d, DCM_SeriesDescription,
           charset_of(source) == s.charset ? s.description : description_of(source, s));
  put_text(d, DCM_InstanceNumber, std::to_string(k + 1));
  put_text(d, DCM_ContentQualification, "RESEARCH");
  if (!d.tagExists(DCM_BurnedInAnnotation)) put_text(d, DCM_BurnedInAnnotation, "NO");
  if (text_of(d, DCM_PatientIdentityRemoved) == "YES" && !d.tagExists(DCM_DeidentificationMethod) &&
      !d.tagExists(DCM_DeidentificationMethodCodeSequence)) {
    // Wanted wherever the identity was removed; the source does not say how.
    put_text(d, DCM_DeidentificationMethod, "not stated by the source series");
  }
}

void put_plane(DcmItem& d, const DerivedSeries& s, index k, const Sources& from) {
  const Volume& v = *s.volume;
  const SliceOrigin o = v.origin(k);
  put_position(d, v, k, from);
  if (!d.tagExists(DCM_ImageOrientationPatient)) {
    const Position row = direction(v, v.column_axis());  // along a row the column changes
    const Position column = direction(v, v.row_axis());
    put_decimals(d, DCM_ImageOrientationPatient,
                 std::array{row[0], row[1], row[2], column[0], column[1], column[2]});
  }
  if (!d.tagExists(DCM_PixelSpacing)) {
    put_decimals(d, DCM_PixelSpacing,
                 std::array{v.spacing[static_cast<std::size_t>(v.row_axis())],
                            v.spacing[static_cast<std::size_t>(v.column_axis())]});
  }
  const auto before = number_of(*from.a, DCM_SliceLocation);
  const auto after = number_of(*from.c, DCM_SliceLocation);
  if (before && after) {
    put_text(d, DCM_SliceLocation, decimal_string(*before + o.t * (*after - *before)));
  }
  if (s.even) put_text(d, DCM_SpacingBetweenSlices, decimal_string(v.slice_spacing()));
}

void put_pixels(DcmItem& d, const DerivedSeries& s, index k) {
  const Volume& v = *s.volume;
  const PixelFormat f = pixel_format(v, k);
  put_word(d, DCM_SamplesPerPixel, 1);
  put_text(d, DCM_PhotometricInterpretation, f.monochrome1 ? "MONOCHROME1" : "MONOCHROME2");
  put_word(d, DCM_Rows, static_cast<int>(v.height()));
  put_word(d, DCM_Columns, static_cast<int>(v.width()));
  put_word(d, DCM_BitsAllocated, 16);
  put_word(d, DCM_BitsStored, f.bits_stored);
  put_word(d, DCM_HighBit, f.bits_stored - 1);
  put_word(d, DCM_PixelRepresentation, f.is_signed ? 1 : 0);
  put_text(d, DCM_RescaleIntercept, decimal_string(f.intercept));
  put_text(d, DCM_RescaleSlope, decimal_string(f.slope));
  put_text(d, DCM_RescaleType, v.unit == Unit::hu ? "HU" : "US");  // US: unspecified
  const std::vector<std::uint16_t> words = encoded(v, k, f);
  check(d.putAndInsertUint16Array(DCM_PixelData, words.data(), words.size()));
}

/// The source's image type with DERIVED for ORIGINAL, since this is a new instance, and since
/// converters (dcm2niix) stack no original and derived images; as for a synthetic slice where the
/// source's values are not what a CT image may have. A frame of an enhanced object has VOLUME for
/// AXIAL (PS3.3, C.8.16.1.3), and keeps PRIMARY.
std::string image_type_of(DcmItem& source) {
  if (source.tagExists(DCM_FrameType)) {
    const bool primary = text_of(source, DCM_FrameType, 1) == "PRIMARY";
    return primary ? "DERIVED\\PRIMARY\\AXIAL" : "DERIVED\\SECONDARY\\AXIAL";
  }
  const std::string text = text_of(source, DCM_ImageType);
  const std::size_t rest = text.find('\\');
  const bool axial = rest != std::string::npos && text_of(source, DCM_ImageType, 2) == "AXIAL";
  const bool code = std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return std::isupper(c) != 0 || std::isdigit(c) != 0 || c == ' ' || c == '_' || c == '\\';
  });
  return axial && code ? "DERIVED" + text.substr(rest) : "DERIVED\\SECONDARY\\AXIAL";
}

/// The model file behind a slice; empty where it had no part in it.
std::string weights_of(const Provenance& p, const SliceOrigin& o) {
  return o.weights ? p.weights_sha256 : "";
}

std::string how(const Provenance& p, const SliceOrigin& o) {
  const std::string weights = weights_of(p, o);
  std::string text = "method " + o.method;
  if (!weights.empty()) text += " (weights SHA-256 " + weights + ")";
  if (o.expected_error) {
    text += ", expected error " + decimal_string(std::round(10 * *o.expected_error) / 10) +
            " HU (an upper estimate)";
  }
  return text + ", ct2ct " + p.version;
}

void put_neighbours(DcmItem& d, const Volume& v, const SliceOrigin& o) {
  if (!v.dicom) return;
  std::vector<index> neighbours{o.before};
  if (o.synthetic()) neighbours.push_back(o.after);
  for (const index i : neighbours) {
    const DicomSlice& slice = v.dicom->slices[static_cast<std::size_t>(i)];
    if (slice.sop_instance_uid.empty()) continue;  // a source without it cannot be referred to
    DcmItem& item = add_item(d, DCM_SourceImageSequence);
    const std::string sop_class = text_of(*slice.header, DCM_SOPClassUID);
    put_text(item, DCM_ReferencedSOPClassUID, sop_class.empty() ? UID_CTImageStorage : sop_class);
    put_text(item, DCM_ReferencedSOPInstanceUID, slice.sop_instance_uid);
    // Wanted where not all frames are meant (PS3.3, table 10-3).
    if (slice.frame > 0) put_text(item, DCM_ReferencedFrameNumber, std::to_string(slice.frame));
    put_code(item, DCM_PurposeOfReferenceCodeSequence, kSourceImage);
  }
}

void put_equipment(DcmItem& d, const DerivedSeries& s, const SliceOrigin& o) {
  const Provenance& p = s.provenance;
  const std::string weights = weights_of(p, o);
  DcmItem& item = add_item(d, DCM_ContributingEquipmentSequence);
  put_code(item, DCM_PurposeOfReferenceCodeSequence, kSynthesizing);
  put_text(item, DCM_Manufacturer, "ct2ct");
  put_text(item, DCM_ManufacturerModelName, "ct2ct");
  // A SHA-256 has just the 64 characters that a value may have.
  put_text(item, DCM_SoftwareVersions, p.version + (weights.empty() ? "" : "\\" + weights));
  put_text(item, DCM_ContributionDateTime, s.clock.date + s.clock.time);
  put_text(item, DCM_ContributionDescription, "Slice interpolation, " + how(p, o));
}

/// What a neighbour is called: never its file, whose name may say more than the header does.
std::string neighbour_name(const Volume& v, index i) {
  if (!v.dicom) return "slice " + std::to_string(i);
  const auto& slice = v.dicom->slices[static_cast<std::size_t>(i)];
  const std::string number = text_of(*slice.header, DCM_InstanceNumber);
  const std::string frame = slice.frame > 0 ? "frame " + std::to_string(slice.frame) : "";
  if (number.empty()) return frame.empty() ? "slice " + std::to_string(i) : frame;
  return (frame.empty() ? "" : frame + " of ") + "instance " + number;
}

void mark_synthetic(DcmItem& d, const DerivedSeries& s, index k) {
  const Volume& v = *s.volume;
  const SliceOrigin o = v.origin(k);
  put_text(d, DCM_ImageType, "DERIVED\\SECONDARY\\AXIAL");
  put_text(d, kSyntheticData, "YES");
  if (!o.synthetic()) {
    put_text(d, DCM_DerivationDescription, "A made-up phantom, ct2ct " + s.provenance.version);
    put_text(d, DCM_ImageComments, "SYNTHETIC: a made-up phantom, no acquisition. For research.");
    return;
  }
  put_text(d, DCM_DerivationDescription,
           "Interpolated between " + neighbour_name(v, o.before) + " and " +
               neighbour_name(v, o.after) + " of the source at t = " + decimal_string(o.t) + ", " +
               how(s.provenance, o));
  put_code(d, DCM_DerivationCodeSequence, kSpatialResampling);
  put_neighbours(d, v, o);
  put_equipment(d, s, o);
  put_text(d, DCM_ImageComments,
           "SYNTHETIC: interpolated between two slices, no acquisition. For research, not for "
           "diagnosis.");
}

void mark_real(DcmItem& d, const DerivedSeries& s, index k, DcmItem& source) {
  const Volume& v = *s.volume;
  put_text(d, DCM_ImageType, image_type_of(source));
  put_neighbours(d, v, v.origin(k));
  // What was made before it was read keeps saying how.
  if (d.tagExists(kSyntheticData)) return;
  put_text(d, DCM_DerivationDescription,
           v.dicom ? "Stored values unchanged from the source instance"
                   : "Converted from " + v.format + ", values unchanged");
}

}  // namespace

DerivedSeries derived_series(const Volume& volume, const Provenance& provenance) {
  DerivedSeries s;
  s.volume = &volume;
  s.provenance = provenance;
  s.clock = clock_now();
  DcmItem none;
  const Sources from = sources_of(volume, 0, none);
  DcmItem& header = *from.a;

  // What is known of the source, whatever is made of it.
  std::string source = volume.dicom ? volume.dicom->series_instance_uid : volume.source;
  for (const DcmTagKey& tag : {DCM_PatientID, DCM_StudyDate, DCM_StudyTime, DCM_SeriesDate,
                               DCM_SeriesTime, DCM_SeriesDescription}) {
    source += "\n" + text_of(header, tag);
  }
  s.study_uid = text_of(header, DCM_StudyInstanceUID);
  if (s.study_uid.empty()) s.study_uid = uid_of("ct2ct study\n" + source);
  s.frame_uid = text_of(header, DCM_FrameOfReferenceUID);
  if (s.frame_uid.empty()) s.frame_uid = uid_of("ct2ct frame\n" + s.study_uid + source);

  s.key = "ct2ct derived series 1\n" + s.study_uid + "\n" + source + "\n" + provenance.version +
          "\n" + provenance.weights_sha256 + "\n" + volume.sha256() + "\n";
  for (index k = 0; k < volume.slices(); ++k) {
    const SliceOrigin o = volume.origin(k);
    if (o.synthetic()) s.key += how(provenance, o) + "\n";
  }
  std::vector<Position> positions;
  for (index k = 0; k < volume.slices(); ++k) {
    positions.push_back(volume.position(k));
    for (const double x : positions.back()) s.key += decimal_string(x) + " ";
  }
  s.even = evenly_spaced(positions);

  const index factor = volume.refinement[static_cast<std::size_t>(volume.slice_axis)];
  s.mark = (factor > 1 ? " x" + std::to_string(factor) : std::string()) + " interpolated RESEARCH";
  s.charset = charset_of(header);
  s.description = description_of(header, s);
  return s;
}

std::unique_ptr<DcmFileFormat> derived_image(const DerivedSeries& series, index k) {
  const Volume& v = *series.volume;
  DcmItem none;
  const Sources from = sources_of(v, k, none);
  auto file = std::make_unique<DcmFileFormat>();
  DcmItem& d = *file->getDataset();
  keep_attributes(*from.a, *from.c, *from.nearer, d);
  put_identity(d, series, k, *from.a);
  put_plane(d, series, k, from);
  if (is_synthetic(v, k)) {
    mark_synthetic(d, series, k);
  } else {
    mark_real(d, series, k, *from.a);
  }
  put_pixels(d, series, k);
  return file;
}

}  // namespace data
