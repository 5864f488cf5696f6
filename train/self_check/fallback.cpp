#include "train/self_check/fallback.h"

namespace train {

std::string name_of(Fallback fallback) {
  return fallback == Fallback::cubic ? "cubic" : "registered";
}

Method method_of(Fallback fallback, data::Unit unit) {
  return method_without_network(name_of(fallback), unit);
}

Method simpler_than(Fallback fallback) {
  return method_without_network(fallback == Fallback::cubic ? "linear" : "cubic");
}

}  // namespace train
