// Letters: that each is there, where it must be, and the same everywhere.
#include "data/draw/letters.h"

#include <algorithm>
#include <set>
#include <string>

#include "data/draw/markup.h"
#include "data/files/sha256.h"
#include "nn/core/error.h"
#include "nn/core/shape.h"
#include "tests/catch.h"

namespace {

using data::Font;
using data::Ink;

/// Strongest cover in a row of the line, counted from the line's top.
int strongest(const Ink& ink, nn::index row) {
  const nn::index r = row - ink.top;
  if (r < 0 || r >= ink.height) return 0;
  const auto first = ink.cover.begin() + r * ink.width;
  return *std::max_element(first, first + ink.width);
}

nn::index total(const Ink& ink) {
  nn::index sum = 0;
  for (const std::uint8_t c : ink.cover) sum += c;
  return sum;
}

std::string utf8(unsigned code) {
  if (code < 0x80) return std::string(1, static_cast<char>(code));
  if (code < 0x800) {
    return {static_cast<char>(0xC0U | (code >> 6U)), static_cast<char>(0x80U | (code & 0x3FU))};
  }
  return {static_cast<char>(0xE0U | (code >> 12U)),
          static_cast<char>(0x80U | ((code >> 6U) & 0x3FU)),
          static_cast<char>(0x80U | (code & 0x3FU))};
}

}  // namespace

TEST_CASE("letters: small ones fill whole rows, so that their edges are sharp") {
  for (const int size : {11, 12, 13, 14, 18, 24}) {
    for (const bool bold : {false, true}) {
      const Font font{size, bold};
      const Ink x = data::ink_of("x", font);
      // 1120 of 2048 units, as a whole number of pixels above the base line.
      const auto height = static_cast<nn::index>(1120.0 / 2048 * size + 0.5);
      INFO(size << " " << bold);
      CHECK(strongest(x, data::base_line(font) - height) > 200);
      CHECK(strongest(x, data::base_line(font) - height - 1) == 0);
      CHECK(strongest(x, data::base_line(font) - 1) > 200);
      CHECK(strongest(x, data::base_line(font)) == 0);
    }
  }
}

TEST_CASE("letters: widths add up but for kerning") {
  const Font font{100, false};
  const auto width = [&](const char* text) { return data::ink_width(text, font); };
  CHECK(width("") == 0);
  CHECK(width("nnnn") == (1298 * 4 * 100 + 2047) / 2048);  // an n has 1298 units
  CHECK(width("AV") < width("A") + width("V") - 3);
  CHECK(width("To") < width("T") + width("o") - 3);
  CHECK(data::ink_width("ab", {12, true}) > data::ink_width("ab", {12, false}));
  CHECK(total(data::ink_of("ab", {12, true})) > total(data::ink_of("ab", {12, false})));
}

TEST_CASE("letters: Latin-1, Latin Extended-A and the signs of our pictures are in both fonts") {
  for (const bool bold : {false, true}) {
    const Font font{24, bold};
    const std::string unknown =
        data::sha256_of(data::ink_of("?", font).cover.data(), data::ink_of("?", font).cover.size());
    std::vector<unsigned> codes{0x2013, 0x2014, 0x2026, 0x2212, 0x2248, 0x2264, 0x2265, 0x3BC};
    for (unsigned c = 0x21; c < 0x7F; ++c) codes.push_back(c);
    for (unsigned c = 0xA1; c < 0x180; ++c) codes.push_back(c);
    for (const unsigned code : codes) {
      if (code == '?' || code == 0xAD) continue;
      INFO("U+" << std::hex << code);
      const Ink ink = data::ink_of(utf8(code), font);
      CHECK(total(ink) > 0);
      CHECK(data::sha256_of(ink.cover.data(), ink.cover.size()) != unknown);
    }
  }
  CHECK(total(data::ink_of(" \u00A0", {24, false})) == 0);
}

TEST_CASE("letters: accents stand above their letters, and the line has room for them") {
  const Font font{16, false};
  const nn::index top_of_n = data::base_line(font) - 9;
  CHECK(strongest(data::ink_of("n", font), top_of_n - 3) == 0);
  CHECK(strongest(data::ink_of("\u00F1", font), top_of_n - 3) > 100);  // its tilde
  for (const char* text : {"\u00C1", "\u00D1", "\u00DC", "gj|"}) {
    const Ink ink = data::ink_of(text, font);
    CHECK(ink.top >= 0);
    CHECK(ink.top + ink.height <= data::line_height(font) + 1);
  }
}

TEST_CASE("letters: what is no character of the font is a question mark") {
  const Font font{12, false};
  const auto same = [&](const char* a, const char* b) {
    const Ink x = data::ink_of(a, font);
    const Ink y = data::ink_of(b, font);
    return x.cover == y.cover && x.width == y.width;
  };
  CHECK(same("\x01", "?"));
  CHECK(same("\xF0\x9F\x98\x80", "?"));  // an emoji
  CHECK(same("\xE4\xB8\xAD", "?"));      // a Chinese character
  CHECK(same("a\xC3", "a?"));            // cut short
  CHECK(same("\x80\xFF", "??"));
  CHECK_FALSE(same("\u2212", "?"));
  CHECK_THROWS_AS(data::ink_of("a", {3, false}), nn::Error);
  CHECK_THROWS_AS(data::ink_width("a", {401, false}), nn::Error);
}

TEST_CASE("letters: characters of UTF-8, one by one") {
  std::string_view text = "a\u00F1\u2212\U0001F600\xC3";
  for (const char32_t code : {U'a', U'\u00F1', U'\u2212', U'\U0001F600', U'\uFFFD'}) {
    REQUIRE_FALSE(text.empty());
    CHECK(data::next_character(text) == code);
  }
  CHECK(text.empty());
}

TEST_CASE("letters: an outline covers its letter, and one pixel more on each side") {
  const Ink ink = data::ink_of("F", {14, true});
  const Ink outline = data::grown(ink, 1);
  CHECK(outline.left == ink.left - 1);
  CHECK(outline.width == ink.width + 2);
  CHECK(outline.height == ink.height + 2);
  for (nn::index y = 0; y < ink.height; ++y) {
    for (nn::index x = 0; x < ink.width; ++x) {
      const std::uint8_t c = ink.cover[nn::at(y * ink.width + x)];
      for (const nn::index d : {0, 1, 2}) {
        CHECK(outline.cover[nn::at((y + 1) * outline.width + x + d)] >= c);
        CHECK(outline.cover[nn::at((y + d) * outline.width + x + 1)] >= c);
      }
    }
  }
}

TEST_CASE("letters: the same bytes with every compiler and on every machine") {
  data::Sha256 hash;
  for (const int size : {11, 12, 14, 24}) {
    for (const bool bold : {false, true}) {
      const Ink ink = data::ink_of(
          "PSNR 41.25 dB \u00B1 0.5, \u00D1and\u00FA \u00D7 2 \u00B5m AVATAR", {size, bold});
      hash.update(ink.cover.data(), ink.cover.size());
    }
  }
  CHECK(hash.hex() == "0541181d9ec6cee7d153f16ef912ee7c13af7117501ca29722ebb046c04ea06d");
}
