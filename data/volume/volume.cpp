#include "data/volume/volume.h"

#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <type_traits>

#include "data/files/sha256.h"
#include "data/volume/source.h"
#include "nn/core/error.h"
#include "nn/core/parallel.h"

namespace data {
namespace {

using nn::Error;
using nn::Fault;
using nn::index;

/// Calls f with a value of the stored type, so that f's template parameter is that type.
template <class F>
auto with_type(StoredType type, const F& f) {
  switch (type) {
    case StoredType::uint8:
      return f(std::uint8_t{});
    case StoredType::int8:
      return f(std::int8_t{});
    case StoredType::uint16:
      return f(std::uint16_t{});
    case StoredType::int16:
      return f(std::int16_t{});
    case StoredType::uint32:
      return f(std::uint32_t{});
    case StoredType::int32:
      return f(std::int32_t{});
    case StoredType::float32:
      return f(float{});
    case StoredType::float64:
      break;
  }
  return f(double{});
}

/// Nearest integer, ties to even, whatever rounding mode the process is in. |x| < 2^51.
double round_half_even(double x) {
  const double below = std::floor(x);
  const double rest = x - below;  // exact
  if (rest < 0.5) return below;
  if (rest > 0.5) return below + 1;
  return std::fmod(below, 2.0) == 0 ? below : below + 1;
}

template <class T>
T to_stored(double v) {
  constexpr auto kLow = static_cast<double>(std::numeric_limits<T>::lowest());
  constexpr auto kHigh = static_cast<double>(std::numeric_limits<T>::max());
  if (v <= kLow) return std::numeric_limits<T>::lowest();
  if (v >= kHigh) return std::numeric_limits<T>::max();
  if constexpr (std::is_integral_v<T>) {
    return static_cast<T>(round_half_even(v));
  } else {
    return static_cast<T>(v);
  }
}

/// Where slice k lies in memory, in voxels.
struct Cut {
  index first = 0;
  index row_step = 0;
  index column_step = 0;
};

Cut cut_of(const Volume& v, index k) {
  const std::array<index, 3> step{1, v.dims[0], v.dims[0] * v.dims[1]};
  return {k * step[static_cast<std::size_t>(v.slice_axis)],
          step[static_cast<std::size_t>(v.row_axis())],
          step[static_cast<std::size_t>(v.column_axis())]};
}

template <class T>
double value_of(const std::byte* from) {
  T value{};
  std::memcpy(&value, from, sizeof(T));
  return static_cast<double>(value);
}

void check_slice_number(const Volume& v, index k, const char* where) {
  if (k < 0 || k >= v.slices()) {
    throw Error(Fault::job, where, "slice " + std::to_string(k),
                "0.." + std::to_string(v.slices() - 1));
  }
}

/// "(i, j, k)" of row y, column x of slice k, in the axis order of the file that was read and, for
/// a slice that was read, with its number there.
std::string voxel_name(const Volume& v, index k, index y, index x) {
  std::array<index, 3> at{};
  const SliceOrigin origin = v.origin(k);
  at[static_cast<std::size_t>(v.slice_axis)] = origin.synthetic() ? k : origin.before;
  at[static_cast<std::size_t>(v.row_axis())] = y;
  at[static_cast<std::size_t>(v.column_axis())] = x;
  return "(" + std::to_string(at[0]) + ", " + std::to_string(at[1]) + ", " + std::to_string(at[2]) +
         ")";
}

}  // namespace

std::size_t bytes_of(StoredType type) {
  return with_type(type, [](auto zero) { return sizeof(zero); });
}

std::string to_string(StoredType type) {
  switch (type) {
    case StoredType::uint8:
      return "uint8";
    case StoredType::int8:
      return "int8";
    case StoredType::uint16:
      return "uint16";
    case StoredType::int16:
      return "int16";
    case StoredType::uint32:
      return "uint32";
    case StoredType::int32:
      return "int32";
    case StoredType::float32:
      return "float32";
    case StoredType::float64:
      break;
  }
  return "float64";
}

std::string to_string(Unit unit) {
  switch (unit) {
    case Unit::hu:
      return "HU";
    case Unit::grey8:
      return "grey levels";
    case Unit::unknown:
      break;
  }
  return "unknown";
}

nn::Tensor Volume::slice(index k) const {
  check_slice_number(*this, k, "Volume::slice");
  const Cut cut = cut_of(*this, k);
  const index rows = height();
  const index columns = width();
  nn::Tensor out(nn::Shape{1, rows, columns, 1});
  nn::real* to = out.data();
  with_type(type, [&](auto zero) {
    using T = decltype(zero);
    for (index y = 0; y < rows; ++y) {
      for (index x = 0; x < columns; ++x) {
        const index at = cut.first + y * cut.row_step + x * cut.column_step;
        T raw{};
        std::memcpy(&raw, stored.data() + at * static_cast<index>(sizeof(T)), sizeof(T));
        const auto value = static_cast<nn::real>(slope * static_cast<double>(raw) + intercept);
        if (!std::isfinite(value)) {
          throw Error(Fault::input, source,
                      "voxel " + voxel_name(*this, k, y, x) + " is not a finite number",
                      "a number in every voxel", "repair or cut the scan");
        }
        to[y * columns + x] = value;
      }
    }
  });
  return out;
}

void Volume::set_slice(index k, const nn::Tensor& values) {
  check_slice_number(*this, k, "Volume::set_slice");
  const nn::Shape expected{1, height(), width(), 1};
  if (values.shape() != expected) {
    throw Error(Fault::job, "Volume::set_slice", nn::to_string(values.shape()),
                nn::to_string(expected));
  }
  const Cut cut = cut_of(*this, k);
  const nn::real* from = values.data();
  with_type(type, [&](auto zero) {
    using T = decltype(zero);
    for (index y = 0; y < expected.h; ++y) {
      for (index x = 0; x < expected.w; ++x) {
        const auto value = static_cast<double>(from[y * expected.w + x]);
        if (!std::isfinite(value)) {
          throw Error(Fault::job, "Volume::set_slice",
                      "voxel " + voxel_name(*this, k, y, x) + " is not a finite number",
                      "a number in every voxel");
        }
        const T raw = to_stored<T>((value - intercept) / slope);
        const index at = cut.first + y * cut.row_step + x * cut.column_step;
        std::memcpy(stored.data() + at * static_cast<index>(sizeof(T)), &raw, sizeof(T));
      }
    }
  });
}

std::string Volume::sha256() const {
  Sha256 hash;
  const std::string name = to_string(type) + "\n";  // names, since enumerators could be renumbered
  hash.update(name.data(), name.size());
  for (const index n : dims) hash.update(&n, sizeof(n));
  hash.update(&slope, sizeof(slope));
  hash.update(&intercept, sizeof(intercept));
  hash.update(stored.data(), stored.size());
  return hash.hex();
}

Voxels::Voxels(const Volume& volume)
    : stored_(volume.stored.data()),
      read_(with_type(volume.type, [](auto zero) { return &value_of<decltype(zero)>; })) {
  const auto bytes = static_cast<index>(bytes_of(volume.type));
  const Cut second = cut_of(volume, 1);
  slice_step_ = second.first * bytes;
  row_step_ = second.row_step * bytes;
  column_step_ = second.column_step * bytes;
}

std::size_t checked_bytes(const std::array<index, 3>& dims, StoredType type,
                          const std::string& where) {
  const std::string got = "an image of " + std::to_string(dims[0]) + " x " +
                          std::to_string(dims[1]) + " x " + std::to_string(dims[2]);
  index voxels = 1;
  for (const index n : dims) {
    nn::require(n >= 1, where, got, "sizes of 1 or more", "the header is damaged");
    nn::require(n <= kMaxAxis, where, got + ", larger than allowed",
                "at most " + std::to_string(kMaxAxis) + " voxels along an axis",
                "the header is damaged, or cut the scan");
    // At most 4e9 * 8192 before the check: far from overflow.
    voxels *= n;
    nn::require(voxels <= kMaxVoxels, where, got + ", larger than allowed",
                "at most " + std::to_string(kMaxVoxels) + " voxels",
                "the header is damaged, or cut the scan");
  }
  return static_cast<std::size_t>(voxels) * bytes_of(type);
}

void require_slices(const Volume& volume, index at_least, const std::string& where) {
  nn::require(volume.slices() >= at_least, where,
              volume.source + " has " + std::to_string(volume.slices()) +
                  (volume.slices() == 1 ? " slice" : " slices") + " along axis " +
                  std::to_string(volume.slice_axis),
              "at least " + std::to_string(at_least),
              volume.dicom                 ? volume.dicom->more
              : volume.unit == Unit::grey8 ? "name the folder that holds the other slices"
                                           : "choose another axis with --axis");
}

}  // namespace data
