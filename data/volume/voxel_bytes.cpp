#include "data/volume/voxel_bytes.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <exception>
#include <utility>
#include <vector>

#include "nn/core/error.h"

namespace data {

using nn::Error;
using nn::Fault;
using nn::index;

void swap_values(std::span<std::byte> bytes, std::size_t width) {
  for (std::size_t i = 0; width > 1 && i + width <= bytes.size(); i += width) {
    const auto first = bytes.begin() + static_cast<std::ptrdiff_t>(i);
    std::reverse(first, first + static_cast<std::ptrdiff_t>(width));
  }
}

void read_voxels(Volume& v, ByteSource& file, const std::string& path, std::size_t position,
                 const VoxelBytes& where) {
  const std::size_t expected = checked_bytes(v.dims, v.type, path) / bytes_of(v.type) * where.width;
  // At most 8 * 4e9 bytes in each of 2^31 volumes: far from overflow.
  const std::size_t offset = where.offset + static_cast<std::size_t>(where.volume) * expected;
  const auto refuse = [&](std::size_t got) {
    throw Error(Fault::input, path, std::to_string(got) + " bytes of voxels",
                std::to_string(expected), "the file is truncated: copy or download it again");
  };
  const std::size_t most = file.most_bytes();
  if (most < offset || most - offset < expected) {
    // Too little for any content: said before memory is asked for, which a damaged header may
    // want by the gigabyte. The exact number still comes from reading.
    file.skip(offset - position);
    refuse(file.skip(expected));
  }
  try {
    v.stored.resize(expected);
  } catch (const std::exception&) {
    throw Error(Fault::job, path, "no memory for " + std::to_string(expected >> 20) + " MiB", "");
  }
  if (file.skip(offset - position) < offset - position) refuse(0);
  const std::size_t got = file.read(v.stored.data(), expected);
  if (got < expected) refuse(got);
  const std::size_t others = static_cast<std::size_t>(where.volumes - 1 - where.volume) * expected;
  const std::size_t rest = file.skip(others);
  nn::require(rest == others, path, std::to_string(rest) + " bytes of the volumes that follow",
              std::to_string(others), "the file is truncated: copy or download it again");
  // On to the end, where compressed data keep their checksum; but not through endless padding.
  constexpr std::size_t kMostPadding = std::size_t{1} << 24;
  if (file.skip(kMostPadding) > 0) v.warnings.push_back("bytes after the last voxel are ignored");
  if (file.truncated()) {
    throw Error(Fault::input, path, "compressed data that end before their checksum",
                "a whole file", "the file is truncated: copy or download it again");
  }
}

index chosen_volume(int wanted, index volumes, const std::string& path) {
  const std::string numbers = "0 to " + std::to_string(volumes - 1);
  nn::require(wanted != -1 || volumes == 1, path,
              "a 4-D image with " + std::to_string(volumes) + " volumes", "one 3-D scan",
              "choose one with --volume, " + numbers + "; ct2ct info lists them");
  const index volume = std::max<index>(wanted, 0);
  nn::require(volume < volumes, "--volume", std::to_string(volume) + " for " + path,
              volumes == 1 ? "0, the only one" : numbers);
  return volume;
}

void shorten_values(Volume& v, bool with_sign) {
  const std::size_t count = v.stored.size() / sizeof(std::int64_t);
  std::vector<std::byte> narrow(count * sizeof(std::int32_t));
  for (std::size_t i = 0; i < count; ++i) {
    std::int64_t wide = 0;
    std::memcpy(&wide, v.stored.data() + i * sizeof(wide), sizeof(wide));
    const auto value = static_cast<std::int32_t>(wide);
    nn::require(value == wide && (with_sign || wide >= 0), v.source,
                "64-bit integers beyond 32 bits", "values that a CT scan can have",
                "convert it to INT16 or FLOAT32");
    std::memcpy(narrow.data() + i * sizeof(value), &value, sizeof(value));
  }
  v.stored = std::move(narrow);
  v.warnings.emplace_back("64-bit integers are kept with 32 bits, as they all fit");
}

}  // namespace data
