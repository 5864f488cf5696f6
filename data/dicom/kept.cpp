#include "data/dicom/derived.h"

#include <algorithm>
#include <iterator>
#include <memory>
#include <string_view>

#include "data/dicom/values.h"
#include "nn/core/error.h"

namespace data {
namespace {

enum class Of {
  both,    ///< of every slice; of a synthetic one where both neighbours agree
  real,    ///< of real slices only: about an acquisition
  window,  ///< of the nearer neighbour
};

struct Kept {
  DcmTagKey tag;
  Of of = Of::both;
  bool type2 = false;  ///< there even when empty
};

constexpr bool kType2 = true;

// By module of PS3.3, A.3 (CT Image IOD). No exposure and no dose, not even of real slices: who
// adds up doses would count them twice, and dcm2niix makes two stacks of slices with and without.
const Kept kKept[] = {
    // SOP common
    {DCM_SpecificCharacterSet},
    {DCM_TimezoneOffsetFromUTC},
    // Patient, clinical trial
    {DCM_PatientName, Of::both, kType2},
    {DCM_PatientID, Of::both, kType2},
    {DCM_IssuerOfPatientID},
    {DCM_PatientBirthDate, Of::both, kType2},
    {DCM_PatientSex, Of::both, kType2},
    {DCM_PatientComments},
    {DCM_PatientIdentityRemoved},
    {DCM_DeidentificationMethod},
    {DCM_DeidentificationMethodCodeSequence},
    {DCM_ClinicalTrialSponsorName},
    {DCM_ClinicalTrialProtocolID},
    {DCM_ClinicalTrialSubjectID},
    // Study, patient study
    {DCM_StudyInstanceUID},
    {DCM_StudyDate, Of::both, kType2},
    {DCM_StudyTime, Of::both, kType2},
    {DCM_ReferringPhysicianName, Of::both, kType2},
    {DCM_StudyID, Of::both, kType2},
    {DCM_AccessionNumber, Of::both, kType2},
    {DCM_StudyDescription},
    {DCM_PatientAge},
    {DCM_PatientSize},
    {DCM_PatientWeight},
    // Series
    {DCM_SeriesNumber, Of::both, kType2},
    {DCM_SeriesDescription},
    {DCM_ProtocolName},
    {DCM_BodyPartExamined},
    {DCM_PatientPosition, Of::both, kType2},
    {DCM_Laterality},
    // Frame of reference, equipment
    {DCM_FrameOfReferenceUID},
    {DCM_PositionReferenceIndicator, Of::both, kType2},
    {DCM_Manufacturer, Of::both, kType2},
    {DCM_InstitutionName},
    {DCM_InstitutionAddress},
    {DCM_StationName},
    {DCM_ManufacturerModelName},
    {DCM_DeviceSerialNumber},
    {DCM_SoftwareVersions},
    // Contrast
    {DCM_ContrastBolusAgent},
    {DCM_ContrastBolusRoute},
    {DCM_ContrastBolusVolume},
    // Image plane
    {DCM_PixelSpacing},
    {DCM_ImageOrientationPatient},
    {DCM_SliceThickness, Of::both, kType2},
    // CT image
    {DCM_KVP, Of::both, kType2},
    {DCM_AcquisitionNumber, Of::both, kType2},
    {DCM_ScanOptions},
    {DCM_DataCollectionDiameter},
    {DCM_ReconstructionDiameter},
    {DCM_DistanceSourceToDetector},
    {DCM_DistanceSourceToPatient},
    {DCM_GantryDetectorTilt},
    {DCM_TableHeight},
    {DCM_RotationDirection},
    {DCM_FilterType},
    {DCM_ConvolutionKernel},
    {DCM_RevolutionTime},
    {DCM_SingleCollimationWidth},
    {DCM_TotalCollimationWidth},
    {DCM_TableSpeed},
    {DCM_TableFeedPerRotation},
    {DCM_SpiralPitchFactor},
    {DCM_PixelPaddingValue},
    {DCM_PixelPaddingRangeLimit},
    {DCM_BurnedInAnnotation},
    // VOI LUT
    {DCM_WindowCenter, Of::window},
    {DCM_WindowWidth, Of::window},
    {DCM_WindowCenterWidthExplanation, Of::window},
    {DCM_VOILUTFunction, Of::window},
    // The acquisition
    {DCM_AcquisitionDate, Of::real},
    {DCM_AcquisitionTime, Of::real},
    {DCM_AcquisitionDateTime, Of::real},
    {DCM_ImageComments, Of::real},
    // Of a slice that was made before it was read: what says so stays.
    {DCM_DerivationDescription, Of::real},
    {DCM_DerivationCodeSequence, Of::real},
    {kSyntheticData, Of::real},
};

// Body parts that are no pair (PS3.16, annex L): Laterality must not be there, not even empty.
constexpr std::string_view kUnpaired[] = {"ABDOMEN",
                                          "ABDOMENPELVIS",
                                          "AORTA",
                                          "BLADDER",
                                          "BRAIN",
                                          "CHEST",
                                          "CHESTABDOMEN",
                                          "CHESTABDPELVIS",
                                          "COCCYX",
                                          "CSPINE",
                                          "CTSPINE",
                                          "HEAD",
                                          "HEADNECK",
                                          "HEART",
                                          "JAW",
                                          "LIVER",
                                          "LSPINE",
                                          "LSSPINE",
                                          "MEDIASTINUM",
                                          "NECK",
                                          "NECKCHEST",
                                          "NECKCHESTABDOMEN",
                                          "NECKCHESTABDPELV",
                                          "PANCREAS",
                                          "PELVIS",
                                          "PROSTATE",
                                          "SKULL",
                                          "SPINE",
                                          "SPLEEN",
                                          "SSPINE",
                                          "STERNUM",
                                          "STOMACH",
                                          "TLSPINE",
                                          "TSPINE",
                                          "UTERUS",
                                          "WHOLEBODY"};

DcmElement* element_of(DcmItem& item, const DcmTagKey& tag) {
  DcmElement* element = nullptr;
  return item.findAndGetElement(tag, element).good() ? element : nullptr;
}

/// Decimal strings of more than 16 bytes, which some scanners write, become the closest that fit.
bool shorten(DcmElement& element) {
  std::string text;
  for (unsigned long i = 0; i < element.getVM(); ++i) {
    Float64 value = 0;
    if (element.getFloat64(value, i).bad()) return false;
    text += (i > 0 ? "\\" : "") + decimal_string(value);
  }
  return element.putString(text.c_str()).good();
}

bool allowed(DcmElement& element) {
  const DcmEVR vr = element.ident();
  if (vr == EVR_UN) return false;
  if (vr == EVR_DS) return element.checkValue("1-n").good() || shorten(element);
  if (vr == EVR_CS || vr == EVR_IS || vr == EVR_UI) return element.checkValue("1-n").good();
  return true;
}

/// A copy of an element that may go into another data set; null where there is none.
std::unique_ptr<DcmElement> copy_of(DcmElement* element) {
  if (element == nullptr || element->isEmpty()) return nullptr;
  std::unique_ptr<DcmElement> copy(dynamic_cast<DcmElement*>(element->clone()));
  if (copy != nullptr && !allowed(*copy)) copy.reset();
  return copy;
}

void insert(DcmItem& to, std::unique_ptr<DcmElement> element) {
  // Once inserted it belongs to the data set.
  if (element != nullptr && to.insert(element.get(), OFTrue).good()) (void)element.release();
}

/// An image that was ever compressed with loss stays so, and so does what is made of it.
void keep_lossiness(DcmItem& a, DcmItem& c, DcmItem& to) {
  DcmItem& from = text_of(a, DCM_LossyImageCompression) == "01" ? a : c;
  for (const DcmTagKey& tag : {DCM_LossyImageCompression, DCM_LossyImageCompressionRatio,
                               DCM_LossyImageCompressionMethod}) {
    insert(to, copy_of(element_of(from, tag)));
  }
}

}  // namespace

void put_text(DcmItem& to, const DcmTagKey& tag, const std::string& text) {
  const OFCondition result = to.putAndInsertString(tag, text.c_str());
  if (result.bad()) throw nn::Error(nn::Fault::job, "DICOM", result.text(), "an element set");
}

void keep_attributes(DcmItem& a, DcmItem& c, DcmItem& nearer, DcmItem& to) {
  const bool real = &a == &c;
  const bool same_charset = charset_of(nearer) == charset_of(a);
  for (const Kept& kept : kKept) {
    if (kept.of == Of::real && !real) continue;
    DcmItem& from = kept.of == Of::window ? nearer : a;
    // All text comes from `a`, whose character set it is in.
    if (&from != &a && kept.tag == DCM_WindowCenterWidthExplanation && !same_charset) continue;
    DcmElement* element = element_of(from, kept.tag);
    if (!real && kept.of == Of::both && kept.tag != DCM_SpecificCharacterSet) {
      DcmElement* other = element_of(c, kept.tag);
      const bool agree = element != nullptr && other != nullptr && element->compare(*other) == 0;
      if (!agree) element = nullptr;
    }
    insert(to, copy_of(element));
    if (kept.type2 && !to.tagExists(kept.tag)) put_text(to, kept.tag, "");
  }
  keep_lossiness(a, c, to);
  // A limit alone says nothing, and is not allowed.
  if (!to.tagExists(DCM_PixelPaddingValue)) delete to.remove(DCM_PixelPaddingRangeLimit);
  // Any other part, or an unknown one, may be one of a pair: then it is wanted (type 2C).
  const std::string part = text_of(to, DCM_BodyPartExamined);
  const bool unpaired =
      std::find(std::begin(kUnpaired), std::end(kUnpaired), part) != std::end(kUnpaired);
  if (!unpaired && !to.tagExists(DCM_Laterality)) put_text(to, DCM_Laterality, "");
  // Wanted with a contrast agent, even when nobody knows which.
  if (a.tagExists(DCM_ContrastBolusAgent) && !to.tagExists(DCM_ContrastBolusAgent)) {
    put_text(to, DCM_ContrastBolusAgent, "");
  }
}

}  // namespace data
