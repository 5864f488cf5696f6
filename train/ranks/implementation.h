// What mpi.cpp does by MPI, and no_mpi.cpp stands in for.
#pragma once

#include <memory>

#include "nn/ranks/ranks.h"

namespace train {

bool in_mpi();  ///< between joining and leaving
std::unique_ptr<nn::Ranks> join_by_mpi();
void leave_mpi();
/// Ends all ranks. May return where the launcher does the rest.
void abort_mpi(int code);

}  // namespace train
