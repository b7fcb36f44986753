#include "load/load_run.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <csignal>

#include "core/sdp/answer_reader.h"
#include "net/system_random.h"

namespace longmen {
namespace asio = boost::asio;
namespace {

using Clock = std::chrono::steady_clock;
// A rate over less than this says little.
constexpr double kShortestRateSeconds = 1.5;
constexpr std::chrono::milliseconds kDecisionLook{20};
using WakeUpGrid = std::chrono::duration<int64_t, std::ratio<1, 100>>;

double milliseconds(Monotonic from, Monotonic to) {
  return std::chrono::duration<double, std::milli>(to - from).count();
}

double own_cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

size_t own_pss_kb() {
  const auto usage = look_at_process(getpid());
  return usage ? usage->pss_kb : 0;
}

void add(const VideoCounters& from, VideoCounters& to) {
  to.packets += from.packets;
  to.duplicates += from.duplicates;
  to.repaired += from.repaired;
  to.lost += from.lost;
  to.frames += from.frames;
  to.keyframes += from.keyframes;
  to.broken += from.broken;
  to.undecodable += from.undecodable;
  to.short_freezes += from.short_freezes;
  to.long_freezes += from.long_freezes;
}

const char* missing_of(LoadViewer::State state) {
  switch (state) {
    case LoadViewer::State::kJoining:
      return "no HTTP answer";
    case LoadViewer::State::kConnecting:
      return "no connection (ICE, DTLS)";
    default:
      return "no whole keyframe";
  }
}

std::string profiles_of(const std::string& option) {
  if (option == "gcm") return "SRTP_AEAD_AES_128_GCM";
  if (option == "sha1_80") return "SRTP_AES128_CM_SHA1_80";
  return kSrtpProfileNames;
}

}  // namespace

struct LoadRun::Slot {
  Slot(asio::io_context& io, ViewerShared& shared, size_t own_number, bool full, bool of_churn,
       Monotonic now)
      : number(own_number),
        viewer(shared, full, now),
        descriptor(io),
        begun(now),
        churn(of_churn) {}

