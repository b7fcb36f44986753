// A shard of the relay: one thread, one io_context, one UDP port, and viewers for life. It decides
// the order of work: a unit goes to the viewers of its channel in rotating order, in slices of at
// most kSlice, between which datagrams from viewers (ICE, SRTCP) are read for at most
// kReadingSlice. Those who watch come first: handshakes wait in a queue of their own, one step of
// one of them is done between two slices, and more (kHandshakeSlice) only while no media is due.
// Sound waits at most kMaxSoundWait for a picture to ride along with, with very many viewers
// kMaxJoinWait, so that two packets of it ride as one; or, where there is none, kMaxPairWait for a
// second packet. It does not know what is live or slate, nor the processes of
// the node: units and orders come from the main thread through hand(), which never waits; answers
// go back by the functions in the orders. A viewer stays while its leave is good by its channel's
// rule. Bounds: kInputs units and orders in flight; those of
// HandshakeQueue, of which a viewer may have kMaxWaitingHandshakes; one TrainBatch that the socket
// did not take yet; viewers are bounded by who orders them. Nothing is queued per viewer. No
// allocation per packet.
#pragma once

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <deque>
#include <memory>
#include <string>
#include <thread>
#include <unordered_map>
#include <variant>

#include "core/access/watch_rule.h"
#include "core/time/media_clock.h"
#include "core/viewer/channel_cache.h"
#include "net/peer_addresses.h"
#include "net/udp_port.h"
#include "relay/handshake_queue.h"
#include "relay/load_meter.h"
#include "relay/on_air.h"
#include "relay/shard_totals.h"
#include "relay/spsc_ring.h"
#include "relay/train_batch.h"
#include "relay/viewer_circle.h"

namespace longmen {

class Shard {
 public:
  static constexpr size_t kInputs = 8192;
  static constexpr std::chrono::microseconds kSlice{2000};
  static constexpr std::chrono::milliseconds kMaxSoundWait{20};
  // For the next picture, whichever it is: its duration at 25 a second, and what it may be late.
  static constexpr std::chrono::milliseconds kMaxJoinWait{45};
  // Of viewers of sound alone, for the packet behind it: its duration, and what it may be late.
  static constexpr std::chrono::milliseconds kMaxPairWait{25};
  static constexpr std::chrono::milliseconds kTick{100};
  static constexpr std::chrono::seconds kTrainRetry{60};
  static constexpr std::chrono::seconds kKeyframeRequestSpacing{1};
  static constexpr size_t kMaxTrainsPerVisit = 8;
  static constexpr size_t kVisitsPerTurn = 8;
  // No datagram is begun after these. What one takes comes on top: a few microseconds, or a step of
  // a handshake (0.2 to 1 ms, its signature).
  static constexpr std::chrono::microseconds kReadingSlice{1000};
  static constexpr std::chrono::microseconds kHandshakeSlice{1000};
  static constexpr std::chrono::microseconds kTimeoutSlice{1000};
  static constexpr size_t kDatagramsPerReading = 32;
  // With very many viewers, of whom none is connecting, the port is not watched but looked at so
  // often: to be woken for each report costs more than the report.
  static constexpr std::chrono::milliseconds kReadingPause{2};
  static constexpr size_t kMaxWaitingHandshakes = 8;  // datagrams of one viewer: two flights

  struct Settings {
    int number = 0;
    std::shared_ptr<const DtlsCertificate> certificate;
    const SharedMediaClock* clock = nullptr;  // outlives the shard
    // With fewer viewers the sends that riding saves are not worth the jitter that it costs.
    int ride_from_viewers = 100;
    int join_from_viewers = 500;  // where the processor is what bounds viewers
    // Both are called on the shard's thread.
    std::function<void(std::chrono::nanoseconds)> on_first_picture = nullptr;  // since the join
    std::function<void(size_t channel)> on_keyframe_needed = nullptr;
  };

