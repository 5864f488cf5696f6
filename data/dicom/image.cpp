#include "data/dicom/image.h"

#include <algorithm>
#include <cmath>

#include "data/dicom/values.h"
#include "nn/core/error.h"

namespace data {
namespace {

using nn::Error;
using nn::Fault;
using nn::index;

constexpr index kMostFrames = 65536;

/// Where the attributes of a frame stand: at the top of a single image's data set; else in the
/// frame's own functional group or in the one shared by all frames.
class Frame {
 public:
  Frame(DcmItem& top, bool enhanced, index frame) : top_(top), enhanced_(enhanced) {
    if (!enhanced) return;
    top.findAndGetSequenceItem(DCM_SharedFunctionalGroupsSequence, shared_);
    top.findAndGetSequenceItem(DCM_PerFrameFunctionalGroupsSequence, own_,
                               static_cast<signed long>(frame));
  }

  DcmItem* group(const DcmTagKey& sequence) const {
    if (!enhanced_) return &top_;
    for (DcmItem* item : {own_, shared_}) {
      DcmItem* found = nullptr;
      if (item != nullptr && item->findAndGetSequenceItem(sequence, found).good()) return found;
    }
    return nullptr;
  }
  const std::array<DcmItem*, 2> all() const { return {shared_, own_}; }

