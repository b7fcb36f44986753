// A viewer's player for tests, sans-IO: opens SRTP with libsrtp, asks for lost packets (NACK, RTX),
// puts frames together and checks every byte of them against the programme. What it could not get
// is counted: nothing is lost in silence. It may report arrivals, too (transport-cc). Time comes
// with each call.
#pragma once

#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <set>

#include "core/node/join.h"
#include "core/rtp/depacketizer.h"
#include "core/rtp/header.h"
#include "core/rtp/rtcp.h"
#include "core/rtp/transport_feedback.h"
#include "core/time/unwrapper.h"
#include "core/viewer/viewer.h"
#include "tests/support/programme.h"
#include "tests/support/remb_reports.h"
#include "tests/support/srtp_pair.h"

namespace longmen::test {

inline constexpr std::chrono::nanoseconds kFirstNack = std::chrono::milliseconds(15);
inline constexpr std::chrono::nanoseconds kNackInterval = std::chrono::milliseconds(100);
inline constexpr int kMaxNacks = 8;
inline constexpr size_t kMaxNackPairs = 100;

class Receiver {
 public:
  struct Counters {
    uint64_t complete_frames = 0;
    uint64_t decoded_frames = 0;  // complete, and so was what they are predicted from
    uint64_t repeated_packets = 0;
    uint64_t duplicate_packets = 0;
    uint64_t lost_packets = 0;
    uint64_t lost_sounds = 0;
    uint64_t sounds = 0;
    uint64_t keyframes = 0;
    uint64_t sender_reports = 0;
    uint64_t refused_packets = 0;
  };

  // The first packet that comes need not be the first that was sent: frames are put together only
  // `start_delay` later.
  Receiver(const JoinRequest& request, const ViewerIdentity& identity, const SrtpKeys& keys,
           std::chrono::nanoseconds start_delay = {})
      : request_(request),
        identity_(identity),
        start_delay_(start_delay),
        incoming_(viewer_incoming(keys)),
        outgoing_(viewer_outgoing(keys)) {}

  // From now on it reports what arrived (none: not), on a clock of its own that runs wrong by so
  // much.
  void send_feedback(std::optional<std::chrono::nanoseconds> interval, double clock_ppm = 0) {
    feedback_interval_ = interval;
    clock_ppm_ = clock_ppm;
  }
  // From now on it sends REMB and receiver reports.
  void send_remb() { remb_.emplace(kOwnSsrc, identity_.video_ssrc); }
  // Media time minus monotonic time: with it lateness is known.
  void set_media_offset(Flicks offset) { media_offset_ = offset; }

  void handle_datagram(ByteSpan datagram, Monotonic now) {
    Bytes bytes(datagram.begin(), datagram.end());
    if (bytes.size() > 1 && bytes[1] >= 192 && bytes[1] <= 223) return handle_rtcp(bytes);
    const auto plain = incoming_.unprotect_rtp(bytes);
    if (!plain) {
      // libsrtp's window is of 1024 packets: what is older counts as a duplicate as well.
      ++(plain.error() == DropReason::kReplayed ? counters_.duplicate_packets
                                                : counters_.refused_packets);
      return;
    }
    const auto packet = read_rtp(*plain);
    if (!packet) {
      ++counters_.refused_packets;
      return;
    }
    note_arrival(*packet, now);
    if (remb_) remb_->note(packet->header, datagram.size(), now);
    if (packet->header.ssrc == identity_.audio_ssrc) return handle_sound(*packet, now);
    handle_video(*packet, now);
  }

  // A compound with what is missing now; empty when nothing is.
  Bytes poll_rtcp(Monotonic now) {
    give_up(now);
    assemble(now);
    Bytes pairs;
    ByteWriter writer(pairs);
    for (auto& [sequence, missing] : missing_) {
      if (now < missing.next_nack || pairs.size() >= 4 * kMaxNackPairs) continue;
      missing.next_nack = now + kNackInterval;
      ++missing.nacks;
      writer.u16(sequence);
      writer.u16(0);
    }
    const bool picture_lost = waits_for_keyframe_ && now >= next_picture_loss_;
    if (pairs.empty() && !picture_lost) return {};
    Bytes compound;
    ByteWriter packets(compound);
    packets.u32(0x80c90001);
    packets.u32(kOwnSsrc);
    if (!pairs.empty()) {
      packets.u16(0x81cd);
      packets.u16(2 + pairs.size() / 4);
      packets.u32(kOwnSsrc);
      packets.u32(identity_.video_ssrc);
      packets.bytes(pairs);
    }
    if (picture_lost) {
      next_picture_loss_ = now + std::chrono::milliseconds(500);
      packets.u32(0x81ce0002);
      packets.u32(kOwnSsrc);
      packets.u32(identity_.video_ssrc);
    }
    return sealed(std::move(compound));
  }

