#include "models/init.h"

namespace models {

void initialise_convolutions(nn::ParameterList& list, std::uint64_t seed, std::uint32_t network,
                             const std::function<double(const std::string&)>& stddev) {
  for (std::size_t i = 0; i < list.parameters.size(); ++i) {
    nn::Parameter& p = list.parameters[i];
    nn::Tensor& w = p.var.mutable_value();
    const bool vector = w.shape().numel() == w.shape().c;
    if (vector) continue;
    const double sigma = stddev(p.name);
    nn::Rng rng(seed, nn::Purpose::init, network, static_cast<std::uint32_t>(i));
    for (nn::real& v : w.values()) v = static_cast<nn::real>(sigma * rng.normal());
  }
}

}  // namespace models
