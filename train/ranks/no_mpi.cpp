// Built with CT2CT_MPI=OFF, or where no MPI was found: every process is alone.
#include "train/ranks/implementation.h"
#include "train/ranks/join.h"

namespace train {

std::string mpi_version() { return {}; }
std::unique_ptr<nn::Ranks> join_by_mpi() { return nullptr; }
bool in_mpi() { return false; }
void leave_mpi() {}
void abort_mpi(int) {}

}  // namespace train
