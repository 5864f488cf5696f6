// Runs kernels on the CPU, thread by thread, so that a machine without a GPU can test them.
//
// A thread of a block runs until it ends or comes to a barrier; then the next one runs. When all of
// them are at the barrier, they go on. So a kernel whose barriers are all there gives the same bits
// in every order of threads, and one that lacks a barrier gives others in some order. The emulator
// finds wrong orders of sums, wrong indices and missing barriers. It says nothing about speed, and
// it has no warps.
#pragma once

#include <atomic>
#include <string>
#include <vector>

#include "nn/backend/gpu/launch.h"

namespace nn::gpu::emulator {

/// Where the running thread is.
struct Position {
  int thread = 0, threads = 0;
  Grid block;
};
extern constinit thread_local Position now;

/// A place in the sources where threads wait.
class Barrier {
 public:
  Barrier(const char* file, int line);
  /// The running thread waits here for the others of its block.
  void wait() const;
  const std::string& name() const { return name_; }
  void remove(bool removed) { removed_ = removed; }

 private:
  std::string name_;
  std::atomic<bool> removed_{false};
};

/// Runs all blocks of a kernel, by parallel_for. Throws Error where some threads of a block end and
/// others wait at a barrier.
void run(const Launch& launch);

// For tests. They hold for the whole process.

/// The order in which the threads of a block take turns, and blocks follow each other.
enum class Order { forward, backward, shuffled };
void set_order(Order order);

/// "FILE:LINE" of every barrier that a thread has come to since the start.
std::vector<std::string> barriers_met();
/// From now on threads pass this barrier without waiting, and wait at all others.
void remove_barrier(const std::string& name);

}  // namespace nn::gpu::emulator
