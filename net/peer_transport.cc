#include "net/peer_transport.h"

#include <algorithm>
#include <utility>

namespace longmen {

PeerTransport::PeerTransport(IceCredentials local, IceCredentials remote,
                             const Fingerprint& fingerprint,
                             std::shared_ptr<const DtlsCertificate> certificate, Monotonic now)
    : certificate_(std::move(certificate)),
      fingerprint_(fingerprint),
      begun_(now),
      ice_(std::move(local), std::move(remote), now) {}

IceLite::Outcome PeerTransport::handle_stun(ByteSpan datagram, const Address& from, Monotonic now) {
  IceLite::Outcome outcome = ice_.handle_datagram(datagram, from, now);
  if (outcome.selected || outcome.forgotten) update_remote();
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
  dtls_remote_ = from;
  const bool had_keys = keys() != nullptr;
  dtls_->handle_datagram(datagram, from);
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

void PeerTransport::fail() {
  failed_ = true;
}

void PeerTransport::close() {
  if (dtls_) dtls_->close();
}

void PeerTransport::update_remote() {
  remote_.reset();
  if (!keys()) return;
  remote_ = ice_.selected();
  if (!remote_ && dtls_remote_ && ice_.is_validated(*dtls_remote_)) remote_ = dtls_remote_;
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
