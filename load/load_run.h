// One run of the load client: joins viewers at the asked rate, waits until each has played or
// failed, measures for a while (with churn where asked for), lets everybody leave, and sums up.
// It decides when things happen and what counts; viewers, HTTP, filter and report know nothing of
// it. Everything runs on one thread, the caller's.
// Bounds: kMaxLoadViewers; a join that is not decided after kJoinLife has failed.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <random>

#include "load/frame_spread.h"
#include "load/join_times.h"
#include "load/load_options.h"
#include "load/load_report.h"
#include "load/load_target.h"
#include "load/viewer.h"
#include "load/wake_ups.h"
#include "load/whep_joiner.h"

namespace longmen {

class LoadRun {
 public:
  static constexpr std::chrono::seconds kJoinLife{15};
  static constexpr std::chrono::seconds kLeaveLife{5};
  static constexpr std::chrono::milliseconds kPollInterval{500};
  static constexpr std::chrono::milliseconds kFrameLook{10};  // for the spread of frames
  // At the begin and the end of the interval, where lags are compared; of an interval that has
  // room.
  static constexpr std::chrono::seconds kLagTime{1};
  static constexpr std::chrono::milliseconds kLagLook{25};

  LoadRun(const LoadOptions& options, LoadTarget target, AllowedNetworks allowed,
          MediaFilter filter, std::shared_ptr<const DtlsCertificate> certificate);

  // The error: an answer pointed to where nothing may be sent; everybody has left then.
  Result<LoadReport> run();

 private:
  struct Slot;

  boost::asio::awaitable<void> script();
  boost::asio::awaitable<void> join_all();
  boost::asio::awaitable<void> wait_until_decided();
  boost::asio::awaitable<void> measure();
  boost::asio::awaitable<void> measure_frame_spread();
  boost::asio::awaitable<void> let_all_leave();
  boost::asio::awaitable<void> sleep_until(Monotonic when);
  void start_join(bool full);
  void replace_one();
  void handle_answer(Slot& slot, const WhepReply& reply);
  Result<Address> choose_candidate(const sdp::WhepAnswer& answer);
  void wait_readable(Slot& slot);
  void after_event(Slot& slot);
  void decide(Slot& slot, const std::string& failure);
  // Counts what it got, and frees it; says goodbye by DTLS unless the server knows.
  void retire(Slot& slot, bool server_knows);
  void count_interval(Slot& slot, Monotonic now);
  void arm(Slot& slot);
  void wake(size_t number, Monotonic asked);
  void poll();
  void begin_interval();
  void look_at_lags(LeastLag Slot::*of);
  void sum_up();

  LoadOptions options_;
  AllowedNetworks allowed_;
  boost::asio::io_context io_;
  boost::asio::signal_set signals_{io_};
  boost::asio::steady_timer poll_timer_{io_};
  MediaFilter filter_;
  ViewerShared shared_;
  WhepJoiner joiner_;
  std::vector<std::shared_ptr<Slot>> slots_;  // by number; null when gone
  WakeUps wake_ups_{io_, [this](size_t number, Monotonic asked) { wake(number, asked); }};
  std::minstd_rand choice_;
  size_t undecided_ = 0;
  bool stop_ = false;
  bool measuring_ = false;
  bool leaving_ = false;
  std::string refused_;
  LoadReport report_;
  JoinTimes ramp_;
  JoinTimes churn_;
  FrameSpread frame_spread_;
  std::vector<double> media_rate_, packet_rate_, frame_rate_, latency_ms_;
};

}  // namespace longmen
