#include "train/self_check/fallback.h"

namespace train {

Method method_of(Fallback fallback, data::Unit unit) {
  return method_without_network(fallback == Fallback::cubic ? "cubic" : "registered", unit);
}

Method simpler_than(Fallback fallback) {
  return method_without_network(fallback == Fallback::cubic ? "linear" : "cubic");
}

}  // namespace train
