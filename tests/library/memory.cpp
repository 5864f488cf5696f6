// Voxels of the program's own, filled by cubic interpolation and looked at in memory.
#include <ct2ct.h>

#include <cstdint>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <vector>

using Scan = std::unique_ptr<ct2ct_scan, decltype(&ct2ct_scan_free)>;
using Options = std::unique_ptr<ct2ct_options, decltype(&ct2ct_options_free)>;

static void check(ct2ct_status status) {
  if (status != CT2CT_OK) throw std::runtime_error(ct2ct_last_error());
}

int main() try {
  std::vector<std::int16_t> voxels(64 * 64 * 5);
  for (std::size_t i = 0; i < voxels.size(); ++i) voxels[i] = std::int16_t(10 * (i / (64 * 64)));

  ct2ct_volume volume = CT2CT_VOLUME_INIT;
  volume.voxels = voxels.data();
  volume.size[0] = volume.size[1] = 64;
  volume.size[2] = 5;
  volume.spacing[0] = volume.spacing[1] = 0.5;
  volume.spacing[2] = 3;
  ct2ct_scan* scan = nullptr;
  check(ct2ct_wrap(&volume, nullptr, &scan));
  const Scan own_scan(scan, ct2ct_scan_free);

  ct2ct_options* options = nullptr;
  check(ct2ct_options_new(&options));
  const Options own_options(options, ct2ct_options_free);
  check(ct2ct_set(options, "method", "cubic"));

  ct2ct_scan* filled = nullptr;
  const auto progress = [](void*, const char* stage, std::uint64_t done, std::uint64_t total) {
    std::cerr << stage << ' ' << done << " of " << total << '\n';
    return 0;
  };
  check(ct2ct_fill(scan, nullptr, options, progress, nullptr, &filled));
  const Scan own_filled(filled, ct2ct_scan_free);

  check(ct2ct_scan_volume(filled, &volume));
  const auto* values = static_cast<const std::int16_t*>(volume.voxels);
  for (std::int64_t k = 0; k < volume.size[2]; ++k) {
    std::cout << values[k * 64 * 64] << (volume.synthetic[k] != 0 ? " synthetic\n" : "\n");
  }
  return 0;
} catch (const std::exception& e) {
  std::cerr << e.what() << '\n';
  return 1;
}
