#include "data/dicom/structure.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "nn/core/error.h"

namespace data {
namespace {

constexpr int kMostDepth = 32;
constexpr std::uint32_t kLongestNoted = 256;  // bytes of an element that ShortTexts holds
constexpr std::size_t kMostElements = 2'000'000;
constexpr std::uint32_t kUndefined = 0xFFFFFFFF;
constexpr std::uint32_t kItem = 0xFFFEE000;
constexpr std::uint32_t kItemEnd = 0xFFFEE00D;
constexpr std::uint32_t kSequenceEnd = 0xFFFEE0DD;
constexpr std::uint32_t kPixelData = 0x7FE00010;
constexpr std::uint32_t kSopClass = 0x00020002;
constexpr std::uint32_t kTransferSyntax = 0x00020010;

struct Layout {
  bool explicit_vr = true;
  bool big_endian = false;
};

struct Element {
  std::uint32_t tag = 0;
  std::array<char, 2> vr{};
  std::uint32_t length = 0;

  bool is(std::string_view name) const { return std::string_view(vr.data(), 2) == name; }
};

class Walker {
 public:
  Walker(std::span<const std::byte> bytes, const std::string& where, ShortTexts* seen = nullptr)
      : bytes_(bytes), where_(where), seen_(seen), zeros_from_(bytes.size()) {
    while (zeros_from_ > 0 && bytes[zeros_from_ - 1] == std::byte{0}) --zeros_from_;
  }

  /// Preamble and group 0002, which is always explicit little-endian.
  DicomStart start() {
    const bool preamble = bytes_.size() >= 132 && std::memcmp(bytes_.data() + 128, "DICM", 4) == 0;
    if (preamble) at_ = 132;
    DicomStart out;
    while (at_ + 8 <= bytes_.size() && bytes_[at_] == std::byte{2} &&
           bytes_[at_ + 1] == std::byte{0}) {
      const Element e = element(bytes_.size(), {});
      need(e.length, bytes_.size());
      if (e.tag == kTransferSyntax) out.syntax = text_here(e.length);
      if (e.tag == kSopClass) out.sop_class = text_here(e.length);
      at_ += e.length;
    }
    out.size = at_;
    return out;
  }

  DataSetExtent data_set(std::size_t begin, Encoding encoding) {
    at_ = begin;
    const Layout layout{encoding != Encoding::implicit_little, encoding == Encoding::explicit_big};
    walk_elements(bytes_.size(), layout, 0, false);
    return {at_, fragments_};
  }

 private:
  [[noreturn]] void refuse(const std::string& got, const std::string& expected,
                           const std::string& hint) const {
    throw nn::Error(nn::Fault::input, where_, got + " at byte " + std::to_string(at_), expected,
                    hint);
  }
  [[noreturn]] void truncated(std::uint64_t wanted, std::uint64_t left) const {
    refuse(
        "a length of " + std::to_string(wanted) + " with " + std::to_string(left) + " bytes left",
        "a whole DICOM file", "the file is truncated or damaged: copy or export it again");
  }

  void need(std::uint64_t count, std::size_t end) const {
    if (count > end - at_) truncated(count, end - at_);
  }

  std::uint32_t number(std::size_t width, bool big_endian) {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < width; ++i) {
      const auto byte = std::to_integer<std::uint32_t>(bytes_[at_ + i]);
      value |= byte << (8 * (big_endian ? width - 1 - i : i));
    }
    at_ += width;
    return value;
  }

  Element element(std::size_t end, const Layout& e) {
    if (++count_ > kMostElements) {
      refuse("more than " + std::to_string(kMostElements) + " elements", "those of an image",
             "the file is damaged");
    }
    need(8, end);
    Element out;
    const std::uint32_t group = number(2, e.big_endian);
    out.tag = group << 16 | number(2, e.big_endian);
    if (!e.explicit_vr || group == 0xFFFE) {
      out.length = number(4, e.big_endian);
      return out;
    }
    std::memcpy(out.vr.data(), bytes_.data() + at_, 2);
    at_ += 2;
    for (const char c : out.vr) {
      if (c < 'A' || c > 'Z') refuse("an element without a type", "two capitals", kDamaged);
    }
    // VRs with a length of 16 bits; all others, those to come too, have one of 32: PS3.5, 7.1.2.
    constexpr std::array<std::string_view, 21> kShort{"AE", "AS", "AT", "CS", "DA", "DS", "DT",
                                                      "FD", "FL", "IS", "LO", "LT", "PN", "SH",
                                                      "SL", "SS", "ST", "TM", "UI", "UL", "US"};
    if (std::any_of(kShort.begin(), kShort.end(), [&](auto name) { return out.is(name); })) {
      out.length = number(2, e.big_endian);
    } else {
      need(6, end);
      at_ += 2;
      out.length = number(4, e.big_endian);
    }
    return out;
  }

