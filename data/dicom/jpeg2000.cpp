#include <openjpeg.h>

#include <algorithm>
#include <cstring>
#include <memory>

#include "data/dicom/pixels.h"
#include "nn/core/error.h"

namespace data {
namespace {

struct Source {
  std::span<const std::uint8_t> bytes;
  std::size_t at = 0;
};

OPJ_SIZE_T read_bytes(void* to, OPJ_SIZE_T count, void* user) {
  auto& s = *static_cast<Source*>(user);
  const std::size_t n = std::min<std::size_t>(count, s.bytes.size() - s.at);
  if (n == 0) return static_cast<OPJ_SIZE_T>(-1);
  std::memcpy(to, s.bytes.data() + s.at, n);
  s.at += n;
  return n;
}

OPJ_OFF_T skip_bytes(OPJ_OFF_T count, void* user) {
  auto& s = *static_cast<Source*>(user);
  if (count < 0) return -1;
  const std::size_t n = std::min(static_cast<std::size_t>(count), s.bytes.size() - s.at);
  s.at += n;
  return n == 0 && count > 0 ? -1 : static_cast<OPJ_OFF_T>(n);
}

OPJ_BOOL seek_to(OPJ_OFF_T at, void* user) {
  auto& s = *static_cast<Source*>(user);
  if (at < 0 || static_cast<std::size_t>(at) > s.bytes.size()) return OPJ_FALSE;
  s.at = static_cast<std::size_t>(at);
  return OPJ_TRUE;
}

// Codec and stream are the same type to the compiler.
struct FreeCodec {
  void operator()(opj_codec_t* c) const { opj_destroy_codec(c); }
};
struct FreeStream {
  void operator()(opj_stream_t* s) const { opj_stream_destroy(s); }
};
struct FreeImage {
  void operator()(opj_image_t* i) const { opj_image_destroy(i); }
};

void ignore(const char*, void*) {}

}  // namespace

std::vector<std::uint16_t> decode_jpeg2000(std::span<const std::uint8_t> bytes,
                                           const DicomImage& expected, bool& stream_signed,
                                           int& precision, const std::string& where) {
  constexpr char kHint[] = "the file is damaged: copy or export it again";
  // A code stream begins with SOC; the file format JP2 does not belong into DICOM, but occurs.
  const bool raw = bytes.size() >= 2 && bytes[0] == 0xFF && bytes[1] == 0x4F;
  const std::unique_ptr<opj_codec_t, FreeCodec> codec(
      opj_create_decompress(raw ? OPJ_CODEC_J2K : OPJ_CODEC_JP2));
  const std::unique_ptr<opj_stream_t, FreeStream> stream(opj_stream_default_create(OPJ_TRUE));
  if (codec == nullptr || stream == nullptr) {
    throw nn::Error(nn::Fault::job, where, "no memory to decompress", "");
  }
  Source source{bytes};
  opj_stream_set_user_data(stream.get(), &source, nullptr);
  opj_stream_set_user_data_length(stream.get(), bytes.size());
  opj_stream_set_read_function(stream.get(), read_bytes);
  opj_stream_set_skip_function(stream.get(), skip_bytes);
  opj_stream_set_seek_function(stream.get(), seek_to);
  opj_set_info_handler(codec.get(), ignore, nullptr);
  opj_set_warning_handler(codec.get(), ignore, nullptr);
  opj_set_error_handler(codec.get(), ignore, nullptr);
  opj_dparameters_t parameters;
  opj_set_default_decoder_parameters(&parameters);

  opj_image_t* header = nullptr;
  const bool begun = opj_setup_decoder(codec.get(), &parameters) == OPJ_TRUE &&
                     opj_read_header(stream.get(), codec.get(), &header) == OPJ_TRUE;
  const std::unique_ptr<opj_image_t, FreeImage> image(header);
  nn::require(begun && image != nullptr, where, "JPEG 2000 data without a readable header",
              "an image in " + expected.transfer_syntax, kHint);
  // Sizes are checked before anything is decoded.
  const auto components = static_cast<OPJ_UINT32>(expected.samples);
  nn::require(image->numcomps == components, where,
              "JPEG 2000 data of " + std::to_string(image->numcomps) + " components",
              std::to_string(components), kHint);
  for (OPJ_UINT32 c = 0; c < components; ++c) {
    const opj_image_comp_t& component = image->comps[c];
    nn::require(component.w == static_cast<OPJ_UINT32>(expected.columns) &&
                    component.h == static_cast<OPJ_UINT32>(expected.rows),
                where,
                "JPEG 2000 data of " + std::to_string(component.w) + " x " +
                    std::to_string(component.h) + " pixels",
                std::to_string(expected.columns) + " x " + std::to_string(expected.rows), kHint);
    nn::require(
        component.prec >= 1 && component.prec <= 16 && component.prec == image->comps[0].prec,
        where, "JPEG 2000 data of " + std::to_string(component.prec) + " bits",
        "1 to 16, the same in each component", kHint);
  }
  // In strict mode, the default, data that end too early are an error.
  const bool done = opj_decode(codec.get(), stream.get(), image.get()) == OPJ_TRUE &&
                    opj_end_decompress(codec.get(), stream.get()) == OPJ_TRUE;
  nn::require(done, where, "damaged or truncated JPEG 2000 data", "an image", kHint);
  stream_signed = image->comps[0].sgnd != 0;
  precision = static_cast<int>(image->comps[0].prec);
  std::vector<std::uint16_t> words(
      static_cast<std::size_t>(expected.rows * expected.columns * expected.samples));
  for (OPJ_UINT32 c = 0; c < components; ++c) {
    const OPJ_INT32* from = image->comps[c].data;
    nn::require(from != nullptr, where, "damaged or truncated JPEG 2000 data", "an image", kHint);
    for (std::size_t i = c; i < words.size(); i += components) {
      words[i] = static_cast<std::uint16_t>(*from++);
    }
  }
  return words;
}

}  // namespace data
