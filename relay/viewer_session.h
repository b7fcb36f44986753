// One viewer of a shard: the way to it (net/peer_transport.h) and its media, tied together. It
// decides from which addresses SRTCP is believed (those that ICE has validated), when media may
// start (there are keys), and when the viewer is gone: with the way, or by RTCP BYE. It does not
// know sockets: what is to be sent is polled. One thread, its shard's.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "core/access/watch_rule.h"
#include "core/viewer/viewer.h"
#include "net/peer_transport.h"
#include "relay/deadline_heap.h"
#include "relay/viewer_order.h"

namespace longmen {

class ViewerCircle;

class ViewerSession {
 public:
  enum class End { kNone, kConsentLost, kClosed, kGoodbye, kHandshakeFailed, kHandshakeTimeout };

  ViewerSession(ViewerOrder order, size_t channel,
                std::shared_ptr<const DtlsCertificate> certificate, Monotonic now);

  // --- Handlers. What they return was dropped, and why; kNone otherwise. The DTLS and SRTCP
  // handlers may lead to datagrams in poll_dtls(), and to an end().
  // `contested`: the address is another viewer's so far.
  IceLite::Outcome handle_stun(ByteSpan datagram, const Address& from, Monotonic now,
                               bool contested = false);
  DropReason handle_dtls(ByteSpan datagram, const Address& from);
  DropReason handle_srtcp(std::span<uint8_t> datagram, const Address& from, Monotonic now,
                          MediaTime media_now);
  // Returns the addresses from which consent has lapsed.
  std::vector<Address> handle_timeout(Monotonic now);

  // --- Mutators.
  // 200, 204 or 412; what is in the answer besides is the caller's.
  int restart_ice(const IceRestartRequest& request, IceCredentials fresh, Monotonic now) {
    return transport_.restart_ice(request, std::move(fresh), now);
  }
  void forget(const Address& address) { transport_.forget(address); }  // it is another viewer's
  // From its instant on a leave to watch is none. At a deadline, as handle_timeout().
  void end_leave(Monotonic now);
  void close() { transport_.close(); }  // close_notify waits in poll_dtls()

  // --- Polls.
  std::optional<Bytes> poll_dtls() { return transport_.poll_dtls(); }

  // --- Getters.
  const std::string& id() const { return id_; }
  size_t channel() const { return channel_; }
  const std::string& channel_id() const { return channel_id_; }  // for logs
  Viewer& media() { return media_; }
  const IceLite& ice() const { return transport_.ice(); }
  // Media goes there; none before DTLS or while no address is selected.
  const std::optional<Address>& remote() const { return transport_.remote(); }
  const std::optional<Address>& dtls_remote() const { return transport_.dtls_remote(); }
  End end(Monotonic now) const;
  // Whether the viewer may watch with it, the shard decides.
  const std::optional<WatchLeave>& leave() const { return leave_; }
  std::string_view dtls_problem() const { return transport_.dtls_problem(); }
  Monotonic next_timeout(Monotonic now) const;
  // What sending will touch, in two steps: core/viewer/viewer.h.
  void prefetch() const {
    longmen::prefetch(&circle, 1);  // its line
    transport_.prefetch();
    media_.prefetch();
  }
  void prefetch_owned() const { media_.prefetch_owned(); }
  // What handle_srtcp() will, likewise.
  void prefetch_received() const {
    transport_.prefetch_received();
    media_.prefetch();
  }
  void prefetch_received_owned() const {
    transport_.prefetch_received_owned();
    media_.prefetch_latest();
  }
  Monotonic asked() const { return asked_; }

  // The shard's own marks.
  size_t deadline_place = kNoPlace;
  ViewerCircle* circle = nullptr;
  size_t circle_place = 0;
  size_t waiting_handshake_datagrams = 0;
  bool first_picture_seen = false;
  std::vector<Address> addresses;  // that lead to this session; ICE bounds them
  std::string old_ufrag;           // before the last restart

 private:
  std::string id_;
  size_t channel_;
  std::string channel_id_;
  Monotonic asked_;
  PeerTransport transport_;
  Viewer media_;
  Admission::Place place_;
  std::optional<WatchLeave> leave_;
  Monotonic leave_ends_;
};

constexpr std::string_view viewer_end_name(ViewerSession::End end) {
  switch (end) {
    case ViewerSession::End::kConsentLost:
      return "consent lost";
    case ViewerSession::End::kClosed:
      return "DTLS closed";
    case ViewerSession::End::kGoodbye:
      return "BYE";
    case ViewerSession::End::kHandshakeFailed:
      return "DTLS failed";
    case ViewerSession::End::kHandshakeTimeout:
      return "no handshake";
    case ViewerSession::End::kNone:
      break;
  }
  return "none";
}

}  // namespace longmen
