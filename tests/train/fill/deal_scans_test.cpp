// Scans dealt out to ranks that are threads: each is made once, whoever is free first, and rank 0
// hears of all of them. And what a launcher says in the environment.
#include "train/fill/deal_scans.h"

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <thread>

#include "tests/catch.h"
#include "tests/nn/ranks/thread_ranks.h"
#include "train/ranks/join.h"

TEST_CASE("each scan of a list is dealt to one rank, and rank 0 hears how it ended") {
  for (const int size : {1, 2, 5}) {
    for (const std::size_t scans : {0U, 1U, 3U, 40U}) {
      INFO(size << " ranks, " << scans << " scans");
      std::vector<train::ScanTask> tasks;
      for (std::size_t i = 0; i < scans; ++i) {
        // Bytes that are no UTF-8 are part of a path as well.
        tasks.push_back({"dir\xff/" + std::to_string(i), "series", "name" + std::to_string(i)});
      }
      std::vector<std::atomic<int>> made(scans);
      std::vector<std::string> said(scans);
      std::vector<int> ends(scans, 0);
      train::ChildWork work;
      work.heard = [&](std::size_t i, const std::string& line) { said[i] += line; };
      work.ended = [&](std::size_t i, const std::string& how, int signal) {
        ends[i] += how == "how" && signal == 9 ? 1 : 100;
      };
      ct2ct_test::on_ranks(size, [&](nn::Ranks& ranks) {
        if (ranks.first()) {
          train::ScanDealer dealer(ranks, tasks, work);
          while (!dealer.over()) {
            const auto i = dealer.next();
            if (!i) continue;
            ++made[*i];
            work.heard(*i, "line");
            work.ended(*i, "how", 9);
          }
          return;
        }
        train::ScanTaker taker(ranks);
        while (!taker.over()) {
          const auto i = taker.next();
          if (!i) continue;
          const train::ScanTask& t = taker.task(*i);
          if (t.scan != tasks[*i].scan || t.series != "series" || t.name != tasks[*i].name)
            continue;
          ++made[*i];
          std::this_thread::sleep_for(std::chrono::microseconds(100 * ranks.rank()));
          taker.heard(*i, "li");
          taker.heard(*i, "ne");
          taker.ended(*i, "how", 9);
        }
      });
      for (std::size_t i = 0; i < scans; ++i) {
        CHECK(made[i] == 1);
        CHECK(said[i] == "line");
        CHECK(ends[i] == 1);
      }
    }
  }
}

TEST_CASE("what the launchers of Open MPI, MPICH and Slurm say of a process is understood") {
  const char* all[] = {
      "OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", "PMI_RANK", "PMI_SIZE", "PMIX_RANK",
      "SLURM_STEP_NUM_TASKS"};
  const auto said = [&](std::size_t first, const char* rank, const char* size) {
    for (const char* name : all) ::unsetenv(name);
    if (*rank != '\0') ::setenv(all[first], rank, 1);
    if (*size != '\0') ::setenv(all[first + 1], size, 1);
    const train::Launch l = train::launched();
    for (const char* name : all) ::unsetenv(name);
    return std::pair(l.rank, l.size);
  };
  CHECK(said(0, "", "") == std::pair(0, 1));
  CHECK(said(0, "3", "4") == std::pair(3, 4));
  CHECK(said(2, "0", "2") == std::pair(0, 2));
  CHECK(said(4, "7", "8") == std::pair(7, 8));
  CHECK(said(4, "", "8") == std::pair(0, 1));  // a job of Slurm that is no rank
  CHECK(said(0, "0", "1") == std::pair(0, 1));
}
