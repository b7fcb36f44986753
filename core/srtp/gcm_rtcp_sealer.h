// SRTCP with AEAD_AES_128_GCM, both directions of one connection: seals our reports under a running
// index, opens the peer's feedback. A packet is authenticated before it changes anything; what came
// before, or is too old, is a replay, judged for each sending SSRC on its own, since players count
// indices for each. Packets that say they are not encrypted are refused (RFC 8827 §6.5).
// It keeps session keys as they are, 28 bytes a direction, and expands them on use: a kilobyte and
// more of expanded key for a packet a second is not worth its memory. It reads no RTCP but the
// sender's SSRC. Bounds: kMaxRtcpSenders, kMaxSrtpPacketBytes. One thread.
// Sources: RFC 7714 §9, §10; RFC 3711 §3.4, §3.3.2.
//
//   RTCP header, sender's SSRC (8 bytes) | cipher text | tag (16) | E, SRTCP index (4)
#pragma once

#include <array>
#include <span>

#include "core/base/drop_reason.h"
#include "core/srtp/gcm_backend.h"
#include "core/srtp/gcm_session_key.h"
#include "core/srtp/replay_window.h"

namespace longmen {

inline constexpr size_t kMaxRtcpSenders = 8;
inline constexpr size_t kGcmRtcpTrailerBytes = kGcmTagBytes + 4;
inline constexpr uint32_t kMaxSrtcpIndex = (uint32_t{1} << 31) - 1;

class GcmRtcpSealer {
 public:
  // `own` is what we write with, `peer` what the peer does; `backend` is available.
  static Result<GcmRtcpSealer> create(const SrtpMasterKey& own, const SrtpMasterKey& peer,
                                      GcmBackend backend = preferred_gcm_backend());

  // `buffer` starts with an RTCP compound of `packet_bytes` and has room for kGcmRtcpTrailerBytes
  // more. Returns the sealed size. kTruncated: no RTCP header; kTooLarge; kWrongState: no index is
  // left (after 2^31 packets, RFC 3711 §9.2).
  Parsed<size_t> seal(std::span<uint8_t> buffer, size_t packet_bytes);

  // In place; returns the plain compound, the front part of `packet`. kTruncated, kTooLarge,
  // kUnsupported (not encrypted), kReplayed, kNotAuthenticated, kQueueFull (an authentic packet of
  // one SSRC too many). The bytes of a refused packet are not to be used.
  Parsed<std::span<uint8_t>> open(std::span<uint8_t> packet);

 private:
  struct Sender {
    uint32_t ssrc = 0;
    ReplayWindow window;
  };
  GcmRtcpSealer(const GcmSessionKey& own, const GcmSessionKey& peer, GcmBackend backend);
  Sender* find(uint32_t ssrc);

  GcmSessionKey own_;
  GcmSessionKey peer_;
  GcmBackend backend_;
  uint32_t next_index_ = 0;
  size_t sender_count_ = 0;
  std::array<Sender, kMaxRtcpSenders> senders_;
};

}  // namespace longmen
