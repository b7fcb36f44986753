// The active end of DTLS-SRTP (net/dtls.h): of a load client's viewer towards a node, of a relay
// towards its parents. It speaks first, so the first flight waits in poll_transmit() from the
// start. The server's certificate has to fit the fingerprint of its answer. OpenSSL's state is
// freed as soon as there are keys: the last flight of a full handshake is the server's (RFC 6347
// §4.2.4), so nothing of ours is ever asked for again. Bounds and thread: as in net/dtls.h.
#pragma once

#include "net/dtls.h"

namespace longmen {

class DtlsClient : public DtlsConnection {
 public:
  // `srtp_profiles`: what is offered, in OpenSSL's names; the server chooses.
  static Result<std::unique_ptr<DtlsClient>> make(
      std::shared_ptr<const DtlsCertificate> certificate, const Fingerprint& peer,
      const char* srtp_profiles = kSrtpProfileNames);

  // As DtlsConnection's; frees the handshake's state when it has ended well.
  State handle_datagram(ByteSpan datagram);

 private:
  DtlsClient() = default;
};

}  // namespace longmen
