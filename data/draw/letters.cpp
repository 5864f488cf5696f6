#include "data/draw/letters.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>

#include "data/draw/markup.h"
#include "data/files/gzip.h"
#include "nn/core/error.h"
#include "nn/core/shape.h"

// stb_truetype does not check offsets in a font. It reads our own fonts alone.
#define STBTT_STATIC
#define STB_TRUETYPE_IMPLEMENTATION
#include <stb_truetype.h>

// The assembler puts the fonts, compressed by gzip, into the program's read-only data.
asm(".section .rodata\n"
    "ct2ct_font_begin:\n"
    ".incbin \"" CT2CT_FONTS
    "/DejaVuSans.ttf.gz\"\n"
    "ct2ct_font_end:\n"
    "ct2ct_bold_font_begin:\n"
    ".incbin \"" CT2CT_FONTS
    "/DejaVuSans-Bold.ttf.gz\"\n"
    "ct2ct_bold_font_end:\n"
    ".globl ct2ct_font_begin, ct2ct_font_end, ct2ct_bold_font_begin, ct2ct_bold_font_end\n"
    ".previous\n");

extern "C" {
extern const char ct2ct_font_begin[], ct2ct_font_end[];
extern const char ct2ct_bold_font_begin[], ct2ct_bold_font_end[];
}

namespace data {
namespace {

using nn::at;
using nn::index;

// Of DejaVu Sans, in units of the font: both weights have the same.
constexpr double kEm = 2048;
constexpr double kAscent = 1901;
constexpr double kDescent = 483;
constexpr double kSmallLetter = 1120;  // height of an x
constexpr double kCapital = 1493;

/// A font that is ready to draw.
class Face {
 public:
  explicit Face(std::string_view packed) : bytes_(unpack_gzip(packed, "font")) {
    const auto* font = reinterpret_cast<const unsigned char*>(bytes_.data());
    if (stbtt_InitFont(&info_, font, 0) == 0) {
      throw nn::Error(nn::Fault::job, "font", "one that cannot be read", "TrueType");
    }
  }
  const stbtt_fontinfo* info() const { return &info_; }

 private:
  std::string bytes_;
  stbtt_fontinfo info_{};
};

const Face& face_of(Font font) {
  nn::require(font.size >= 4 && font.size <= 400, "picture",
              "letters of " + std::to_string(font.size) + " pixels", "4 to 400");
  static const Face regular({ct2ct_font_begin, ct2ct_font_end});
  static const Face bold({ct2ct_bold_font_begin, ct2ct_bold_font_end});
  return font.bold ? bold : regular;
}

/// Pixels of a unit of the font. Upright, an x is a whole number of pixels high, or else the upper
/// edge of each small letter would be grey.
struct Scale {
  explicit Scale(Font font)
      : across(font.size / kEm), upright(std::round(kSmallLetter * across) / kSmallLetter) {}
  double across;
  double upright;
};

struct PlacedGlyph {
  int glyph;
  int x;  // units of the font
};

struct PlacedLine {
  std::vector<PlacedGlyph> glyphs;
  int width = 0;  // units of the font
};

PlacedLine placed(std::string_view text, const Face& face) {
  PlacedLine line;
  int last = 0;
  while (!text.empty()) {
    int glyph = stbtt_FindGlyphIndex(face.info(), static_cast<int>(next_character(text)));
    if (glyph == 0) glyph = stbtt_FindGlyphIndex(face.info(), '?');
    if (last != 0) line.width += stbtt_GetGlyphKernAdvance(face.info(), last, glyph);
    line.glyphs.push_back({glyph, line.width});
    int advance = 0;
    int bearing = 0;
    stbtt_GetGlyphHMetrics(face.info(), glyph, &advance, &bearing);
    line.width += advance;
    last = glyph;
  }
  return line;
}

/// A glyph in pixels: its box, from the line's upper left corner, and its place within a pixel.
struct Box {
  int left = 0, top = 0, right = 0, bottom = 0;
  float shift = 0;
};

Box box_of(const PlacedGlyph& g, const Face& face, const Scale& scale, index base) {
  const double x = g.x * scale.across;
  const double whole = std::floor(x);
  Box b;
  b.shift = static_cast<float>(x - whole);
  stbtt_GetGlyphBitmapBoxSubpixel(face.info(), g.glyph, static_cast<float>(scale.across),
                                  static_cast<float>(scale.upright), b.shift, 0, &b.left, &b.top,
                                  &b.right, &b.bottom);
  b.left += static_cast<int>(whole);
  b.right += static_cast<int>(whole);
  b.top += static_cast<int>(base);
  b.bottom += static_cast<int>(base);
  return b;
}

}  // namespace

Ink ink_of(std::string_view text, Font font) {
  const Face& face = face_of(font);
  const Scale scale(font);
  const PlacedLine line = placed(text, face);
  std::vector<Box> boxes;
  Box all{0, 0, 0, 0, 0};
  for (const PlacedGlyph& g : line.glyphs) {
    const Box b = box_of(g, face, scale, base_line(font));
    boxes.push_back(b);
    if (b.left == b.right) continue;
    all = {std::min(all.left, b.left), std::min(all.top, b.top), std::max(all.right, b.right),
           std::max(all.bottom, b.bottom), 0};
  }
  Ink ink{all.left, all.top, all.right - all.left, all.bottom - all.top, {}};
  ink.cover.resize(at(ink.width * ink.height));
  std::vector<std::uint8_t> glyph;
  for (std::size_t i = 0; i < boxes.size(); ++i) {
    const Box& b = boxes[i];
    const int w = b.right - b.left;
    const int h = b.bottom - b.top;
    if (w == 0 || h == 0) continue;
    glyph.assign(at(index{w} * h), 0);
    stbtt_MakeGlyphBitmapSubpixel(
        face.info(), glyph.data(), w, h, w, static_cast<float>(scale.across),
        static_cast<float>(scale.upright), b.shift, 0, line.glyphs[i].glyph);
    for (int y = 0; y < h; ++y) {
      for (int x = 0; x < w; ++x) {
        // Neighbours may share a pixel.
        std::uint8_t& c = ink.cover[at((b.top - ink.top + y) * ink.width + b.left - ink.left + x)];
        c = static_cast<std::uint8_t>(std::min(255, c + glyph[at(index{y} * w + x)]));
      }
    }
  }
  return ink;
}

Ink grown(const Ink& ink, index radius) {
  Ink out{ink.left - radius, ink.top - radius, ink.width + 2 * radius, ink.height + 2 * radius, {}};
  out.cover.resize(at(out.width * out.height));
  for (index dy = -radius; dy <= radius; ++dy) {
    for (index dx = -radius; dx <= radius; ++dx) {
      if (dx * dx + dy * dy > radius * radius + 1) continue;
      for (index y = 0; y < ink.height; ++y) {
        for (index x = 0; x < ink.width; ++x) {
          std::uint8_t& c = out.cover[at((y + radius + dy) * out.width + x + radius + dx)];
          c = std::max(c, ink.cover[at(y * ink.width + x)]);
        }
      }
    }
  }
  return out;
}

index ink_width(std::string_view text, Font font) {
  const Scale scale(font);
  return static_cast<index>(std::ceil(placed(text, face_of(font)).width * scale.across));
}

index base_line(Font font) { return static_cast<index>(std::ceil(kAscent * Scale(font).upright)); }

index line_height(Font font) {
  return base_line(font) + static_cast<index>(std::lround(kDescent * Scale(font).upright));
}

index capital_height(Font font) {
  return static_cast<index>(std::lround(kCapital * Scale(font).upright));
}

}  // namespace data
