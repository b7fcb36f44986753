// The way between this node and one WebRTC peer: its ICE agent and its DTLS handshake, tied
// together. It decides from which addresses DTLS is believed (those that ICE has validated), where
// to send (the address that ICE selected; before a nomination, the one the handshake came from; in
// any case one that is proven, see core/ice/ice_lite.h), when there are keys, and when the way is
// over: consent lapsed, DTLS closed or failed, or no handshake within kHandshakeLife. It knows
// neither media, signalling nor sockets: what is to be sent is polled. One thread. Sources: RFC
// 8827 §6.5, RFC 7675 §5.1, RFC 5764 §4.1.
#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "core/base/prefetch.h"
#include "core/ice/ice_lite.h"
#include "core/node/ice_restart.h"
#include "net/dtls.h"

namespace longmen {

class PeerTransport {
 public:
  static constexpr std::chrono::seconds kHandshakeLife{30};

  enum class End { kNone, kConsentLost, kClosed, kHandshakeFailed, kHandshakeTimeout };

  PeerTransport(IceCredentials local, IceCredentials remote, const Fingerprint& fingerprint,
                std::shared_ptr<const DtlsCertificate> certificate, Monotonic now);

  // --- Handlers. What they return was dropped, and why; kNone otherwise. That of DTLS may lead to
  // datagrams in poll_dtls(), to keys() and to an end().
  // `contested`: the address is somebody else's so far.
  IceLite::Outcome handle_stun(ByteSpan datagram, const Address& from, Monotonic now,
                               bool contested = false);
  // What it leads to in poll_dtls() has to be taken before the next datagram.
  DropReason handle_dtls(ByteSpan datagram, const Address& from);
  // Returns the addresses from which consent has lapsed.
  std::vector<Address> handle_timeout(Monotonic now);

  // --- Mutators.
  // 200, 204 or 412; what is in the answer besides is the caller's.
  int restart_ice(const IceRestartRequest& request, IceCredentials fresh, Monotonic now);
  void forget(const Address& address);  // it is proven to be somebody else's
  void fail();                          // the keys are of no use
  void close();                         // close_notify waits in poll_dtls()
  // The peer has proved that it has the keys.
  void peer_has_keys() {
    if (dtls_ && dtls_->holds_handshake_state()) dtls_->peer_has_keys();
  }

  // --- Polls.
  std::optional<Bytes> poll_dtls() { return dtls_ ? dtls_->poll_transmit() : std::nullopt; }

  // --- Getters.
  const IceLite& ice() const { return ice_; }
  const SrtpKeys* keys() const { return dtls_ && dtls_->keys() ? &*dtls_->keys() : nullptr; }
  // Media goes there; none before there are keys or while no address is selected.
  const std::optional<Address>& remote() const { return remote_; }
  const std::optional<Address>& dtls_remote() const { return dtls_remote_; }
  End end(Monotonic now) const;
  std::string_view dtls_problem() const { return dtls_ ? dtls_->problem() : std::string_view(); }
  Monotonic next_timeout(Monotonic now) const;
  // What remote() will touch.
  void prefetch() const { longmen::prefetch(&remote_, sizeof remote_); }
  // What a datagram from the peer will, once its keys are there: first what lies in here, some time
  // later what that leads to.
  void prefetch_received() const { longmen::prefetch(this, sizeof *this); }
  void prefetch_received_owned() const {
    ice_.prefetch_owned();
    if (dtls_) longmen::prefetch(dtls_.get(), sizeof(DtlsConnection));
  }

 private:
  void update_remote();

  std::shared_ptr<const DtlsCertificate> certificate_;
  Fingerprint fingerprint_;
  Monotonic begun_;
  IceLite ice_;
  std::unique_ptr<DtlsServer> dtls_;  // from the first datagram on
  std::optional<Address> remote_;
  std::optional<Address> dtls_remote_;
  bool failed_ = false;
};

}  // namespace longmen
