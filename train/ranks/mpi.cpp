// nn::Ranks by MPI-3: the only file that knows MPI. No sum is left to MPI, whose order of additions
// is not promised: what is used is point-to-point messages.
#include <mpi.h>

#include <array>
#include <list>
#include <string>

#include "nn/core/error.h"
#include "train/ranks/implementation.h"
#include "train/ranks/join.h"

namespace train {
namespace {

/// Requests that end together.
class MpiTransfer final : public nn::Ranks::Transfer {
 public:
  MpiTransfer(int other, int tag, std::span<const std::byte> out, std::span<std::byte> in) {
    if (!in.empty()) {
      MPI_Irecv(in.data(), static_cast<int>(in.size()), MPI_BYTE, other, tag, MPI_COMM_WORLD,
                &requests_[0]);
    }
    if (!out.empty()) {
      MPI_Isend(out.data(), static_cast<int>(out.size()), MPI_BYTE, other, tag, MPI_COMM_WORLD,
                &requests_[1]);
    }
  }
  bool done() override {
    int all = 0;
    MPI_Testall(2, requests_.data(), &all, MPI_STATUSES_IGNORE);
    return all != 0;
  }

 private:
  std::array<MPI_Request, 2> requests_{MPI_REQUEST_NULL, MPI_REQUEST_NULL};
};

class MpiRanks final : public nn::Ranks {
 public:
  MpiRanks() {
    MPI_Comm_rank(MPI_COMM_WORLD, &rank_);
    MPI_Comm_size(MPI_COMM_WORLD, &size_);
    MPI_Comm_dup(MPI_COMM_WORLD, &letters_);
  }
  MpiRanks(const MpiRanks&) = delete;
  MpiRanks& operator=(const MpiRanks&) = delete;
  ~MpiRanks() override = default;

  int rank() const override { return rank_; }
  int size() const override { return size_; }

  std::unique_ptr<Transfer> exchange(int other, int tag, std::span<const std::byte> out,
                                     std::span<std::byte> in) override {
    constexpr std::size_t kMost = 0x7fffffff;
    nn::require(out.size() <= kMost && in.size() <= kMost, "ranks", "a message beyond 2 GB",
                "a smaller one");
    return std::make_unique<MpiTransfer>(other, tag, out, in);
  }

  void send(int to, const std::string& text) override {
    std::erase_if(sent_, [](Sent& s) {
      int done = 0;
      MPI_Test(&s.request, &done, MPI_STATUS_IGNORE);
      return done != 0;
    });
    Sent& s = sent_.emplace_back(Sent{text, MPI_REQUEST_NULL});
    MPI_Isend(s.text.data(), static_cast<int>(s.text.size()), MPI_BYTE, to, 0, letters_,
              &s.request);
  }

  std::optional<Letter> receive() override {
    int there = 0;
    MPI_Status status;
    MPI_Iprobe(MPI_ANY_SOURCE, 0, letters_, &there, &status);
    if (there == 0) return std::nullopt;
    int length = 0;
    MPI_Get_count(&status, MPI_BYTE, &length);
    Letter letter{status.MPI_SOURCE, std::string(static_cast<std::size_t>(length), '\0')};
    MPI_Recv(letter.text.data(), length, MPI_BYTE, letter.from, 0, letters_, MPI_STATUS_IGNORE);
    return letter;
  }

 private:
  struct Sent {
    std::string text;
    MPI_Request request;
  };
  int rank_ = 0;
  int size_ = 1;
  MPI_Comm letters_ = MPI_COMM_NULL;  ///< so that they never meet other messages
  std::list<Sent> sent_;              ///< until they are gone
};

}  // namespace

std::string mpi_version() {
  std::array<char, MPI_MAX_LIBRARY_VERSION_STRING> text{};
  int length = 0;
  MPI_Get_library_version(text.data(), &length);
  // "Open MPI v4.1.4, package: ..."; "MPICH Version:\t4.0.2\nMPICH Release date: ..."
  std::string name(text.data(), static_cast<std::size_t>(length));
  name = name.substr(0, name.find_first_of(",\n"));
  if (const auto colon = name.find(" Version:\t"); colon != std::string::npos) {
    name.replace(colon, std::string(" Version:\t").size(), " ");
  }
  return name;
}

std::unique_ptr<nn::Ranks> join_by_mpi() {
  int level = 0;
  MPI_Init_thread(nullptr, nullptr, MPI_THREAD_FUNNELED, &level);  // this thread alone calls it
  return std::make_unique<MpiRanks>();
}

bool in_mpi() {
  int begun = 0;
  int ended = 0;
  MPI_Initialized(&begun);
  MPI_Finalized(&ended);
  return begun != 0 && ended == 0;
}

void leave_mpi() { MPI_Finalize(); }

void abort_mpi(int code) { MPI_Abort(MPI_COMM_WORLD, code); }

}  // namespace train
