#include <openssl/rand.h>
#include <openssl/sha.h>

#include <algorithm>

#include "net/dtls.h"
#include "net/openssl.h"

namespace longmen {

Result<std::unique_ptr<DtlsServer>> DtlsServer::make(
    std::shared_ptr<const DtlsCertificate> certificate, const Fingerprint& peer) {
  std::unique_ptr<DtlsServer> server(new DtlsServer);
  if (auto opened = server->open(std::move(certificate), peer); !opened)
    return tl::unexpected(opened.error());
  if (RAND_bytes(server->secret_.data(), static_cast<int>(server->secret_.size())) != 1 ||
      !server->wait_for_hello())
    return fail(openssl_error("DTLS server"));
  return server;
}

// OpenSSL's DTLSv1_listen would do the same for a ClientHello in one datagram only.
bool DtlsServer::wait_for_hello() {
  SSL_set_options(ssl(), SSL_OP_COOKIE_EXCHANGE);
  SSL_set_accept_state(ssl());
  const State after = DtlsConnection::handle_datagram(HandshakeGate::first_hello());
  drop_queued();  // its HelloVerifyRequest
  gate_.restart();
  return after == State::kHandshaking;
}

HandshakeGate::Cookie DtlsServer::cookie_of(const Address& address) const {
  Bytes hashed;
  ByteWriter writer(hashed);
  writer.bytes(secret_);
  writer.bytes(address.ip);
  writer.u16(address.port);
  std::array<uint8_t, SHA256_DIGEST_LENGTH> digest{};
  SHA256(hashed.data(), hashed.size(), digest.data());
  HandshakeGate::Cookie cookie{};
  std::copy_n(digest.begin(), cookie.size(), cookie.begin());
  return cookie;
}

DtlsServer::State DtlsServer::handle_datagram(ByteSpan datagram, const Address& from) {
  if (state() != State::kHandshaking || datagram.size() > kMaxDtlsDatagramBytes)
    return DtlsConnection::handle_datagram(datagram);
  std::vector<HandshakeGate::Cookie> cookies;
  for (const Address& address : asked_)
    cookies.push_back(cookie_of(address));
  const HandshakeGate::Admitted admitted = gate_.admit(datagram, cookies);
  if (admitted.cookie) client_ = asked_[*admitted.cookie];
  if (admitted.asks_cookie) {
    std::erase(asked_, from);
    if (asked_.size() == kMaxAsked) asked_.erase(asked_.begin());
    asked_.push_back(from);
    queue(HandshakeGate::hello_verify_request(cookie_of(from)));
  }
  if (admitted.datagram.empty()) return state();
  const uint64_t queued = queued_datagrams();
  DtlsConnection::handle_datagram(admitted.datagram);
  if (gate_.begun()) return state();
  // Parts of a ClientHello may have been somebody else's; the client sends it again.
  if (state() == State::kFailed && admitted.part_of_hello) {
    if (reopen()) (void)wait_for_hello();
  } else if (queued_datagrams() > queued) {
    gate_.begin();
    asked_ = std::vector<Address>();
  }
  return state();
}

}  // namespace longmen
