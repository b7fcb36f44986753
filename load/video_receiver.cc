#include "load/video_receiver.h"

#include <algorithm>

#include "core/codec/h264.h"
#include "core/rtp/depacketizer.h"
#include "load/filter_counters.h"

namespace longmen {
namespace {

bool has_idr(ByteSpan annex_b) {
  std::vector<ByteSpan> nals;
  if (!h264::split_annex_b(annex_b, nals)) return false;
  for (ByteSpan nal : nals)
    if (h264::nal_type(nal) == h264::NalType::kIdr) return true;
  return false;
}

}  // namespace

void VideoReceiver::push(uint16_t sequence, const RtpHeader& header, ByteSpan payload,
                         std::optional<NtpTime> capture_time, bool repeat, Monotonic now) {
  completed_.clear();
  const int64_t index = highest_ ? unwrap_near<16>(sequence, *highest_) : int64_t{sequence};
  if (!highest_) {
    highest_ = first_ = next_ = index;
    waits_since_ = now;
  }
  if (index < next_ || held_.contains(index)) {
    ++counters_.duplicates;
    return;
  }
  const int64_t ask_from = std::max(*highest_ + 1, index - int64_t{kMaxHeldPackets});
  counters_.lost += static_cast<uint64_t>(std::max<int64_t>(ask_from - *highest_ - 1, 0));
  for (int64_t gap = ask_from; gap < index; ++gap)
    missing_[gap] = {now + kFirstRequest, 0};
  highest_ = std::max(*highest_, index);
  missing_.erase(index);
  ++counters_.packets;
  counters_.repaired += repeat;
  held_[index] = {header.timestamp, header.marker, capture_time,
                  Bytes(payload.begin(), payload.end())};
  if (held_.size() > kMaxHeldPackets || missing_.size() > kMaxHeldPackets) {
    counters_.lost += missing_.size();
    missing_.clear();
  }
  assemble(now);
}

std::vector<uint16_t> VideoReceiver::handle_timeout(Monotonic now) {
  completed_.clear();
  std::vector<uint16_t> requests;
  for (auto each = missing_.begin(); each != missing_.end();) {
    Missing& missing = each->second;
    if (now >= missing.next_request) {
      if (missing.requests == kMaxRequests) {
        ++counters_.lost;
        each = missing_.erase(each);
        continue;
      }
      ++missing.requests;
      missing.next_request = now + kRequestInterval;
      requests.push_back(static_cast<uint16_t>(each->first));
    }
    ++each;
  }
  assemble(now);
  return requests;
}

bool VideoReceiver::wants_keyframe(Monotonic now) {
  if (!waits_since_ || now - *waits_since_ < kPictureLossInterval) return false;
  waits_since_ = now;
  return true;
}

std::optional<Monotonic> VideoReceiver::next_timeout() const {
  std::optional<Monotonic> next;
  for (const auto& [index, missing] : missing_)
    if (!next || missing.next_request < *next) next = missing.next_request;
  return next;
}

// Frames in order, up to the first packet that may still come. What is neither held nor missing was
// given up.
void VideoReceiver::assemble(Monotonic now) {
  while (highest_ && next_ <= *highest_) {
    bool whole = true;
    int64_t end = next_;
    for (;; ++end) {
      if (end > *highest_ || missing_.contains(end)) return;
      const auto packet = held_.find(end);
      if (packet == held_.end()) {
        whole = false;
        continue;
      }
      if (packet->second.marker) break;
    }
    finish_frame(end + 1, whole, now);
  }
}

void VideoReceiver::finish_frame(int64_t end, bool whole, Monotonic now) {
  H264Assembler assembler;
  Frame frame;
  const uint32_t timestamp = held_.at(end - 1).timestamp;
  for (auto packet = held_.begin(); packet != held_.end() && packet->first < end;) {
    whole = whole && packet->second.timestamp == timestamp &&
            assembler.push(packet->second.payload).has_value();
    if (!frame.capture_time) frame.capture_time = packet->second.capture_time;
    packet = held_.erase(packet);
  }
  // The first packets that came may be the rest of a frame: that is not the server's fault.
  const bool begins_inside = next_ == first_;
  next_ = end;
  const auto access_unit = whole ? assembler.finish() : Parsed<Bytes>(drop(DropReason::kTruncated));
  if (!access_unit) {
    counters_.broken += !begins_inside;
    if (!waits_for_keyframe_) waits_since_ = now;
    waits_for_keyframe_ = true;
    return;
  }
  frame.keyframe = has_idr(*access_unit);
  frame.timestamp = timestamp;
  if (waits_for_keyframe_ && !frame.keyframe) {
    ++counters_.undecodable;
    return;
  }
  note_frame(frame, now);
}

void VideoReceiver::note_frame(const Frame& frame, Monotonic now) {
  waits_for_keyframe_ = false;
  waits_since_.reset();
  ++counters_.frames;
  counters_.keyframes += frame.keyframe;
  timestamp_.unwrap(frame.timestamp);
  if (last_frame_) {
    const auto gap = now - *last_frame_;
    counters_.short_freezes += gap > std::chrono::milliseconds(kShortFreezeMs);
    counters_.long_freezes += gap > std::chrono::milliseconds(kLongFreezeMs);
  }
  last_frame_ = now;
  completed_.push_back(frame);
}

}  // namespace longmen
