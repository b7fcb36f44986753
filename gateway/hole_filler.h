// Fills the holes of recordings that have ended from other nodes that have the segments
// ([[recording.peer]]): asks each for its manifest, then for what is wanted of it, and has the
// recorder write it, so that what is filled is as if it had come late. What no node has is asked
// for again, after pauses that double; a recording that ended more than kYoung ago is let be. Holes
// of one recording at a time are filled, by pieces of kMaxFetched. Its own threads wait for other
// nodes. Bounds: those, and what one recording may have of holes (core/recording/hole_filling.h).
// One thread: the io_context's.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "config/recording_peer.h"
#include "gateway/bell.h"
#include "gateway/disk_pool.h"
#include "gateway/recorder.h"

namespace longmen {

class HoleFiller {
 public:
  static constexpr std::chrono::hours kYoung{7 * 24};
  static constexpr std::chrono::seconds kLookEvery{10};
  static constexpr std::chrono::minutes kFirstPause{1}, kLongestPause{6 * 60};
  static constexpr size_t kMaxFetched = 32 << 20;

  // All outlive it. `wall_ms`: since 1970.
  HoleFiller(boost::asio::io_context& io, Recordings& recordings, Recorder& recorder,
             std::function<int64_t()> wall_ms);

  void configure(std::vector<RecordingPeer> peers);
  void stop();

  uint64_t filled() const { return filled_; }  // segments

 private:
  using RecordingPtr = std::shared_ptr<Recording>;
  using Instant = std::chrono::steady_clock::time_point;
  struct Known {
    uint64_t settled = 0;  // of that version nothing more is wanted
    Instant not_before{};
    std::chrono::minutes pause = kFirstPause;
    size_t holes = SIZE_MAX;  // when they were asked for last
  };

  boost::asio::awaitable<void> run();
  bool is_due(const Recording& recording) const;
  boost::asio::awaitable<void> look_at(RecordingPtr recording);

  boost::asio::io_context& io_;
  Recordings& recordings_;
  Recorder& recorder_;
  std::function<int64_t()> wall_ms_;
  std::vector<RecordingPeer> peers_;
  std::map<std::string, Known> known_;  // of recordings that are there
  uint64_t filled_ = 0;
  bool running_ = false;
  bool stopped_ = false;
  Bell bell_;
  std::stop_source stop_;
  DiskPool others_;  // last: what it runs is waited for
};

}  // namespace longmen
