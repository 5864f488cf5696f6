#include "train/self_check/shift.h"

namespace train {
namespace {

using nn::at;

constexpr nn::index kAround = 2;  // pixels on each side: 5 x 5

/// 1 where all of the 5 x 5 pixels are soft tissue in both slices.
std::vector<std::uint8_t> even_soft(const nn::Tensor& a, const nn::Tensor& c) {
  const nn::Shape s = a.shape();
  const auto soft = [](const nn::Tensor& slice, nn::index i) {
    return data::tissue_of(static_cast<double>(slice.data()[i])) == data::Tissue::soft;
  };
  std::vector<std::uint8_t> even(at(s.h * s.w), 0);
  for (nn::index row = kAround; row + kAround < s.h; ++row) {
    for (nn::index column = kAround; column + kAround < s.w; ++column) {
      bool all = true;
      for (nn::index r = row - kAround; r <= row + kAround && all; ++r) {
        for (nn::index k = column - kAround; k <= column + kAround && all; ++k) {
          all = soft(a, r * s.w + k) && soft(c, r * s.w + k);
        }
      }
      even[at(row * s.w + column)] = all ? 1 : 0;
    }
  }
  return even;
}

/// The middle of the gap after slice `gap`, as fill() would ask for it.
MissingSlice middle_of(const data::ScanView& scan, nn::index gap) {
  const data::Triplet ends{0, gap + 1, 1, 0};  // of which A and C alone are asked for
  return {scan.around(ends), 0.5, scan.gap(ends), {}, {}};
}

}  // namespace

std::vector<nn::index> gaps_to_probe(const std::vector<bool>& cut) {
  std::vector<nn::index> all;
  for (std::size_t g = 0; g < cut.size(); ++g) {
    if (cut[g]) all.push_back(static_cast<nn::index>(g));
  }
  return evenly_spread(all, kMostProbed);
}

std::optional<SoftShift> soft_shift(const data::ScanView& scan, const std::vector<nn::index>& gaps,
                                    const Method& model, std::vector<MadeMiddle>* made,
                                    const SliceDone& done) {
  if (!scan.hu()) return std::nullopt;
  const Method cubic = method_without_network("cubic");
  std::vector<double> differences;
  nn::index count = 0;
  for (const nn::index gap : gaps) {
    const MissingSlice missing = middle_of(scan, gap);
    const nn::Tensor by_model = model.predict({&missing, 1}).front();
    if (made != nullptr) made->push_back({gap, missing.gap, by_model});
    const nn::Tensor by_cubic = cubic.predict({&missing, 1}).front();
    const std::vector<std::uint8_t> even = even_soft(missing.known[1], missing.known[2]);
    for (nn::index i = 0; i < by_model.numel(); ++i) {
      const bool counts = even[at(i)] != 0 && (scan.text.empty() || scan.text[at(i)] == 0);
      if (!counts) continue;
      differences.push_back(static_cast<double>(by_model.data()[i] - by_cubic.data()[i]));
    }
    if (done) done(++count);
  }
  const auto pixels = static_cast<nn::index>(differences.size());
  if (pixels < kFewestEven) return std::nullopt;
  return SoftShift{static_cast<nn::index>(gaps.size()), pixels, data::median(differences)};
}

}  // namespace train
