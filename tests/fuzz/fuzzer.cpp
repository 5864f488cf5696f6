// libFuzzer's side. CT2CT_FUZZ_TARGET names the target ("list" prints all names);
// CT2CT_FUZZ_SEEDS names a folder that is filled with the target's seeds first.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>

#include "tests/fuzz/targets.h"

namespace {

const fuzz::Target* chosen = nullptr;

void write_seeds(const std::string& folder) {
  int number = 0;
  for (const std::string& seed : chosen->seeds()) {
    std::ofstream(folder + "/seed" + std::to_string(number++), std::ios::binary) << seed;
  }
}

}  // namespace

extern "C" int LLVMFuzzerInitialize(int* /*argc*/, char*** /*argv*/) {
  const char* name = std::getenv("CT2CT_FUZZ_TARGET");
  const std::string wanted = name == nullptr ? "" : name;
  for (const fuzz::Target& t : fuzz::targets()) {
    if (wanted == "list") std::printf("%s\n", t.name);
    if (wanted == t.name) chosen = &t;
  }
  if (wanted == "list") std::exit(0);
  if (chosen == nullptr) {
    std::fprintf(stderr, "fuzz: set CT2CT_FUZZ_TARGET; 'list' prints what there is\n");
    std::exit(2);
  }
  const char* seeds = std::getenv("CT2CT_FUZZ_SEEDS");
  if (seeds != nullptr) write_seeds(seeds);
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::accepted(*chosen, std::string(reinterpret_cast<const char*>(data), size));
  return 0;
}
