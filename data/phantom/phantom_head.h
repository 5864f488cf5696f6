// One made-up head: its place in the scanner, its cranium and everything painted around and into
// it.
#pragma once

#include <cstdint>
#include <vector>

#include "data/phantom/phantom_cranium.h"
#include "data/phantom/phantom_shapes.h"

namespace data::phantom {

struct Head {
  Frame frame;
  Cranium cranium;
  Field field;
  std::vector<Solid> under;  ///< face and neck, painted before the cranium; scanner coordinates
  std::vector<Solid> over;   ///< what is painted after it; scanner coordinates
};

/// The head of this seed.
Head make_head(std::uint64_t seed);

}  // namespace data::phantom
