// Two backends at once: every kernel runs on both, and the first output that differs by more than
// rounding allows stops the program. For a new backend, a new compiler, an auditor.
#pragma once

#include <memory>

#include "nn/backend/backend.h"

namespace nn {

/// A backend whose kernels run on `first` and on `second`; the results of `first` are what goes on.
/// Its name is "check:FIRST,SECOND". Bounds are those of nn/backend/bounds.h, two implementations
/// apart. Where an output differs by more, or one has a NaN and the other a number, the kernel
/// throws Error (Fault::job) with the kernel, the output, the worst element (n,h,w,c), both values,
/// their difference and the bound. Destinations that are set are filled with NaN before, so a value
/// that a kernel forgets to write is found too. Slow: the bounds run the scalar specification in
/// double.
std::unique_ptr<Backend> make_check_backend(std::unique_ptr<Backend> first,
                                            std::unique_ptr<Backend> second);

}  // namespace nn
