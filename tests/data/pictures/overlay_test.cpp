// Burned-in text: found where letters were drawn and nowhere else, hidden, and given back.
#include "data/pictures/overlay.h"

#include <algorithm>
#include <cmath>
#include <functional>

#include "data/phantom/phantom.h"
#include "data/pictures/font_7x13.h"
#include "tests/data/test_files.h"

using data::GreyPicture;
using data::Overlay;

namespace {

/// A stack of pictures and which of their pixels were drawn on.
struct Stack {
  std::vector<GreyPicture> pictures;
  std::vector<std::uint8_t> ink;  // in any picture

  nn::index width() const { return pictures.front().width; }
  nn::index height() const { return pictures.front().height; }
};

/// A phantom head in a window: bone is white, as letters are.
Stack head(nn::index slices, double low = -160, double high = 240, nn::index size = 160) {
  const data::Volume v = data::make_phantom({slices, size, 3, 5});
  Stack stack;
  for (nn::index k = 0; k < v.slices(); ++k) {
    GreyPicture p{v.width(), v.height(), false, false, {}, {}};
    for (const std::uint8_t g : data::to_grey(v.slice(k), {low, high})) p.values.push_back(g);
    stack.pictures.push_back(std::move(p));
  }
  stack.ink.resize(static_cast<std::size_t>(v.width() * v.height()));
  return stack;
}

void write(Stack& stack, nn::index k, nn::index row, nn::index column, const std::string& text,
           bool colour = false) {
  GreyPicture& p = stack.pictures[static_cast<std::size_t>(k)];
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto& glyph = data::font::kRegular[static_cast<std::size_t>(text[i] - ' ')];
    for (nn::index y = 0; y < data::font::kHeight; ++y) {
      for (nn::index x = 0; x < data::font::kWidth; ++x) {
        const unsigned bits = glyph[static_cast<std::size_t>(y)];
        if (((bits >> static_cast<unsigned>(data::font::kWidth - 1 - x)) & 1U) == 0) continue;
        const auto at = static_cast<std::size_t>(
            (row + y) * p.width + column + static_cast<nn::index>(i) * data::font::kWidth + x);
        p.values[at] = colour ? 76 : 255;  // 76 is pure red
        stack.ink[at] = 1;
        if (!colour) continue;
        p.colourful.resize(p.values.size());
        p.colourful[at] = 1;
      }
    }
  }
}

void write_all(Stack& stack, nn::index row, nn::index column,
               const std::function<std::string(nn::index)>& text, bool colour = false) {
  for (nn::index k = 0; k < static_cast<nn::index>(stack.pictures.size()); ++k) {
    write(stack, k, row, column, text(k), colour);
  }
}

std::shared_ptr<const Overlay> found_in(const Stack& stack) {
  data::OverlayFinder finder;
  for (const GreyPicture& p : stack.pictures) finder.add(p);
  return finder.find();
}

/// Every drawn pixel is masked, and nothing farther than `reach` from one is.
void check_covers(const Stack& stack, const Overlay& o, nn::index reach) {
  nn::index missed = 0;
  nn::index far = 0;
  for (nn::index y = 0; y < o.height; ++y) {
    for (nn::index x = 0; x < o.width; ++x) {
      const auto at = static_cast<std::size_t>(y * o.width + x);
      if (stack.ink[at] != 0 && !o.text(at)) ++missed;
      if (!o.text(at)) continue;
      bool near = false;
      for (nn::index v = std::max<nn::index>(0, y - reach); v <= std::min(o.height - 1, y + reach);
           ++v) {
        for (nn::index u = std::max<nn::index>(0, x - reach); u <= std::min(o.width - 1, x + reach);
             ++u) {
          near = near || stack.ink[static_cast<std::size_t>(v * o.width + u)] != 0;
        }
      }
      if (!near) ++far;
    }
  }
  CHECK(missed == 0);
  CHECK(far == 0);
}

