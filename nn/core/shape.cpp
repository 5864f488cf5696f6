#include "nn/core/shape.h"

namespace nn {

std::string to_string(const Shape& s) {
  return std::to_string(s.n) + "x" + std::to_string(s.h) + "x" + std::to_string(s.w) + "x" +
         std::to_string(s.c);
}

}  // namespace nn