  struct UnitInput {
    OnAirPtr on_air;
    MediaUnitPtr unit;
    Monotonic arrived{};  // at the relay; of a slate: when it was its time
  };
  // Who may watch from now on; who may no longer is told goodbye.
  struct RuleInput {
    std::shared_ptr<const WatchRule> rule;
    bool hidden = false;
  };
  // Which sound, by its number, each becomes for those who want it: the languages are others.
  struct SoundsInput {
    std::array<size_t, kMaxSounds> become{};
  };
  struct EndChannel {};
  struct StopInput {};  // tells all viewers goodbye and ends the thread
  struct Input {
    size_t channel = 0;  // below kMaxServed
    std::variant<std::monostate, UnitInput, std::unique_ptr<ViewerOrder>,
                 std::unique_ptr<LeaveOrder>, std::unique_ptr<RestartOrder>,
                 std::unique_ptr<SelectOrder>, RuleInput, SoundsInput, EndChannel, StopInput>
        what;
  };

  // `socket` is bound.
  static Result<std::unique_ptr<Shard>> make(Settings settings, UniqueFd socket);
  ~Shard();  // stops and joins
  Shard(const Shard&) = delete;
  Shard& operator=(const Shard&) = delete;

  // --- The main thread.
  void start();
  // False: kInputs are in flight, and the input is untouched.
  bool hand(Input&& input);
  void join();  // after StopInput

  // --- Any thread.
  const Address& address() const { return address_; }
  int number() const { return settings_.number; }
  const ShardTotals& totals() const { return totals_; }
  int viewers() const { return viewers_.load(std::memory_order_relaxed); }
  const LoadMeter& load() const { return load_; }
  Monotonic last_beat() const {
    return Monotonic(std::chrono::nanoseconds(last_beat_ns_.load(std::memory_order_relaxed)));
  }

 private:
  // Of one sound: by the video that is wanted; the last: sound only.
  static constexpr size_t kCirclesOfSound = kMaxVideoRenditions + 1;
  static constexpr size_t kCircles = kMaxSounds * kCirclesOfSound;
  // When a rendition's next picture is to be expected: as far behind the last one as that was
  // behind the one before, by their own times.
  struct PictureTimes {
    std::optional<MediaTime> last;
    Monotonic next{};
    // The last one's, while there are viewers for it and none was sent any of it.
    std::optional<Monotonic> arrived;
  };
  struct ChannelState {
    ChannelCache cache;
    std::array<ViewerCircle, kCircles> circles;  // those of the first sound, of the second
    size_t sounds = 1;                           // that viewers have wanted

    ViewerCircle& circle(size_t sound, size_t wanted_video) {
      return circles[sound * kCirclesOfSound + wanted_video];
    }
    std::span<ViewerCircle> used_circles() {
      return std::span(circles).first(sounds * kCirclesOfSound);
    }
    std::array<PictureTimes, kMaxVideoRenditions> pictures;
    bool live = false;  // what is on air comes from an encoder that can be asked for a keyframe
    std::optional<Monotonic> keyframe_asked;
  };
  struct TextHash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  // What lives as long as this is time for those who watch.
  class Serving {
   public:
    explicit Serving(Shard& shard) : shard_(shard), begun_(std::chrono::steady_clock::now()) {}
    ~Serving() { shard_.note_served(std::chrono::steady_clock::now() - begun_); }
    Serving(const Serving&) = delete;
    Serving& operator=(const Serving&) = delete;

   private:
    Shard& shard_;
    Monotonic begun_;
  };
  template <class T>
  using ByText = std::unordered_map<std::string, T, TextHash, std::equal_to<>>;

  Shard(Settings settings);
  void run();
  void beat();
  void count_watching();
  void note_served(std::chrono::nanoseconds time);

  // Input from the main thread.
  void wait_inbox();
  void read_inbox();
  void take_inputs();
  void take(Input& input);
  void take_unit(size_t channel, UnitInput& input);
  void ask_for_keyframe(size_t channel);
  void take_sound(ChannelState& state, RenditionId opus);
  void take_sound(ChannelState& state, size_t wanted_sound);
  bool picture_comes_within(const ChannelState& state, RenditionId wanted,
                            std::chrono::milliseconds wait) const;
  void take_order(size_t channel, ViewerOrder& order);
  void take_leave(LeaveOrder& order);
  void take_restart(RestartOrder& order);
  void take_select(SelectOrder& order);
  void take_rule(size_t channel, RuleInput& input);
  void take_sounds(size_t channel, const SoundsInput& input);
  void end_channel(size_t channel);
  void say_goodbye_to_all();

