// The ICE-lite agent of one viewer: answers connectivity checks, and decides which of the viewer's
// addresses are validated (an authenticated check came from there), which are proven (something
// came back that could be known only from what was sent there), which one is selected (the
// controlling side nominated it), and whether the viewer still consents to being sent to.
//
// Who joined has the password and may write any address into a check, so a check proves the viewer
// and not where it is. Before the first proof (a DTLS cookie: prove()) a check is answered, and
// that is all that its address gets. Afterwards a check from an address that is not proven is
// answered with a check of our own; only the address that answers it may be selected in the place
// of a proven one. So nothing ever leaves of its own accord, each datagram is answered by one at
// most, to an address that is not proven by no longer one, and an unauthenticated one by none. It
// does not know DTLS, RTP or sockets.
//
// Bounds: kMaxValidatedAddresses; the one with the oldest check makes room, never the selected.
// Thread: that of the viewer's shard. Order: handle_datagram / handle_timeout / restart, then look
// at the outcome, then the getters.
// Source: RFC 8445 §2.5, §7.3 (lite), §7.2.2 (a check), §9 (restart); RFC 7675 (consent); RFC 8489.
#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <vector>

#include "core/base/address.h"
#include "core/base/bytes.h"
#include "core/base/drop_reason.h"
#include "core/base/prefetch.h"
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
  // So long an answer to a check of ours is waited for, and checks are answered meanwhile.
  static constexpr std::chrono::milliseconds kProofWait{200};
  using Random = void (*)(std::span<uint8_t>);  // unpredictable

  // What one datagram led to. `response` goes to where the datagram came from.
  struct Outcome {
    DropReason dropped = DropReason::kNone;  // then nothing else below is set
    Bytes response;                          // or a check of our own
    bool validated = false;                  // the address is new among the validated ones
    bool proven = false;                     // the address is new among the proven ones
    bool selected = false;             // selected() is another address than before, namely this one
    std::optional<Address> forgotten;  // no longer validated, to make room
  };

  IceLite(IceCredentials local, IceCredentials remote, Random random, Monotonic now);

  // --- Handlers.
  // A datagram whose first byte says STUN. The response is never empty when dropped is kNone,
  // except for an indication (keepalive) and an answer, which need none. `contested`: somebody else
  // has the address, so that it has to be proven also before there are other proofs.
  Outcome handle_datagram(ByteSpan datagram, const Address& from, Monotonic now,
                          bool contested = false);
  // Forgets addresses whose consent has lapsed and old credentials; returns the forgotten ones.
  std::vector<Address> handle_timeout(Monotonic now);

  // --- Mutator.
  // RFC 8445 §9: new local credentials; selected and validated addresses stay, so media runs on.
  // `local` must be fresh. The previous local ones are accepted until the first nomination with
  // the new ones, at most kRestartGrace.
  void restart(IceCredentials local, IceCredentials remote, Monotonic now);
  // Something came back that was sent to this validated address and nowhere else.
  void prove(const Address& address);
  // Somebody else has proven that it is his.
  void forget(const Address& address);

  // --- Getters.
  bool is_validated(const Address& address) const;
  bool is_proven(const Address& address) const;
  std::optional<Address> selected() const;  // none before nomination or after its consent lapsed
  // No authenticated check for kConsentLife (or none at all since the start): end the viewer.
  bool expired(Monotonic now) const { return now - last_check_ >= kConsentLife; }
  Monotonic next_timeout() const;  // when to call handle_timeout and look at expired()
  const IceCredentials& local() const { return credentials_.local; }
  const IceCredentials& remote() const { return credentials_.remote; }
  // The local ufrag before the restart, while it is still accepted.
  std::optional<std::string> previous_ufrag() const;
  // What is_validated() will touch beyond this object.
  void prefetch_owned() const { longmen::prefetch(validated_.data(), sizeof(ValidatedAddress)); }

 private:
  struct ValidatedAddress {
    Address address;
    Monotonic last_check;
    uint32_t priority = 0;
    bool nominated = false;  // the last check had USE-CANDIDATE
    bool proven = false;
    std::optional<Monotonic> asked{};  // for the proof, by the check of this transaction
    stun::TransactionId transaction{};
  };
  struct Credentials {
    IceCredentials local;
    IceCredentials remote;
  };
  struct PreviousCredentials {
    Credentials credentials;
    Monotonic until;
  };

  const Credentials* credentials_of(const stun::Message& request, Monotonic now) const;
  Outcome handle_answer(const stun::Message& answer, const Address& from, Monotonic now);
  Bytes check_of_ours(ValidatedAddress& address, const Credentials& credentials, Monotonic now);
  const ValidatedAddress* find(const Address& address) const;
  ValidatedAddress* find(const Address& address);
  ValidatedAddress& validate(const Address& from, Monotonic now, Outcome& outcome);
  bool takes_over(const ValidatedAddress& candidate, Monotonic now) const;
  void select(const ValidatedAddress& candidate, Monotonic now, Outcome& outcome);

  Credentials credentials_;
  Random random_;
  bool wants_proof_ = false;  // there was one
  std::optional<PreviousCredentials> previous_;
  std::vector<ValidatedAddress> validated_;  // at most kMaxValidatedAddresses
  std::optional<Address> selected_;
  Monotonic last_check_;
};

}  // namespace longmen
