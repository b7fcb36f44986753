// What one viewer's link can carry, from its transport-cc feedback: how long a packet that leaves
// now would wait in queues on the way (measured, and predicted from what left since), how long it
// waited at the least in the last second, the link's rate while it is busy, and how much is lost.
// It decides nothing; RenditionChoice, Probe and Viewer do. Loss says nothing about the queue and
// does not change it: links lose packets at random, too.
// Without transport-cc, REMB and receiver reports are kept as they came.
// Bounds: SentTrains and a few hundred bytes; no allocation. Injected time; one thread.
// Sources: draft-holmer-rmcat-transport-wide-cc-extensions-01, draft-alvestrand-rmcat-remb-03,
// RFC 3550 §6.4.1; RFC 6817 §2 (delay above the least seen is a queue).
#pragma once

#include <array>
#include <chrono>
#include <optional>

#include "core/bandwidth/bitrate.h"
#include "core/bandwidth/capacity.h"
#include "core/bandwidth/delay_floor.h"
#include "core/bandwidth/sent_trains.h"
#include "core/rtp/transport_feedback.h"
#include "core/time/media_time.h"

namespace longmen {

// What is believed of a link that has said nothing yet.
inline constexpr Bitrate kAssumedCapacity = kbps(3000);
// REMB may say anything, also 0.
inline constexpr Bitrate kLeastBelieved = kbps(50);
// Players report every 50 to 250 ms; with nothing for this long, nothing arrives, either way.
inline constexpr std::chrono::nanoseconds kSilence = std::chrono::milliseconds(1000);
// After this long without feedback, what was known is void.
inline constexpr std::chrono::nanoseconds kForgotten = std::chrono::seconds(5);
// A packet that is younger than this, seen from the newest that came, may be only late.
inline constexpr std::chrono::nanoseconds kReorderWindow = std::chrono::milliseconds(250);
inline constexpr std::chrono::nanoseconds kQueueBucket = std::chrono::milliseconds(250);
inline constexpr size_t kQueueBuckets = 4;  // 1 s
// A queue that moves less than this in 1 s, whatever is sent, is a longer path.
inline constexpr std::chrono::nanoseconds kFlatDelay = std::chrono::milliseconds(10);
inline constexpr std::chrono::nanoseconds kLossBucket = std::chrono::milliseconds(1000);
inline constexpr uint32_t kMinLossPackets = 40;
inline constexpr double kLossDeviations = 2;  // between what was seen and what it proves

struct LinkView {
  bool heard = false;   // transport-cc feedback says something; else only remb and reported_loss do
  bool silent = false;  // it did, and has stopped
  std::optional<Bitrate> capacity;
  std::chrono::nanoseconds predicted_queue{0};  // of a packet that leaves now
  std::chrono::nanoseconds measured_queue{0};   // the least in the last feedback
  // The least in the last second; none before the first whole second.
  std::optional<std::chrono::nanoseconds> standing_queue;
  std::optional<double> loss;  // share, of the last 1 to 2 s
  double proven_loss = 0;      // the share that chance alone does not explain
  std::optional<Bitrate> remb;
  std::optional<double> reported_loss;  // of the last receiver report
};

class BandwidthEstimator {
 public:
  // ---- what left
  // A train of `segments` datagrams, the first `numbered` of which have the transport-wide numbers
  // from `first_sequence` on.
  struct Sent {
    uint16_t first_sequence = 0;
    size_t numbered = 0;
    size_t segments = 0;
    size_t segment_bytes = 0;
    size_t last_segment_bytes = 0;
  };
  void note_sent(const Sent& train, Monotonic now);
  void prefetch() const { trains_.prefetch(); }                // for the next note_sent()
  void prefetch_latest() const { trains_.prefetch_latest(); }  // for handle_feedback()

  // ---- what came back
  void handle_feedback(rtcp::FeedbackReader feedback, Monotonic now);
  void handle_remb(Bitrate rate) { remb_ = rate; }
  void handle_loss(double share) { reported_loss_ = share; }

  // Now and then: what is older than kForgotten is.
  void handle_timeout(Monotonic now);

  // ---- what follows
  LinkView view(Monotonic now) const;
  bool heard() const { return heard_; }
  // 0 while nothing is heard: what a link took that says nothing cannot be known.
  std::chrono::nanoseconds predicted_queue(Monotonic now) const;
  std::chrono::nanoseconds measured_queue() const { return measured_queue_; }
  // Of the newest packet that came.
  std::chrono::nanoseconds newest_queue() const { return newest_queue_; }
  bool silent(Monotonic now) const;
  std::optional<Bitrate> capacity() const { return capacity_rate_; }
  // Of the link's rate: what was measured, or else what REMB says, or else an assumption.
  Bitrate believed_rate() const {
    return capacity_rate_.value_or(std::max(remb_.value_or(kAssumedCapacity), kLeastBelieved));
  }
  // When the newest packet that is known to have come was sent; none before the first.
  std::optional<Monotonic> newest_sent() const { return newest_sent_; }

 private:
  // What one feedback has said so far.
  struct Hearing;

  void hear(const rtcp::FeedbackPacket& packet, Hearing& hearing, Monotonic now);
  void update_queue(const Hearing& hearing, Monotonic now);
  void close_queue_bucket(Monotonic now);
  void settle(uint32_t newest_ticks, Monotonic now);
  std::optional<double> loss() const;
  double proven_loss() const;
  void forget();

  SentTrains trains_;
  uint32_t total_bytes_ = 0;

  bool heard_ = false;
  Monotonic last_feedback_{};
  std::optional<Monotonic> awaiting_since_;  // the first numbered train since the last feedback
  std::optional<Monotonic> newest_sent_;

  std::optional<uint32_t> delay_zero_;  // of the first packet: delays are relative to it
  DelayFloor floor_;
  std::optional<uint16_t> newest_sequence_;  // that came
  uint32_t newest_arrival_ticks_ = 0;
  uint16_t next_reported_ = 0;  // where feedback without a gap goes on
  Capacity capacity_;
  std::optional<Bitrate> capacity_rate_;

  std::chrono::nanoseconds measured_queue_{0};
  std::chrono::nanoseconds newest_queue_{0};
  Monotonic link_free_{};  // when what was sent so far will have left the queues, once heard
  std::array<std::chrono::nanoseconds, kQueueBuckets> queue_least_{};
  size_t queue_buckets_ = 0;
  std::chrono::nanoseconds bucket_least_ = std::chrono::nanoseconds::max();
  Monotonic bucket_begun_{};

  struct Losses {
    uint32_t received = 0;
    uint32_t lost = 0;
  };
  uint64_t settled_ = 0;  // trains before it are counted in losses_
  Losses losses_[2];      // of the bucket before, and of this one
  Monotonic losses_begun_{};

  std::optional<Bitrate> remb_;
  std::optional<double> reported_loss_;
};

}  // namespace longmen
