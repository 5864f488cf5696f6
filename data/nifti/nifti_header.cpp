#include "data/nifti/nifti_header.h"

#include <nifti1_io.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>

#include "data/volume/volume.h"
#include "nn/core/error.h"

namespace data {
namespace {

constexpr double kFarTooLarge = 1e15;  // keeps conversions defined; refused by checked_bytes()

static_assert(sizeof(nifti_1_header) == sizeof(NiftiHeader));

constexpr std::size_t kBytes1 = sizeof(nifti_1_header);
constexpr std::size_t kBytes2 = 540;

/// Numbers of a NIfTI-2 header (https://nifti.nimh.nih.gov/nifti-2, nifti2.h) by their byte
/// offsets.
class Fields2 {
 public:
  Fields2(const std::array<unsigned char, kBytes2>& bytes, bool swapped)
      : bytes_(bytes), swapped_(swapped) {}

  template <class T>
  T get(std::size_t at) const {
    std::array<unsigned char, sizeof(T)> b{};
    std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(at), sizeof(T), b.begin());
    if (swapped_) std::reverse(b.begin(), b.end());
    T value{};
    std::memcpy(&value, b.data(), sizeof(T));
    return value;
  }
  float rounded(std::size_t at) const { return static_cast<float>(get<double>(at)); }
  /// Codes are small numbers; what does not fit is no known code.
  template <class T>
  T code(std::size_t at) const {
    const auto wide = get<std::int32_t>(at);
    const T narrow = static_cast<T>(wide);
    return narrow == wide ? narrow : T{0};
  }
  void text(std::size_t at, char* to, std::size_t count) const {
    std::memcpy(to, bytes_.data() + at, count);
  }

 private:
  const std::array<unsigned char, kBytes2>& bytes_;
  bool swapped_;
};

void fill_version_2(NiftiFileHeader& h, const std::array<unsigned char, kBytes2>& bytes) {
  const Fields2 f(bytes, h.swapped);
  nifti_1_header& n = h.fields;
  n = {};
  for (std::size_t a = 0; a < 8; ++a) {
    h.dim[a] = static_cast<double>(f.get<std::int64_t>(16 + 8 * a));
    n.pixdim[a] = f.rounded(104 + 8 * a);
  }
  // dim[1..3] are set when a file is written; the others are 1.
  n.dim[0] = 3;
  for (std::size_t a = 1; a < 8; ++a) n.dim[a] = 1;
  n.datatype = f.get<std::int16_t>(12);
  h.voxel_offset = static_cast<double>(f.get<std::int64_t>(168));
  h.slope = f.get<double>(176);
  h.intercept = f.get<double>(184);
  n.scl_slope = f.rounded(176);
  n.scl_inter = f.rounded(184);
  n.cal_max = f.rounded(192);
  n.cal_min = f.rounded(200);
  n.toffset = f.rounded(216);
  f.text(240, n.descrip, sizeof(n.descrip));
  f.text(320, n.aux_file, sizeof(n.aux_file));
  n.qform_code = f.code<short>(344);
  n.sform_code = f.code<short>(348);
  n.quatern_b = f.rounded(352);
  n.quatern_c = f.rounded(360);
  n.quatern_d = f.rounded(368);
  n.qoffset_x = f.rounded(376);
  n.qoffset_y = f.rounded(384);
  n.qoffset_z = f.rounded(392);
  for (std::size_t c = 0; c < 4; ++c) {
    n.srow_x[c] = f.rounded(400 + 8 * c);
    n.srow_y[c] = f.rounded(432 + 8 * c);
    n.srow_z[c] = f.rounded(464 + 8 * c);
  }
  n.xyzt_units = f.code<char>(500);
  n.intent_code = f.code<short>(504);
  f.text(508, n.intent_name, sizeof(n.intent_name));
  f.text(524, &n.dim_info, 1);
}

void fill_version_1(NiftiFileHeader& h, const std::array<unsigned char, kBytes2>& bytes) {
  std::memcpy(&h.fields, bytes.data(), kBytes1);
  if (h.swapped) swap_nifti_header(&h.fields, 1);
  std::copy(std::begin(h.fields.dim), std::end(h.fields.dim), h.dim.begin());
  h.voxel_offset = static_cast<double>(h.fields.vox_offset);
  h.slope = static_cast<double>(h.fields.scl_slope);
  h.intercept = static_cast<double>(h.fields.scl_inter);
}

}  // namespace

NiftiFileHeader read_nifti_header(GzipReader& file, const std::string& path) {
  std::array<unsigned char, kBytes2> bytes{};
  std::size_t got = file.read(bytes.data(), kBytes1);
  nn::require(got == kBytes1, path, std::to_string(got) + " bytes", "a NIfTI header of 348 bytes",
              "the file is truncated, or is no NIfTI file");
  std::uint32_t size = 0;
  std::memcpy(&size, bytes.data(), sizeof(size));
  NiftiFileHeader h{};
  h.swapped = __builtin_bswap32(size) == kBytes1 || __builtin_bswap32(size) == kBytes2;
  if (h.swapped) size = __builtin_bswap32(size);
  nn::require(size == kBytes1 || size == kBytes2, path, "not a NIfTI file",
              "a NIfTI file, whose first number is 348 or 540");
  h.bytes = size;
  std::string magic(reinterpret_cast<const char*>(bytes.data()) + kBytes1 - 4, 4);
  if (size == kBytes2) {
    got += file.read(bytes.data() + kBytes1, kBytes2 - kBytes1);
    nn::require(got == kBytes2, path, std::to_string(got) + " bytes",
                "a NIfTI-2 header of 540 bytes", "the file is truncated");
    fill_version_2(h, bytes);
    magic.assign(reinterpret_cast<const char*>(bytes.data()) + 4, 4);
  } else {
    fill_version_1(h, bytes);
  }
  const char version = size == kBytes2 ? '2' : '1';
  const bool single = magic == std::string{'n', '+', version, '\0'};
  h.pair = magic == std::string{'n', 'i', version, '\0'};
  nn::require(single || h.pair, path, "an ANALYZE 7.5 or damaged header", "NIfTI",
              "ANALYZE does not say where the patient's left is: convert it to NIfTI");
  return h;
}

NiftiSize nifti_size(const NiftiFileHeader& h, const std::string& path) {
  const auto number = [](double v) {
    return std::to_string(static_cast<long long>(std::clamp(v, -kFarTooLarge, kFarTooLarge)));
  };
  nn::require(h.dim[0] >= 1 && h.dim[0] <= 7, path,
              "a header with " + number(h.dim[0]) + " dimensions", "1 to 7",
              "the header is damaged");
  constexpr double kMostVolumes = 1e6;
  NiftiSize size;
  for (std::size_t a = 1; a <= static_cast<std::size_t>(h.dim[0]); ++a) {
    const double n = std::clamp(h.dim[a], -kFarTooLarge, kFarTooLarge);
    if (a <= 3) {
      size.dims[a - 1] = static_cast<nn::index>(n);
    } else if (a == 4) {
      nn::require(n <= kMostVolumes, path, "a 4-D image with " + number(n) + " volumes",
                  "at most " + number(kMostVolumes), "the header is damaged");
      size.volumes = static_cast<nn::index>(std::max(n, 1.0));
    } else {
      nn::require(n <= 1, path,
                  "a " + std::to_string(a) + "-D image, " + number(n) + " long along dimension " +
                      std::to_string(a),
                  "at most four dimensions",
                  "split it first, for instance with fslsplit or nibabel");
    }
  }
  return size;
}

}  // namespace data
