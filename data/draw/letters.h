// The letters of our pictures: DejaVu Sans, regular and bold, drawn by stb_truetype. Both fonts are
// part of the program, so pictures do not depend on the fonts of a machine. They hold Latin-1,
// Latin Extended-A and a few signs (tools/picture_font.sh).
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "nn/core/real.h"

namespace data {

/// How text is drawn. `size`: pixels of an em, which is about 1.4 times the height of capitals.
struct Font {
  int size = 12;
  bool bold = false;
};

/// A line of text as the share of each pixel that its ink covers. (left, top) is where its upper
/// left pixel lies from the line's own upper left corner: letters may reach out of the line a bit.
struct Ink {
  nn::index left = 0;
  nn::index top = 0;
  nn::index width = 0;
  nn::index height = 0;
  std::vector<std::uint8_t> cover;  ///< height rows of width; 255: whole pixel
};

/// The ink of one line of UTF-8, with the font's kerning. Characters that the font lacks, and bytes
/// that are no UTF-8, are drawn as '?'. Throws nn::Error for sizes outside of 4 to 400.
Ink ink_of(std::string_view text, Font font);

/// `ink` made thicker by `radius` pixels on all sides, as an outline for letters on any ground.
Ink grown(const Ink& ink, nn::index radius);

/// How far a line of text reaches, in pixels, rounded up.
nn::index ink_width(std::string_view text, Font font);

/// Height of a line in pixels, from the accents of capitals to the ends of 'g'.
nn::index line_height(Font font);

/// Where letters stand in a line, in pixels from its top.
nn::index base_line(Font font);

/// Height of capitals in pixels.
nn::index capital_height(Font font);

}  // namespace data