  // What arrived since the last report, and what did not; empty when it is not the time. A packet
  // that comes after it was reported missing is reported again, with all since then.
  Bytes poll_feedback(Monotonic now) {
    if (remb_) return sealed(remb_->poll(now));
    if (!feedback_interval_ || now < next_feedback_ || unreported_.empty()) return {};
    next_feedback_ = now + *feedback_interval_;
    const int64_t first = std::min(unreported_.begin()->first, next_reported_.value_or(INT64_MAX));
    const int64_t last = std::max(arrivals_.rbegin()->first, first);
    rtcp::TransportFeedback feedback;
    feedback.sender_ssrc = kOwnSsrc;
    feedback.media_ssrc = identity_.video_ssrc;
    feedback.base_sequence = static_cast<uint16_t>(first);
    feedback.feedback_count = feedback_count_++;
    feedback.reference = arrivals_.lower_bound(first)->second;
    for (int64_t sequence = first; sequence <= last; ++sequence) {
      const auto arrival = arrivals_.find(sequence);
      rtcp::FeedbackPacket packet;
      packet.sequence = static_cast<uint16_t>(sequence);
      packet.received = arrival != arrivals_.end();
      if (packet.received) packet.arrival = arrival->second;
      feedback.packets.push_back(packet);
    }
    next_reported_ = last + 1;
    unreported_.clear();
    while (arrivals_.size() > 400)
      arrivals_.erase(arrivals_.begin());
    Bytes compound;
    rtcp::write_transport_feedback(feedback, compound);
    return sealed(std::move(compound));
  }

  // Whether the receiver is done with this packet's index, one way or the other.
  bool gave_up(uint64_t index) const { return lost_.contains(index); }
  bool waits_for_packets() const { return !missing_.empty(); }
  const std::set<uint64_t>& complete_timestamps() const { return complete_timestamps_; }
  std::optional<uint64_t> first_index() const { return first_index_; }
  std::optional<uint64_t> highest_index() const { return highest_index_; }
  const std::optional<FrameName>& last_decoded() const { return last_decoded_; }
  const std::vector<FrameName>& decoded() const { return decoded_; }
  Monotonic last_decoded_at() const { return last_decoded_at_; }
  std::chrono::nanoseconds longest_freeze() const { return longest_freeze_; }
  // From a picture's own time to when it could be shown.
  std::chrono::nanoseconds longest_lateness() const { return longest_lateness_; }
  void forget_extremes() { longest_freeze_ = longest_lateness_ = {}; }
  const Counters& counters() const { return counters_; }

 private:
  static constexpr uint32_t kOwnSsrc = 99;

  struct Packet {
    uint32_t timestamp = 0;
    bool marker = false;
    Bytes payload;
  };
  struct Missing {
    Monotonic next_nack;
    int nacks = 0;
  };

  Bytes sealed(Bytes compound) {
    const size_t size = compound.size();
    if (size == 0) return compound;
    compound.resize(size + kMaxSrtpTrailerBytes);
    compound.resize(*outgoing_.protect_rtcp(compound, size));
    return compound;
  }

  // The index closest to the highest one so far.
  static uint64_t unwrap(uint16_t sequence, std::optional<uint64_t> highest) {
    if (!highest) return sequence;
    const auto delta = static_cast<int16_t>(sequence - static_cast<uint16_t>(*highest));
    return *highest + static_cast<uint64_t>(int64_t{delta});
  }

  void note_arrival(const RtpPacketView& packet, Monotonic now) {
    if (!feedback_interval_ || !request_.video) return;
    RtpExtensionIds ids;
    ids.transport_cc = request_.video->transport_cc_extension.value_or(0);
    const auto sequence = read_rtp_extensions(packet, ids).transport_cc;
    if (!sequence) return;
    const double own =
        static_cast<double>(now.time_since_epoch().count()) * (1 + clock_ppm_ * 1e-6);
    const auto arrival = std::chrono::duration_cast<rtcp::FeedbackTicks>(
        std::chrono::nanoseconds(static_cast<int64_t>(own) + 123'456'789));
    const int64_t number = transport_sequences_.unwrap(*sequence);
    if (arrivals_.emplace(number, arrival).second) unreported_[number] = true;
  }

