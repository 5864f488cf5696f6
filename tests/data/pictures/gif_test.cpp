#include "data/pictures/pictures.h"

#include <gif_lib.h>

#include "tests/data/test_files.h"

using data_test::check_input_error;
using data_test::get;
using data_test::TempDir;

TEST_CASE("a GIF has its frames, delay and endless loop", "[gif]") {
  const TempDir dir;
  std::vector<std::vector<std::uint8_t>> frames(3, std::vector<std::uint8_t>(256 * 2));
  for (std::size_t f = 0; f < 3; ++f) {
    for (std::size_t i = 0; i < frames[f].size(); ++i) {
      frames[f][i] = static_cast<std::uint8_t>(i * (f + 1));
    }
  }
  data::write_gif(dir / "a.gif", frames, 256, 2, 12, false);
  CHECK(get(dir / "a.gif").substr(0, 6) == "GIF89a");

  int code = 0;
  GifFileType* gif = DGifOpenFileName((dir / "a.gif").c_str(), &code);
  REQUIRE(gif != nullptr);
  REQUIRE(DGifSlurp(gif) == GIF_OK);
  CHECK(gif->SWidth == 256);
  CHECK(gif->SHeight == 2);
  REQUIRE(gif->ImageCount == 3);
  for (int f = 0; f < 3; ++f) {
    const SavedImage& image = gif->SavedImages[f];
    REQUIRE(image.ImageDesc.Width == 256);
    REQUIRE(image.ImageDesc.Height == 2);
    std::vector<std::uint8_t> seen;
    for (int i = 0; i < 512; ++i) {
      const GifColorType& c = gif->SColorMap->Colors[image.RasterBits[i]];
      CHECK((c.Red == c.Green && c.Red == c.Blue));
      seen.push_back(c.Red);
    }
    CHECK(seen == frames[static_cast<std::size_t>(f)]);
    GraphicsControlBlock control{};
    REQUIRE(DGifSavedExtensionToGCB(gif, f, &control) == GIF_OK);
    CHECK(control.DelayTime == 12);
  }
  CHECK(DGifCloseFile(gif, &code) == GIF_OK);
  CHECK(get(dir / "a.gif").find("NETSCAPE2.0") != std::string::npos);
}

TEST_CASE("a GIF that cannot be is refused and leaves nothing", "[gif]") {
  const TempDir dir;
  check_input_error([&] { data::write_gif(dir / "a", {}, 1, 1, 1, false); }, {"no frames"});
  check_input_error([&] { data::write_gif(dir / "a", {{1}}, 70000, 1, 1, false); }, {"65535"});
  check_input_error([&] { data::write_gif(dir / "a", {{1}}, 1, 1, -1, false); }, {"delay"});
  CHECK_THROWS_AS(data::write_gif(dir / "a", {{1, 2}}, 1, 1, 1, false), nn::Error);
  CHECK(dir.entries() == 0);
  data::write_gif(dir / "a", {{1}}, 1, 1, 1, false);
  check_input_error([&] { data::write_gif(dir / "a", {{1}}, 1, 1, 1, false); }, {"--force"});
  CHECK_NOTHROW(data::write_gif(dir / "a", {{1}}, 1, 1, 1, true));
}