 private:
  DcmItem& top_;
  bool enhanced_;
  DcmItem* shared_ = nullptr;
  DcmItem* own_ = nullptr;
};

bool is_enhanced(const std::string& sop_class) {
  return sop_class == UID_EnhancedCTImageStorage ||
         sop_class == UID_LegacyConvertedEnhancedCTImageStorage;
}

std::string sop_class_of(DcmFileFormat& file) {
  const std::string uid = text_of(*file.getDataset(), DCM_SOPClassUID);
  return uid.empty() ? text_of(*file.getMetaInfo(), DCM_MediaStorageSOPClassUID) : uid;
}

/// Why a file holds no CT image; empty when it does.
std::string reason_to_skip(DcmFileFormat& file) {
  DcmDataset& d = *file.getDataset();
  const std::string sop_class = sop_class_of(file);
  const std::string modality = text_of(d, DCM_Modality);
  if (sop_class == UID_MediaStorageDirectoryStorage) return "a DICOMDIR, which lists other files";
  const std::string kind = dcmFindNameOfUID(sop_class.c_str(), sop_class.c_str());
  if (kind.find("SecondaryCapture") != std::string::npos) return "a secondary capture, no CT image";
  const bool ct = sop_class == UID_CTImageStorage || is_enhanced(sop_class) ||
                  (sop_class.empty() && modality == "CT");
  if (!ct) return kind.empty() ? "no CT image" : kind + ", no CT image";
  if (!d.tagExists(DCM_PixelData)) return "a CT image without pixel data";
  // DICOM allows blanks around a value, and scanners write them; text_of() trims.
  if (text_of(d, DCM_ImageType, 2) == "LOCALIZER") return "a localizer";
  return {};
}

/// The CT Image IOD has 12 to 16 bits of grey (PS3.3, table C.8-3): HU do not fit
/// into 8 bits, nor into colours.
bool is_picture(DcmDataset& d) {
  return number_of(d, DCM_SamplesPerPixel).value_or(1) != 1 ||
         number_of(d, DCM_BitsAllocated) == 8.0 || number_of(d, DCM_BitsStored).value_or(16) <= 8 ||
         text_of(d, DCM_PhotometricInterpretation) == "PALETTE COLOR";
}

index whole(DcmItem& item, const DcmTagKey& tag, index low, index high, const std::string& where) {
  const double got = number_of(item, tag).value_or(-1);
  nn::require(got >= static_cast<double>(low) && got <= static_cast<double>(high), where,
              std::string(DcmTag(tag).getTagName()) +
                  (got == -1 ? " is missing" : " " + std::to_string(static_cast<index>(got))),
              std::to_string(low) + " to " + std::to_string(high), "the header is damaged");
  return static_cast<index>(got);
}

/// Samples a pixel and what they mean (PS3.3, C.7.6.3.1.2).
void read_photometric(DicomImage& image, DcmDataset& d, const std::string& where) {
  image.photometric = text_of(d, DCM_PhotometricInterpretation);
  image.monochrome1 = image.photometric == "MONOCHROME1";
  if (image.picture && d.tagExists(DCM_SamplesPerPixel)) {
    image.samples = static_cast<int>(whole(d, DCM_SamplesPerPixel, 1, 3, where));
  }
  const auto is = [&](const char* name) { return image.photometric == name; };
  const bool grey = image.monochrome1 || is("MONOCHROME2");
  const bool colours =
      is("RGB") || is("YBR_FULL") || is("YBR_FULL_422") || is("YBR_RCT") || is("YBR_ICT");
  const std::string got = "photometric interpretation '" + image.photometric + "' of " +
                          std::to_string(image.samples) +
                          (image.samples == 1 ? " sample" : " samples");
  if (!image.picture) {
    nn::require(grey, where, got, "MONOCHROME1 or MONOCHROME2");
    return;
  }
  nn::require(
      (image.samples == 3 && colours) || (image.samples == 1 && (grey || is("PALETTE COLOR"))),
      where, got,
      "MONOCHROME1, MONOCHROME2 or PALETTE COLOR of 1 sample, or a colour picture of 3: RGB, "
      "YBR_FULL, YBR_FULL_422, YBR_RCT or YBR_ICT");
  if (image.samples == 3 && d.tagExists(DCM_PlanarConfiguration)) {
    image.by_plane = whole(d, DCM_PlanarConfiguration, 0, 1, where) == 1;
  }
}

void read_bits(DicomImage& image, DcmDataset& d, const std::string& where) {
  // A colour sample has a byte; an index into a palette may have two.
  const bool bytes = number_of(d, DCM_BitsAllocated) == 8.0;
  const bool colour = image.samples > 1;
  image.bits_allocated = static_cast<int>(whole(
      d, DCM_BitsAllocated, image.picture && (bytes || colour) ? 8 : 16, colour ? 8 : 16, where));
  image.bits_stored = static_cast<int>(whole(d, DCM_BitsStored, 1, image.bits_allocated, where));
  image.high_bit =
      static_cast<int>(d.tagExists(DCM_HighBit) ? whole(d, DCM_HighBit, image.bits_stored - 1,
                                                        image.bits_allocated - 1, where)
                                                : image.bits_stored - 1);
  image.is_signed = whole(d, DCM_PixelRepresentation, 0, colour ? 0 : 1, where) == 1;
}

/// A value as pixels are stored. Its VR follows PixelRepresentation; read as 16 bits either way.
std::optional<double> stored_value(DcmItem& d, const DcmTagKey& tag, bool is_signed) {
  const std::optional<double> number = number_of(d, tag);
  if (!number) return std::nullopt;
  const double wrap = 65536;
  double value = std::fmod(*number, wrap);
  if (is_signed && value > 32767) value -= wrap;
  if (!is_signed && value < 0) value += wrap;
  return value;
}

void read_format(DicomImage& image, DcmDataset& d, const std::string& where) {
  image.rows = whole(d, DCM_Rows, 1, kMaxAxis, where);
  image.columns = whole(d, DCM_Columns, 1, kMaxAxis, where);
  read_photometric(image, d, where);
  read_bits(image, d, where);
  const auto padding = stored_value(d, DCM_PixelPaddingValue, image.is_signed);
  if (!padding) return;
  const double limit =
      stored_value(d, DCM_PixelPaddingRangeLimit, image.is_signed).value_or(*padding);
  image.padding = {std::min(*padding, limit), std::max(*padding, limit)};
}

void read_rescale(DicomImage& image, DcmItem* item, const std::string& where) {
  image.hu = false;
  if (item == nullptr) return;
  nn::require(!item->tagExists(DCM_ModalityLUTSequence), where, "values behind a lookup table",
              "a rescale slope and intercept", "convert the series first");
  const auto slope = number_of(*item, DCM_RescaleSlope);
  const auto intercept = number_of(*item, DCM_RescaleIntercept);
  if (!slope || !intercept) return;
  nn::require(
      *slope != 0 && std::fabs(*slope) < 1e6 && std::fabs(*intercept) < 1e9, where,
      "rescale slope " + std::to_string(*slope) + ", intercept " + std::to_string(*intercept),
      "numbers that turn stored values into HU", "the header is damaged");
  image.slope = *slope;
  image.intercept = *intercept;
  // PS3.3, C.8.2.1.1.3.1: HU unless the type says otherwise.
  const std::string type = text_of(*item, DCM_RescaleType);
  image.hu = type.empty() || type == "HU" || type == "HU_MOD";
}

/// Direction cosines: two perpendicular unit vectors.
void check_orientation(const std::array<double, 6>& o, const std::string& where) {
  const auto dot = [&](std::size_t a, std::size_t b) {
    return o[a] * o[b] + o[a + 1] * o[b + 1] + o[a + 2] * o[b + 2];
  };
  const bool good = std::fabs(dot(0, 0) - 1) < 0.01 && std::fabs(dot(3, 3) - 1) < 0.01 &&
                    std::fabs(dot(0, 3)) < 0.01;
  nn::require(good, where, "an image orientation that is no pair of perpendicular unit vectors",
              "direction cosines", "the header is damaged");
}

void read_geometry(DicomImage& image, const Frame& frame, const std::string& where) {
  if (DcmItem* item = frame.group(DCM_PlanePositionSequence)) {
    image.position = numbers_of<3>(*item, DCM_ImagePositionPatient);
  }
  if (DcmItem* item = frame.group(DCM_PlaneOrientationSequence)) {
    image.orientation = numbers_of<6>(*item, DCM_ImageOrientationPatient);
  }
  if (DcmItem* item = frame.group(DCM_PixelMeasuresSequence)) {
    image.pixel_spacing = numbers_of<2>(*item, DCM_PixelSpacing);
    image.thickness = number_of(*item, DCM_SliceThickness).value_or(0);
  }
  if (image.orientation) check_orientation(*image.orientation, where);
  if (image.position) {
    for (const double x : *image.position) {
      nn::require(std::fabs(x) < 1e6, where, "an image position of " + std::to_string(x) + " mm",
                  "a place near the scanner", "the header is damaged");
    }
  }
  if (image.pixel_spacing) {
    for (const double mm : *image.pixel_spacing) {
      nn::require(mm > 1e-4 && mm < 1e4, where, "a pixel spacing of " + std::to_string(mm) + " mm",
                  "millimetres above 0", "the header is damaged");
    }
  }
}

std::string image_type_of(DcmItem& item, const DcmTagKey& tag) {
  return text_of(item, tag, 0) + "\\" + text_of(item, tag, 1) + "\\" + text_of(item, tag, 2);
}

/// Whether it says that it lies between two others. SyntheticData is younger than many programs,
/// which drop it; what ct2ct writes beside it stays.
bool says_interpolated(DcmDataset& d) {
  const std::string derivation = text_of(d, DCM_DerivationDescription);
  if (derivation.starts_with("A made-up phantom, ct2ct")) return false;
  if (text_of(d, kSyntheticData) == "YES") return true;
  if (derivation.starts_with("Interpolated between ") &&
      derivation.find(", ct2ct ") != std::string::npos) {
    return true;
  }
  DcmItem* equipment = nullptr;
  for (int i = 0; i < 16; ++i) {
    if (d.findAndGetSequenceItem(DCM_ContributingEquipmentSequence, equipment, i).bad()) break;
    if (text_of(*equipment, DCM_Manufacturer) == "ct2ct") return true;
  }
  return false;
}

/// An attribute of the first of these sequences that a frame has, else of the data set.
std::string of_frame(const Frame& frame, DcmDataset& d, const DcmTagKey& sequence,
                     const DcmTagKey& in_frame, const DcmTagKey& at_top) {
  DcmItem* item = frame.group(sequence);
  const std::string text = item != nullptr ? text_of(*item, in_frame) : "";
  return text.empty() ? text_of(d, at_top) : text;
}

void read_times(DicomImage& image, const Frame& frame, DcmDataset& d) {
  const DcmTagKey& content = DCM_FrameContentSequence;
  const DcmTagKey& heart = DCM_CardiacSynchronizationSequence;
  image.temporal_position =
      of_frame(frame, d, content, DCM_TemporalPositionIndex, DCM_TemporalPositionIdentifier);
  image.cardiac_phase = of_frame(frame, d, heart, DCM_NominalPercentageOfCardiacPhase,
                                 DCM_NominalPercentageOfCardiacPhase);
  image.trigger = of_frame(frame, d, heart, DCM_NominalCardiacTriggerDelayTime, DCM_TriggerTime);
  image.acquisition =
      of_frame(frame, d, content, DCM_FrameAcquisitionNumber, DCM_AcquisitionNumber);
  image.acquired =
      of_frame(frame, d, content, DCM_FrameAcquisitionDateTime, DCM_AcquisitionDateTime);
  image.time = text_of(d, DCM_AcquisitionTime);
  if (image.time.empty()) image.time = text_of(d, DCM_ContentTime);
}

DicomImage image_of(DcmDataset& d, bool enhanced, index number, const std::string& where) {
  const Frame frame(d, enhanced, number);
  DicomImage image;
  image.frame = number;
  image.sop_instance_uid = text_of(d, DCM_SOPInstanceUID);
  image.study_instance_uid = text_of(d, DCM_StudyInstanceUID);
  image.series_instance_uid = text_of(d, DCM_SeriesInstanceUID);
  image.detector_spacing = numbers_of<2>(d, DCM_ImagerPixelSpacing);
  image.series_number = text_of(d, DCM_SeriesNumber);
  image.description = readable_text(d, DCM_SeriesDescription);
  image.frame_of_reference = text_of(d, DCM_FrameOfReferenceUID);
  read_times(image, frame, d);
  image.interpolated = says_interpolated(d);
  image.instance_number = number_of(d, DCM_InstanceNumber);
  image.image_type = image_type_of(d, DCM_ImageType);
  image.tilt_tag = number_of(d, DCM_GantryDetectorTilt).value_or(0);
  if (DcmItem* item = frame.group(DCM_CTImageFrameTypeSequence); enhanced && item != nullptr) {
    image.image_type = image_type_of(*item, DCM_FrameType);
  }
  if (DcmItem* item = frame.group(DCM_CTReconstructionSequence)) {
    image.kernel = text_of(*item, DCM_ConvolutionKernel);
  }
  if (DcmItem* item = frame.group(DCM_FrameVOILUTSequence)) {
    const std::string centre = text_of(*item, DCM_WindowCenter, 0);
    const std::string width = text_of(*item, DCM_WindowWidth, 0);
    if (!centre.empty() && !width.empty()) image.window = centre + "/" + width;
  }
  image.picture = is_picture(d);
  read_format(image, d, where);
  if (image.picture) {
    image.hu = false;
  } else {
    read_rescale(image, frame.group(DCM_PixelValueTransformationSequence), where);
  }
  read_geometry(image, frame, where);
  return image;
}

/// One for each frame, or why they are left out.
std::variant<std::vector<DicomImage>, std::string> frames_of(ParsedDicom& file,
                                                             const std::string& name,
                                                             const std::string& where) {
  DcmDataset& d = *file.getDataset();
  const bool enhanced = is_enhanced(sop_class_of(file));
  const index frames =
      d.tagExists(DCM_NumberOfFrames) ? whole(d, DCM_NumberOfFrames, 1, kMostFrames, where) : 1;
  nn::require(enhanced || frames == 1, where,
              std::to_string(frames) + " frames without functional groups",
              "one image a file, or an enhanced CT object", "export the series as single images");
  if (enhanced) {
    DcmSequenceOfItems* groups = nullptr;
    const bool found = d.findAndGetSequence(DCM_PerFrameFunctionalGroupsSequence, groups).good() &&
                       groups->card() == static_cast<unsigned long>(frames);
    nn::require(found, where,
                groups == nullptr
                    ? "no functional groups"
                    : "functional groups for " + std::to_string(groups->card()) + " frames",
                std::to_string(frames) + ", one for each frame", "the header is damaged");
  }
  std::vector<DicomImage> images;
  for (index i = 0; i < frames; ++i) {
    images.push_back(image_of(d, enhanced, i, where));
    images.back().file = name;
    images.back().transfer_syntax = file.syntax.name;
    if (images.back().image_type.ends_with("\\LOCALIZER")) return "a localizer";
  }
  return images;
}

}  // namespace

std::variant<std::vector<DicomImage>, std::string> images_of(ParsedDicom& file,
                                                             const std::string& name,
                                                             const std::string& where) {
  if (std::string reason = reason_to_skip(file); !reason.empty()) return reason;
  DcmDataset& d = *file.getDataset();
  if (!is_picture(d)) return frames_of(file, name, where);
  try {
    return frames_of(file, name, where);
  } catch (const Error& e) {
    if (e.fault() == Fault::job) throw;
    DicomImage image;
    image.file = name;
    image.series_instance_uid = text_of(d, DCM_SeriesInstanceUID);
    image.picture = true;
    image.fault = std::current_exception();
    return std::vector<DicomImage>{image};
  }
}

std::shared_ptr<DcmDataset> header_of(DcmFileFormat& file, index frame) {
  auto copy = std::make_shared<DcmDataset>();
  DcmDataset& from = *file.getDataset();
  const auto insert_all = [&](DcmItem& item) {
    for (unsigned long i = 0; i < item.card(); ++i) {
      const DcmElement* element = item.getElement(i);
      const DcmTagKey key = element->getTag().getXTag();
      // Group 7FE0: pixel data, and a table that is as long as there are frames.
      if (key.getGroup() == DCM_PixelData.getGroup() || key == DCM_SharedFunctionalGroupsSequence ||
          key == DCM_PerFrameFunctionalGroupsSequence || key == DCM_NumberOfFrames) {
        continue;
      }
      auto* clone = dynamic_cast<DcmElement*>(element->clone());
      if (clone != nullptr && copy->insert(clone, OFTrue).bad()) delete clone;
    }
  };
  insert_all(from);
  if (!is_enhanced(sop_class_of(file))) return copy;
  for (DcmItem* groups : Frame(from, true, frame).all()) {
    for (unsigned long i = 0; groups != nullptr && i < groups->card(); ++i) {
      auto* sequence = dynamic_cast<DcmSequenceOfItems*>(groups->getElement(i));
      if (sequence != nullptr && sequence->card() > 0) insert_all(*sequence->getItem(0));
    }
  }
  return copy;
}

}  // namespace data
