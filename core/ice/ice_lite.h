// The ICE-lite agent of one viewer: answers connectivity checks, and decides which of the viewer's
// addresses are validated (an authenticated check came from there), which one is selected (the
// controlling side nominated it), and whether the viewer still consents to being sent to. It never
// sends anything of its own accord, never answers an unauthenticated datagram, and sends no more to
// an address that is not validated than came from there, so it cannot amplify. It does not know
// DTLS, RTP or sockets.
//
// Bounds: kMaxValidatedAddresses; the one with the oldest check makes room, never the selected.
// Thread: that of the viewer's shard. Order: handle_datagram / handle_timeout / restart, then look
// at the outcome, then the getters.
// Source: RFC 8445 §2.5, §7.3 (lite), §9 (restart); RFC 7675 (consent); RFC 8489.
#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <vector>

#include "core/base/address.h"
#include "core/base/bytes.h"
#include "core/base/drop_reason.h"
#include "core/ice/ice_credentials.h"
#include "core/stun/stun_message.h"
#include "core/time/media_time.h"

namespace longmen {

class IceLite {
 public:
  static constexpr size_t kMaxValidatedAddresses = 4;
  // RFC 7675 §5.1: consent expires 15 s after the last check. Also the time for the first one.
  static constexpr std::chrono::seconds kConsentLife{15};
  // How long the credentials before a restart stay good when the new ones are not used.
  static constexpr std::chrono::seconds kRestartGrace{30};
  // An aggressive nominator names every pair; while the selected one is being nominated, a pair of
  // lower priority has to wait this long after its last check to take over.
  static constexpr std::chrono::seconds kNominationHold{1};

  // What one datagram led to. `response` goes to where the datagram came from.
  struct Outcome {
    DropReason dropped = DropReason::kNone;  // then nothing else below is set
    Bytes response;
    bool validated = false;            // the address is new among the validated ones
    bool selected = false;             // selected() is another address than before, namely this one
    std::optional<Address> forgotten;  // no longer validated, to make room
  };

  IceLite(IceCredentials local, IceCredentials remote, Monotonic now);

  // --- Handlers.
  // A datagram whose first byte says STUN. The response is never empty when dropped is kNone,
  // except for an indication (keepalive), which needs none.
  Outcome handle_datagram(ByteSpan datagram, const Address& from, Monotonic now);
  // Forgets addresses whose consent has lapsed and old credentials; returns the forgotten ones.
  std::vector<Address> handle_timeout(Monotonic now);

  // --- Mutator.
  // RFC 8445 §9: new local credentials; selected and validated addresses stay, so media runs on.
  // `local` must be fresh. The previous local ones are accepted until the first nomination with
  // the new ones, at most kRestartGrace.
  void restart(IceCredentials local, IceCredentials remote, Monotonic now);

  // --- Getters.
  bool is_validated(const Address& address) const;
  std::optional<Address> selected() const;  // none before nomination or after its consent lapsed
  // No authenticated check for kConsentLife (or none at all since the start): end the viewer.
  bool expired(Monotonic now) const { return now - last_check_ >= kConsentLife; }
  Monotonic next_timeout() const;  // when to call handle_timeout and look at expired()
  const IceCredentials& local() const { return local_; }
  const IceCredentials& remote() const { return remote_; }
  // The local ufrag before the restart, while it is still accepted.
  std::optional<std::string> previous_ufrag() const;

 private:
  struct ValidatedAddress {
    Address address;
    Monotonic last_check;
    uint32_t priority = 0;
    bool nominated = false;  // the last check had USE-CANDIDATE
  };
  struct PreviousCredentials {
    IceCredentials local;
    Monotonic until;
  };

  const IceCredentials* credentials_of(const stun::Message& request, Monotonic now) const;
  ValidatedAddress* find(const Address& address);
  ValidatedAddress& validate(const Address& from, Monotonic now, Outcome& outcome);
  bool takes_over(const ValidatedAddress& candidate, Monotonic now);

  IceCredentials local_;
  IceCredentials remote_;
  std::optional<PreviousCredentials> previous_;
  std::vector<ValidatedAddress> validated_;  // at most kMaxValidatedAddresses
  std::optional<Address> selected_;
  Monotonic last_check_;
};

}  // namespace longmen
