#include "core/rtp/video_receiver.h"

#include <utility>

namespace longmen {

void VideoReceiver::push(uint16_t sequence, const RtpHeader& header, ByteSpan payload,
                         std::optional<NtpTime> capture_time, bool repeat, Monotonic now) {
  completed_.clear();
  if (first_ && !waits_since_) waits_since_ = now;
  if (repair_.push(sequence, header, payload, capture_time, repeat, now)) assemble(now);
}

std::vector<uint16_t> VideoReceiver::handle_timeout(Monotonic now) {
  completed_.clear();
  std::vector<uint16_t> requests = repair_.handle_timeout(now);
  assemble(now);
  return requests;
}

bool VideoReceiver::wants_keyframe(Monotonic now) {
  const auto after =
      counters_.frames == 0 ? options_.first_picture_within : options_.picture_loss_after;
  if (!waits_since_ || now - *waits_since_ < after) return false;
  if (asked_ && now - *asked_ < options_.picture_loss_interval) return false;
  asked_ = now;
  return true;
}

VideoCounters VideoReceiver::counters() const {
  VideoCounters all = counters_;
  const RepairCounters& packets = repair_.counters();
  all.packets = packets.packets;
  all.duplicates = packets.duplicates;
  all.repaired = packets.repaired;
  all.lost = packets.lost;
  return all;
}

void VideoReceiver::assemble(Monotonic now) {
  while (auto packet = repair_.poll())
    take(std::move(*packet), now);
}

void VideoReceiver::take(RepairBuffer::Packet packet, Monotonic now) {
  if (packet.gap) whole_ = false;
  // Before a gap the end of a frame may be among what is missing; without one this is a sender that
  // sets no marker.
  if (open_ && open_->timestamp != packet.timestamp) {
    finish_frame(now);
    if (packet.gap) whole_ = false;
  }
  if (packet.payload.empty()) return;  // padding
  if (!open_) {
    open_ = Frame{};
    open_->timestamp = packet.timestamp;
  }
  if (!open_->capture_time) open_->capture_time = packet.capture_time;
  whole_ = whole_ && assembler_.push(packet.payload).has_value();
  if (packet.marker) finish_frame(now);
}

void VideoReceiver::finish_frame(Monotonic now) {
  auto access_unit = whole_ ? assembler_.finish() : Parsed<Bytes>(drop(DropReason::kTruncated));
  assembler_.restart();
  whole_ = true;
  // The first packets that came may be the rest of a frame: that is nobody's fault.
  const bool begins_inside = std::exchange(first_, false);
  if (!access_unit) {
    open_.reset();
    counters_.broken += !begins_inside;
    if (!waits_for_keyframe_) waits_since_ = now;
    waits_for_keyframe_ = true;
    return;
  }
  open_->access_unit = std::move(*access_unit);
  open_->keyframe = assembler_.is_keyframe(open_->access_unit);
  if (waits_for_keyframe_ && !open_->keyframe) {
    open_.reset();
    ++counters_.undecodable;
    return;
  }
  note_frame(now);
}

void VideoReceiver::note_frame(Monotonic now) {
  waits_for_keyframe_ = false;
  waits_since_.reset();
  ++counters_.frames;
  counters_.keyframes += open_->keyframe;
  timestamp_.unwrap(open_->timestamp);
  if (last_frame_) {
    const auto gap = now - *last_frame_;
    counters_.short_freezes += gap > kShortFreeze;
    counters_.long_freezes += gap > kLongFreeze;
  }
  last_frame_ = now;
  completed_.push_back(std::move(*open_));
  open_.reset();
}

}  // namespace longmen
