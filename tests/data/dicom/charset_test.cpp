// Text beyond ASCII: cut between characters, back in ASCII before ASCII, shown in UTF-8.
#include "data/dicom/values.h"

#include <dcmtk/dcmdata/dcspchrs.h>

#include "data/io/read.h"
#include "tests/data/dicom/dicom_files.h"

using data::with_ascii;
using data_test::DicomFile;
using data_test::TempDir;

namespace {

const std::string kJapanese = "\\ISO 2022 IR 87";
// "head", two characters of JIS X 0208 (ISO-IR 87), from PS3.5, H.3: "ESC $ B", "ESC ( B".
const std::string kHead = "\x1B$BF,It\x1B(B";

std::string description_read(const std::string& charset, const std::string& description) {
  const TempDir dir;
  DicomFile f;
  f.change = [&](DcmDataset& d) {
    if (!charset.empty()) d.putAndInsertString(DCM_SpecificCharacterSet, charset.c_str());
    d.putAndInsertString(DCM_SeriesDescription, description.c_str());
  };
  f.write(dir / "a");
  data::DicomListing listing;
  static_cast<void>(data::read_dicom(dir / "a", {}, &listing));
  return listing.groups.at(0).description;
}

}  // namespace

TEST_CASE("what fits keeps its bytes, and ASCII follows in ASCII", "[charset]") {
  CHECK(with_ascii("head", "", " x2", 64) == "head x2");
  CHECK(with_ascii("Sch\xC3\xA4"
                   "del",
                   "ISO_IR 192", " x2", 64) ==
        "Sch\xC3\xA4"
        "del x2");
  CHECK(with_ascii(kHead + " CT", kJapanese, " x2", 64) == kHead + " CT x2");
  // A text that ends in another set than ASCII is led back.
  CHECK(with_ascii("\x1B$BF,It", kJapanese, " x2", 64) == kHead + " x2");
  // Where the first set is JIS X 0201, it is what is led back to.
  CHECK(with_ascii("\x1B$BF,It", "ISO 2022 IR 13\\ISO 2022 IR 87", " x2", 64) ==
        "\x1B$BF,It\x1B(J x2");
  // ISO-IR 149 is put into G1: ASCII was never left.
  CHECK(with_ascii("\x1B$)C\xB1\xE8", "\\ISO 2022 IR 149", " x2", 64) == "\x1B$)C\xB1\xE8 x2");
}

TEST_CASE("what is too long is cut between two characters", "[charset]") {
  // One byte, two, three and four: a, ae, a Chinese one, one beyond the BMP.
  const std::string utf8 = "a\xC3\xA4\xE9\xA0\xAD\xF0\xA0\x80\x8B";
  CHECK(with_ascii(utf8, "ISO_IR 192", "+", 5) == utf8 + "+");
  CHECK(with_ascii(utf8, "ISO_IR 192", "+", 4) == "a\xC3\xA4\xE9\xA0\xAD+");
  CHECK(with_ascii(utf8, "ISO_IR 192", "+", 3) == "a\xC3\xA4+");
  CHECK(with_ascii(utf8, "ISO_IR 192", "+", 2) == "a+");
  CHECK(with_ascii(utf8, "ISO_IR 192", "+", 1) == "+");
  // GB18030 has characters of one, two and four bytes; a second byte may be a digit or a letter.
  const std::string gb =
      "a\xC4\x5C\x81\x30\x8A\x30"
      "b";
  CHECK(with_ascii(gb, "GB18030", "+", 5) == gb + "+");
  CHECK(with_ascii(gb, "GB18030", "+", 4) == "a\xC4\x5C\x81\x30\x8A\x30+");
  CHECK(with_ascii(gb, "GB18030", "+", 3) == "a\xC4\x5C+");
  CHECK(with_ascii("\xE4\xF6\xFC", "ISO_IR 100", "+", 3) == "\xE4\xF6+");
  // Escape sequences count, and the one that leads back is part of what must fit: 3 + 2 + 3 + 1.
  CHECK(with_ascii(kHead, kJapanese, "+", 9) == kHead + "+");
  CHECK(with_ascii(kHead, kJapanese, "+", 8) == "\x1B$BF,\x1B(B+");
  CHECK(with_ascii(kHead, kJapanese, "+", 6) == "+");
  for (const std::string& set : {std::string("ISO_IR 192"), std::string("GB18030"), kJapanese}) {
    for (const std::string& cut :
         {utf8 + "\xE9", gb + "\x81", kHead + "\x1B", std::string("\x1B$")}) {
      CHECK(with_ascii(cut, set, "+", 64).size() <= cut.size() + 4);  // no byte beyond the end
    }
  }
}

TEST_CASE("text is shown in UTF-8 where it can be converted", "[charset]") {
  CHECK(description_read("", "plain") == "plain");
  CHECK(description_read("ISO_IR 192",
                         "Sch\xC3\xA4"
                         "del") ==
        "Sch\xC3\xA4"
        "del");
  CHECK(description_read("ISO_IR 192",
                         "a\x07"
                         "b\xC2\x9B") == "a?b?");  // no order to a terminal
  if (!DcmSpecificCharacterSet::isConversionAvailable()) return;
  CHECK(description_read("ISO_IR 100",
                         "Sch\xE4"
                         "del") ==
        "Sch\xC3\xA4"
        "del");
  CHECK(description_read("GB18030", "\xC2\xAD") == "\xE9\xA2\x85");
  CHECK(description_read(kJapanese, kHead + " CT") == "\xE9\xA0\xAD\xE9\x83\xA8 CT");
  CHECK(description_read("",
                         "Sch\xE4"
                         "del") == "Sch?del (in an unknown character set)");
  CHECK(description_read("ISO_IR 999",
                         "Sch\xE4"
                         "del") == "Sch?del (in ISO_IR 999)");
}
