// What takes a network's place where it is not clearly better: methods without a network, from the
// simplest to the one that has to prove itself against it. docs/audit/self-check.md.
#pragma once

#include <string>

#include "train/predict/interpolate.h"

namespace train {

enum class Fallback { cubic, registered };

/// "cubic" or "registered"
std::string name_of(Fallback fallback);

/// The method of that name.
Method method_of(Fallback fallback, data::Unit unit);

/// The next simpler method: cubic interpolation for registration, linear for cubic.
Method simpler_than(Fallback fallback);

}  // namespace train