  void handle_rtcp(Bytes& bytes) {
    const auto plain = incoming_.unprotect_rtcp(bytes);
    if (!plain) return;
    rtcp::Reader reader(*plain);
    while (const auto packet = reader.next())
      counters_.sender_reports += std::holds_alternative<rtcp::SenderReport>(*packet);
    EXPECT_EQ(reader.problem(), DropReason::kNone);
  }

  void handle_sound(const RtpPacketView& packet, Monotonic) {
    const uint64_t index = unwrap(packet.header.sequence, highest_sound_);
    if (highest_sound_ && index > *highest_sound_) {
      counters_.lost_sounds += index - *highest_sound_ - 1;
      const auto step = static_cast<int32_t>(packet.header.timestamp - sound_timestamp_);
      EXPECT_GT(step, 0) << "sound goes back in time";
    } else if (highest_sound_) {
      ++counters_.sounds;
      if (counters_.lost_sounds > 0) --counters_.lost_sounds;  // it was only late
      return;
    }
    highest_sound_ = index;
    sound_timestamp_ = packet.header.timestamp;
    ++counters_.sounds;
  }

  void handle_video(const RtpPacketView& packet, Monotonic now) {
    ByteSpan payload = packet.payload;
    uint16_t sequence = packet.header.sequence;
    if (packet.header.ssrc == identity_.video_rtx_ssrc) {
      EXPECT_EQ(packet.header.payload_type, request_.video->rtx_payload_type);
      ByteReader reader(payload);
      sequence = reader.u16();
      payload = reader.rest();
      ++counters_.repeated_packets;
    } else {
      EXPECT_EQ(packet.header.ssrc, identity_.video_ssrc);
      EXPECT_EQ(packet.header.payload_type, request_.video->payload_type);
    }
    const uint64_t index = unwrap(sequence, highest_index_);
    if (!first_index_) {
      first_index_ = next_index_ = index;
      highest_index_ = index;
      assemble_from_ = now + start_delay_;
    }
    if (now < assemble_from_ && index < *first_index_) {
      for (uint64_t gap = index + 1; gap < *first_index_; ++gap)
        missing_[static_cast<uint16_t>(gap)] = Missing{now + kFirstNack, 0};
      first_index_ = next_index_ = index;
    }
    if (index < next_index_ || packets_.contains(index)) {
      ++counters_.duplicate_packets;
      return;
    }
    for (uint64_t gap = *highest_index_ + 1; gap < index; ++gap)
      missing_[static_cast<uint16_t>(gap)] = Missing{now + kFirstNack, 0};
    highest_index_ = std::max(*highest_index_, index);
    missing_.erase(static_cast<uint16_t>(index));
    packets_[index] = Packet{packet.header.timestamp, packet.header.marker,
                             Bytes(payload.begin(), payload.end())};
    assemble(now);
  }

  void give_up(Monotonic now) {
    for (auto missing = missing_.begin(); missing != missing_.end();) {
      if (missing->second.nacks < kMaxNacks || now < missing->second.next_nack) {
        ++missing;
        continue;
      }
      lost_.insert(unwrap(missing->first, highest_index_));
      ++counters_.lost_packets;
      missing = missing_.erase(missing);
    }
  }

  // Frames in order, up to the first packet that may still come.
  void assemble(Monotonic now) {
    while (now >= assemble_from_ && next_index_ <= highest_index_.value_or(0)) {
      uint64_t end = next_index_;
      bool whole = true;
      for (;; ++end) {
        if (lost_.contains(end)) {
          whole = false;
          continue;
        }
        const auto packet = packets_.find(end);
        if (packet == packets_.end()) return;
        if (packet->second.marker) break;
      }
      finish_frame(end + 1, whole, now);
    }
  }