nn::index count(const Overlay& o, Overlay::Kind kind) {
  return static_cast<nn::index>(std::count(o.kind.begin(), o.kind.end(), kind));
}

nn::Tensor tensor_of(const GreyPicture& p) {
  nn::Tensor t({1, p.height, p.width, 1});
  std::copy(p.values.begin(), p.values.end(), t.data());
  return t;
}

}  // namespace

TEST_CASE("bone is not taken for text", "[overlay][optimised]") {
  for (const nn::index slices : {8, 12, 24, 64}) {
    for (const auto& [low, high] : {std::pair{-160.0, 240.0}, {0.0, 80.0}, {-500.0, 1500.0}}) {
      INFO(slices << " slices, window " << low << " to " << high);
      CHECK(found_in(head(slices, low, high)) == nullptr);
    }
  }
}

TEST_CASE("still grey text is found to the pixel, on air and on tissue", "[overlay][optimised]") {
  Stack stack = head(64);
  // Above the skull base, so that there is brain below the second text in every picture.
  stack.pictures = {stack.pictures.begin() + 36, stack.pictures.begin() + 48};
  write_all(stack, 2, 3, [](nn::index) { return "DOE^JOHN: 1.25 mm"; });
  write_all(stack, 74, 60, [](nn::index) { return "R"; });
  const auto o = found_in(stack);
  REQUIRE(o != nullptr);
  check_covers(stack, *o, 2);
  CHECK(o->changing_words == 0);
  CHECK(o->still_words >= 3);
}

TEST_CASE("a number that changes is found with its whole word", "[overlay]") {
  Stack stack = head(9);
  // 11 to 19: the first digit never changes, and must not be left standing alone.
  write_all(stack, 145, 3, [](nn::index k) { return "Im " + std::to_string(11 + k) + " z"; });
  const auto o = found_in(stack);
  REQUIRE(o != nullptr);
  check_covers(stack, *o, 5);
  CHECK(o->changing_words == 1);
  const auto kind_at = [&](nn::index y, nn::index x) {
    return o->kind[static_cast<std::size_t>(y * o->width + x)];
  };
  CHECK(kind_at(145 + 6, 3 + 2) == Overlay::kStill);             // I
  CHECK(kind_at(145 + 6, 3 + 3 * 7 + 3) == Overlay::kChanging);  // the first digit
  CHECK(kind_at(145 + 6, 3 + 4 * 7 + 3) == Overlay::kChanging);
  CHECK(o->first_changing[0] >= 143);
  CHECK(o->first_changing[1] >= 3 + 2 * 7);
}

TEST_CASE("coloured text is found by its colour in any number of pictures", "[overlay]") {
  Stack stack = head(2);
  write_all(
      stack, 60, 40, [](nn::index) { return "WL 40"; }, true);
  write_all(
      stack, 2, 3, [](nn::index k) { return "S" + std::to_string(k); }, true);
  const auto o = found_in(stack);
  REQUIRE(o != nullptr);
  check_covers(stack, *o, 5);
  CHECK(o->still_words == 2);
  CHECK(o->changing_words == 1);

  // A picture that is coloured as a whole is no text.
  for (GreyPicture& p : stack.pictures) p.colourful.assign(p.values.size(), 1);
  CHECK(found_in(stack) == nullptr);
}

TEST_CASE("hidden text is black, and everything else stays", "[overlay]") {
  Stack stack = head(8);
  write_all(stack, 2, 3, [](nn::index) { return "NAME"; });
  const auto o = found_in(stack);
  REQUIRE(o != nullptr);
  const nn::Tensor before = tensor_of(stack.pictures[4]);
  nn::Tensor hidden = before.clone();
  o->hide(hidden);
  const std::vector<std::uint8_t> mask = o->mask();
  for (std::size_t i = 0; i < mask.size(); ++i) {
    REQUIRE(hidden.values()[i] == (mask[i] != 0 ? 0 : before.values()[i]));
  }
  nn::Tensor other({1, 3, 3, 1});
  CHECK_THROWS_AS(o->hide(other), nn::Error);
}

