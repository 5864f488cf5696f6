// A build without libtiff (CT2CT_TIFF=OFF): TIFF files are recognised and refused.
#include "data/pictures/tiff_read.h"
#include "nn/core/error.h"

namespace data {
namespace {

[[noreturn]] void refuse(const std::string& where) {
  throw nn::Error(nn::Fault::input, where,
                  "a TIFF file, and this program was built without libtiff",
                  "a build with CT2CT_TIFF", "or convert the stack to PNG files or NIfTI");
}

}  // namespace

PictureSize tiff_size(std::span<const std::byte> /*file*/, const std::string& name) {
  refuse(name);
}

Volume stack_tiffs(const PictureList& list) { refuse(list.files.source); }

}  // namespace data
