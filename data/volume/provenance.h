// What every output says of how its slices were made.
#pragma once

#include <string>

namespace data {

/// What all synthetic slices have in common; the rest is in their SliceOrigin.
struct Provenance {
  std::string version;         ///< of this program; empty: not said
  std::string weights_sha256;  ///< of the model; empty without one
};

}  // namespace data