  void finish_frame(uint64_t end, bool whole, Monotonic now) {
    H264Assembler assembler;
    const uint32_t timestamp = packets_.at(end - 1).timestamp;
    for (uint64_t index = next_index_; index < end; ++index) {
      const auto packet = packets_.find(index);
      if (packet == packets_.end()) continue;
      whole = whole && packet->second.timestamp == timestamp &&
              assembler.push(packet->second.payload).has_value();
      packets_.erase(packet);
    }
    // The first packets that came may be the rest of a frame.
    const bool begins_inside = next_index_ == *first_index_;
    next_index_ = end;
    if (last_timestamp_) {
      const auto step = static_cast<int32_t>(timestamp - static_cast<uint32_t>(*last_timestamp_));
      EXPECT_GT(step, 0) << "video goes back in time";
      last_timestamp_ = *last_timestamp_ + static_cast<uint64_t>(int64_t{step});
    } else {
      last_timestamp_ = timestamp;
    }
    const auto content = whole ? assembler.finish() : Parsed<Bytes>(drop(DropReason::kTruncated));
    const auto name = content ? read_frame_name(*content) : std::nullopt;
    if (!name || *content != frame_content(*name)) {
      EXPECT_TRUE(!whole || begins_inside) << "a whole frame is not what was sent";
      waits_for_keyframe_ = true;
      return;
    }
    ++counters_.complete_frames;
    complete_timestamps_.insert(timestamp);
    decode(*name, now);
  }

  void decode(const FrameName& name, Monotonic now) {
    const bool follows = last_decoded_ && !waits_for_keyframe_ &&
                         name == FrameName{last_decoded_->generation, last_decoded_->rendition,
                                           last_decoded_->number + 1};
    if (!name.keyframe() && !follows) {
      EXPECT_TRUE(waits_for_keyframe_ || !last_decoded_)
          << "frame " << name.number << " of generation " << name.generation
          << " cannot be decoded, though nothing was lost";
      waits_for_keyframe_ = true;
      return;
    }
    counters_.keyframes += name.keyframe();
    waits_for_keyframe_ = false;
    const auto media_now = MediaTime(floor_flicks(now.time_since_epoch()) + media_offset_);
    const auto timestamp_now = static_cast<uint32_t>(
        std::chrono::duration_cast<Ticks90k>(media_now.time_since_epoch()).count());
    longest_lateness_ = std::max<std::chrono::nanoseconds>(
        longest_lateness_,
        std::chrono::duration_cast<std::chrono::nanoseconds>(Ticks90k(static_cast<int32_t>(
            timestamp_now - static_cast<uint32_t>(last_timestamp_.value_or(0))))));
    if (last_decoded_) longest_freeze_ = std::max(longest_freeze_, now - last_decoded_at_);
    last_decoded_ = name;
    last_decoded_at_ = now;
    decoded_.push_back(name);
    ++counters_.decoded_frames;
  }

  JoinRequest request_;
  ViewerIdentity identity_;
  std::chrono::nanoseconds start_delay_;
  SrtpSession incoming_;
  SrtpSession outgoing_;
  std::map<uint64_t, Packet> packets_;
  std::map<uint16_t, Missing> missing_;
  std::set<uint64_t> lost_;
  std::set<uint64_t> complete_timestamps_;
  std::optional<uint64_t> first_index_;
  std::optional<uint64_t> highest_index_;
  uint64_t next_index_ = 1;
  Monotonic assemble_from_{};
  std::optional<uint64_t> last_timestamp_;
  std::optional<FrameName> last_decoded_;
  std::vector<FrameName> decoded_;
  Monotonic last_decoded_at_{};
  std::chrono::nanoseconds longest_freeze_{0};
  bool waits_for_keyframe_ = true;
  Monotonic next_picture_loss_{};
  std::optional<uint64_t> highest_sound_;
  uint32_t sound_timestamp_ = 0;
  Flicks media_offset_{0};
  std::chrono::nanoseconds longest_lateness_{0};
  std::optional<std::chrono::nanoseconds> feedback_interval_;
  double clock_ppm_ = 0;
  std::optional<RembReports> remb_;
  Monotonic next_feedback_{};
  uint8_t feedback_count_ = 0;
  SequenceUnwrapper transport_sequences_;
  std::map<int64_t, rtcp::FeedbackTicks> arrivals_;  // the last few hundred
  std::map<int64_t, bool> unreported_;
  std::optional<int64_t> next_reported_;
  Counters counters_;
};

inline JoinRequest player_request() {
  JoinRequest request;
  JoinMedia video;
  video.mid = "0";
  video.payload_type = 102;
  video.rtx_payload_type = 103;
  video.mid_extension = 4;
  video.transport_cc_extension = 3;
  video.playout_delay_extension = 5;
  video.capture_time_extension = 6;
  video.nack = true;
  video.pli = true;
  request.video = video;
  JoinMedia audio;
  audio.mid = "1";
  audio.payload_type = 111;
  audio.mid_extension = 4;
  audio.transport_cc_extension = 3;
  audio.capture_time_extension = 6;
  request.audio = audio;
  return request;
}

}  // namespace longmen::test
