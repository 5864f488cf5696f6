#include <array>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <sstream>
#include <thread>
#include <vector>

#include "nn/backend/gpu/device.h"
#include "nn/core/error.h"
#include "train/ranks/implementation.h"
#include "train/ranks/join.h"

namespace train {
namespace {

int number_of(const char* variable, int otherwise) {
  const char* text = std::getenv(variable);
  return text == nullptr || *text == '\0' ? otherwise : std::atoi(text);
}

constexpr const char* kSeveral = "several processes";

}  // namespace

Launch launched() {
  struct Variables {
    const char *rank, *size, *on_machine;
  };
  // Open MPI's mpirun; MPICH's, and srun with PMI-2; srun with PMIx.
  constexpr std::array<Variables, 3> all{
      {{"OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_LOCAL_RANK"},
       {"PMI_RANK", "PMI_SIZE", "MPI_LOCALRANKID"},
       {"PMIX_RANK", "SLURM_STEP_NUM_TASKS", "SLURM_LOCALID"}}};
  for (const Variables& v : all) {
    const int size = number_of(v.size, 1);
    if (std::getenv(v.rank) == nullptr || size <= 1) continue;
    return {number_of(v.rank, 0), size, number_of(v.on_machine, number_of("SLURM_LOCALID", 0))};
  }
  return {};
}

std::string own_device(const std::string& wanted) {
  const Launch launch = launched();
  std::string own = wanted;
  if (wanted.find(',') != std::string::npos && !wanted.starts_with("check:")) {
    std::vector<std::string> each;
    std::istringstream list(wanted);
    for (std::string name; std::getline(list, name, ',');) each.push_back(name);
    const auto ranks = static_cast<std::size_t>(launch.size);
    nn::require(each.size() == ranks, "--device",
                std::to_string(each.size()) + " devices for " + std::to_string(ranks) +
                    (ranks == 1 ? " process" : " processes"),
                "one for all, or one for each");
    own = each[static_cast<std::size_t>(launch.rank)];
  }
  const int gpus = own == "cuda" && launch.size > 1 ? nn::gpu::cuda_devices() : 0;
  return gpus > 0 ? "cuda:" + std::to_string(launch.on_machine % gpus) : own;
}

Joined::Joined() {
  const Launch launch = launched();
  if (launch.size == 1) return;
  nn::require(!mpi_version().empty(), kSeveral,
              "a launcher that started " + std::to_string(launch.size),
              "a program that was built with MPI",
              "install libopenmpi-dev or libmpich-dev and build with CT2CT_MPI=ON");
  ranks_ = join_by_mpi();
  nn::require(ranks_->size() == launch.size, kSeveral,
              "a launcher that started " + std::to_string(launch.size) + ", of which " +
                  mpi_version() + " sees " + std::to_string(ranks_->size()),
              "the launcher of that MPI", "start the program by its own mpirun");
}

Joined::~Joined() {
  if (ranks_ != nullptr && std::uncaught_exceptions() == 0) leave_mpi();
}

void require_one_process(const std::string& command) {
  const Launch launch = launched();
  nn::require(launch.size == 1, command,
              "a launcher that started " + std::to_string(launch.size) + " processes", "one",
              "train and interpolate --out-dir share their work; start this without mpirun");
}

std::string rank_prefix() {
  const Launch launch = launched();
  return launch.rank == 0 ? "" : "rank " + std::to_string(launch.rank) + ": ";
}

bool says_error() {
  if (launched().rank == 0) return true;
  // The launcher ends all processes when one has failed, so the first rank must have spoken before.
  std::signal(SIGTERM, SIG_DFL);  // by which the launcher ends this process
  std::this_thread::sleep_for(std::chrono::seconds(3));
  return in_mpi();  // what the command line says is the same on all ranks
}

int end_all(int code) {
  if (in_mpi()) abort_mpi(code);
  return code;
}

}  // namespace train
