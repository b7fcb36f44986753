// One viewer of a shard: its ICE agent, its DTLS handshake and its media, tied together. It decides
// from which addresses DTLS and SRTCP are believed (those that ICE has validated), when media may
// start (DTLS done), where media goes (the address that ICE selected), and when the viewer is gone:
// consent lapsed, DTLS closed or failed, RTCP BYE, or no handshake within kHandshakeLife. It does
// not know sockets: what is to be sent is polled. One thread, its shard's.
// Sources: RFC 8827 §6.5, RFC 7675 §5.1, RFC 5764 §4.1.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "core/access/watch_rule.h"
#include "core/ice/ice_lite.h"
#include "core/viewer/viewer.h"
#include "net/dtls.h"
#include "relay/deadline_heap.h"
#include "relay/viewer_order.h"

namespace longmen {

class ViewerCircle;

class ViewerSession {
 public:
  static constexpr std::chrono::seconds kHandshakeLife{30};

  enum class End { kNone, kConsentLost, kClosed, kGoodbye, kHandshakeFailed, kHandshakeTimeout };

  ViewerSession(ViewerOrder order, size_t channel,
                std::shared_ptr<const DtlsCertificate> certificate, Monotonic now);

  // --- Handlers. What they return was dropped, and why; kNone otherwise. The DTLS and SRTCP
  // handlers may lead to datagrams in poll_dtls(), and to an end().
  IceLite::Outcome handle_stun(ByteSpan datagram, const Address& from, Monotonic now);
  DropReason handle_dtls(ByteSpan datagram, const Address& from);
  DropReason handle_srtcp(std::span<uint8_t> datagram, const Address& from, Monotonic now,
                          MediaTime media_now);
  // Returns the addresses from which consent has lapsed.
  std::vector<Address> handle_timeout(Monotonic now);

  // --- Mutators.
  // 200, 204 or 412; what is in the answer besides is the caller's.
  int restart_ice(const IceRestartRequest& request, IceCredentials fresh, Monotonic now);
  // From its instant on a leave to watch is none. At a deadline, as handle_timeout().
  void end_leave(Monotonic now);
  void close();  // close_notify waits in poll_dtls()

  // --- Polls.
  std::optional<Bytes> poll_dtls() { return dtls_ ? dtls_->poll_transmit() : std::nullopt; }

  // --- Getters.
  const std::string& id() const { return id_; }
  size_t channel() const { return channel_; }
  const std::string& channel_id() const { return channel_id_; }  // for logs
  Viewer& media() { return media_; }
  const IceLite& ice() const { return ice_; }
  // Media goes there; none before DTLS or while no address is selected.
  const std::optional<Address>& remote() const { return remote_; }
  const std::optional<Address>& dtls_remote() const { return dtls_remote_; }
  End end(Monotonic now) const;
  // Whether the viewer may watch with it, the shard decides.
  const std::optional<WatchLeave>& leave() const { return leave_; }
  std::string_view dtls_problem() const { return dtls_ ? dtls_->problem() : std::string_view(); }
  Monotonic next_timeout(Monotonic now) const;
  // What sending will touch, in two steps: core/viewer/viewer.h.
  void prefetch() const {
    longmen::prefetch(&circle, 1);  // its line
    longmen::prefetch(&remote_, sizeof remote_);
    media_.prefetch();
  }
  void prefetch_owned() const { media_.prefetch_owned(); }
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
  void update_remote();

  std::string id_;
  size_t channel_;
  std::string channel_id_;
  std::shared_ptr<const DtlsCertificate> certificate_;
  Fingerprint fingerprint_;
  Monotonic asked_;
  Monotonic begun_;
  IceLite ice_;
  std::unique_ptr<DtlsServer> dtls_;  // from the first datagram on
  Viewer media_;
  std::optional<Address> remote_;
  std::optional<Address> dtls_remote_;
  bool failed_ = false;
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
