// Puts the PES packets of one elementary stream together from the payloads of its transport
// packets. A packet of video has no length of its own, as a rule: it ends where the next one
// begins, which would be a frame later. But what does not fill its last transport packet is padded
// there, and nowhere else, so a padded packet ends it at once; a multiplexer that pads elsewhere is
// found out by what it sends next, and from then on waited for, until kTrustAgain packets in a row
// kept to it: it may have been damage that looked like padding. What is incomplete is left out
// whole. Knows no codec. Bounds: one packet of kMaxPesBytes. One thread. Source: ITU-T H.222.0
// §2.4.3.6, §2.4.3.7.
#pragma once

#include <algorithm>
#include <optional>

#include "core/feed/feed_unit.h"
#include "core/mpegts/ts_packet.h"

namespace longmen::mpegts {

inline constexpr size_t kMaxPesBytes = kMaxFeedUnitBytes + (64 << 10);

// One PES packet; the payload is the assembler's until its next push().
struct PesPacket {
  std::optional<uint64_t> pts_90khz;  // 33 bits
  std::optional<uint64_t> dts_90khz;  // as it was sent; without it, it is the PTS
  ByteSpan payload;
  Monotonic arrival;  // of its last byte
};

// kUnsupported: a stream without timestamps, or scrambled; kMalformed: fixed bits are not as they
// must be; kTruncated: its header is longer than it.
Parsed<PesPacket> read_pes(ByteSpan bytes);

class PesAssembler {
 public:
  // Gives the packets that end with this one: `on_pes(const PesPacket&)`, or `on_drop(DropReason)`
  // for one that is not whole or not understood. `lost`: others are missing right before it.
  template <class OnPes, class OnDrop>
  void push(const TsPacket& packet, bool lost, Monotonic arrival, OnPes on_pes, OnDrop on_drop) {
    if (lost) damaged_ = true;
    judge_padding(packet, lost);
    if (packet.unit_start) {
      end(on_pes, on_drop);
      open_ = true;
      damaged_ = ended_early_ = false;
    } else if (ended_early_ && !lost) {
      ended_early_ = false;
      on_drop(DropReason::kMalformed);
    }
    if (!open_) return;
    if (bytes_.size() + packet.payload.size() > kMaxPesBytes) {
      open_ = false;
      bytes_.clear();
      return on_drop(DropReason::kTooLarge);
    }
    bytes_.insert(bytes_.end(), packet.payload.begin(), packet.payload.end());
    arrival_ = arrival;
    const size_t length = announced_bytes();
    if (length > 0 && bytes_.size() >= length) {
      bytes_.resize(length);
      end(on_pes, on_drop);
    } else if (length == 0 && packet.stuffed && doubt_ == 0) {
      end(on_pes, on_drop);
      ended_early_ = true;
    }
  }

 private:
  static constexpr size_t kHeaderBytes = 6;
  static constexpr int kTrustAgain = 200;

  // Whether what follows a padded packet begins another, as it ought to.
  void judge_padding(const TsPacket& packet, bool lost) {
    if (padded_ && !lost) doubt_ = packet.unit_start ? std::max(doubt_ - 1, 0) : kTrustAgain;
    padded_ = packet.stuffed;
  }

  // With its header; 0: not said, or not known yet.
  size_t announced_bytes() const {
    if (bytes_.size() < kHeaderBytes) return 0;
    const size_t length = static_cast<size_t>(bytes_[4]) << 8 | bytes_[5];
    return length == 0 ? 0 : kHeaderBytes + length;
  }
  template <class OnPes, class OnDrop>
  void end(OnPes& on_pes, OnDrop& on_drop) {
    if (!open_) return;
    open_ = false;
    const bool short_of_it = bytes_.size() < announced_bytes();
    if (damaged_ || short_of_it) {
      on_drop(DropReason::kTruncated);
    } else if (auto pes = read_pes(bytes_)) {
      pes->arrival = arrival_;
      on_pes(*pes);
    } else {
      on_drop(pes.error());
    }
    bytes_.clear();
    damaged_ = false;
  }

  Bytes bytes_;
  Monotonic arrival_;
  bool open_ = false;         // a packet is being put together
  bool damaged_ = false;      // ... and parts of it are missing
  bool ended_early_ = false;  // the last one ended by its padding
  bool padded_ = false;       // the packet before was
  int doubt_ = 0;             // 0: padding ends a packet
};

}  // namespace longmen::mpegts
