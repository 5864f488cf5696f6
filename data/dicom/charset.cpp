#include "data/dicom/values.h"

#include <dcmtk/dcmdata/dcspchrs.h>
#include <dcmtk/ofstd/ofchrenc.h>

#include <algorithm>

namespace data {
namespace {

constexpr char kEscape = '\x1B';

unsigned byte_of(char c) { return static_cast<unsigned char>(c); }

bool is_ascii(const std::string& text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

/// Walks through a text character by character, in any character set of DICOM.
class CharacterWalk {
 public:
  CharacterWalk(const std::string& text, const std::string& charset)
      : text_(text),
        utf8_(charset.find("192") != std::string::npos),
        gb_(charset.starts_with("GB")),
        g0_(charset.starts_with("ISO 2022 IR 13\\") ? "(J" : "(B"),
        initial_(g0_) {}

  bool at_end() const { return at_ >= text_.size(); }
  std::size_t at() const { return at_; }

  /// Goes beyond one character or escape sequence. Returns what it counts.
  std::size_t next() {
    const std::size_t begin = at_;
    if (text_[at_] == kEscape) {
      escape();
      return at_ - begin;
    }
    at_ = std::min(text_.size(), at_ + width());
    return 1;
  }

  /// The escape sequence that makes what follows ASCII; empty where it is.
  std::string back() const { return g0_ == initial_ ? "" : kEscape + initial_; }

 private:
  /// ESC, any number of intermediate bytes and a final one (ISO/IEC 2022, 13.2.1).
  void escape() {
    std::string sequence;
    for (++at_; at_ < text_.size();) {
      const char c = text_[at_++];
      sequence += c;
      if (byte_of(c) < 0x20 || byte_of(c) > 0x2F) break;
    }
    const bool wide = sequence.starts_with("$");
    if (sequence.find(')') != std::string::npos || sequence.starts_with("-")) {
      g1_wide_ = wide;
    } else {
      g0_ = sequence;
    }
  }

  /// Bytes of the character that begins here.
  std::size_t width() const {
    const unsigned first = byte_of(text_[at_]);
    const unsigned second = at_ + 1 < text_.size() ? byte_of(text_[at_ + 1]) : 0;
    if (utf8_) {
      std::size_t bytes = 1;
      const std::size_t most = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : first >= 0xC0 ? 2 : 1;
      while (bytes < most && at_ + bytes < text_.size() &&
             (byte_of(text_[at_ + bytes]) & 0xC0U) == 0x80U) {
        ++bytes;
      }
      return bytes;
    }
    if (gb_) return first < 0x81 ? 1 : second >= 0x30 && second <= 0x39 ? 4 : 2;
    if (first >= 0x80) return g1_wide_ ? 2 : 1;
    return g0_.starts_with("$") ? 2 : 1;
  }

  const std::string& text_;
  bool utf8_, gb_;
  std::string g0_;  ///< the escape sequence in force for bytes below 0x80, without ESC
  std::string initial_;
  bool g1_wide_ = false;  ///< two bytes a character for bytes from 0x80 on
  std::size_t at_ = 0;
};

/// Empty where it cannot be converted.
std::string in_utf8(const std::string& bytes, const std::string& charset) {
  if (!DcmSpecificCharacterSet::isConversionAvailable()) return {};
  const OFString from(bytes.c_str(), bytes.size());
  OFString to;
  DcmSpecificCharacterSet converter;
  bool converted = converter.selectCharacterSet(OFString(charset.c_str())).good() &&
                   converter.convertString(from, to).good();
  if (!converted && charset.find("ISO 2022 IR") != std::string::npos) {
    // glibc's iconv does not know JIS X 0208 and 0212 by themselves (ISO-IR 87, 159), which DCMTK
    // asks for; it knows the escape sequences that lead to them (RFC 1554).
    OFCharacterEncoding whole;
    converted = whole.selectEncoding("ISO-2022-JP-2", "UTF-8").good() &&
                whole.convertString(from, to).good();
  }
  return converted ? std::string(to.c_str(), to.size()) : std::string();
}

}  // namespace

std::string charset_of(DcmItem& item) { return bytes_of_text(item, DCM_SpecificCharacterSet); }

std::string bytes_of_text(DcmItem& item, const DcmTagKey& tag) {
  OFString value;
  if (item.findAndGetOFStringArray(tag, value).bad()) return {};
  const std::string text(value.c_str(), value.size());
  const std::size_t first = text.find_first_not_of(' ');
  if (first == std::string::npos) return {};
  return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

std::string readable_text(DcmItem& item, const DcmTagKey& tag) {
  std::string bytes = bytes_of_text(item, tag);
  const std::string charset = charset_of(item);
  if (is_ascii(bytes)) return bytes;
  std::string text = in_utf8(bytes, charset);
  if (!text.empty()) {
    for (std::size_t i = 0; i < text.size(); ++i) {
      // Control characters C0, DEL and C1: a terminal obeys them.
      if (byte_of(text[i]) < 0x20 || byte_of(text[i]) == 0x7F) text[i] = '?';
      if (byte_of(text[i]) == 0xC2 && i + 1 < text.size() && byte_of(text[i + 1]) < 0xA0) {
        text.replace(i, 2, "?");
      }
    }
    return text;
  }
  return text_of(item, tag) + " (in " +
         (charset.empty() ? "an unknown character set" : text_of(item, DCM_SpecificCharacterSet)) +
         ")";
}

std::string with_ascii(const std::string& text, const std::string& charset,
                       const std::string& ascii, std::size_t most) {
  const std::size_t room = most - std::min(most, ascii.size());
  CharacterWalk walk(text, charset);
  std::string kept;  // the longest part that fits, with what follows it
  std::size_t count = 0;
  for (;;) {
    const std::string back = walk.back();
    if (count + back.size() <= room) kept = text.substr(0, walk.at()) + back;
    if (walk.at_end() || count > room) break;
    count += walk.next();
  }
  return kept + ascii;
}

}  // namespace data
