// Seals outgoing RTP with whichever profile was negotiated: GcmSealer, or libsrtp for SHA1_80. The
// same rule for both: an index is sealed once and never goes back. One thread.
#pragma once

#include <variant>

#include "core/srtp/gcm_sealer.h"
#include "core/srtp/srtp_session.h"

namespace longmen {

class RtpSealer {
 public:
  static Result<RtpSealer> create(SrtpProfile profile, const SrtpMasterKey& master,
                                  GcmBackend backend = preferred_gcm_backend());

  // As GcmSealer::seal(); `packet` must hold header, plain text and kMaxSrtpTrailerBytes (libsrtp
  // demands the room even when its tag is 10 bytes). Returns the sealed packet's size.
  size_t seal(SealedStream& stream, uint64_t index, uint8_t* packet, size_t header_bytes,
              const RtpPlaintext& plaintext);
  // Added to header and plain text: 16 for GCM, 10 for SHA1_80.
  size_t tag_bytes() const {
    return std::holds_alternative<GcmSealer>(sealer_) ? kGcmTagBytes : kSha1TagBytes;
  }
  void prefetch() const {  // the key, for the next seal()
    if (const auto* gcm = std::get_if<GcmSealer>(&sealer_)) gcm->prefetch();
  }

 private:
  static constexpr size_t kSha1TagBytes = 10;
  explicit RtpSealer(std::variant<GcmSealer, SrtpSession> sealer) : sealer_(std::move(sealer)) {}
  std::variant<GcmSealer, SrtpSession> sealer_;
};

}  // namespace longmen
