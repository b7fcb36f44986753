// The full, controlling ICE agent towards a server with one address (ICE-lite as ours are, or
// full): checks its one pair with USE-CANDIDATE from the first check on (aggressive nomination, as
// browsers do towards lite agents), then keeps consent fresh, and answers the checks of a server
// that is a full agent. It decides whether the pair works and whether consent is lost. It does not
// know DTLS, RTP, sockets or other candidates; the caller's socket talks to that address alone.
//
// Bounds: kOutstanding checks are remembered. One thread. Order: next_timeout passes ->
// handle_timeout gives a check to send; handle_datagram may give a response to send.
// Source: RFC 8445 §6.1.4, §7.2, §7.3, §14.3 (timers); RFC 7675 §5.1 (consent); RFC 8489.
#pragma once

#include <array>
#include <optional>

#include "core/base/address.h"
#include "core/base/random.h"
#include "core/ice/ice_credentials.h"
#include "core/stun/stun_message.h"
#include "core/time/media_time.h"

namespace longmen {

class IceControlling {
 public:
  // Before the first answer: the first check again after this, the time doubling up to the last.
  static constexpr std::chrono::milliseconds kFirstRetry{50};
  static constexpr std::chrono::milliseconds kLastRetry{1600};
  // RFC 7675 §5.1 asks for 5 s times 0.8 to 1.2; a little less keeps clear of lite agents' 15 s
  // even when two answers in a row are lost.
  static constexpr std::chrono::milliseconds kConsentInterval{4000};
  // RFC 7675 §5.1: no answer for 30 s is the end of consent.
  static constexpr std::chrono::seconds kConsentLife{30};
  static constexpr size_t kOutstanding = 4;

  // The first check is due at `now`.
  IceControlling(IceCredentials local, IceCredentials remote, Monotonic now);

  // --- Handlers.
  // The next check when it is due, or empty. `random` gives its transaction id and the jitter.
  Bytes handle_timeout(Monotonic now, const RandomBytes& random);
  // A datagram that says STUN, from the server at `from`. A response is to be sent when not empty.
  Parsed<Bytes> handle_datagram(ByteSpan datagram, const Address& from, Monotonic now);

  // --- Getters.
  bool connected() const { return answered_.has_value(); }  // the pair has worked
  bool expired(Monotonic now) const { return answered_ && now - *answered_ >= kConsentLife; }
  Monotonic next_timeout() const { return next_check_; }
  const IceCredentials& local() const { return local_; }
  uint32_t checks_sent() const { return checks_sent_; }

 private:
  struct Outstanding {
    stun::TransactionId transaction{};
    bool waits = false;
  };
  Bytes answer_check(const stun::Message& request, const Address& from) const;

  IceCredentials local_;
  IceCredentials remote_;
  uint64_t tie_breaker_ = 0;
  std::array<Outstanding, kOutstanding> outstanding_;
  uint32_t checks_sent_ = 0;
  Monotonic next_check_;
  std::chrono::milliseconds retry_ = kFirstRetry;
  std::optional<Monotonic> answered_;
};

}  // namespace longmen