TEST_CASE("a synthetic slice gets still text copied and its own number", "[overlay]") {
  Stack stack = head(9);
  write_all(stack, 2, 3, [](nn::index) { return "NAME"; });
  write_all(stack, 145, 3, [](nn::index k) { return "Im " + std::to_string(k + 1); });
  const auto o = found_in(stack);
  REQUIRE(o != nullptr);
  REQUIRE(o->changing_words == 1);
  const nn::Tensor a = tensor_of(stack.pictures[3]);
  const nn::Tensor c = tensor_of(stack.pictures[4]);
  nn::Tensor made = nn::Tensor::full({1, stack.height(), stack.width(), 1}, 50);
  o->restore(made, a, c, 0.5, 8, 17);

  // The label, as it is drawn: white on black, 15 letters wide, in the first changing word's place
  // or beside it. It covers neither the name nor the word that stays.
  Stack expected = head(9);
  for (auto& v : expected.pictures[0].values) v = 0;
  write(expected, 0, 0, 0, "SYNTHETIC 8/17");
  nn::index found_row = -1;
  nn::index found_column = -1;
  for (nn::index y = 0; y + 13 <= stack.height(); ++y) {
    for (nn::index x = 0; x + 14 * 7 <= stack.width(); ++x) {
      bool same = true;
      for (nn::index v = 0; same && v < 13; ++v) {
        for (nn::index u = 0; same && u < 14 * 7; ++u) {
          const auto want = expected.pictures[0].values[static_cast<std::size_t>(v * 160 + u)];
          same = made.at(0, y + v, x + u, 0) == static_cast<nn::real>(want);
        }
      }
      if (!same) continue;
      found_row = y;
      found_column = x;
    }
  }
  CHECK(found_row >= 120);
  CHECK(found_column >= 20);
  nn::index copied = 0;
  for (nn::index y = 0; y < o->height; ++y) {
    for (nn::index x = 0; x < o->width; ++x) {
      const auto at = static_cast<std::size_t>(y * o->width + x);
      const bool label =
          y >= found_row && y < found_row + 13 && x >= found_column && x < found_column + 14 * 7;
      if (label) continue;
      if (o->kind[at] == Overlay::kStill) {
        ++copied;
        REQUIRE(made.values()[at] == Approx((a.values()[at] + c.values()[at]) / 2));
      } else if (o->kind[at] == Overlay::kChanging) {
        REQUIRE(made.values()[at] == 0);
      } else {
        REQUIRE(made.values()[at] == 50);
      }
    }
  }
  CHECK(copied == count(*o, Overlay::kStill));
}

TEST_CASE("labels of all slices stand in one place, and small pictures cut them", "[overlay]") {
  Overlay o;
  o.width = 40;
  o.height = 16;
  o.kind.assign(640, Overlay::kFree);
  o.kind[3 * 40 + 30] = Overlay::kChanging;
  o.changing_words = 1;
  o.first_changing = {3, 30};
  const nn::Tensor black = nn::Tensor::zeros({1, 16, 40, 1});
  nn::Tensor nine = nn::Tensor::full({1, 16, 40, 1}, 7);
  nn::Tensor ten = nine.clone();
  o.restore(nine, black, black, 0.5, 9, 12);
  o.restore(ten, black, black, 0.5, 10, 12);
  CHECK(std::equal(nine.data(), nine.data() + nine.numel(), ten.data()));  // "SYNTHE" is all
  CHECK(std::count(nine.data(), nine.data() + nine.numel(), nn::real{255}) > 20);
  CHECK(std::count(nine.data(), nine.data() + nine.numel(), nn::real{7}) == 3 * 40);
}
