// data/dicom/dicom.h: single files and folders, which are several files in one input, and the
// derived series that comes of what was read.
#include "data/dicom/dicom.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcpixseq.h>
#include <dcmtk/dcmdata/dcpxitem.h>
#include <dcmtk/dcmdata/dcrleerg.h>
#include <dcmtk/dcmdata/dctk.h>
#include <dcmtk/dcmjpeg/djencode.h>
#include <dcmtk/dcmjpeg/djrplol.h>
#include <dcmtk/dcmjpls/djencode.h>
#include <openjpeg.h>

#include <functional>
#include <stdexcept>

#include "nn/core/error.h"
#include "tests/data/dicom/high_throughput.h"
#include "tests/fuzz/scratch.h"
#include "tests/fuzz/targets.h"

namespace fuzz {
namespace {

const std::string kNext = "--next file--";

using Change = std::function<void(DcmDataset&)>;

/// A slice of 4 x 3 pixels at height z.
std::string slice(int z, E_TransferSyntax syntax, const Change& change = nullptr) {
  DcmFileFormat file;
  DcmDataset& d = *file.getDataset();
  const auto text = [&](const DcmTagKey& tag, const std::string& value) {
    d.putAndInsertString(tag, value.c_str());
  };
  text(DCM_SOPClassUID, UID_CTImageStorage);
  text(DCM_SOPInstanceUID, "1.2.3.4." + std::to_string(z));
  text(DCM_SeriesInstanceUID, "1.2.3");
  text(DCM_StudyInstanceUID, "1.2");
  text(DCM_PatientName, "A^B");
  text(DCM_Modality, "CT");
  text(DCM_ImageType, "ORIGINAL\\PRIMARY\\AXIAL");
  text(DCM_InstanceNumber, std::to_string(z));
  text(DCM_ImagePositionPatient, "10\\20\\" + std::to_string(z));
  text(DCM_ImageOrientationPatient, "1\\0\\0\\0\\1\\0");
  text(DCM_PixelSpacing, "0.5\\0.75");
  text(DCM_SliceThickness, "5");
  text(DCM_WindowCenter, "40");
  text(DCM_WindowWidth, "80");
  text(DCM_PhotometricInterpretation, "MONOCHROME2");
  text(DCM_RescaleSlope, "1");
  text(DCM_RescaleIntercept, "-1024");
  d.putAndInsertUint16(DCM_Rows, 3);
  d.putAndInsertUint16(DCM_Columns, 4);
  d.putAndInsertUint16(DCM_SamplesPerPixel, 1);
  d.putAndInsertUint16(DCM_BitsAllocated, 16);
  d.putAndInsertUint16(DCM_BitsStored, 12);
  d.putAndInsertUint16(DCM_HighBit, 11);
  d.putAndInsertUint16(DCM_PixelRepresentation, 0);
  std::vector<Uint16> values;
  for (int i = 0; i < 12; ++i) values.push_back(static_cast<Uint16>(1000 + 17 * i + z));
  d.putAndInsertUint16Array(DCM_PixelData, values.data(), 12);
  if (change) change(d);
  if (d.chooseRepresentation(syntax, nullptr).bad()) {
    throw std::runtime_error("a seed that DCMTK cannot compress");
  }
  const std::string path = scratch() / "seed.dcm";
  if (file.saveFile(path.c_str(), syntax).bad()) throw std::runtime_error("a seed not written");
  return contents(path);
}

/// Pixel data that are these fragments, after an offset table.
Change fragments(const std::vector<std::string>& pieces, E_TransferSyntax syntax) {
  return [=](DcmDataset& d) {
    delete d.remove(DCM_PixelData);
    auto* sequence = new DcmPixelSequence(DcmTag(DCM_PixelSequenceTag));
    for (const std::string& piece : pieces) {
      auto* item = new DcmPixelItem(DcmTag(DCM_PixelItemTag));
      if (!piece.empty()) {
        item->putUint8Array(reinterpret_cast<const Uint8*>(piece.data()),
                            static_cast<unsigned long>(piece.size()));
      }
      sequence->insert(item);
    }
    auto* pixels = new DcmPixelData(DCM_PixelData);
    pixels->putOriginalRepresentation(syntax, nullptr, sequence);
    d.insert(pixels);
  };
}

/// 4 x 3 pixels of value 1000: a header, then for each byte of a pixel twelve copies of one.
std::string rle_frame() {
  std::string frame(64, '\0');
  frame[0] = 2;
  frame[4] = 64;
  frame[8] = 66;
  return frame + "\xF5\x03\xF5\xE8";
}

/// The file with a TransferSyntaxUID that DCMTK 3.6.7 does not write.
std::string retagged(const std::string& file, std::string uid) {
  const std::size_t at = file.find(std::string("\x02\0\x10\0UI", 6));
  if (uid.size() % 2 != 0) uid += '\0';
  return file.substr(0, at + 6) + static_cast<char>(uid.size()) + '\0' + uid +
         file.substr(at + 8 + static_cast<unsigned char>(file[at + 6]));
}

/// A JPEG 2000 code stream of 4 x 3 pixels of 12 bits.
std::string jpeg2000() {
  opj_image_cmptparm_t component{};
  component.dx = component.dy = 1;
  component.w = 4;
  component.h = 3;
  component.prec = 12;
  opj_image_t* image = opj_image_create(1, &component, OPJ_CLRSPC_GRAY);
  image->x1 = 4;
  image->y1 = 3;
  for (int i = 0; i < 12; ++i) image->comps[0].data[i] = 1000 + 17 * i;
  opj_cparameters_t parameters;
  opj_set_default_encoder_parameters(&parameters);
  parameters.numresolution = 2;
  opj_codec_t* codec = opj_create_compress(OPJ_CODEC_J2K);
  opj_setup_encoder(codec, &parameters, image);
  const std::string path = scratch() / "seed.j2k";
  opj_stream_t* stream = opj_stream_create_default_file_stream(path.c_str(), OPJ_FALSE);
  const bool done = opj_start_compress(codec, image, stream) != 0 &&
                    opj_encode(codec, stream) != 0 && opj_end_compress(codec, stream) != 0;
  opj_stream_destroy(stream);
  opj_destroy_codec(codec);
  opj_image_destroy(image);
  if (!done) throw std::runtime_error("a seed that OpenJPEG cannot compress");
  std::string bytes = contents(path);
  if (bytes.size() % 2 != 0) bytes += '\0';
  return bytes;
}

/// An enhanced CT object of two frames, with positions of their own and a common orientation.
void make_enhanced(DcmDataset& d) {
  d.putAndInsertString(DCM_SOPClassUID, UID_EnhancedCTImageStorage);
  d.putAndInsertString(DCM_NumberOfFrames, "2");
  std::vector<Uint16> values(24, 1000);
  d.putAndInsertUint16Array(DCM_PixelData, values.data(), 24);
  const auto put = [&](const DcmTagKey& groups, int frame, const DcmTagKey& group,
                       const DcmTagKey& tag, const char* value) {
    DcmItem* outer = nullptr;
    DcmItem* inner = nullptr;
    d.findOrCreateSequenceItem(groups, outer, frame);
    outer->findOrCreateSequenceItem(group, inner, 0);
    inner->putAndInsertString(tag, value);
  };
  const DcmTagKey shared = DCM_SharedFunctionalGroupsSequence;
  const DcmTagKey own = DCM_PerFrameFunctionalGroupsSequence;
  put(shared, 0, DCM_PixelMeasuresSequence, DCM_PixelSpacing, "0.5\\0.75");
  put(shared, 0, DCM_PlaneOrientationSequence, DCM_ImageOrientationPatient, "1\\0\\0\\0\\1\\0");
  put(shared, 0, DCM_PixelValueTransformationSequence, DCM_RescaleSlope, "1");
  put(shared, 0, DCM_PixelValueTransformationSequence, DCM_RescaleIntercept, "-1024");
  put(own, 0, DCM_PlanePositionSequence, DCM_ImagePositionPatient, "10\\20\\1");
  put(own, 1, DCM_PlanePositionSequence, DCM_ImagePositionPatient, "10\\20\\6");
}

/// An enhanced object of two frames of RLE, each in two fragments.
std::string two_frames(const std::string& offset_table) {
  const std::string rle = rle_frame();
  return slice(1, EXS_RLELossless, [&](DcmDataset& d) {
    make_enhanced(d);
    fragments({offset_table, rle.substr(0, 66), rle.substr(66), rle.substr(0, 64), rle.substr(64)},
              EXS_RLELossless)(d);
  });
}

/// A picture of 8 bits, with a palette of four entries in case it has one.
Change bytes_of(Uint16 samples, const char* photometric, std::size_t count) {
  return [=](DcmDataset& d) {
    d.putAndInsertUint16(DCM_SamplesPerPixel, samples);
    d.putAndInsertString(DCM_PhotometricInterpretation, photometric);
    if (samples == 3) d.putAndInsertUint16(DCM_PlanarConfiguration, 0);
    d.putAndInsertUint16(DCM_BitsAllocated, 8);
    d.putAndInsertUint16(DCM_BitsStored, 8);
    d.putAndInsertUint16(DCM_HighBit, 7);
    std::vector<Uint8> bytes;
    for (std::size_t i = 0; i < count; ++i) bytes.push_back(static_cast<Uint8>(17 * i));
    delete d.remove(DCM_PixelData);
    d.putAndInsertUint8Array(DCM_PixelData, bytes.data(), static_cast<unsigned long>(count));
    if (std::string(photometric) != "PALETTE COLOR") return;
    const Uint16 descriptor[] = {4, 0, 16};
    const Uint16 table[] = {0, 0x5500, 0xAA00, 0xFF00};
    for (const DcmTagKey& tag :
         {DCM_RedPaletteColorLookupTableDescriptor, DCM_GreenPaletteColorLookupTableDescriptor,
          DCM_BluePaletteColorLookupTableDescriptor}) {
      d.putAndInsertUint16Array(tag, descriptor, 3);
    }
    for (const DcmTagKey& tag :
         {DCM_RedPaletteColorLookupTableData, DCM_GreenPaletteColorLookupTableData,
          DCM_BluePaletteColorLookupTableData}) {
      d.putAndInsertUint16Array(tag, table, 4);
    }
  };
}

/// By position, or by number where there is none.
data::Volume read_either_way(const std::string& path) {
  data::DicomListing listing;
  try {
    return data::read_dicom(path, {}, &listing);
  } catch (const nn::Error&) {
    data::DicomOptions options;
    options.by_instance_number = true;
    return data::read_dicom(path, options, &listing);
  }
}

}  // namespace

void read_dicom(const std::string& bytes) {
  const fs::path folder = fs::path(scratch() / "series");
  fs::remove_all(folder);
  fs::create_directory(folder);
  int count = 0;
  std::string path;
  for (std::size_t at = 0; at <= bytes.size() && count < 8;) {
    const std::size_t end = std::min(bytes.find(kNext, at), bytes.size());
    path = file_of(bytes.substr(at, end - at), "series/" + std::to_string(count++));
    at = end + kNext.size();
  }
  const data::Volume v = read_either_way(count == 1 ? path : folder.string());
  use(v);
  if (v.unit != data::Unit::hu) return;  // pictures are not written as DICOM
  if (v.voxels() > 4096 || v.slices() > 8) return;
  const std::vector<nn::index> parts(static_cast<std::size_t>(v.slices() - 1), 2);
  data::write_dicom(scratch() / "out", v.refined(parts), {"fuzz", ""}, true);
}

std::vector<std::string> dicom_seeds() {
  DcmRLEEncoderRegistration::registerCodecs();
  DJEncoderRegistration::registerCodecs();
  DJLSEncoderRegistration::registerCodecs(0, 0, 0, 0, OFFalse);  // values as they are, colour too
  const auto text = [](const DcmTagKey& tag, const char* value) {
    return [=](DcmDataset& d) { d.putAndInsertString(tag, value); };
  };
  const auto plain = [](int z) { return slice(z, EXS_LittleEndianExplicit); };
  const std::string three = plain(1) + kNext + plain(6) + kNext + plain(11);
  return {
      plain(1),
      slice(1, EXS_LittleEndianImplicit),
      slice(1, EXS_BigEndianExplicit),
      plain(1).substr(132),
      slice(1, EXS_RLELossless),
      slice(1, EXS_JPEGProcess14SV1),
      slice(1, EXS_JPEGLSLossless),
      slice(1, EXS_JPEG2000LosslessOnly, fragments({"", jpeg2000()}, EXS_JPEG2000LosslessOnly)),
      two_frames(""),
      two_frames(std::string("\0\0\0\0\x54\0\0\0", 8)),  // the second begins at 2 * 8 + 68
      slice(1, EXS_DeflatedLittleEndianExplicit),
      retagged(slice(1, EXS_JPEG2000LosslessOnly,
                     fragments({"", data_test::high_throughput()}, EXS_JPEG2000LosslessOnly)),
               "1.2.840.10008.1.2.4.201"),
      retagged(slice(1, EXS_JPEG2000LosslessOnly,
                     fragments({"", std::string(10, '\1'), std::string(14, '\2')},
                               EXS_JPEG2000LosslessOnly)),
               "1.2.840.10008.1.2.1.98"),
      plain(1) + std::string(20, '\0'),
      plain(1) + kNext + plain(6) + kNext + plain(11),
      plain(1) + kNext + plain(2) + kNext + plain(5) + kNext + plain(6),
      plain(1) + kNext + slice(2, EXS_LittleEndianExplicit, text(DCM_RescaleSlope, "0.5")),
      plain(1) + kNext +
          slice(2, EXS_LittleEndianExplicit, text(DCM_ImagePositionPatient, "10\\21\\2")),
      slice(1, EXS_LittleEndianExplicit, text(DCM_PhotometricInterpretation, "MONOCHROME1")),
      slice(1, EXS_LittleEndianExplicit, make_enhanced),
      slice(1, EXS_LittleEndianExplicit, bytes_of(1, "MONOCHROME1", 12)),
      slice(1, EXS_LittleEndianExplicit, bytes_of(3, "RGB", 36)),
      slice(1, EXS_LittleEndianExplicit, bytes_of(3, "YBR_FULL_422", 24)),
      slice(1, EXS_LittleEndianExplicit, bytes_of(1, "PALETTE COLOR", 12)),
      slice(1, EXS_RLELossless, bytes_of(3, "YBR_FULL", 36)),
      slice(1, EXS_JPEGProcess14SV1, bytes_of(3, "RGB", 36)),
      slice(1, EXS_JPEGLSLossless, bytes_of(3, "RGB", 36)),
  };
}

}  // namespace fuzz
