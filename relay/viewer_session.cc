#include "relay/viewer_session.h"

#include <algorithm>

namespace longmen {

ViewerSession::ViewerSession(ViewerOrder order, size_t channel,
                             std::shared_ptr<const DtlsCertificate> certificate, Monotonic now)
    : id_(std::move(order.id)),
      channel_(channel),
      channel_id_(order.request.channel),
      certificate_(std::move(certificate)),
      fingerprint_(order.fingerprint),
      asked_(order.asked),
      begun_(now),
      ice_(std::move(order.local), std::move(order.remote), now),
      media_(order.request, order.identity, order.rendition, order.pacing),
      place_(std::move(order.place)),
      leave_(std::move(order.request.leave)),
      leave_ends_(leave_ ? order.leave_ends : Monotonic::max()) {}

IceLite::Outcome ViewerSession::handle_stun(ByteSpan datagram, const Address& from, Monotonic now) {
  IceLite::Outcome outcome = ice_.handle_datagram(datagram, from, now);
  if (outcome.selected || outcome.forgotten) update_remote();
  return outcome;
}

DropReason ViewerSession::handle_dtls(ByteSpan datagram, const Address& from) {
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
  const DtlsServer::State state = dtls_->handle_datagram(datagram);
  if (state == DtlsServer::State::kConnected && !media_.started()) {
    failed_ = !media_.start(*dtls_->keys());
    place_.connected();
    update_remote();
  }
  return DropReason::kNone;
}

DropReason ViewerSession::handle_srtcp(std::span<uint8_t> datagram, const Address& from,
                                       Monotonic now, MediaTime media_now) {
  if (!ice_.is_validated(from)) return DropReason::kAddressNotValidated;
  if (!media_.started()) return DropReason::kWrongState;
  if (const auto handled = media_.handle_srtcp(datagram, now, media_now); !handled)
    return handled.error();
  if (dtls_->holds_handshake_state()) dtls_->peer_has_keys();
  return DropReason::kNone;
}

std::vector<Address> ViewerSession::handle_timeout(Monotonic now) {
  if (dtls_) dtls_->handle_timeout();
  std::vector<Address> forgotten = ice_.handle_timeout(now);
  if (!forgotten.empty()) update_remote();
  return forgotten;
}

int ViewerSession::restart_ice(const IceRestartRequest& request, IceCredentials fresh,
                               Monotonic now) {
  if (request.etag != "*" && request.etag != ice_.local().ufrag) return 412;
  const IceCredentials remote{request.ufrag, request.pwd};
  if (remote == ice_.remote()) return 204;
  ice_.restart(std::move(fresh), remote, now);
  return 200;
}

void ViewerSession::end_leave(Monotonic now) {
  if (now < leave_ends_) return;
  leave_.reset();
  leave_ends_ = Monotonic::max();
}

void ViewerSession::close() {
  if (dtls_) dtls_->close();
}

// Before a nomination, media goes where the handshake was: that address is validated too.
void ViewerSession::update_remote() {
  remote_.reset();
  if (!media_.started()) return;
  remote_ = ice_.selected();
  if (!remote_ && dtls_remote_ && ice_.is_validated(*dtls_remote_)) remote_ = dtls_remote_;
}

ViewerSession::End ViewerSession::end(Monotonic now) const {
  using State = DtlsServer::State;
  if (failed_ || (dtls_ && dtls_->state() == State::kFailed)) return End::kHandshakeFailed;
  if (dtls_ && dtls_->state() == State::kClosed) return End::kClosed;
  if (media_.said_goodbye()) return End::kGoodbye;
  if (ice_.expired(now)) return End::kConsentLost;
  if (!media_.started() && now - begun_ >= kHandshakeLife) return End::kHandshakeTimeout;
  return End::kNone;
}

Monotonic ViewerSession::next_timeout(Monotonic now) const {
  Monotonic next = std::min(ice_.next_timeout(), leave_ends_);
  if (!media_.started()) next = std::min(next, begun_ + kHandshakeLife);
  if (dtls_) {
    if (const auto left = dtls_->next_timeout()) next = std::min(next, now + *left);
  }
  if (remote_) next = std::min(next, media_.next_timeout().value_or(next));
  return next;
}

}  // namespace longmen