  std::string text_here(std::uint32_t length) const {
    std::string text(reinterpret_cast<const char*>(bytes_.data() + at_), length);
    while (!text.empty() && (text.back() == '\0' || text.back() == ' ')) text.pop_back();
    return text;
  }

  bool starts_with_item(std::uint32_t length, const Layout& e) {
    if (length < 8) return false;
    const std::size_t before = at_;
    const std::uint32_t group = number(2, e.big_endian);
    const std::uint32_t tag = group << 16 | number(2, e.big_endian);
    at_ = before;
    return tag == kItem;
  }

  /// Elements up to `end`, or up to an item's end mark when its length is undefined.
  void walk_elements(std::size_t end, const Layout& e, int depth, bool until_mark) {
    while (at_ < end) {
      // Zero bytes to the end are no element: no data set has a group 0000.
      if (depth == 0 && at_ >= zeros_from_) return;
      const Element el = element(end, e);
      if (until_mark && el.tag == kItemEnd) return;
      if (el.length == kUndefined) {
        // PS3.5, 7.1.3: of the types that are written down only these may leave their length open.
        const bool fragments =
            el.tag == kPixelData && (!e.explicit_vr || el.is("OB") || el.is("OW"));
        if (e.explicit_vr && !fragments && !el.is("SQ") && !el.is("UN")) {
          refuse("an element of type " + std::string(el.vr.data(), 2) + " without a length",
                 "a length", kDamaged);
        }
        if (depth == 0 && fragments) fragments_ = true;
        // PS3.5, 6.2.2, note: UN of undefined length holds implicit VR.
        const Layout inner = el.is("UN") ? Layout{false, false} : e;
        walk_items(end, inner, depth + 1, fragments, true);
        continue;
      }
      need(el.length, end);
      if (seen_ != nullptr && depth == 0 && el.length <= kLongestNoted) {
        seen_->emplace(el.tag, text_here(el.length));
      }
      const bool sequence =
          el.is("SQ") || (!e.explicit_vr && el.tag != kPixelData && starts_with_item(el.length, e));
      if (sequence) {
        walk_items(at_ + el.length, e, depth + 1, false, false);
      } else {
        at_ += el.length;
      }
    }
    if (until_mark) truncated(8, 0);
  }

  void walk_items(std::size_t end, const Layout& e, int depth, bool fragments, bool until_mark) {
    if (depth > kMostDepth) {
      refuse("sequences nested more than " + std::to_string(kMostDepth) + " deep",
             "those of an image", "the file is damaged");
    }
    while (at_ < end) {
      const Element item = element(end, {false, e.big_endian});
      if (until_mark && item.tag == kSequenceEnd) return;
      if (item.tag != kItem) {
        refuse("something else than an item in a sequence", "items", kDamaged);
      }
      if (item.length == kUndefined && !fragments) {
        walk_elements(end, e, depth, true);
        continue;
      }
      need(item.length, end);
      if (fragments) {
        at_ += item.length;
      } else {
        walk_elements(at_ + item.length, e, depth, false);
      }
    }
    if (until_mark) truncated(8, 0);
  }

  std::span<const std::byte> bytes_;
  const std::string& where_;
  ShortTexts* seen_;
  std::size_t zeros_from_;  ///< all that follows this byte is zero
  std::size_t at_ = 0;
  std::size_t count_ = 0;
  bool fragments_ = false;
};

}  // namespace

DicomStart dicom_start(std::span<const std::byte> bytes, const std::string& where) {
  return Walker(bytes, where).start();
}

Encoding guessed_encoding(std::span<const std::byte> data_set) {
  if (data_set.size() < 6) return Encoding::explicit_little;
  const auto capital = [&](std::size_t i) {
    const auto c = std::to_integer<unsigned char>(data_set[i]);
    return c >= 'A' && c <= 'Z';
  };
  if (!capital(4) || !capital(5)) return Encoding::implicit_little;
  return data_set[0] == std::byte{0} ? Encoding::explicit_big : Encoding::explicit_little;
}

DataSetExtent check_data_set(std::span<const std::byte> bytes, std::size_t begin, Encoding encoding,
                             const std::string& where, ShortTexts* seen) {
  return Walker(bytes, where, seen).data_set(begin, encoding);
}

}  // namespace data
