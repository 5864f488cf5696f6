#include "nn/backend/winograd.h"

namespace nn {
namespace {

index ceil_div(index a, index b) { return (a + b - 1) / b; }

/// m: 3 for a kernel of 2x2 parts, 2 for one of 3x3.
index outputs_of(const Conv2dSpec& s) { return s.kernel_h == 4 ? 3 : 2; }

bool has_plan(const Conv2dSpec& s) {
  if (s.kernel_h != s.kernel_w) return false;
  return (s.kernel_h == 4 && s.stride <= 2) || (s.kernel_h == 3 && s.stride == 1);
}

WinogradAxis forward_axis(index stride, index outputs, index pad, index size) {
  // Stride 2: input 2 u + part is phase `part` at u, and it meets tap 2 b + part. Stride 1: input
  // u + 2 part meets tap b + 2 part.
  return {.tiles = ceil_div(size, outputs),
          .outputs = outputs,
          .in_step = stride,
          .in_part = 3 - stride,
          .in_first = -pad,
          .out_step = 1,
          .out_first = 0,
          .tap_step = stride,
          .tap_part = 3 - stride,
          .tap_first = 0};
}

/// Image line h = 2 u + group - pad hears map line u - 1 through tap group + 2, u through `group`.
WinogradAxis phases_axis(index outputs, index pad, index size) {
  const index first = pad / 2;  // the smallest u of both groups
  return {.tiles = ceil_div((size - 1 + pad) / 2 - first + 1, outputs),
          .outputs = outputs,
          .in_step = 1,
          .in_part = 0,
          .in_first = first - 1,
          .out_step = 2,
          .out_first = 2 * first - pad,
          .tap_step = -2,
          .tap_part = 1,
          .tap_first = 2};
}

/// Stride 1: a convolution with the kernel turned round.
WinogradAxis turned_axis(index kernel, index outputs, index pad, index size) {
  WinogradAxis axis = forward_axis(1, outputs, kernel - 1 - pad, size);
  axis.tap_step = -1;
  axis.tap_part = -2;
  axis.tap_first = kernel - 1;
  return axis;
}

}  // namespace

// The sizes are measured (docs/lab/performance.md). Below them the transforms cost more than the
// multiplications that they save: with few channels a transformed value meets few others, and with
// few tiles a transformed weight does.
ConvAlgorithm conv_algorithm(const Conv2dSpec& spec, const Shape& image, index cout) {
  const WinogradUse use = winograd_use();
  if (use == WinogradUse::never || !has_plan(spec)) return ConvAlgorithm::direct;
  if (use == WinogradUse::always) return ConvAlgorithm::winograd;
  const index outputs = outputs_of(spec);
  const Shape map = conv2d_output_shape(spec, {1, image.h, image.w, image.c}, cout);
  const index tiles = ceil_div(map.h, outputs) * ceil_div(map.w, outputs);
  const bool kernel4 = spec.kernel_h == 4;
  const index least = kernel4 ? 24 : 64;
  if (image.c < least || cout < least) return ConvAlgorithm::direct;
  const index enough = kernel4 ? 36 : 100;  // 36: a map of 16x16
  const bool faster = tiles >= enough || (tiles >= 25 && image.c * cout <= 32768);
  return faster ? ConvAlgorithm::winograd : ConvAlgorithm::direct;
}

WinogradPlan winograd_correlation(const Conv2dSpec& s, const Shape& map) {
  const index parts = s.kernel_h == 4 ? 2 : 1;
  const index outputs = outputs_of(s);
  return {5 - outputs, parts, 1, forward_axis(s.stride, outputs, s.pad.top, map.h),
          forward_axis(s.stride, outputs, s.pad.left, map.w)};
}

WinogradPlan winograd_adjoint(const Conv2dSpec& s, const Shape& image) {
  const index outputs = outputs_of(s);
  if (s.stride == 2) {
    return {2, 1, 2, phases_axis(outputs, s.pad.top, image.h),
            phases_axis(outputs, s.pad.left, image.w)};
  }
  return {5 - outputs, s.kernel_h == 4 ? 2 : 1, 1,
          turned_axis(s.kernel_h, outputs, s.pad.top, image.h),
          turned_axis(s.kernel_w, outputs, s.pad.left, image.w)};
}

}  // namespace nn
