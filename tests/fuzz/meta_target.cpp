// data/meta/ and data/pictures/tiff_read.h: text headers with their voxels, and TIFF files.
#include <zlib.h>

#include <algorithm>
#include <span>

#include "data/meta/metaimage.h"
#include "data/meta/nrrd.h"
#include "data/pictures/tiff_read.h"
#include "nn/core/error.h"
#include "tests/data/meta/meta_files.h"
#include "tests/data/pictures/tiff_files.h"
#include "tests/fuzz/scratch.h"
#include "tests/fuzz/targets.h"

namespace fuzz {
namespace {

/// Bytes that gzip or zlib made of the same bytes.
std::string packed(const std::string& plain, int window) {
  std::string out(plain.size() + 100, '\0');
  z_stream z{};
  deflateInit2(&z, 6, Z_DEFLATED, window, 8, Z_DEFAULT_STRATEGY);
  std::string in = plain;
  z.next_in = reinterpret_cast<Bytef*>(in.data());
  z.avail_in = static_cast<unsigned>(in.size());
  z.next_out = reinterpret_cast<Bytef*>(out.data());
  z.avail_out = static_cast<unsigned>(out.size());
  deflate(&z, Z_FINISH);
  out.resize(z.total_out);
  deflateEnd(&z);
  return out;
}

/// The third of several volumes, or the last.
int chosen(nn::index volumes) { return static_cast<int>(std::min<nn::index>(volumes, 3)) - 1; }

}  // namespace

void read_nrrd(const std::string& bytes) {
  const std::string path = file_of(bytes, "input.nrrd");
  const data::Volume v = data::read_nrrd(path, {-1, chosen(data::nrrd_volumes(path))});
  use(v);
  if (v.voxels() > 4096) return;
  data::OutputSet outputs(true);
  data::write_nrrd(outputs, scratch() / "out.nrrd", v.expanded(2), {"fuzz", ""});
}

std::vector<std::string> nrrd_seeds() {
  using data_test::nrrd_header;
  using data_test::with;
  const std::string voxels = data_test::bytes_of_values(data_test::counting(24));
  std::string four = with(nrrd_header(), "dimension: 3", "dimension: 4");
  four = with(with(four, "2 3 4", "2 3 2 2"), "(0,0,2)", "(0,0,2) none");
  std::string bare = with(nrrd_header(), "space: left-posterior-superior\n", "");
  bare = with(bare, "space directions: (0.5,0,0) (0,0.75,0) (0,0,2)", "spacings: 0.5 nan 2");
  return {data_test::small_nrrd(),
          with(nrrd_header("byte skip: 1\nkey:=value\n"), "encoding: raw", "encoding: gzip") +
              packed("x" + voxels, 15 + 16),
          four + voxels,
          bare + voxels,
          with(nrrd_header("line skip: 1\nbyte skip: -1\n"), "endian: little", "endian: big") +
              "a line\n" + voxels,
          with(with(nrrd_header("space units: \"m\" \"mm\" \"um\"\n"), "2 3 4", "2 3 1"), "short",
               "int64") +
              std::string(48, '\0')};
}

void read_metaimage(const std::string& bytes) {
  const std::string path = file_of(bytes, "input.mha");
  const data::Volume v = data::read_metaimage(path, {-1, chosen(data::metaimage_volumes(path))});
  use(v);
  if (v.voxels() > 4096) return;
  data::OutputSet outputs(true);
  data::write_metaimage(outputs, scratch() / "out.mha", v.expanded(2), {"fuzz", ""});
}

std::vector<std::string> metaimage_seeds() {
  using data_test::metaimage_header;
  using data_test::with;
  const std::string voxels = data_test::bytes_of_values(data_test::counting(24));
  const std::string letters =
      with(with(metaimage_header(), "TransformMatrix = 1 0 0 0 1 0 0 0 1\n", ""), "RAI", "ASL");
  std::string four = with(metaimage_header(), "NDims = 3", "NDims = 4");
  four = with(four, "1 0 0 0 1 0 0 0 1", "1 0 0 0 0 1 0 0 0 0 1 0 0 0 0 1");
  four = with(with(four, "10 -20 30", "10 -20 30 0"), "0.5 0.75 2", "0.5 0.75 2 1");
  four = with(four, "2 3 4\n", "2 3 2 2\n");
  return {
      data_test::small_metaimage(),
      metaimage_header("LOCAL", "CompressedData = True\nDistanceUnits = cm\n") + packed(voxels, 15),
      letters + voxels, four + voxels,
      with(metaimage_header("LOCAL", "HeaderSize = -1\n"), "OrderMSB = False", "OrderMSB = True") +
          voxels};
}

#ifdef CT2CT_HAS_TIFF
void read_tiff(const std::string& bytes) {
  const std::string path = file_of(bytes, "input.tif");
  // The file is read in place, and in memory as one of several.
  try {
    static_cast<void>(data::tiff_size(std::as_bytes(std::span(bytes)), "input"));
  } catch (const nn::Error&) {
    // as the other way, which is what counts
  }
  use(data::stack_tiffs(data::list_pictures(path)));
}

std::vector<std::string> tiff_seeds() {
  using data_test::tiff_file;
  const std::vector<int> values{0, 1, 2, 3, 4, 5};
  return {tiff_file({{.values = values}, {.values = values}}),
          tiff_file({{.bits = 16, .format = 2, .rows_per_strip = 1, .values = values}}, true),
          tiff_file({{.bits = 32, .format = 3, .values = values}}),
          tiff_file({{.tile = 16, .values = values}}),
          tiff_file({{.photometric = 0, .orientation = 6, .packbits = true, .values = values}}),
          tiff_file({{.subfile = 1, .values = {1, 2, 3}}, {.values = values}})};
}
#endif

}  // namespace fuzz