  // Datagrams from viewers.
  void wait_datagrams();
  bool reads_now_and_then() const;
  void read_datagrams();
  void prefetch_senders() const;
  void handle_datagram(std::span<uint8_t> datagram, const Address& from);
  DropReason handle_stun(std::span<uint8_t> datagram, const Address& from);
  DropReason handle_stun(ViewerSession& session, ByteSpan datagram, const Address& from);
  DropReason queue_handshake(ByteSpan datagram, const Address& from);
  void schedule_handshakes();
  void do_handshakes();
  DropReason handle_dtls(ByteSpan datagram, const Address& from);
  DropReason handle_srtcp(std::span<uint8_t> datagram, const Address& from);
  ViewerSession* find(const Address& from) const { return by_address_.find(from); }
  void remember(ViewerSession& session, const Address& address);
  void forget(ViewerSession& session, const Address& address);
  void send_dtls(ViewerSession& session);
  bool end_if_over(ViewerSession& session);
  bool may_watch(const ViewerSession& session) const;
  bool end_if_barred(ViewerSession& session);
  void end(ViewerSession& session, std::string_view why);

  // Media to viewers.
  ChannelState& channel(size_t number);
  static ViewerCircle& circle_for(ViewerSession& session, ChannelState& state);
  void start_media(ViewerSession& session);
  void follow_rendition(ViewerSession& session);
  void wake(ViewerCircle& circle);
  void schedule_sending();
  void send_slice();
  // True: it has all that there is, the last of it perhaps in batch_: who visits flushes.
  bool visit(ViewerSession& session);
  void note_first_send(ChannelState& state, const Viewer& media);
  void flush();
  bool send_batch();  // false: the socket does not take all of it
  void continue_stalled();
  void count_visit(ViewerSession& session, const ViewerCounters& before);

  // Time.
  void arm_timer();
  void handle_timer();

  Settings settings_;
  boost::asio::io_context io_{1};
  boost::asio::steady_timer timer_{io_};
  boost::asio::steady_timer beat_timer_{io_};
  boost::asio::steady_timer reading_timer_{io_};
  boost::asio::posix::stream_descriptor inbox_{io_};
  std::unique_ptr<UdpPort> port_;
  Address address_;
  std::thread thread_;
  SpscRing<Input, kInputs> inputs_;
  std::atomic<bool> inbox_signalled_{false};
  std::atomic<int> viewers_{0};  // added to by the main thread, taken from by the shard
  std::atomic<int64_t> last_beat_ns_{0};
  LoadMeter load_;
  ShardTotals totals_;

  // The shard's thread only, from here on.
  std::array<std::unique_ptr<ChannelState>, kMaxServed> channels_;
  std::vector<ChannelState*> used_channels_;  // those that are there, of a thousand
  std::array<RuleInput, kMaxServed> rules_;   // none before the first one
  ByText<std::unique_ptr<ViewerSession>> sessions_;
  ByText<ViewerSession*> by_ufrag_;
  PeerAddresses<ViewerSession*> by_address_;
  DeadlineHeap<ViewerSession> deadlines_;
  std::deque<ViewerCircle*> due_;  // each circle at most once
  bool sending_scheduled_ = false;
  HandshakeQueue handshakes_;
  bool handshakes_scheduled_ = false;
  int watching_ = 0;  // of viewers_, those that are connected
  TrainBatch batch_;
  std::optional<Monotonic> stalled_since_;  // the socket does not take batch_
  Monotonic timer_at_ = Monotonic::max();
  uint64_t beats_ = 0;
  Monotonic now_;        // of the handler that runs
  MediaTime media_now_;  // likewise
};

}  // namespace longmen
