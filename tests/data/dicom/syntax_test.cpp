// Transfer syntaxes: those that DCMTK 3.6.7 does not read or know, and those that nobody reads
// here, which are named.
#include <dcmtk/dcmdata/dcpixseq.h>
#include <dcmtk/dcmdata/dcpxitem.h>
#include <zlib.h>

#include "data/io/read.h"
#include "tests/data/dicom/dicom_files.h"
#include "tests/data/dicom/high_throughput.h"

using data::read_volume;
using data_test::check_input_error;
using data_test::DicomFile;
using data_test::get;
using data_test::put;
using data_test::TempDir;
using data_test::warned;

namespace {

/// The file with another TransferSyntaxUID. The length of group 0002 becomes wrong, which no reader
/// of ours goes by.
std::string retagged(const std::string& file, std::string uid) {
  const std::size_t at = file.find(std::string("\x02\0\x10\0UI", 6));
  REQUIRE(at != std::string::npos);
  const auto old = static_cast<unsigned char>(file[at + 6]);
  if (uid.size() % 2 != 0) uid += '\0';
  return file.substr(0, at + 6) + static_cast<char>(uid.size()) + '\0' + uid +
         file.substr(at + 8 + old);
}

/// Where the data set begins: after the element of group 0002 that is last.
std::size_t data_set_of(const std::string& file) {
  std::size_t at = 132;
  while (file[at] == 2) {
    const std::size_t length = static_cast<unsigned char>(file[at + 6]);
    at +=
        file.substr(at + 4, 2) == "OB" ? 12 + static_cast<unsigned char>(file[at + 8]) : 8 + length;
  }
  return at;
}

std::string deflated(const std::string& bytes) {
  z_stream stream{};
  REQUIRE(deflateInit2(&stream, 9, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string out(deflateBound(&stream, static_cast<uLong>(bytes.size())), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  REQUIRE(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  const std::size_t size = stream.total_out;
  deflateEnd(&stream);
  return out.substr(0, size);
}

/// An image whose pixel data are these fragments.
DicomFile with_fragments(const std::vector<std::string>& fragments) {
  DicomFile f;
  f.syntax = EXS_JPEG2000LosslessOnly;
  f.change = [=](DcmDataset& d) {
    delete d.remove(DCM_PixelData);
    auto* sequence = new DcmPixelSequence(DcmTag(DCM_PixelSequenceTag));
    sequence->insert(new DcmPixelItem(DcmTag(DCM_PixelItemTag)));
    for (const std::string& fragment : fragments) {
      auto* item = new DcmPixelItem(DcmTag(DCM_PixelItemTag));
      item->putUint8Array(reinterpret_cast<const Uint8*>(fragment.data()),
                          static_cast<unsigned long>(fragment.size()));
      sequence->insert(item);
    }
    auto* pixels = new DcmPixelData(DCM_PixelData);
    pixels->putOriginalRepresentation(EXS_JPEG2000LosslessOnly, nullptr, sequence);
    d.insert(pixels);
  };
  return f;
}

}  // namespace

TEST_CASE("high-throughput JPEG 2000 is decoded, whole or in pieces", "[dicom]") {
  const TempDir dir;
  const std::string stream = data_test::high_throughput();
  with_fragments({stream.substr(0, 90), stream.substr(90)}).write(dir / "j2k");
  const std::string file = get(dir / "j2k");
  for (const char* uid :
       {"1.2.840.10008.1.2.4.201", "1.2.840.10008.1.2.4.202", "1.2.840.10008.1.2.4.203"}) {
    INFO(uid);
    put(dir / "ht", retagged(file, uid));
    data::DicomListing listing;
    const nn::Tensor s = read_volume(dir / "ht", {}, &listing).slice(0);
    for (int i = 0; i < 12; ++i) CHECK(s.data()[i] == static_cast<nn::real>(1000 + 17 * i - 1024));
    CHECK(listing.groups[0].transfer_syntax.find("High-Throughput JPEG 2000") == 0);
  }
  with_fragments({stream.substr(0, 120)}).write(dir / "j2k");
  put(dir / "ht", retagged(get(dir / "j2k"), "1.2.840.10008.1.2.4.201"));
  check_input_error([&] { read_volume(dir / "ht"); }, {"ht", "truncated JPEG 2000 data"});
  with_fragments({std::string("\xFF\x4F\xFF\x51", 4) + std::string(60, '\0')}).write(dir / "j2k");
  put(dir / "ht", retagged(get(dir / "j2k"), "1.2.840.10008.1.2.4.203"));
  check_input_error([&] { read_volume(dir / "ht"); },
                    {"without a readable header", "High-Throughput JPEG 2000"});
}

TEST_CASE("fragments may hold what is not compressed", "[dicom]") {
  const TempDir dir;
  std::string pixels;
  for (int i = 0; i < 12; ++i) {
    pixels += {static_cast<char>(10 * i), static_cast<char>(i % 3)};
  }
  const auto read = [&](const std::vector<std::string>& fragments) {
    with_fragments(fragments).write(dir / "j2k");
    put(dir / "plain", retagged(get(dir / "j2k"), "1.2.840.10008.1.2.1.98"));
    return read_volume(dir / "plain");
  };
  for (const auto& fragments :
       {std::vector<std::string>{pixels}, {pixels.substr(0, 6), pixels.substr(6)}}) {
    const nn::Tensor s = read(fragments).slice(0);
    for (int i = 0; i < 12; ++i) {
      CHECK(s.data()[i] == static_cast<nn::real>(10 * i + 256 * (i % 3) - 1024));
    }
  }
  check_input_error([&] { read({pixels.substr(2)}); }, {"22 bytes of pixel data", "24"});
}

TEST_CASE("a deflated data set is read, and no more of it than an image has", "[dicom]") {
  const TempDir dir;
  DicomFile f;
  for (std::size_t i = 0; i < 12; ++i) f.values[i] = static_cast<Uint16>(100 * i);
  f.write(dir / "plain");
  f.syntax = EXS_DeflatedLittleEndianExplicit;
  f.write(dir / "by_dcmtk");
  const data::Volume plain = read_volume(dir / "plain");
  const data::Volume by_dcmtk = read_volume(dir / "by_dcmtk");
  CHECK(by_dcmtk.stored == plain.stored);
  CHECK(by_dcmtk.affine == plain.affine);
  CHECK(by_dcmtk.warnings == plain.warnings);

  const std::string file = get(dir / "plain");
  const std::size_t begin = data_set_of(file);
  const std::string head =
      retagged(file.substr(0, begin), UID_DeflatedExplicitVRLittleEndianTransferSyntax);
  const std::string packed = deflated(file.substr(begin));
  const auto refused = [&](const std::string& bytes, const std::vector<std::string>& texts) {
    put(dir / "bad", bytes);
    auto all = texts;
    all.emplace_back("bad");
    check_input_error([&] { read_volume(dir / "bad"); }, all);
  };
  put(dir / "own", head + packed);
  CHECK(read_volume(dir / "own").stored == plain.stored);
  put(dir / "own", head + packed + std::string(7, '\0'));
  CHECK(warned(read_volume(dir / "own"), "zero bytes after the data set of 1 file, 7 bytes"));
  refused(head + packed + "more", {"bytes after the deflated data set"});
  for (std::size_t cut = 0; cut < packed.size(); cut += 5) {
    INFO("first " << cut << " of " << packed.size() << " bytes");
    refused(head + packed.substr(0, cut), {"truncated deflated data"});
  }
  std::string damaged = packed;
  damaged[2] = static_cast<char>(damaged[2] ^ 0x7F);
  refused(head + damaged, {"bad"});
  // The same checks as of what was never packed.
  refused(head + deflated(file.substr(begin, file.size() - begin - 2)),
          {"inflated", "24 with 22 bytes left"});
  refused(head + deflated(file.substr(begin) + std::string(100 << 20, '\0')),
          {"deflated data set of more than 64 MiB", "dcmconv +te"});
}

TEST_CASE("a syntax that is not supported is called by its name", "[dicom]") {
  const TempDir dir;
  with_fragments({"whatever"}).write(dir / "fragments");
  const std::string fragments = get(dir / "fragments");
  DicomFile f;
  f.syntax = EXS_LittleEndianImplicit;
  f.write(dir / "implicit");
  const auto refused = [&](const std::string& file, const std::string& uid,
                           const std::vector<std::string>& texts) {
    INFO(uid);
    put(dir / "bad", retagged(file, uid));
    auto all = texts;
    all.insert(all.end(), {"bad", uid, "not supported", "without compression"});
    check_input_error([&] { read_volume(dir / "bad"); }, all);
  };
  refused(fragments, "1.2.840.10008.1.2.4.110", {"JPEG XL Lossless"});
  refused(fragments, "1.2.840.10008.1.2.4.111", {"JPEG XL JPEG Recompression"});
  refused(fragments, "1.2.840.10008.1.2.4.112", {"JPEG XL"});
  refused(fragments, "1.2.840.10008.1.2.4.100", {"MPEG2"});
  refused(fragments, "1.2.840.10008.1.2.4.107", {"HEVC"});
  refused(fragments, "1.2.840.10008.1.2.4.92", {"Multicomponent"});
  refused(fragments, "1.2.840.10008.1.2.4.65", {"JPEG Lossless, Hierarchical"});
  refused(fragments, "1.2.840.10008.1.2.4.94", {"JPIP Referenced"});
  refused(fragments, "1.2.840.10008.1.2.4.204", {"JPIP HTJ2K Referenced"});
  refused(fragments, "1.2.840.10008.1.2.7.1", {"SMPTE ST 2110"});
  refused(fragments, "1.2.840.10008.1.2.8.1", {"Deflated Image Frame"});
  refused(fragments, "1.2.3.4", {"the transfer syntax 1.2.3.4, which"});
  put(dir / "bad", retagged(fragments, "1.2\n\x1B" + std::string(90, '9')));
  check_input_error([&] { read_volume(dir / "bad"); },
                    {"the transfer syntax 1.2??" + std::string(59, '9') + ", which"});
  put(dir / "ge", retagged(get(dir / "implicit"), "1.2.840.113619.5.2"));
  check_input_error([&] { read_volume(dir / "ge"); },
                    {"GE", "1.2.840.113619.5.2", "not supported", "dcmconv +te"});
  // Compressed, but the file says that it is not.
  put(dir / "silent", retagged(fragments, UID_LittleEndianExplicitTransferSyntax));
  check_input_error([&] { read_volume(dir / "silent"); },
                    {"compressed pixel data in a file that does not say how"});
  // The series is listed all the same.
  put(dir / "bad", retagged(fragments, "1.2.840.10008.1.2.4.110"));
  data::DicomListing listing;
  check_input_error([&] { read_volume(dir / "bad", {}, &listing); }, {"JPEG XL"});
  REQUIRE(listing.groups.size() == 1);
  CHECK(listing.groups[0].transfer_syntax == "JPEG XL Lossless");
}
