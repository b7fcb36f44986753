#include "core/bandwidth/bandwidth_estimator.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace longmen {
namespace {

using rtcp::FeedbackTicks;

constexpr double kSecondsPerTick = 1.0 / FeedbackTicks::period::den;

uint32_t ticks_of(Monotonic now) {
  return static_cast<uint32_t>(
      std::chrono::duration_cast<FeedbackTicks>(now.time_since_epoch()).count());
}

std::chrono::nanoseconds from_ticks(int64_t ticks) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(FeedbackTicks(ticks));
}

bool is_newer(uint16_t sequence, uint16_t than) {
  return static_cast<int16_t>(sequence - than) > 0;
}

}  // namespace

struct BandwidthEstimator::Hearing {
  std::optional<uint64_t> train;  // that the last packet was of
  int64_t least_delay = INT64_MAX;
  bool any = false;           // a packet came that was not known to have come
  bool any_newer = false;     // and was sent after all that were known
  uint64_t newest_train = 0;  // of the newest of those
  size_t newest_packet = 0;
  int64_t newest_delay = 0;
};

void BandwidthEstimator::note_sent(const Sent& train, Monotonic now) {
  const size_t bytes = (train.segments - 1) * train.segment_bytes + train.last_segment_bytes +
                       train.segments * kDatagramOverheadBytes;
  total_bytes_ += static_cast<uint32_t>(bytes);
  if (heard_)
    link_free_ =
        std::max(link_free_, now) + time_to_send(static_cast<double>(bytes), believed_rate());
  if (train.numbered == 0) return;
  if (!awaiting_since_) awaiting_since_ = now;
  SentTrain sent;
  sent.sent_ticks = ticks_of(now);
  sent.end_bytes = total_bytes_;
  sent.first_sequence = train.first_sequence;
  sent.packet_bytes = static_cast<uint16_t>(train.segment_bytes + kDatagramOverheadBytes);
  const bool last_is_numbered = train.numbered == train.segments;
  sent.last_packet_bytes = static_cast<uint16_t>(
      (last_is_numbered ? train.last_segment_bytes : train.segment_bytes) + kDatagramOverheadBytes);
  sent.packets = static_cast<uint8_t>(train.numbered);
  trains_.add(sent);
}

void BandwidthEstimator::handle_timeout(Monotonic now) {
  if (silent(now) && now - last_feedback_ >= kForgotten) forget();
}

void BandwidthEstimator::handle_feedback(rtcp::FeedbackReader feedback, Monotonic now) {
  // After a report that was lost, nobody knows what came between.
  const bool gap = heard_ && is_newer(feedback.base_sequence(), next_reported_);
  if (gap) newest_sequence_.reset();
  const uint16_t end = static_cast<uint16_t>(feedback.base_sequence() + feedback.packet_count());
  if (!heard_ || is_newer(end, next_reported_)) next_reported_ = end;
  Hearing hearing;
  while (const auto packet = feedback.next())
    hear(*packet, hearing, now);
  if (!hearing.any) return;
  if (!heard_) {
    heard_ = true;
    bucket_begun_ = now;
    losses_begun_ = now;
  }
  last_feedback_ = now;
  awaiting_since_.reset();
  capacity_rate_ = capacity_.rate();
  update_queue(hearing, now);
  if (hearing.any_newer) settle(trains_.at(hearing.newest_train).sent_ticks, now);
}

void BandwidthEstimator::hear(const rtcp::FeedbackPacket& packet, Hearing& hearing, Monotonic now) {
  const auto holds = [&](uint64_t position) {
    const SentTrain& train = trains_.at(position);
    return static_cast<uint16_t>(packet.sequence - train.first_sequence) < train.packets;
  };
  if (!hearing.train || !holds(*hearing.train)) {
    const bool follows = hearing.train && *hearing.train + 1 < trains_.end();
    hearing.train = follows && holds(*hearing.train + 1) ? std::optional(*hearing.train + 1)
                                                         : trains_.find(packet.sequence);
  }
  if (!hearing.train) return;
  SentTrain& train = trains_.at(*hearing.train);
  const size_t index = static_cast<uint16_t>(packet.sequence - train.first_sequence);
  if (index >= kMaxTracedPackets) return;
  const uint32_t bit = uint32_t{1} << index;
  train.reported |= bit;
  if (!packet.received || train.received & bit) return;
  train.received |= bit;
  hearing.any = true;

  const auto arrival_ticks = static_cast<uint32_t>(packet.arrival.count());
  if (!delay_zero_) delay_zero_ = arrival_ticks - train.sent_ticks;
  const int64_t delay = static_cast<int32_t>(arrival_ticks - train.sent_ticks - *delay_zero_);
  floor_.add(delay, now);
  hearing.least_delay = std::min(hearing.least_delay, delay);

  if (newest_sequence_ && !is_newer(packet.sequence, *newest_sequence_)) return;
  const auto spacing = static_cast<int32_t>(arrival_ticks - newest_arrival_ticks_);
  if (newest_sequence_) {
    // It was there before the other had left the link: it waited.
    const bool waited = delay - floor_.ticks() >= spacing;
    if (waited) capacity_.add(train.bytes_of(index), std::max(0, spacing) * kSecondsPerTick);
    if (spacing > 0) newest_arrival_ticks_ = arrival_ticks;
  } else {
    newest_arrival_ticks_ = arrival_ticks;
  }
  newest_sequence_ = packet.sequence;
  hearing.any_newer = true;
  hearing.newest_train = *hearing.train;
  hearing.newest_packet = index;
  hearing.newest_delay = delay;
}

