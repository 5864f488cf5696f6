// Parts of a stack of slices, so that a table can say where along the head a method is good. Found
// in the truth by a fixed rule without a network, from the body, bone and air in each section; the
// rule and its limits are in docs/audit/metrics.md.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "nn/core/tensor.h"

namespace data {

/// Slices `first` to `last`, both included.
struct Region {
  std::string name;
  nn::index first = 0;
  nn::index last = 0;
};

struct Regions {
  bool head = false;  ///< by anatomy: "vertex", "brain", "skull base", "face", those that exist
  std::vector<Region> parts;  ///< in the order of slices; they cover the whole stack
};

/// What the rule sees of one section.
struct Section {
  double area = 0;  ///< pixels of the body
  double bone = 0;  ///< share of the body above 200 HU
  double air = 0;   ///< share of the body below -300 HU
};

/// Of a slice (1,H,W,1) in HU. A section without a body has no bone and no air.
Section section_of(const nn::Tensor& slice);

/// "first third", "middle third", "last third" of any stack; fewer for fewer than 3 slices.
Regions thirds(nn::index slices);

/// By the rule for heads, from sections `spacing` mm apart in the order of slices; thirds() where
/// it is not sure that this is a head.
Regions head_regions(std::span<const Section> sections, double spacing);

/// The part that holds slice k.
const Region& region_of(const Regions& regions, nn::index k);

}  // namespace data
