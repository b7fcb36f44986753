// One sender that comes in by WHIP: the way to it (net/peer_transport.h), the keys of its media,
// and what is made of that (core/whip/media_receiver.h). It decides from which addresses media is
// believed (those that ICE has validated), and when the sender is gone: with the way, or by RTCP
// BYE. It knows neither feeds, stream keys nor sockets: what is to be sent is polled. Bounds: those
// of MediaReceiver; kMaxSsrcs, each of which costs memory once it is authenticated. One thread.
// Sources: RFC 9725, RFC 8827 §6.5, RFC 3711.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/node/publish.h"
#include "core/srtp/rtcp_sealer.h"
#include "core/srtp/srtp_session.h"
#include "core/whip/media_receiver.h"
#include "net/peer_transport.h"

namespace longmen {

class WhipSession {
 public:
  static constexpr size_t kMaxSsrcs = 16;

  struct Setup {
    std::string id;
    PublishRequest request;
    IceCredentials local;
    Fingerprint fingerprint;
    uint32_t own_ssrc = 1;
    std::string cname;
    std::chrono::nanoseconds most_delay{0};
  };
  WhipSession(Setup setup, std::shared_ptr<const DtlsCertificate> certificate, Monotonic now);

  // --- Handlers. What they return was dropped, and why; kNone otherwise.
  // `contested`: the address is another sender's so far.
  IceLite::Outcome handle_stun(ByteSpan datagram, const Address& from, Monotonic now,
                               bool contested) {
    return transport_.handle_stun(datagram, from, now, contested);
  }
  DropReason handle_dtls(ByteSpan datagram, const Address& from, Monotonic now);
  DropReason handle_rtp(std::span<uint8_t> datagram, const Address& from, Monotonic now);
  DropReason handle_rtcp(std::span<uint8_t> datagram, const Address& from, Monotonic now);
  // Returns the addresses from which consent has lapsed.
  std::vector<Address> handle_timeout(Monotonic now);

  // --- Mutators.
  int restart_ice(const IceRestartRequest& request, IceCredentials fresh, Monotonic now) {
    return transport_.restart_ice(request, std::move(fresh), now);
  }
  void forget(const Address& address) { transport_.forget(address); }  // it is another sender's
  void request_keyframe() {
    if (media_) media_->request_keyframe();
  }
  void close() { transport_.close(); }

  // --- Polls.
  std::optional<Bytes> poll_dtls() { return transport_.poll_dtls(); }
  std::optional<Bytes> poll_rtcp();  // sealed; only while there is a remote()
  std::optional<FeedItem> poll_feed(Monotonic now) {
    return media_ ? media_->poll_feed(now) : std::nullopt;
  }

  // --- Getters.
  const std::string& id() const { return id_; }
  const PublishRequest& request() const { return request_; }
  const IceLite& ice() const { return transport_.ice(); }
  const std::optional<Address>& remote() const { return transport_.remote(); }
  const std::optional<Address>& dtls_remote() const { return transport_.dtls_remote(); }
  bool connected() const { return media_ != nullptr; }
  const whip::MediaReceiver& media() const { return *media_; }  // precondition: connected()
  // Why it is over; empty: it is not.
  std::string_view end(Monotonic now) const;
  std::string_view problem() const { return transport_.dtls_problem(); }
  Monotonic next_timeout(Monotonic now) const;

 private:
  bool start(const SrtpKeys& keys, Monotonic now);

  std::string id_;
  PublishRequest request_;
  whip::MediaOptions options_;
  PeerTransport transport_;
  std::optional<SrtpSession> incoming_;
  std::optional<RtcpSealer> rtcp_;
  std::unique_ptr<whip::MediaReceiver> media_;  // from the keys on
  std::vector<uint32_t> ssrcs_;                 // that were authenticated
};

}  // namespace longmen
