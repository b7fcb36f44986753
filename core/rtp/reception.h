// What a receiver knows of one RTP stream for its reports: how far the numbers have come, how many
// packets came, jitter, and when the last sender report was. Fed packet by packet, or with totals
// that a filter counted. Source: RFC 3550 §6.4.1, §A.1, §A.3, §A.8.
#pragma once

#include <optional>

#include "core/rtp/rtcp.h"
#include "core/time/media_time.h"
#include "core/time/unwrapper.h"

namespace longmen {

class Reception {
 public:
  explicit Reception(uint32_t clock_rate) : clock_rate_(clock_rate) {}

  void note_packet(uint16_t sequence, uint32_t timestamp, Monotonic now);
  // Of a filter: the highest number and all packets so far. The first call only sets the base.
  void note_totals(uint16_t sequence, uint64_t packets);
  void note_sender_report(const rtcp::SenderReport& report, Monotonic now);
  // The block for the next report; what was lost since the last block becomes its fraction.
  rtcp::ReportBlock next_block(uint32_t ssrc, Monotonic now);

  bool begun() const { return base_.has_value(); }
  uint64_t received() const { return received_; }
  uint64_t expected() const { return base_ ? static_cast<uint64_t>(highest_ - *base_ + 1) : 0; }
  uint64_t lost() const { return expected() > received_ ? expected() - received_ : 0; }

 private:
  uint32_t clock_rate_;
  std::optional<int64_t> base_;
  int64_t highest_ = 0;
  uint64_t received_ = 0;
  uint64_t packets_at_base_ = 0;
  uint64_t reported_expected_ = 0;
  uint64_t reported_received_ = 0;
  double jitter_ = 0;  // in timestamp units
  std::optional<double> transit_;
  uint32_t sender_report_ = 0;  // middle bits of its NTP time
  Monotonic sender_report_at_{};
};

}  // namespace longmen
