#include "net/peer_transport.h"

#include <algorithm>
#include <utility>

#include "net/system_random.h"

namespace longmen {

PeerTransport::PeerTransport(IceCredentials local, IceCredentials remote,
                             const Fingerprint& fingerprint,
                             std::shared_ptr<const DtlsCertificate> certificate, Monotonic now)
    : certificate_(std::move(certificate)),
      fingerprint_(fingerprint),
      begun_(now),
      ice_(std::move(local), std::move(remote), system_random_bytes, now) {}

IceLite::Outcome PeerTransport::handle_stun(ByteSpan datagram, const Address& from, Monotonic now,
                                            bool contested) {
  IceLite::Outcome outcome = ice_.handle_datagram(datagram, from, now, contested);
  if (outcome.selected || outcome.proven || outcome.forgotten) update_remote();
  return outcome;
}

DropReason PeerTransport::handle_dtls(ByteSpan datagram, const Address& from) {
  if (!ice_.is_validated(from)) return DropReason::kAddressNotValidated;
  if (failed_) return DropReason::kWrongState;
  if (!dtls_) {
    auto server = DtlsServer::make(certificate_, fingerprint_);
    if (!server) {
      failed_ = true;
      return DropReason::kWrongState;
    }
    dtls_ = std::move(*server);
  }
  const bool had_keys = keys() != nullptr;
  const bool had_client = dtls_->client() != nullptr;
  dtls_->handle_datagram(datagram, from);
  // Flights and their repeats go where somebody receives them; before them there are only cookies.
  const Address* client = dtls_->client();
  if (client && !had_client) ice_.prove(*client);
  if (!client || ice_.is_proven(from))
    dtls_remote_ = from;
  else if (!had_client)
    dtls_remote_ = *client;
  if (!had_keys) update_remote();
  return DropReason::kNone;
}

std::vector<Address> PeerTransport::handle_timeout(Monotonic now) {
  if (dtls_) dtls_->handle_timeout();
  std::vector<Address> forgotten = ice_.handle_timeout(now);
  if (!forgotten.empty()) update_remote();
  return forgotten;
}

int PeerTransport::restart_ice(const IceRestartRequest& request, IceCredentials fresh,
                               Monotonic now) {
  if (request.etag != "*" && request.etag != ice_.local().ufrag) return 412;
  const IceCredentials remote{request.ufrag, request.pwd};
  if (remote == ice_.remote()) return 204;
  ice_.restart(std::move(fresh), remote, now);
  return 200;
}

void PeerTransport::forget(const Address& address) {
  ice_.forget(address);
  update_remote();
}

void PeerTransport::fail() {
  failed_ = true;
}

void PeerTransport::close() {
  if (dtls_) dtls_->close();
}

void PeerTransport::update_remote() {
  remote_.reset();
  if (!keys()) return;
  for (const std::optional<Address>& address : {ice_.selected(), dtls_remote_})
    if (!remote_ && address && ice_.is_proven(*address)) remote_ = address;
}

PeerTransport::End PeerTransport::end(Monotonic now) const {
  using State = DtlsServer::State;
  if (failed_ || (dtls_ && dtls_->state() == State::kFailed)) return End::kHandshakeFailed;
  if (dtls_ && dtls_->state() == State::kClosed) return End::kClosed;
  if (ice_.expired(now)) return End::kConsentLost;
  if (!keys() && now - begun_ >= kHandshakeLife) return End::kHandshakeTimeout;
  return End::kNone;
}

Monotonic PeerTransport::next_timeout(Monotonic now) const {
  Monotonic next = ice_.next_timeout();
  if (!keys()) next = std::min(next, begun_ + kHandshakeLife);
  if (dtls_) {
    if (const auto left = dtls_->next_timeout()) next = std::min(next, now + *left);
  }
  return next;
}

}  // namespace longmen
