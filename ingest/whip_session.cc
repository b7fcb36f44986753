#include "ingest/whip_session.h"

#include <algorithm>
#include <utility>

#include "core/rtp/header.h"

namespace longmen {

WhipSession::WhipSession(Setup setup, std::shared_ptr<const DtlsCertificate> certificate,
                         Monotonic now)
    : id_(std::move(setup.id)),
      request_(std::move(setup.request)),
      options_{request_.video, request_.audio, setup.own_ssrc, std::move(setup.cname),
               setup.most_delay},
      transport_(std::move(setup.local), {request_.remote_ufrag, request_.remote_pwd},
                 setup.fingerprint, std::move(certificate), now) {}

DropReason WhipSession::handle_dtls(ByteSpan datagram, const Address& from, Monotonic now) {
  const DropReason dropped = transport_.handle_dtls(datagram, from);
  const SrtpKeys* keys = transport_.keys();
  if (dropped == DropReason::kNone && keys && !media_ && !start(*keys, now)) transport_.fail();
  return dropped;
}

bool WhipSession::start(const SrtpKeys& keys, Monotonic now) {
  auto incoming = SrtpSession::create(keys.profile, keys.client, SrtpSession::Direction::kIncoming);
  auto rtcp = RtcpSealer::create(keys);
  if (!incoming || !rtcp) return false;
  incoming_ = std::move(*incoming);
  rtcp_ = std::move(*rtcp);
  media_ = std::make_unique<whip::MediaReceiver>(options_, now);
  return true;
}

DropReason WhipSession::handle_rtp(std::span<uint8_t> datagram, const Address& from,
                                   Monotonic now) {
  if (!ice().is_validated(from)) return DropReason::kAddressNotValidated;
  if (!media_) return DropReason::kWrongState;
  const auto outer = read_rtp_header(datagram);
  if (!outer) return outer.error();
  const uint32_t ssrc = outer->header.ssrc;
  const bool known = std::ranges::find(ssrcs_, ssrc) != ssrcs_.end();
  if (!known && ssrcs_.size() == kMaxSsrcs) return DropReason::kUnknownPeer;
  const auto plain = incoming_->unprotect_rtp(datagram);
  if (!plain) return plain.error();
  if (!known) ssrcs_.push_back(ssrc);
  transport_.peer_has_keys();
  const auto handled = media_->handle_rtp(*plain, now);
  return handled ? DropReason::kNone : handled.error();
}

DropReason WhipSession::handle_rtcp(std::span<uint8_t> datagram, const Address& from,
                                    Monotonic now) {
  if (!ice().is_validated(from)) return DropReason::kAddressNotValidated;
  if (!media_) return DropReason::kWrongState;
  const auto plain = rtcp_->open(datagram);
  if (!plain) return plain.error();
  transport_.peer_has_keys();
  const auto handled = media_->handle_rtcp(*plain, now);
  return handled ? DropReason::kNone : handled.error();
}

std::vector<Address> WhipSession::handle_timeout(Monotonic now) {
  if (media_) media_->handle_timeout(now);
  return transport_.handle_timeout(now);
}

std::optional<Bytes> WhipSession::poll_rtcp() {
  while (auto compound = media_ ? media_->poll_rtcp() : std::nullopt) {
    const size_t bytes = compound->size();
    compound->resize(bytes + kMaxSrtpTrailerBytes);
    const auto sealed = rtcp_->seal(*compound, bytes);
    if (!sealed) continue;
    compound->resize(*sealed);
    return compound;
  }
  return std::nullopt;
}

std::string_view WhipSession::end(Monotonic now) const {
  using End = PeerTransport::End;
  switch (transport_.end(now)) {
    case End::kConsentLost:
      return "consent lost";
    case End::kClosed:
      return "DTLS closed";
    case End::kHandshakeFailed:
      return "DTLS failed";
    case End::kHandshakeTimeout:
      return "no handshake";
    case End::kNone:
      break;
  }
  return media_ && media_->said_goodbye() ? "BYE" : "";
}

Monotonic WhipSession::next_timeout(Monotonic now) const {
  const Monotonic way = transport_.next_timeout(now);
  return media_ ? std::min(way, media_->next_timeout()) : way;
}

}  // namespace longmen
