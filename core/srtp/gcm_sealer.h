// Seals outgoing RTP packets with AEAD_AES_128_GCM, out of place, into the caller's send buffer.
// One sealer serves all streams (SSRCs) of one direction of one connection: the session key does
// not depend on the SSRC, so it is an expanded key and a salt. It decides no sequence: each stream
// owns its 48-bit index (rollover counter and sequence), and sealing an index twice, or going back,
// ends the process, since it would give away the key stream. No allocation after construction.
// One thread. Sources: RFC 7714 §8.1-8.3, §9.1; RFC 3711 §3.3.1, §4.3.
#pragma once

#include <memory>
#include <variant>

#include "core/base/prefetch.h"
#include "core/srtp/evp_gcm_key.h"
#include "core/srtp/gcm_backend.h"
#include "core/srtp/gcm_session_key.h"
#include "core/srtp/ipsec_mb_gcm_key.h"
#include "core/srtp/vaes_gcm_key.h"

namespace longmen {

inline constexpr uint64_t kMaxSrtpIndex = (uint64_t{1} << 48) - 1;

// One outgoing SSRC: the next index that may be sealed.
struct SealedStream {
  uint32_t ssrc = 0;
  uint64_t next_index = 0;
};

// The plain text of one packet, in its order on the wire.
struct RtpPlaintext {
  ByteSpan prefix;  // the original sequence number of a repeat, else empty
  ByteSpan payload;
  uint8_t padding_bytes = 0;  // RTP padding; its last byte says how many
  size_t size() const { return prefix.size() + payload.size() + padding_bytes; }
  // Puts the parts one behind the other, size() bytes; returns where they end.
  uint8_t* write_to(uint8_t* at) const;
};

class GcmSealer {
 public:
  // `backend` is available.
  static Result<GcmSealer> create(const SrtpMasterKey& master,
                                  GcmBackend backend = preferred_gcm_backend());

  // `packet` begins with the RTP header that was written there, `header_bytes` long, and must hold
  // header_bytes + plaintext.size() + kGcmTagBytes; returns that sum.
  // Requires: stream.next_index <= index <= kMaxSrtpIndex, the header's sequence = index mod 2^16.
  size_t seal(SealedStream& stream, uint64_t index, uint8_t* packet, size_t header_bytes,
              const RtpPlaintext& plaintext);

  void prefetch() const {  // for the next seal()
    if (const auto* vaes = std::get_if<std::unique_ptr<VaesGcmKey>>(&key_))
      longmen::prefetch(vaes->get(), sizeof(VaesGcmKey));
    if (const auto* ipsec_mb = std::get_if<std::unique_ptr<IpsecMbGcmKey>>(&key_))
      longmen::prefetch(ipsec_mb->get(), sizeof(IpsecMbGcmKey));
  }

 private:
  using Key = std::variant<EvpGcmKey, std::unique_ptr<IpsecMbGcmKey>, std::unique_ptr<VaesGcmKey>>;
  GcmSealer(Key key, const GcmSessionKey& session);

  Key key_;
  GcmIv salt_;
};

}  // namespace longmen
