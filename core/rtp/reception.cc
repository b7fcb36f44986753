#include "core/rtp/reception.h"

#include <algorithm>
#include <cmath>

namespace longmen {

void Reception::note_packet(uint16_t sequence, uint32_t timestamp, Monotonic now) {
  const int64_t index = base_ ? unwrap_near<16>(sequence, highest_) : sequence;
  if (!base_) base_ = highest_ = index;
  if (index < *base_) return;
  highest_ = std::max(highest_, index);
  ++received_;
  const std::chrono::duration<double> at = now.time_since_epoch();
  const double transit =
      std::fmod(at.count() * clock_rate_, 4294967296.0) - static_cast<double>(timestamp);
  if (transit_) {
    // Modulo 2^32, as the timestamps are.
    const double change = std::remainder(transit - *transit_, 4294967296.0);
    jitter_ += (std::abs(change) - jitter_) / 16;
  }
  transit_ = transit;
}

void Reception::note_totals(uint16_t sequence, uint64_t packets) {
  if (!base_) {
    base_ = highest_ = sequence;
    packets_at_base_ = packets - 1;
  }
  highest_ = std::max(highest_, unwrap_near<16>(sequence, highest_));
  received_ = packets - packets_at_base_;
}

void Reception::note_sender_report(const rtcp::SenderReport& report, Monotonic now) {
  sender_report_ = report.ntp.compact();
  sender_report_at_ = now;
}

rtcp::ReportBlock Reception::next_block(uint32_t ssrc, Monotonic now) {
  constexpr int64_t kMostLost = 0x7FFFFF;  // 24 bits, signed
  rtcp::ReportBlock block;
  block.ssrc = ssrc;
  const uint64_t expected_now = expected() - reported_expected_;
  const uint64_t received_now = received_ - reported_received_;
  reported_expected_ = expected();
  reported_received_ = received_;
  if (expected_now > received_now) {
    const uint64_t lost_256 = (expected_now - received_now) * 256 / expected_now;
    block.fraction_lost_256 = static_cast<uint8_t>(std::min<uint64_t>(lost_256, 255));
  }
  const int64_t all_lost = static_cast<int64_t>(expected()) - static_cast<int64_t>(received_);
  block.cumulative_lost = static_cast<int32_t>(std::clamp(all_lost, -kMostLost - 1, kMostLost));
  block.extended_highest_sequence = static_cast<uint32_t>(highest_);
  block.jitter = static_cast<uint32_t>(jitter_);
  if (sender_report_ != 0) {
    block.last_sender_report = sender_report_;
    const auto since = now - sender_report_at_;
    block.delay_since_last_sender_report =
        static_cast<uint32_t>(since.count() * 65536 / 1'000'000'000);
  }
  return block;
}

}  // namespace longmen
