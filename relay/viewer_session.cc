#include "relay/viewer_session.h"

#include <algorithm>

namespace longmen {

ViewerSession::ViewerSession(ViewerOrder order, size_t channel,
                             std::shared_ptr<const DtlsCertificate> certificate, Monotonic now)
    : id_(std::move(order.id)),
      channel_(channel),
      channel_id_(order.request.channel),
      asked_(order.asked),
      transport_(std::move(order.local), std::move(order.remote), order.fingerprint,
                 std::move(certificate), now),
      media_(order.request, order.identity, order.rendition, order.pacing),
      place_(std::move(order.place)),
      leave_(std::move(order.request.leave)),
      leave_ends_(leave_ ? order.leave_ends : Monotonic::max()) {
  media_.select_sound(order.sound);
}

IceLite::Outcome ViewerSession::handle_stun(ByteSpan datagram, const Address& from, Monotonic now,
                                            bool contested) {
  return transport_.handle_stun(datagram, from, now, contested);
}

DropReason ViewerSession::handle_dtls(ByteSpan datagram, const Address& from) {
  const DropReason dropped = transport_.handle_dtls(datagram, from);
  const SrtpKeys* keys = transport_.keys();
  if (dropped == DropReason::kNone && keys && !media_.started()) {
    if (!media_.start(*keys)) transport_.fail();
    place_.connected();
  }
  return dropped;
}

DropReason ViewerSession::handle_srtcp(std::span<uint8_t> datagram, const Address& from,
                                       Monotonic now, MediaTime media_now) {
  if (!ice().is_validated(from)) return DropReason::kAddressNotValidated;
  if (!media_.started()) return DropReason::kWrongState;
  if (const auto handled = media_.handle_srtcp(datagram, now, media_now); !handled)
    return handled.error();
  transport_.peer_has_keys();
  return DropReason::kNone;
}

std::vector<Address> ViewerSession::handle_timeout(Monotonic now) {
  return transport_.handle_timeout(now);
}

void ViewerSession::end_leave(Monotonic now) {
  if (now < leave_ends_) return;
  leave_.reset();
  leave_ends_ = Monotonic::max();
}

ViewerSession::End ViewerSession::end(Monotonic now) const {
  const PeerTransport::End way = transport_.end(now);
  if (way == PeerTransport::End::kHandshakeFailed) return End::kHandshakeFailed;
  if (way == PeerTransport::End::kClosed) return End::kClosed;
  if (media_.said_goodbye()) return End::kGoodbye;
  if (way == PeerTransport::End::kConsentLost) return End::kConsentLost;
  return way == PeerTransport::End::kHandshakeTimeout ? End::kHandshakeTimeout : End::kNone;
}

Monotonic ViewerSession::next_timeout(Monotonic now) const {
  Monotonic next = std::min(transport_.next_timeout(now), leave_ends_);
  if (remote()) next = std::min(next, media_.next_timeout().value_or(next));
  return next;
}

}  // namespace longmen