void BandwidthEstimator::update_queue(const Hearing& hearing, Monotonic now) {
  measured_queue_ = from_ticks(hearing.least_delay - floor_.ticks());
  bucket_least_ = std::min(bucket_least_, measured_queue_);
  if (now - bucket_begun_ >= kQueueBucket) close_queue_bucket(now);
  if (!hearing.any_newer) return;
  const SentTrain& train = trains_.at(hearing.newest_train);
  const Monotonic sent = now - from_ticks(static_cast<int32_t>(ticks_of(now) - train.sent_ticks));
  newest_sent_ = sent;
  newest_queue_ = from_ticks(hearing.newest_delay - floor_.ticks());
  link_free_ = sent + newest_queue_;
  const uint32_t bytes_after = total_bytes_ - train.end_bytes +
                               static_cast<uint32_t>(train.bytes_after(hearing.newest_packet));
  link_free_ += time_to_send(bytes_after, believed_rate());
}

void BandwidthEstimator::close_queue_bucket(Monotonic now) {
  queue_least_[queue_buckets_++ % kQueueBuckets] = bucket_least_;
  bucket_least_ = std::chrono::nanoseconds::max();
  bucket_begun_ = now;
  if (queue_buckets_ < kQueueBuckets) return;
  const auto [least, most] = std::ranges::minmax(queue_least_);
  // A queue breathes with every keyframe; a longer path does not.
  if (least <= 3 * kFlatDelay || most - least > kFlatDelay || loss().value_or(0) > 0.02) return;
  const int64_t longer = std::chrono::duration_cast<FeedbackTicks>(least).count();
  floor_.rebase(floor_.ticks() + longer, now);
  for (std::chrono::nanoseconds& queue : queue_least_)
    queue -= least;
  measured_queue_ = std::max(std::chrono::nanoseconds(0), measured_queue_ - least);
}

// What was sent long before the newest packet that came is late no more: it came or is lost.
void BandwidthEstimator::settle(uint32_t newest_ticks, Monotonic now) {
  if (now - losses_begun_ >= kLossBucket) {
    losses_[0] = losses_[1];
    losses_[1] = {};
    losses_begun_ = now;
  }
  settled_ = std::max(settled_, trains_.begin());
  constexpr int64_t kWindowTicks =
      std::chrono::duration_cast<FeedbackTicks>(kReorderWindow).count();
  for (; settled_ < trains_.end(); ++settled_) {
    const SentTrain& train = trains_.at(settled_);
    if (static_cast<int32_t>(newest_ticks - train.sent_ticks) < kWindowTicks) break;
    const auto received = static_cast<uint32_t>(std::popcount(train.received));
    losses_[1].received += received;
    losses_[1].lost += static_cast<uint32_t>(std::popcount(train.reported)) - received;
  }
}

std::optional<double> BandwidthEstimator::loss() const {
  const uint32_t lost = losses_[0].lost + losses_[1].lost;
  const uint32_t all = lost + losses_[0].received + losses_[1].received;
  if (all < kMinLossPackets) return std::nullopt;
  return static_cast<double>(lost) / all;
}

// The lower bound of what the share may be in the long run.
double BandwidthEstimator::proven_loss() const {
  const std::optional<double> share = loss();
  if (!share) return 0;
  const double all = losses_[0].lost + losses_[0].received + losses_[1].lost + losses_[1].received;
  return std::max(0.0, *share - kLossDeviations * std::sqrt(*share * (1 - *share) / all));
}

std::chrono::nanoseconds BandwidthEstimator::predicted_queue(Monotonic now) const {
  return std::max(std::chrono::nanoseconds(0), link_free_ - now);
}

bool BandwidthEstimator::silent(Monotonic now) const {
  return heard_ && awaiting_since_ && now - std::max(last_feedback_, *awaiting_since_) >= kSilence;
}

LinkView BandwidthEstimator::view(Monotonic now) const {
  LinkView view;
  view.heard = heard_;
  view.silent = silent(now);
  view.remb = remb_;
  view.reported_loss = reported_loss_;
  if (!heard_) return view;
  view.capacity = capacity_rate_;
  view.predicted_queue = predicted_queue(now);
  view.measured_queue = measured_queue_;
  if (queue_buckets_ >= kQueueBuckets) view.standing_queue = std::ranges::min(queue_least_);
  view.loss = loss();
  view.proven_loss = proven_loss();
  return view;
}

// As if no feedback had ever come. What left stays known.
void BandwidthEstimator::forget() {
  heard_ = false;
  awaiting_since_.reset();
  newest_sequence_.reset();
  newest_sent_.reset();
  delay_zero_.reset();
  floor_ = {};
  capacity_ = {};
  capacity_rate_.reset();
  measured_queue_ = {};
  newest_queue_ = {};
  link_free_ = {};
  queue_buckets_ = 0;
  bucket_least_ = std::chrono::nanoseconds::max();
  settled_ = trains_.end();
  losses_[0] = losses_[1] = {};
}

}  // namespace longmen
