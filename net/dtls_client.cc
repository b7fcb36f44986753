#include "net/dtls_client.h"

namespace longmen {
namespace {

// Nodes of ours have ECDSA certificates; other servers that a load client may measure have RSA.
constexpr char kClientCipherSuites[] = "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256";

}  // namespace

Result<std::unique_ptr<DtlsClient>> DtlsClient::make(
    std::shared_ptr<const DtlsCertificate> certificate, const Fingerprint& peer,
    const char* srtp_profiles) {
  std::unique_ptr<DtlsClient> client(new DtlsClient);
  if (auto opened = client->open(std::move(certificate), peer); !opened)
    return tl::unexpected(opened.error());
  if (SSL_set_cipher_list(client->ssl(), kClientCipherSuites) != 1 ||
      SSL_set_tlsext_use_srtp(client->ssl(), srtp_profiles) != 0)  // 0 is success here
    return fail("DTLS client: the SRTP profiles are not known");
  SSL_set_connect_state(client->ssl());
  client->advance_handshake();
  if (client->state() == State::kFailed) return fail(client->problem());
  return client;
}

DtlsClient::State DtlsClient::handle_datagram(ByteSpan datagram) {
  const State now = DtlsConnection::handle_datagram(datagram);
  if (now == State::kConnected && holds_handshake_state()) free_handshake_state();
  return now;
}

}  // namespace longmen
