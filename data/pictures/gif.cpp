#include "data/pictures/pictures.h"

#include <gif_lib.h>

#include <memory>

#include "data/files/atomic_file.h"
#include "nn/core/error.h"

namespace data {
namespace {

using nn::Error;
using nn::Fault;

int append(GifFileType* gif, const GifByteType* bytes, int count) {
  auto* out = static_cast<std::vector<std::uint8_t>*>(gif->UserData);
  out->insert(out->end(), bytes, bytes + count);
  return count;
}

struct FreeMap {
  void operator()(ColorMapObject* map) const { GifFreeMapObject(map); }
};

/// Closes on the way out; finish() does so and says whether that worked.
class Encoder {
 public:
  explicit Encoder(std::vector<std::uint8_t>* out) {
    int code = 0;
    gif_ = EGifOpen(out, append, &code);
  }
  ~Encoder() { finish(); }
  Encoder(const Encoder&) = delete;
  Encoder& operator=(const Encoder&) = delete;

  GifFileType* get() { return gif_; }
  bool finish() {
    int code = 0;
    const bool ok = gif_ == nullptr || EGifCloseFile(gif_, &code) == GIF_OK;
    gif_ = nullptr;
    return ok;
  }

 private:
  GifFileType* gif_ = nullptr;
};

/// The application extension that all viewers take for "repeat for ever".
bool put_loop(GifFileType* gif) {
  const GifByteType forever[3] = {1, 0, 0};
  return EGifPutExtensionLeader(gif, APPLICATION_EXT_FUNC_CODE) == GIF_OK &&
         EGifPutExtensionBlock(gif, 11, "NETSCAPE2.0") == GIF_OK &&
         EGifPutExtensionBlock(gif, 3, forever) == GIF_OK && EGifPutExtensionTrailer(gif) == GIF_OK;
}

bool put_frame(GifFileType* gif, std::vector<std::uint8_t>& frame, int width, int height,
               int delay_cs) {
  const GraphicsControlBlock control{DISPOSE_DO_NOT, false, delay_cs, NO_TRANSPARENT_COLOR};
  GifByteType bytes[4];
  EGifGCBToExtension(&control, bytes);
  return EGifPutExtension(gif, GRAPHICS_EXT_FUNC_CODE, 4, bytes) == GIF_OK &&
         EGifPutImageDesc(gif, 0, 0, width, height, false, nullptr) == GIF_OK &&
         EGifPutLine(gif, frame.data(), width * height) == GIF_OK;
}

}  // namespace

void write_gif(const std::string& path, const std::vector<std::vector<std::uint8_t>>& frames,
               nn::index width, nn::index height, int delay_cs, bool force) {
  OutputSet outputs(force);
  write_gif(
      outputs, path, static_cast<nn::index>(frames.size()),
      [&](nn::index i) { return frames[static_cast<std::size_t>(i)]; }, width, height, delay_cs);
  outputs.commit();
}

void write_gif(OutputSet& outputs, const std::string& path, nn::index count,
               const GifFrame& frame_of, nn::index width, nn::index height, int delay_cs) {
  nn::require(count >= 1, path, "no frames", "at least one");
  nn::require(width >= 1 && height >= 1 && width <= 65535 && height <= 65535, path,
              "a picture of " + std::to_string(width) + " x " + std::to_string(height),
              "1 to 65535, which is all that GIF can hold");
  nn::require(delay_cs >= 0 && delay_cs <= 65535, path, std::to_string(delay_cs) + " hundredths",
              "a delay of 0 to 65535");

  AtomicFile& file = outputs.file(path);
  std::vector<std::uint8_t> out;
  Encoder encoder(&out);
  const std::unique_ptr<ColorMapObject, FreeMap> greys(GifMakeMapObject(256, nullptr));
  bool ok = encoder.get() != nullptr && greys != nullptr;
  if (ok) {
    for (int i = 0; i < 256; ++i) {
      const auto level = static_cast<GifByteType>(i);
      greys->Colors[i] = {level, level, level};
    }
    EGifSetGifVersion(encoder.get(), true);
    ok = EGifPutScreenDesc(encoder.get(), static_cast<int>(width), static_cast<int>(height), 8, 0,
                           greys.get()) == GIF_OK &&
         put_loop(encoder.get());
    for (nn::index i = 0; ok && i < count; ++i) {
      std::vector<std::uint8_t> frame = frame_of(i);  // giflib masks the pixels in place
      if (static_cast<nn::index>(frame.size()) != width * height) {
        throw Error(Fault::job, path, "a frame of " + std::to_string(frame.size()) + " pixels",
                    std::to_string(width * height));
      }
      ok = put_frame(encoder.get(), frame, static_cast<int>(width), static_cast<int>(height),
                     delay_cs);
    }
  }
  ok = encoder.finish() && ok;
  if (!ok) throw Error(Fault::job, path, "the GIF could not be made", "");
  file.write(out.data(), out.size());
}

}  // namespace data
