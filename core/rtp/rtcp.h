// Reads a compound RTCP packet piece by piece, as a viewer sends it after SRTCP was opened. It
// allocates nothing: packets are values or views into the datagram, which must outlive them. A
// packet whose length lies ends the compound; problem() then says so, what came before counts.
// It does not know who sent it or whether SSRCs exist.
// Bounds: kMaxRtcpBytes, 31 report blocks or SSRCs a packet (5-bit count).
// Source: RFC 3550 §6, RFC 4585 §6 (feedback), RFC 5104 §4.3.1 (FIR), RFC 3611 (XR), RFC 5506
// (reduced size), draft-alvestrand-rmcat-remb-03.
#pragma once

#include <array>
#include <chrono>
#include <optional>
#include <span>
#include <string_view>
#include <variant>

#include "core/base/bytes.h"
#include "core/base/drop_reason.h"
#include "core/rtp/ntp_time.h"

namespace longmen::rtcp {

inline constexpr size_t kMaxRtcpBytes = 4096;
inline constexpr size_t kMaxCount = 31;
inline constexpr size_t kMaxRembSsrcs = 32;
inline constexpr size_t kMaxCnameBytes = 255;

enum class PacketType : uint8_t {
  kSenderReport = 200,
  kReceiverReport = 201,
  kSourceDescription = 202,
  kBye = 203,
  kApplication = 204,
  kTransportFeedback = 205,  // RTPFB
  kPayloadFeedback = 206,    // PSFB
  kExtendedReport = 207,
};

// Up to N values without an allocation.
template <class T, size_t N>
struct Few {
  std::array<T, N> values{};
  size_t count = 0;
  std::span<const T> span() const { return {values.data(), count}; }
};

struct ReportBlock {
  uint32_t ssrc = 0;  // whose stream is reported on: ours
  uint8_t fraction_lost_256 = 0;
  int32_t cumulative_lost = 0;  // 24-bit signed
  uint32_t extended_highest_sequence = 0;
  uint32_t jitter = 0;  // in timestamp units
  uint32_t last_sender_report = 0;
  uint32_t delay_since_last_sender_report = 0;  // 1/65536 s

  // None when the viewer has not seen a sender report, or the figures make no sense. `now` is on
  // the clock whose NTP time went into our sender reports, at the report's arrival.
  std::optional<std::chrono::nanoseconds> round_trip(NtpTime now) const;
};

struct SenderReport {
  uint32_t ssrc = 0;
  NtpTime ntp;
  uint32_t rtp_timestamp = 0;
  uint32_t packets = 0;
  uint32_t octets = 0;  // of payload, without headers and padding
  Few<ReportBlock, kMaxCount> blocks;
};
struct ReceiverReport {
  uint32_t ssrc = 0;
  Few<ReportBlock, kMaxCount> blocks;
};
struct SourceDescription {  // the first chunk; others are skipped
  uint32_t ssrc = 0;
  std::string_view cname;  // empty: none
};
struct Bye {
  Few<uint32_t, kMaxCount> ssrcs;
  std::string_view reason;
};

// RFC 4585 §6.2.1: pairs of PID (a lost sequence number) and BLP (which of the next 16 are lost).
struct Nack {
  uint32_t sender_ssrc = 0;
  uint32_t media_ssrc = 0;
  ByteSpan pairs;  // a multiple of 4 bytes

  // Calls visit(uint16_t sequence) for each, in the order of the packet.
  template <class Visit>
  void for_each(Visit visit) const {
    ByteReader reader(pairs);
    while (!reader.at_end()) {
      const uint16_t pid = reader.u16();
      const uint16_t blp = reader.u16();
      visit(pid);
      for (int bit = 0; bit < 16; ++bit)
        if (blp >> bit & 1) visit(static_cast<uint16_t>(pid + bit + 1));
    }
  }
  size_t count() const;
};
struct PictureLoss {
  uint32_t sender_ssrc = 0;
  uint32_t media_ssrc = 0;
};
struct FullIntraRequest {  // entries beyond kMaxCount are skipped
  uint32_t sender_ssrc = 0;
  Few<uint32_t, kMaxCount> ssrcs;
};
struct Remb {
  uint32_t sender_ssrc = 0;
  uint64_t bitrate_bps = 0;
  Few<uint32_t, kMaxRembSsrcs> ssrcs;
};
// Decode with core/rtp/transport_feedback.h.
struct TransportCc {
  ByteSpan packet;  // whole RTCP packet with its header and without padding
};
// Of an extended report (RFC 3611 §4.5): when the peer got our last reference time. Blocks of other
// kinds are skipped.
struct ReferenceDelay {
  uint32_t ssrc = 0;  // whose reference time it was: ours
  uint32_t last_reference = 0;
  uint32_t delay_since_last_reference = 0;  // 1/65536 s

  // As ReportBlock::round_trip().
  std::optional<std::chrono::nanoseconds> round_trip(NtpTime now) const;
};
struct ExtendedReport {
  uint32_t ssrc = 0;
  Few<ReferenceDelay, kMaxCount> delays;
};
struct Other {  // APP, and feedback formats that are not spoken here
  PacketType type{};
  uint8_t count_or_format = 0;
};

using Packet = std::variant<SenderReport, ReceiverReport, SourceDescription, Bye, Nack, PictureLoss,
                            FullIntraRequest, Remb, TransportCc, ExtendedReport, Other>;

class Reader {
 public:
  explicit Reader(ByteSpan compound);

  // The next packet, or none at the end or at the first packet that cannot be read.
  std::optional<Packet> next();
  // kNone, kTruncated (a length lies), kMalformed (version, padding, a body too short for its
  // counts), kTooLarge.
  DropReason problem() const { return problem_; }

 private:
  std::optional<Packet> stop(DropReason problem);

  ByteSpan rest_;
  DropReason problem_ = DropReason::kNone;
};

// Writers append one whole RTCP packet each; put a report first (RFC 3550 §6.1).
void write_sender_report(const SenderReport& report, Bytes& out);
void write_receiver_report(const ReceiverReport& report, Bytes& out);
// `cname` longer than kMaxCnameBytes is cut.
void write_source_description(uint32_t ssrc, std::string_view cname, Bytes& out);
// At most kMaxCount SSRCs; the rest are left out. `reason` may be empty, is cut at 255 bytes.
void write_bye(std::span<const uint32_t> ssrcs, std::string_view reason, Bytes& out);

// A player's: at most kMaxNackPairs packets' worth of `sequences`, ascending and without repeats;
// the rest are left out.
inline constexpr size_t kMaxNackPairs = 253;  // within 1,024 bytes
void write_nack(uint32_t sender_ssrc, uint32_t media_ssrc, std::span<const uint16_t> sequences,
                Bytes& out);
void write_picture_loss(const PictureLoss& loss, Bytes& out);
// An extended report with a reference time (RFC 3611 §4.4), which a peer gives back.
void write_reference_time(uint32_t ssrc, NtpTime now, Bytes& out);

}  // namespace longmen::rtcp