  size_t number;
  LoadViewer viewer;
  asio::posix::stream_descriptor descriptor;  // the viewer's socket; it closes nothing
  Monotonic begun;                            // the POST's start, once it has started
  Monotonic armed = Monotonic::max();
  std::string location;
  bool churn;  // it came in another's place
  bool decided = false;
  bool leaving = false;  // it was asked to
  bool gone = false;
  std::optional<Progress> interval_begin;
  LeastLag early;  // of the interval's first and last second
  LeastLag late;
};

LoadRun::LoadRun(const LoadOptions& options, LoadTarget target, AllowedNetworks allowed,
                 MediaFilter filter, std::shared_ptr<const DtlsCertificate> certificate)
    : options_(options),
      allowed_(std::move(allowed)),
      filter_(std::move(filter)),
      joiner_(io_, std::move(target), options.http_connections),
      choice_(std::random_device()()) {
  shared_.certificate = std::move(certificate);
  shared_.srtp_profiles = profiles_of(options.profile);
  shared_.filter = &filter_;
  shared_.random = system_random_bytes;
  shared_.gro = options.gro && filter_.kind() == MediaFilter::Kind::kExtended;
  shared_.audio_only = options.audio_only;
  shared_.feedback = std::chrono::milliseconds(options.feedback_ms);
  report_.url = options.url;
  report_.filter = filter_.kind() == MediaFilter::Kind::kExtended ? "ebpf" : "classic";
  report_.gro = shared_.gro;
}

Result<LoadReport> LoadRun::run() {
  signals_.add(SIGINT);
  signals_.add(SIGTERM);
  signals_.async_wait([this](boost::system::error_code error, int) {
    if (error) return;
    stop_ = report_.interrupted = true;
    signals_.clear();  // the next one ends the process
  });
  poll();
  std::exception_ptr thrown;
  asio::co_spawn(io_, script(), [&](const std::exception_ptr& exception) {
    thrown = exception;
    io_.stop();
  });
  io_.run();
  if (thrown) std::rethrow_exception(thrown);
  if (!refused_.empty()) return fail(refused_);
  return std::move(report_);
}

asio::awaitable<void> LoadRun::script() {
  report_.server_before = look_at_processes(options_.pids);
  const size_t pss_before_kb = own_pss_kb();
  const Monotonic begin = Clock::now();
  co_await join_all();
  report_.ramp_seconds = milliseconds(begin, Clock::now()) / 1000;
  const size_t pss_after_kb = own_pss_kb();
  report_.own_pss_kb = pss_after_kb > pss_before_kb ? pss_after_kb - pss_before_kb : 0;
  if (refused_.empty()) co_await measure();
  co_await wait_until_decided();  // who came last is no failure because it came last
  co_await let_all_leave();
  sum_up();
}

asio::awaitable<void> LoadRun::join_all() {
  const Monotonic begin = Clock::now();
  for (int i = 0; i < options_.viewers && !stop_; ++i) {
    const std::chrono::duration<double> after(i / options_.joins_per_second);
    co_await sleep_until(begin + std::chrono::duration_cast<std::chrono::nanoseconds>(after));
    if (!stop_) start_join(i < options_.full);
  }
  co_await wait_until_decided();
}

asio::awaitable<void> LoadRun::wait_until_decided() {
  while (undecided_ > 0 && !stop_)
    co_await sleep_until(Clock::now() + kDecisionLook);
}

asio::awaitable<void> LoadRun::measure() {
  report_.server_begin = look_at_processes(options_.pids);
  const double cpu_begin = own_cpu_seconds();
  const Monotonic begin = Clock::now();
  begin_interval();
  if (options_.frame_spread) asio::co_spawn(io_, measure_frame_spread(), asio::detached);
  const auto length = std::chrono::duration_cast<std::chrono::nanoseconds>(
      std::chrono::duration<double>(options_.seconds));
  const Monotonic end = begin + length;
  const auto between_leaves = std::chrono::duration_cast<std::chrono::nanoseconds>(
      std::chrono::duration<double>(1 / std::max(options_.leaves_per_second, 1e-3)));
  Monotonic next_leave = options_.leaves_per_second > 0 ? begin + between_leaves : Monotonic::max();
  const bool has_room = length > 3 * kLagTime;
  const Monotonic early_until = has_room ? begin + kLagTime : begin;
  const Monotonic late_from = has_room ? end - kLagTime : end;
  while (!stop_ && Clock::now() < end) {
    const Monotonic now = Clock::now();
    Monotonic look = std::min<Monotonic>(now + kPollInterval, late_from);
    if (now < early_until || now >= late_from) {
      look_at_lags(now < early_until ? &Slot::early : &Slot::late);
      look = now + kLagLook;
    }
    co_await sleep_until(std::min(std::min(end, next_leave), look));
    while (!stop_ && next_leave <= Clock::now() && next_leave < end) {
      replace_one();
      next_leave += between_leaves;
    }
  }
  const Monotonic now = Clock::now();
  for (const auto& slot : slots_)
    if (slot) count_interval(*slot, now);
  measuring_ = false;
  report_.seconds = milliseconds(begin, now) / 1000;
  report_.own_cpu_seconds = own_cpu_seconds() - cpu_begin;
  report_.server_end = look_at_processes(options_.pids);
}

void LoadRun::begin_interval() {
  measuring_ = true;
  const Monotonic now = Clock::now();
  for (const auto& slot : slots_) {
    if (!slot || slot->viewer.state() != LoadViewer::State::kPlaying) continue;
    slot->viewer.poll_filter(now);
    slot->interval_begin = slot->viewer.progress(now);
  }
}

void LoadRun::look_at_lags(LeastLag Slot::*of) {
  const Monotonic now = Clock::now();
  for (const auto& slot : slots_) {
    if (!slot || !slot->interval_begin) continue;
    slot->viewer.poll_filter(now);
    ((*slot).*of).look(slot->viewer.progress(now));
  }
}

// Light viewers that play when it begins.
asio::awaitable<void> LoadRun::measure_frame_spread() {
  std::vector<std::shared_ptr<Slot>> watched;
  for (const auto& slot : slots_)
    if (slot && !slot->viewer.full() && slot->viewer.state() == LoadViewer::State::kPlaying)
      watched.push_back(slot);
  std::vector<FrameArrival> arrivals(watched.size());
  while (measuring_) {
    std::ranges::transform(watched, arrivals.begin(),
                           [](const auto& slot) { return slot->viewer.newest_frame(); });
    frame_spread_.look(arrivals);
    co_await sleep_until(Clock::now() + kFrameLook);
  }
}

// DELETE for everybody; who could not be told so in time is told by DTLS.
asio::awaitable<void> LoadRun::let_all_leave() {
  leaving_ = true;
  const Monotonic deadline = Clock::now() + kLeaveLife;
  for (size_t number = 0; number < slots_.size(); ++number) {
    const std::shared_ptr<Slot> slot = slots_[number];
    if (!slot || slot->gone || slot->location.empty()) continue;
    joiner_.leave(slot->location, [this, slot](const WhepReply& reply) {
      if (reply.status / 100 == 2) retire(*slot, true);
    });
  }
  while (joiner_.under_way() > 0 && Clock::now() < deadline)
    co_await sleep_until(Clock::now() + kDecisionLook);
  for (size_t number = 0; number < slots_.size(); ++number)
    if (const std::shared_ptr<Slot> slot = slots_[number]) retire(*slot, false);
}

asio::awaitable<void> LoadRun::sleep_until(Monotonic when) {
  asio::steady_timer timer(io_, when);
  co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
}

void LoadRun::start_join(bool full) {
  const size_t number = slots_.size();
  slots_.push_back(std::make_shared<Slot>(io_, shared_, number, full, measuring_, Clock::now()));
  const std::shared_ptr<Slot> slot = slots_.back();
  ++report_.asked;
  ++undecided_;
  report_.full += full;
  joiner_.join(slot->viewer.offer(),
               [this, slot](const WhepReply& reply) { handle_answer(*slot, reply); });
}

// Of the light viewers that play, one leaves and another one comes.
void LoadRun::replace_one() {
  if (slots_.empty()) return;
  const size_t first = choice_() % slots_.size();
  for (size_t step = 0; step < slots_.size(); ++step) {
    const std::shared_ptr<Slot> slot = slots_[(first + step) % slots_.size()];
    if (!slot || slot->leaving || slot->viewer.full() ||
        slot->viewer.state() != LoadViewer::State::kPlaying)
      continue;
    ++report_.left;
    slot->leaving = true;
    count_interval(*slot, Clock::now());
    joiner_.leave(slot->location,
                  [this, slot](const WhepReply& reply) { retire(*slot, reply.status / 100 == 2); });
    start_join(false);
    return;
  }
}

void LoadRun::handle_answer(Slot& slot, const WhepReply& reply) {
  if (slot.gone || leaving_) {  // too late: whom the server let in leaves again
    if (reply.status == 201 && !reply.location.empty())
      joiner_.leave(reply.location, [](const WhepReply&) {});
    return;
  }
  slot.begun = reply.begun;
  (slot.churn ? churn_ : ramp_).http_wait_ms.push_back(milliseconds(reply.asked, reply.begun));
  if (reply.status != 201) {
    return decide(slot, reply.status == 0 ? reply.problem
                                          : fmt::format("the answer is HTTP {}", reply.status));
  }
  slot.location = reply.location;
  const auto answer = sdp::read_whep_answer(reply.content);
  if (!answer) return decide(slot, "the answer is not understood: " + answer.error().message);
  const auto server = choose_candidate(*answer);
  if (!server) return decide(slot, server.error().message);
  if (auto accepted = slot.viewer.accept(*answer, *server, reply.answered); !accepted)
    return decide(slot, accepted.error().message);
  boost::system::error_code error;
  slot.descriptor.assign(slot.viewer.socket(), error);
  if (error) return decide(slot, error.message());
  wait_readable(slot);
  after_event(slot);
}

// Every candidate has to be allowed, also those that would not be used.
Result<Address> LoadRun::choose_candidate(const sdp::WhepAnswer& answer) {
  std::optional<Address> chosen;
  for (const sdp::AnswerCandidate& candidate : answer.candidates) {
    const auto address = Address::from_text(candidate.address, candidate.port);
    if (!address) continue;  // a name: not looked up
    if (!allowed_.allows(*address)) {
      refused_ = fmt::format(
          "the answer has the candidate {}, which is neither loopback nor in a --lab-network",
          to_string(*address));
      stop_ = true;
      return fail(refused_);
    }
    if (candidate.udp && !chosen) chosen = *address;
  }
  if (!chosen) return fail("the answer has no UDP candidate with an address");
  return *chosen;
}

void LoadRun::wait_readable(Slot& slot) {
  slot.descriptor.async_wait(asio::posix::stream_descriptor::wait_read,
                             [this, kept = slots_[slot.number]](boost::system::error_code error) {
                               if (error || kept->gone) return;
                               kept->viewer.handle_readable(Clock::now());
                               after_event(*kept);
                               if (!kept->gone) wait_readable(*kept);
                             });
}

void LoadRun::after_event(Slot& slot) {
  if (slot.gone) return;
  LoadViewer& viewer = slot.viewer;
  if (viewer.over()) {
    if (!slot.decided) return decide(slot, viewer.problem());
    if (!leaving_ && !slot.leaving) ++report_.broken[viewer.problem()];
    return retire(slot, true);
  }
  if (!slot.decided && viewer.state() == LoadViewer::State::kPlaying) decide(slot, {});
  arm(slot);
}

// The join has succeeded, or failed for a reason.
void LoadRun::decide(Slot& slot, const std::string& failure) {
  slot.decided = true;
  --undecided_;
  if (!failure.empty()) {
    ++report_.failures[failure];
    if (!slot.location.empty() && !leaving_) joiner_.leave(slot.location, [](const WhepReply&) {});
    return retire(slot, false);
  }
  ++report_.joined;
  const auto note = [&](const std::optional<Monotonic>& at, std::vector<double>& into) {
    if (at) into.push_back(milliseconds(slot.begun, *at));
  };
  const LoadViewer::Times& times = slot.viewer.times();
  JoinTimes& joins = slot.churn ? churn_ : ramp_;
  note(times.answered, joins.answer_ms);
  note(times.connected, joins.connected_ms);
  note(times.first_packet, joins.first_packet_ms);
  note(times.first_keyframe, joins.keyframe_ms);
}

void LoadRun::retire(Slot& slot, bool server_knows) {
  if (slot.gone) return;
  if (!slot.decided) {  // given up before it was decided
    slot.decided = true;
    --undecided_;
    if (!report_.interrupted && refused_.empty()) ++report_.failures["left before it had played"];
  }
  if (measuring_) count_interval(slot, Clock::now());
  if (slot.viewer.full() && slot.viewer.playback()) {
    add(slot.viewer.playback()->video(), report_.video);
    const auto& latencies = slot.viewer.playback()->latencies_ms();
    latency_ms_.insert(latency_ms_.end(), latencies.begin(), latencies.end());
  }
  slot.gone = true;
  if (!server_knows) slot.viewer.close();
  if (slot.descriptor.is_open()) slot.descriptor.release();
  slots_[slot.number].reset();  // handlers that are under way keep it until they have ended
}

void LoadRun::count_interval(Slot& slot, Monotonic now) {
  if (!slot.interval_begin) return;
  slot.viewer.poll_filter(now);
  const ProgressBetween got = between(*slot.interval_begin, slot.viewer.progress(now));
  slot.interval_begin.reset();
  ++report_.viewers;
  report_.packets += got.packets;
  report_.bytes += got.bytes;
  report_.trains += got.trains;
  report_.expected += got.expected;
  report_.lost += got.lost;
  report_.surplus += got.surplus;
  report_.repeats += got.repeats;
  report_.others += filter_.kind() == MediaFilter::Kind::kClassic ? 0 : got.others;
  report_.short_freezes += got.short_freezes;
  report_.long_freezes += got.long_freezes;
  if (got.seconds < kShortestRateSeconds) return;
  packet_rate_.push_back(static_cast<double>(got.packets) / got.seconds);
  if (filter_.kind() != MediaFilter::Kind::kExtended && !slot.viewer.full()) return;
  frame_rate_.push_back(static_cast<double>(got.frames) / got.seconds);
  const auto rate = LeastLag::rate(slot.early, slot.late);
  media_rate_.push_back(rate ? *rate : got.media_rate.value_or(0));
}

void LoadRun::arm(Slot& slot) {
  Monotonic next = slot.viewer.next_timeout(Clock::now());
  // Reports and checks of light viewers can wait for others': a wake-up costs more than they do.
  if (slot.viewer.state() == LoadViewer::State::kPlaying && !slot.viewer.full() &&
      next != Monotonic::max())
    next = Monotonic(std::chrono::ceil<WakeUpGrid>(next.time_since_epoch()));
  if (next == slot.armed) return;
  slot.armed = next;
  if (next == Monotonic::max()) return;
  wake_ups_.ask(slot.number, next);
}

void LoadRun::wake(size_t number, Monotonic asked) {
  const std::shared_ptr<Slot> slot = slots_[number];
  if (!slot || slot->armed != asked) return;  // it was moved
  slot->armed = Monotonic::max();
  slot->viewer.handle_timeout(Clock::now());
  after_event(*slot);
}

// Twice a second: 16-bit numbers do not turn unseen, and joins that lead nowhere end.
void LoadRun::poll() {
  const Monotonic now = Clock::now();
  for (size_t number = 0; number < slots_.size(); ++number) {
    const std::shared_ptr<Slot> slot = slots_[number];
    if (!slot) continue;
    slot->viewer.poll_filter(now);
    const bool playing = slot->viewer.state() == LoadViewer::State::kPlaying;
    if (!slot->decided && now - slot->begun > kJoinLife) {
      decide(*slot,
             fmt::format("{} within {} s", missing_of(slot->viewer.state()), kJoinLife.count()));
    } else if (measuring_ && playing && !slot->leaving && !slot->interval_begin) {
      const Progress progress = slot->viewer.progress(now);
      if (progress.media_seconds || filter_.kind() == MediaFilter::Kind::kClassic)
        slot->interval_begin = progress;
    }
  }
  poll_timer_.expires_after(kPollInterval);
  poll_timer_.async_wait([this](boost::system::error_code error) {
    if (!error) poll();
  });
}

void LoadRun::sum_up() {
  report_.ramp = std::move(ramp_).figures();
  report_.churn = std::move(churn_).figures();
  report_.frame_spread_ms = figures_of(frame_spread_.spreads_ms());
  report_.frames_missed = frame_spread_.missed();
  report_.media_rate = figures_of(std::move(media_rate_));
  report_.packet_rate = figures_of(std::move(packet_rate_));
  report_.frame_rate = figures_of(std::move(frame_rate_));
  report_.latency_ms = figures_of(std::move(latency_ms_));
  report_.refused_packets = shared_.refused_packets;
  report_.reports_sent = shared_.reports_sent;
  report_.feedback_sent = shared_.feedback_sent;
}

}  // namespace longmen
