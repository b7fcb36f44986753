// STUN reader and ICE-lite agent: any datagram, unauthenticated and (by signing it here)
// authenticated, must neither crash nor be answered with more than the bounds allow.
#include <cstdlib>

#include "core/ice/ice_lite.h"
#include "core/stun/integrity.h"
#include "core/stun/stun_message.h"

namespace longmen {
namespace {

const IceCredentials kLocal{"server01", "serverpasswordserverpass"};
const IceCredentials kRemote{"player01", "playerpasswordplayerpass"};

void require(bool holds) {
  if (!holds) std::abort();
}

// The same message with MESSAGE-INTEGRITY under our password at its end.
Bytes signed_copy(ByteSpan datagram) {
  Bytes bytes(datagram.begin(), datagram.end());
  bytes.resize(bytes.size() / 4 * 4);
  if (bytes.size() < stun::kHeaderBytes || bytes.size() > stun::kMaxMessageBytes - 24) return {};
  ByteWriter writer(bytes);
  writer.patch_u16(0, 1);
  writer.patch_u16(4, stun::kMagicCookie >> 16);
  writer.patch_u16(6, stun::kMagicCookie & 0xFFFF);
  const auto digest = stun::message_integrity(bytes, bytes.size(), as_bytes(kLocal.pwd));
  writer.u16(static_cast<uint16_t>(stun::AttributeType::kMessageIntegrity));
  writer.u16(digest.size());
  writer.bytes(digest);
  writer.patch_u16(2, bytes.size() - stun::kHeaderBytes);
  return bytes;
}

}  // namespace
}  // namespace longmen

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace longmen;
  const ByteSpan datagram(data, size);
  if (const auto message = stun::read_message(datagram)) {
    (void)message->integrity_fits(as_bytes(kLocal.pwd));
    require(message->unknown_count <= stun::kMaxUnknownAttributes);
    const auto ufrag = stun::local_ufrag_of(datagram);
    if (message->is_binding(stun::Class::kRequest) && message->username)
      require(message->username->starts_with(ufrag));
  }
  IceLite agent(
      kLocal, kRemote, [](std::span<uint8_t> out) { out[0] = 7; }, Monotonic{});
  const Address from = Address::from_bytes(Bytes{192, 0, 2, 1}, 5000);
  const auto answered = [&](ByteSpan bytes) {
    const IceLite::Outcome outcome = agent.handle_datagram(bytes, from, Monotonic{});
    if (outcome.dropped != DropReason::kNone) require(outcome.response.empty());
    require(outcome.validated == false || agent.is_validated(from));
    if (!outcome.response.empty()) require(stun::read_message(outcome.response).has_value());
    if (!agent.is_proven(from) && outcome.validated)
      require(outcome.response.size() <= bytes.size());
  };
  answered(datagram);
  answered(signed_copy(datagram));
  // The same where an address has to be proven first.
  agent.prove(from);
  agent.forget(from);
  answered(datagram);
  answered(signed_copy(datagram));
  return 0;
}
