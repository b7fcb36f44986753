// Has the small pictures of recordings made (core/recording/still_plan.h), also of those that go
// on, by `longmen make-stills`, one process at a time, which yields to all others: nothing of
// recording, live HLS and relaying waits for it. What is missing is found by looking: of what
// people ask for first, then of what is being recorded, then, one after the other, of all there is.
// So what a crash cut off is gone on with, and what was lost is made again. A recording of which
// nothing is missing has a file that says so, and is looked at no more until somebody asks for its
// pictures. Bounds: kMaxAsked who are asked for, kMaxIndexes in memory, kMaxStillsInJob a process,
// which has kLongestRun; after one that made nothing, pauses that double up to kLongestPause. One
// thread: the io_context's; files are read by the pool.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "core/recording/still_job.h"
#include "core/recording/still_plan.h"
#include "gateway/bell.h"
#include "gateway/recordings.h"
#include "net/helper_process.h"

namespace longmen {

using StillIndexPtr = std::shared_ptr<const recording::StillIndex>;

class Stills {
 public:
  static constexpr size_t kMaxAsked = 64;
  static constexpr size_t kMaxIndexes = 64;
  static constexpr std::chrono::minutes kLongestRun{5};
  static constexpr std::chrono::minutes kLongestPause{30};

  // Both outlive it. A test may have another executable than longmen's own.
  Stills(boost::asio::io_context& io, Recordings& recordings, DiskPool& disk,
         std::string executable = kOwnExecutable);

  // A still every so many seconds, or more of long sessions; 0: none are made.
  void configure(int every_s);
  void stop();
  // Until what was under way when it was stopped has ended.
  bool is_running() const { return running_; }

  // --- For who serves them.
  // What is made of it; null: the disk does not keep up. Its media need not be read.
  boost::asio::awaitable<StillIndexPtr> made_of(std::shared_ptr<Recording> recording);
  // What is missing of it is to be made soon.
  void ask_for(const Recording& recording);
  // Of one whose media was read; nothing: it has no pictures. For the pool, too.
  struct Planner {
    int every_s = 0;
    std::optional<recording::StillPlan> operator()(const recording::RecordingInfo& info,
                                                   const RecordingMedia& media) const;
  };
  Planner planner() const { return {every_s_}; }

 private:
  using RecordingPtr = std::shared_ptr<Recording>;
  using Instant = std::chrono::steady_clock::time_point;
  struct Attempts {
    Instant last{};        // when a process was started for it
    Instant not_before{};  // after failures
    int failed = 0;
    // How often a process failed that had this one alone.
    std::map<int64_t, int> alone;
  };

  boost::asio::awaitable<void> run();
  std::vector<std::string> due();
  boost::asio::awaitable<void> look_at(RecordingPtr recording, bool asked);
  std::vector<recording::WantedStill> missing_of(const Recording& recording,
                                                 const recording::StillIndex& made) const;
  boost::asio::awaitable<void> make(RecordingPtr recording,
                                    std::vector<recording::WantedStill> missing);

  boost::asio::io_context& io_;
  Recordings& recordings_;
  DiskPool& disk_;
  std::string executable_;
  int every_s_ = 0;
  bool running_ = false;
  bool stopped_ = false;
  Bell bell_;
  std::set<std::string> asked_;
  std::string swept_;  // the last one that was looked at in their order
  std::map<std::string, StillIndexPtr> indexes_;
  uint64_t runs_ = 0;  // of processes that have ended
  std::map<std::string, Attempts> attempts_;
  std::map<std::string, uint64_t> settled_;  // versions of which nothing more can be made
};

}  // namespace longmen
