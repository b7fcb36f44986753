// What a player without transport-cc tells: receiver reports and REMB, the estimate of which is a
// coarse copy of libwebrtc's old one at the receiver: 8 % more a second while nothing queues up,
// 85 % of what came while something does, never more than one and a half times what came.
// Sources: draft-alvestrand-rmcat-remb-03, draft-ietf-rmcat-gcc-02 §5.5.
#pragma once

#include <algorithm>
#include <deque>
#include <optional>

#include "core/base/bytes.h"
#include "core/rtp/header.h"
#include "core/rtp/reception.h"

namespace longmen::test {

class RembReports {
 public:
  static constexpr std::chrono::nanoseconds kInterval = std::chrono::milliseconds(500);
  static constexpr std::chrono::nanoseconds kWindow = std::chrono::milliseconds(500);
  static constexpr std::chrono::nanoseconds kQueue = std::chrono::milliseconds(80);
  static constexpr double kMoreASecond = 0.08;

  RembReports(uint32_t own_ssrc, uint32_t video_ssrc)
      : own_ssrc_(own_ssrc), video_ssrc_(video_ssrc) {}

  void note(const RtpHeader& header, size_t bytes, Monotonic now) {
    came_.emplace_back(now, bytes);
    if (header.ssrc != video_ssrc_) return;
    video_.note_packet(header.sequence, header.timestamp, now);
    if (!first_timestamp_) first_timestamp_ = header.timestamp;
    const auto since_first = std::chrono::duration<int64_t, std::ratio<1, 90'000>>(
        static_cast<int32_t>(header.timestamp - *first_timestamp_));
    delay_ =
        now.time_since_epoch() - std::chrono::duration_cast<std::chrono::nanoseconds>(since_first);
    least_delay_ = std::min(least_delay_, delay_);
  }

  // A compound, unsealed; empty when it is not the time.
  Bytes poll(Monotonic now) {
    if (!video_.begun() || now < next_) return {};
    next_ = now + kInterval;
    while (!came_.empty() && now - came_.front().first > kWindow)
      came_.pop_front();
    double bytes = 0;
    for (const auto& [at, size] : came_)
      bytes += static_cast<double>(size);
    const double incoming = bytes * 8 / std::chrono::duration<double>(kWindow).count();
    if (bps_ == 0) bps_ = incoming;
    if (delay_ - least_delay_ > kQueue) {
      bps_ = 0.85 * incoming;
    } else {
      const double more = kMoreASecond * std::chrono::duration<double>(kInterval).count();
      bps_ = std::min(bps_ * (1 + more), 1.5 * incoming + 10'000);
    }
    rtcp::ReceiverReport report;
    report.ssrc = own_ssrc_;
    report.blocks.values[report.blocks.count++] = video_.next_block(video_ssrc_, now);
    Bytes compound;
    rtcp::write_receiver_report(report, compound);
    write_remb(static_cast<uint64_t>(bps_), compound);
    return compound;
  }

 private:
  void write_remb(uint64_t bps, Bytes& out) const {
    uint32_t exponent = 0;
    for (; bps >= 1 << 18; bps >>= 1)
      ++exponent;
    ByteWriter writer(out);
    writer.u32(0x8fce0005);
    writer.u32(own_ssrc_);
    writer.u32(0);
    writer.bytes(as_bytes("REMB"));
    writer.u32(uint32_t{1} << 24 | exponent << 18 | static_cast<uint32_t>(bps));
    writer.u32(video_ssrc_);
  }

  uint32_t own_ssrc_;
  uint32_t video_ssrc_;
  Reception video_{90'000};
  std::deque<std::pair<Monotonic, size_t>> came_;
  std::optional<uint32_t> first_timestamp_;
  std::chrono::nanoseconds delay_{0};
  std::chrono::nanoseconds least_delay_ = std::chrono::nanoseconds::max();
  Monotonic next_{};
  double bps_ = 0;
};

}  // namespace longmen::test
