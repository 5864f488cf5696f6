#include "data/pictures/jpeg_read.h"

// Before jpeglib.h, which needs FILE and does not include it.
#include <cstdio>

#include <jpeglib.h>

#include <csetjmp>

#include "nn/core/error.h"

namespace data {
namespace {

using nn::Error;
using nn::Fault;

constexpr int kMostScans = 200;  // of a progressive file; more only cost time

/// libjpeg's errors end in a long jump, so no object with a destructor lives in decode().
struct Failure {
  jpeg_error_mgr manager;  // first, so that libjpeg's pointer to it points to the Failure
  jmp_buf back;
  char text[JMSG_LENGTH_MAX];
};

[[noreturn]] void fail(j_common_ptr info) {
  auto* failure = reinterpret_cast<Failure*>(info->err);
  failure->manager.format_message(info, failure->text);
  longjmp(failure->back, 1);
}

/// Level -1 is a warning: data are missing or damaged. Others are traces.
void on_message(j_common_ptr info, int level) {
  if (level < 0) fail(info);
}

void limit_scans(j_common_ptr info) {
  const auto* in = reinterpret_cast<j_decompress_ptr>(info);
  if (in->input_scan_number > kMostScans) fail(info);
}

/// Reads the header and, if there are `pixels`, all rows. False on failure, which says why.
bool decode(std::span<const std::byte> file, Failure* failure, JpegSize* size,
            std::uint8_t* pixels) {
  jpeg_decompress_struct in{};
  jpeg_progress_mgr progress{};
  in.err = jpeg_std_error(&failure->manager);
  in.err->error_exit = fail;
  in.err->emit_message = on_message;
  if (setjmp(failure->back) != 0) {
    jpeg_destroy_decompress(&in);
    return false;
  }
  jpeg_create_decompress(&in);
  progress.progress_monitor = limit_scans;
  in.progress = &progress;
  jpeg_mem_src(&in, reinterpret_cast<const unsigned char*>(file.data()),
               static_cast<unsigned long>(file.size()));
  jpeg_read_header(&in, TRUE);
  in.out_color_space = in.num_components == 1 ? JCS_GRAYSCALE : JCS_RGB;
  const bool four = in.jpeg_color_space == JCS_CMYK || in.jpeg_color_space == JCS_YCCK;
  *size = {static_cast<int>(in.image_width), static_cast<int>(in.image_height),
           in.num_components == 1 ? 1
           : four                 ? 4
                                  : 3};
  if (pixels != nullptr) {
    in.dct_method = JDCT_ISLOW;  // exact to the bit on every machine
    jpeg_start_decompress(&in);
    const std::size_t row =
        std::size_t{in.output_width} * static_cast<std::size_t>(in.output_components);
    while (in.output_scanline < in.output_height) {
      JSAMPROW to = pixels + in.output_scanline * row;
      jpeg_read_scanlines(&in, &to, 1);
    }
    jpeg_finish_decompress(&in);
  }
  jpeg_destroy_decompress(&in);
  return true;
}

[[noreturn]] void refuse(const std::string& name, const Failure& failure) {
  throw Error(Fault::input, name,
              "a picture that cannot be decoded (" + std::string(failure.text) + ")",
              "an undamaged PNG or JPEG file", "copy or download it again");
}

}  // namespace

JpegSize jpeg_size(std::span<const std::byte> file, const std::string& name) {
  Failure failure{};
  JpegSize size{};
  if (!decode(file, &failure, &size, nullptr)) refuse(name, failure);
  nn::require(size.channels != 4, name, "a CMYK JPEG, whose colours are those of printing inks",
              "grey or RGB", "convert it to grey or RGB");
  return size;
}

std::vector<std::uint8_t> decode_jpeg(std::span<const std::byte> file, const std::string& name) {
  const JpegSize size = jpeg_size(file, name);
  std::vector<std::uint8_t> pixels(static_cast<std::size_t>(size.width) *
                                   static_cast<std::size_t>(size.height) *
                                   static_cast<std::size_t>(size.channels));
  Failure failure{};
  JpegSize again{};
  if (!decode(file, &failure, &again, pixels.data())) refuse(name, failure);
  return pixels;
}

}  // namespace data
