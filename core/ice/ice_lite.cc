#include "core/ice/ice_lite.h"

#include <algorithm>
#include <utility>

#include "core/stun/stun_writer.h"

namespace longmen {
namespace {

constexpr uint16_t kUnknownAttribute = 420;
constexpr uint16_t kRoleConflict = 487;
// RFC 8445 §5.1.2.1: of a host candidate, as the one in our answers.
constexpr uint32_t kHostPriority = 126u << 24 | 65535u << 8 | 255u;

Bytes finish(stun::Writer& writer, const IceCredentials& credentials) {
  writer.message_integrity(as_bytes(credentials.pwd));
  writer.fingerprint();
  return writer.take();
}

Bytes success_response(const stun::Message& request, const Address& from,
                       const IceCredentials& credentials) {
  stun::Writer writer(stun::Class::kSuccess, stun::kBindingMethod, request.transaction);
  writer.xor_mapped_address(from);
  return finish(writer, credentials);
}

Bytes unknown_attribute_response(const stun::Message& request, const IceCredentials& credentials) {
  stun::Writer writer(stun::Class::kError, stun::kBindingMethod, request.transaction);
  writer.error_code(kUnknownAttribute, "Unknown Attribute");
  writer.unknown_attributes(std::span(request.unknown).first(request.unknown_count));
  return finish(writer, credentials);
}

// RFC 8445 §6.1.1: a lite agent facing a full one is controlled. A peer that also says so has to
// take the other role and check again (§7.2.5.1).
Bytes role_conflict_response(const stun::Message& request, const IceCredentials& credentials) {
  stun::Writer writer(stun::Class::kError, stun::kBindingMethod, request.transaction);
  writer.error_code(kRoleConflict, "Role Conflict");
  return finish(writer, credentials);
}

Bytes response_to(const stun::Message& request, const Address& from,
                  const IceCredentials& credentials) {
  if (request.unknown_count > 0) return unknown_attribute_response(request, credentials);
  if (request.ice_controlled) return role_conflict_response(request, credentials);
  return success_response(request, from, credentials);
}

IceLite::Outcome dropped(DropReason reason) {
  IceLite::Outcome outcome;
  outcome.dropped = reason;
  return outcome;
}

}  // namespace

IceLite::IceLite(IceCredentials local, IceCredentials remote, Random random, Monotonic now)
    : credentials_{std::move(local), std::move(remote)}, random_(random), last_check_(now) {
  validated_.reserve(kMaxValidatedAddresses);
}

IceLite::Outcome IceLite::handle_datagram(ByteSpan datagram, const Address& from, Monotonic now,
                                          bool contested) {
  if (!from.valid()) return dropped(DropReason::kMalformed);
  const auto message = stun::read_message(datagram);
  if (!message) return dropped(message.error());
  // A keepalive (RFC 8445 §11): needs neither credentials nor an answer, and proves nothing.
  if (message->is_binding(stun::Class::kIndication)) return {};
  if (message->is_binding(stun::Class::kSuccess)) return handle_answer(*message, from, now);
  if (!message->is_binding(stun::Class::kRequest)) return dropped(DropReason::kUnsupported);

  const Credentials* credentials = credentials_of(*message, now);
  if (!credentials || !message->integrity_fits(as_bytes(credentials->local.pwd)))
    return dropped(DropReason::kNotAuthenticated);

  const bool refused = message->unknown_count > 0 || message->ice_controlled;
  Outcome outcome;
  outcome.response = response_to(*message, from, credentials->local);
  // Who knows the password may still forge where it comes from: a check that is shorter than its
  // answer, which no agent sends, would make us amplify.
  if (!is_proven(from) && outcome.response.size() > datagram.size())
    return dropped(DropReason::kAddressNotValidated);
  if (refused) return outcome;

  last_check_ = now;
  ValidatedAddress& candidate = validate(from, now, outcome);
  candidate.priority = message->priority.value_or(candidate.priority);
  candidate.nominated = message->use_candidate;
  select(candidate, now, outcome);
  const bool asks = !candidate.proven && (wants_proof_ || contested) &&
                    (!candidate.asked || now - *candidate.asked >= kProofWait);
  if (asks) {
    Bytes check = check_of_ours(candidate, *credentials, now);
    if (check.size() <= datagram.size()) outcome.response = std::move(check);
  }
  if (message->use_candidate && credentials == &credentials_) previous_.reset();
  return outcome;
}

// Of a check that was sent to an address nobody elsewhere knows the transaction; by the password it
// is the viewer who answers, not anybody's STUN server.
IceLite::Outcome IceLite::handle_answer(const stun::Message& answer, const Address& from,
                                        Monotonic now) {
  ValidatedAddress* candidate = find(from);
  if (!candidate || !candidate->asked || candidate->transaction != answer.transaction)
    return dropped(DropReason::kWrongState);
  const auto fits = [&](const Credentials& credentials) {
    return answer.integrity_fits(as_bytes(credentials.remote.pwd));
  };
  if (!fits(credentials_) && !(previous_ && fits(previous_->credentials)))
    return dropped(DropReason::kNotAuthenticated);
  Outcome outcome;
  outcome.proven = !candidate->proven;
  prove(from);
  select(*candidate, now, outcome);
  return outcome;
}

Bytes IceLite::check_of_ours(ValidatedAddress& address, const Credentials& credentials,
                             Monotonic now) {
  address.asked = now;
  random_(address.transaction);
  stun::Writer writer(stun::Class::kRequest, stun::kBindingMethod, address.transaction);
  writer.username(credentials.remote.ufrag + ":" + credentials.local.ufrag);
  writer.priority(kHostPriority);
  writer.ice_controlled(0);  // a lite agent takes no other role, whose number ever is greater
  return finish(writer, credentials.remote);
}

std::vector<Address> IceLite::handle_timeout(Monotonic now) {
  if (previous_ && now >= previous_->until) previous_.reset();
  std::vector<Address> forgotten;
  std::erase_if(validated_, [&](const ValidatedAddress& entry) {
    if (now - entry.last_check < kConsentLife) return false;
    forgotten.push_back(entry.address);
    if (selected_ == entry.address) selected_.reset();
    return true;
  });
  return forgotten;
}

void IceLite::restart(IceCredentials local, IceCredentials remote, Monotonic now) {
  previous_ = PreviousCredentials{
      std::exchange(credentials_, Credentials{std::move(local), std::move(remote)}),
      now + kRestartGrace};
}

void IceLite::prove(const Address& address) {
  ValidatedAddress* known = find(address);
  if (!known) return;
  known->proven = true;
  known->asked.reset();
  wants_proof_ = true;
}

void IceLite::forget(const Address& address) {
  std::erase_if(validated_,
                [&](const ValidatedAddress& entry) { return entry.address == address; });
  if (selected_ == address) selected_.reset();
}

bool IceLite::is_validated(const Address& address) const {
  return find(address) != nullptr;
}

bool IceLite::is_proven(const Address& address) const {
  const ValidatedAddress* known = find(address);
  return known && known->proven;
}

std::optional<Address> IceLite::selected() const {
  return selected_;
}

Monotonic IceLite::next_timeout() const {
  Monotonic next = last_check_ + kConsentLife;
  for (const ValidatedAddress& entry : validated_)
    next = std::min(next, entry.last_check + kConsentLife);
  if (previous_) next = std::min(next, previous_->until);
  return next;
}

std::optional<std::string> IceLite::previous_ufrag() const {
  if (!previous_) return std::nullopt;
  return previous_->credentials.local.ufrag;
}

// RFC 8445 §7.3: USERNAME is "ours:theirs"; ours decides, the password proves.
const IceLite::Credentials* IceLite::credentials_of(const stun::Message& request,
                                                    Monotonic now) const {
  const std::string_view username = request.username.value_or(std::string_view{});
  const size_t colon = username.find(':');
  if (colon == std::string_view::npos) return nullptr;
  const std::string_view ours = username.substr(0, colon);
  if (ours == credentials_.local.ufrag) return &credentials_;
  if (previous_ && now < previous_->until && ours == previous_->credentials.local.ufrag)
    return &previous_->credentials;
  return nullptr;
}

const IceLite::ValidatedAddress* IceLite::find(const Address& address) const {
  const auto found = std::ranges::find(validated_, address, &ValidatedAddress::address);
  return found == validated_.end() ? nullptr : &*found;
}
IceLite::ValidatedAddress* IceLite::find(const Address& address) {
  return const_cast<ValidatedAddress*>(std::as_const(*this).find(address));
}

IceLite::ValidatedAddress& IceLite::validate(const Address& from, Monotonic now, Outcome& outcome) {
  if (ValidatedAddress* known = find(from)) {
    known->last_check = now;
    return *known;
  }
  if (validated_.size() == kMaxValidatedAddresses) {
    auto oldest = validated_.end();
    for (auto entry = validated_.begin(); entry != validated_.end(); ++entry) {
      if (entry->address == selected_) continue;
      if (oldest == validated_.end() || entry->last_check < oldest->last_check) oldest = entry;
    }
    outcome.forgotten = oldest->address;
    validated_.erase(oldest);
  }
  outcome.validated = true;
  return validated_.emplace_back(ValidatedAddress{.address = from, .last_check = now});
}

// RFC 8445 §8.1.1 lets the controlling side nominate once; RFC 5245's aggressive nominators name
// every pair, and the one of highest priority is meant.
bool IceLite::takes_over(const ValidatedAddress& candidate, Monotonic now) const {
  if (!selected_ || *selected_ == candidate.address) return true;
  const ValidatedAddress* current = find(*selected_);
  if (current && current->proven != candidate.proven) return candidate.proven;
  return !current || !current->nominated || candidate.priority >= current->priority ||
         now - current->last_check >= kNominationHold;
}

void IceLite::select(const ValidatedAddress& candidate, Monotonic now, Outcome& outcome) {
  if (!candidate.nominated || !takes_over(candidate, now)) return;
  outcome.selected = selected_ != candidate.address;
  selected_ = candidate.address;
}

}  // namespace longmen
