// This process among those that mpirun or srun started together: nn::Ranks by MPI-3 (Open MPI,
// MPICH), where the program was built with CT2CT_MPI.
#pragma once

#include <memory>
#include <string>

#include "nn/ranks/ranks.h"

namespace train {

/// What the launcher says in the environment of each process. One process without a launcher.
struct Launch {
  int rank = 0;
  int size = 1;
  int on_machine = 0;  ///< the number among the processes of this machine
};
Launch launched();

/// The device of this process, from what all of them were given as --device: one for all, or a list
/// "cpu,cuda:1" with one for each rank. "cuda" is the GPU whose number is the process's on this
/// machine, and again from 0 where there are more processes than GPUs. Input error for a list of
/// another length than there are ranks.
std::string own_device(const std::string& wanted);

/// Name and version of the MPI library, or empty: built without one.
std::string mpi_version();

/// The ranks that this process was started with; null for a process that was started alone. Input
/// error where the launcher started several, but this program has no MPI or another one than the
/// launcher: each of them would do all of the work.
class Joined {
 public:
  Joined();
  Joined(const Joined&) = delete;
  Joined& operator=(const Joined&) = delete;
  /// Leaves when all ranks do, unless an exception ends this one.
  ~Joined();
  nn::Ranks* ranks() const { return ranks_.get(); }

 private:
  std::unique_ptr<nn::Ranks> ranks_;
};

/// For a command that one process is for: input error where a launcher started several.
void require_one_process(const std::string& command);

/// What begins an error's line: "rank 3: ", or nothing for rank 0 and a process alone.
std::string rank_prefix();

/// Whether this process is the one to say an error. An error that all ranks meet is said by rank 0;
/// the others wait a moment, in which rank 0 ends them.
bool says_error();

/// Ends all ranks with this exit code, since one of them failed; returns it in a process alone.
int end_all(int code);

}  // namespace train
