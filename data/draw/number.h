// Numbers as text.
#pragma once

#include <string>

namespace data {

/// Fixed number of decimals with a point, whatever the locale; "-0.00" becomes "0.00".
std::string fixed(double value, int decimals);

}  // namespace data
