// What left a relay towards one viewer, as seen on the wire: checks that no SRTP index is sealed
// twice and that numbers go on without gaps, and remembers which packets make up each frame.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <vector>

#include "core/rtp/header.h"

namespace longmen::sim {

struct SentFrame {
  uint64_t first_index = 0;
  uint64_t last_index = 0;
  uint32_t timestamp = 0;
};

class SentRecord {
 public:
  explicit SentRecord(uint32_t video_ssrc) : video_ssrc_(video_ssrc) {}

  void add(ByteSpan datagram) {
    const auto packet = read_rtp_header(datagram);
    ASSERT_TRUE(packet);
    if (packet->header.payload_type >= 64 && packet->header.payload_type < 96) return;  // RTCP
    ASSERT_LE(datagram.size(), kMaxUdpPayloadBytes);
    const auto [last, is_first] = last_index_.try_emplace(packet->header.ssrc);
    uint64_t index = packet->header.sequence;
    if (!is_first) {
      const auto step = static_cast<uint16_t>(packet->header.sequence - last->second);
      ASSERT_EQ(step, 1) << "the next number of SSRC " << packet->header.ssrc;
      index = last->second + step;
    }
    last->second = index;
    if (packet->header.ssrc != video_ssrc_) return;
    if (begins_frame_) {
      frames_.push_back({index, index, packet->header.timestamp});
    }
    ASSERT_EQ(frames_.back().timestamp, packet->header.timestamp);
    frames_.back().last_index = index;
    begins_frame_ = packet->header.marker;
  }

  const std::vector<SentFrame>& frames() const { return frames_; }
  bool frame_is_open() const { return !begins_frame_; }
  uint64_t last_index(uint32_t ssrc) const {
    const auto last = last_index_.find(ssrc);
    return last == last_index_.end() ? 0 : last->second;
  }

 private:
  uint32_t video_ssrc_;
  std::map<uint32_t, uint64_t> last_index_;
  std::vector<SentFrame> frames_;
  bool begins_frame_ = true;
};

}  // namespace longmen::sim
