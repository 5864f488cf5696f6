#include "data/files/libraries.h"

#include <gif_lib.h>
#include <png.h>
#include <zip.h>
#include <zlib.h>

#include <cstdio>  // jpeglib.h needs it

#include <jpeglib.h>

#ifdef CT2CT_TIFF_HOW
#include <tiffvers.h>
#endif

#define CT2CT_TEXT_OF(x) #x
#define CT2CT_TEXT(x) CT2CT_TEXT_OF(x)

namespace data {
namespace {

#ifdef CT2CT_TIFF_HOW
/// Of "LIBTIFF, Version 4.5.0" and lines that follow.
std::string tiff_version() {
  const std::string text = TIFFLIB_VERSION_STR;
  const std::size_t at = text.find_first_of("0123456789");
  return text.substr(at, text.find('\n') - at);
}
#endif

}  // namespace

std::vector<Library> libraries() {
#ifdef LIBJPEG_TURBO_VERSION
  const std::string jpeg = "turbo " CT2CT_TEXT(LIBJPEG_TURBO_VERSION);
#else
  const std::string jpeg = std::to_string(JPEG_LIB_VERSION / 10);
#endif
  const std::string gif =
      CT2CT_TEXT(GIFLIB_MAJOR) "." CT2CT_TEXT(GIFLIB_MINOR) "." CT2CT_TEXT(GIFLIB_RELEASE);
  return {{"zlib", zlibVersion(), CT2CT_ZLIB_HOW},
          {"libpng", png_get_libpng_ver(nullptr), CT2CT_PNG_HOW},
          {"libjpeg", jpeg, CT2CT_JPEG_HOW},
          {"libzip", zip_libzip_version(), CT2CT_ZIP_HOW},
          {"giflib", gif, CT2CT_GIF_HOW},
#ifdef CT2CT_TIFF_HOW
          {"libtiff", tiff_version(), CT2CT_TIFF_HOW},
#endif
          {"niftiio", CT2CT_NIFTIIO_VERSION, CT2CT_NIFTIIO_HOW},
          {"libmd", CT2CT_MD_VERSION, CT2CT_MD_HOW},
          {"stb_image", CT2CT_STB_IMAGE_VERSION, "compiled in"},
          {"stb_truetype", CT2CT_STB_TRUETYPE_VERSION, "compiled in"}};
}

}  // namespace data
