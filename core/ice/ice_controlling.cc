#include "core/ice/ice_controlling.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "core/stun/stun_writer.h"

namespace longmen {
namespace {

// RFC 8445 §5.1.2.1 with type preference 110: what a check learns is peer-reflexive.
constexpr uint32_t kPeerReflexivePriority = 110u << 24 | 65535u << 8 | 255u;

// Of `interval`, 0.8 to 1.2.
std::chrono::nanoseconds jittered(std::chrono::nanoseconds interval, uint8_t random) {
  return interval * (8 * 255 + 4 * int{random}) / (10 * 255);
}

}  // namespace

IceControlling::IceControlling(IceCredentials local, IceCredentials remote, Monotonic now)
    : local_(std::move(local)), remote_(std::move(remote)), next_check_(now) {}

Bytes IceControlling::handle_timeout(Monotonic now, const RandomBytes& random) {
  if (now < next_check_) return {};
  std::array<uint8_t, 12 + 8 + 1> drawn{};
  random(drawn);
  Outstanding& check = outstanding_[checks_sent_++ % kOutstanding];
  check.waits = true;
  std::copy_n(drawn.begin(), check.transaction.size(), check.transaction.begin());
  if (tie_breaker_ == 0) std::memcpy(&tie_breaker_, drawn.data() + 12, sizeof tie_breaker_);
  if (answered_) {
    next_check_ = now + jittered(kConsentInterval, drawn.back());
  } else {
    next_check_ = now + retry_;
    retry_ = std::min(2 * retry_, kLastRetry);
  }
  stun::Writer writer(stun::Class::kRequest, stun::kBindingMethod, check.transaction);
  writer.username(remote_.ufrag + ":" + local_.ufrag);
  writer.priority(kPeerReflexivePriority);
  writer.ice_controlling(tie_breaker_);
  writer.use_candidate();
  writer.message_integrity(as_bytes(remote_.pwd));
  writer.fingerprint();
  return writer.take();
}

Parsed<Bytes> IceControlling::handle_datagram(ByteSpan datagram, const Address& from,
                                              Monotonic now) {
  const auto message = stun::read_message(datagram);
  if (!message) return drop(message.error());
  if (message->is_binding(stun::Class::kIndication)) return Bytes();
  if (message->is_binding(stun::Class::kRequest)) {
    if (!message->integrity_fits(as_bytes(local_.pwd))) return drop(DropReason::kNotAuthenticated);
    return answer_check(*message, from);
  }
  // An error response leaves the check unanswered: the next one may fare better.
  if (!message->is_binding(stun::Class::kSuccess)) return drop(DropReason::kUnsupported);
  const auto check = std::ranges::find_if(outstanding_, [&](const Outstanding& each) {
    return each.waits && each.transaction == message->transaction;
  });
  if (check == outstanding_.end()) return drop(DropReason::kWrongState);
  if (!message->integrity_fits(as_bytes(remote_.pwd))) return drop(DropReason::kNotAuthenticated);
  check->waits = false;
  // Before the first answer checks were sent quickly; the next one is consent's.
  if (!answered_) next_check_ = now + jittered(kConsentInterval, message->transaction.back());
  answered_ = now;
  return Bytes();
}

Bytes IceControlling::answer_check(const stun::Message& request, const Address& from) const {
  stun::Writer writer(stun::Class::kSuccess, stun::kBindingMethod, request.transaction);
  writer.xor_mapped_address(from);
  writer.message_integrity(as_bytes(local_.pwd));
  writer.fingerprint();
  return writer.take();
}

}  // namespace longmen
