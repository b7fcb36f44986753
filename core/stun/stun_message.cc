#include "core/stun/stun_message.h"

#include <openssl/crypto.h>

#include <algorithm>

#include "core/stun/integrity.h"

namespace longmen::stun {
namespace {

constexpr uint16_t kComprehensionOptional = 0x8000;
constexpr uint8_t kFamilyV4 = 1;
constexpr uint8_t kFamilyV6 = 2;

// The class sits in bits 4 and 8 of the type, the method around them (RFC 8489 §5).
Class class_of(uint16_t type) {
  return static_cast<Class>((type >> 4 & 1) | (type >> 7 & 2));
}
uint16_t method_of(uint16_t type) {
  return static_cast<uint16_t>((type & 0x000F) | (type >> 1 & 0x0070) | (type >> 2 & 0x0F80));
}

size_t padding_of(size_t bytes) {
  return (4 - bytes % 4) % 4;
}

struct Header {
  uint16_t type = 0;
  TransactionId transaction{};
  ByteSpan attributes;
};

Parsed<Header> read_header(ByteSpan datagram) {
  if (datagram.size() < kHeaderBytes) return drop(DropReason::kTruncated);
  if (datagram.size() > kMaxMessageBytes) return drop(DropReason::kTooLarge);
  ByteReader reader(datagram);
  Header header;
  header.type = reader.u16();
  const size_t length = reader.u16();
  if (header.type & 0xC000 || reader.u32() != kMagicCookie) return drop(DropReason::kMalformed);
  std::ranges::copy(reader.take(header.transaction.size()), header.transaction.begin());
  if (length % 4 != 0) return drop(DropReason::kMalformed);
  if (length > reader.remaining()) return drop(DropReason::kTruncated);
  if (length < reader.remaining()) return drop(DropReason::kMalformed);
  header.attributes = reader.rest();
  return header;
}

// RFC 8489 §14.2: port XOR the cookie's upper half, address XOR cookie and transaction.
std::optional<Address> read_xor_address(ByteSpan value, const TransactionId& transaction) {
  ByteReader reader(value);
  reader.skip(1);
  const uint8_t family = reader.u8();
  const uint16_t port = reader.u16() ^ static_cast<uint16_t>(kMagicCookie >> 16);
  const ByteSpan masked = reader.rest();
  const size_t wanted = family == kFamilyV4 ? 4 : family == kFamilyV6 ? 16 : 0;
  if (wanted == 0 || masked.size() != wanted) return std::nullopt;
  std::array<uint8_t, 16> ip{};
  for (size_t index = 0; index < masked.size(); ++index) {
    const uint8_t mask =
        index < 4 ? static_cast<uint8_t>(kMagicCookie >> (24 - 8 * index)) : transaction[index - 4];
    ip[index] = masked[index] ^ mask;
  }
  return Address::from_bytes(ByteSpan(ip).first(wanted), port);
}

template <class T>
void keep_first(std::optional<T>& kept, T value) {
  if (!kept) kept = value;
}

// DropReason::kNone when the value suits the type.
DropReason read_attribute(uint16_t type, ByteSpan value, Message& message) {
  ByteReader reader(value);
  switch (static_cast<AttributeType>(type)) {
    case AttributeType::kUsername:
      if (value.size() > kMaxUsernameBytes) return DropReason::kTooLarge;
      keep_first(message.username, as_text(value));
      return DropReason::kNone;
    case AttributeType::kPriority:
      if (value.size() != 4) return DropReason::kMalformed;
      keep_first(message.priority, reader.u32());
      return DropReason::kNone;
    case AttributeType::kUseCandidate:
      if (!value.empty()) return DropReason::kMalformed;
      message.use_candidate = true;
      return DropReason::kNone;
    case AttributeType::kIceControlled:
      if (value.size() != 8) return DropReason::kMalformed;
      keep_first(message.ice_controlled, reader.u64());
      return DropReason::kNone;
    case AttributeType::kIceControlling:
      if (value.size() != 8) return DropReason::kMalformed;
      keep_first(message.ice_controlling, reader.u64());
      return DropReason::kNone;
    case AttributeType::kXorMappedAddress: {
      const auto address = read_xor_address(value, message.transaction);
      if (!address) return DropReason::kMalformed;
      keep_first(message.xor_mapped_address, *address);
      return DropReason::kNone;
    }
    case AttributeType::kErrorCode: {
      reader.skip(2);
      const uint8_t hundreds = reader.u8() & 7;
      const uint8_t rest = reader.u8();
      if (!reader.ok() || hundreds < 3 || hundreds > 6 || rest > 99) return DropReason::kMalformed;
      if (!message.error_code) message.error_reason = as_text(reader.rest());
      keep_first(message.error_code, static_cast<uint16_t>(hundreds * 100 + rest));
      return DropReason::kNone;
    }
    case AttributeType::kMappedAddress:
    case AttributeType::kUnknownAttributes:
    case AttributeType::kRealm:
    case AttributeType::kNonce:
    case AttributeType::kSoftware:
      return DropReason::kNone;
    case AttributeType::kMessageIntegrity:
    case AttributeType::kFingerprint:
      break;
  }
  if (!(type & kComprehensionOptional) && message.unknown_count < message.unknown.size())
    message.unknown[message.unknown_count++] = type;
  return DropReason::kNone;
}

}  // namespace

bool Message::integrity_fits(ByteSpan key) const {
  if (!has_integrity) return false;
  const auto expected = message_integrity(bytes, integrity_offset, key);
  const ByteSpan received = bytes.subspan(integrity_offset + 4, kIntegrityBytes);
  return CRYPTO_memcmp(expected.data(), received.data(), expected.size()) == 0;
}

Parsed<Message> read_message(ByteSpan datagram) {
  const auto header = read_header(datagram);
  if (!header) return drop(header.error());
  Message message;
  message.bytes = datagram;
  message.message_class = class_of(header->type);
  message.method = method_of(header->type);
  message.transaction = header->transaction;

  ByteReader reader(header->attributes);
  for (size_t count = 0; !reader.at_end(); ++count) {
    if (count == kMaxAttributes) return drop(DropReason::kTooLarge);
    if (message.has_fingerprint) return drop(DropReason::kMalformed);  // it must be the last
    const size_t offset = kHeaderBytes + reader.position();
    const uint16_t type = reader.u16();
    const size_t length = reader.u16();
    const ByteSpan value = reader.take(length);
    reader.skip(padding_of(length));
    if (!reader.ok()) return drop(DropReason::kMalformed);

    if (type == static_cast<uint16_t>(AttributeType::kFingerprint)) {
      if (length != 4) return drop(DropReason::kMalformed);
      if (ByteReader(value).u32() != message_fingerprint(datagram.first(offset)))
        return drop(DropReason::kMalformed);
      message.has_fingerprint = true;
    } else if (message.has_integrity) {
      continue;
    } else if (type == static_cast<uint16_t>(AttributeType::kMessageIntegrity)) {
      if (length != kIntegrityBytes) return drop(DropReason::kMalformed);
      message.has_integrity = true;
      message.integrity_offset = offset;
    } else if (const DropReason reason = read_attribute(type, value, message);
               reason != DropReason::kNone) {
      return drop(reason);
    }
  }
  return message;
}

std::string_view local_ufrag_of(ByteSpan datagram) {
  const auto header = read_header(datagram);
  if (!header || class_of(header->type) != Class::kRequest ||
      method_of(header->type) != kBindingMethod)
    return {};
  ByteReader reader(header->attributes);
  for (size_t count = 0; !reader.at_end() && count < kMaxAttributes; ++count) {
    const uint16_t type = reader.u16();
    const size_t length = reader.u16();
    const ByteSpan value = reader.take(length);
    reader.skip(padding_of(length));
    if (!reader.ok()) return {};
    if (type != static_cast<uint16_t>(AttributeType::kUsername)) continue;
    if (length > kMaxUsernameBytes) return {};
    const std::string_view username = as_text(value);
    const size_t colon = username.find(':');
    return colon == std::string_view::npos ? std::string_view{} : username.substr(0, colon);
  }
  return {};
}

}  // namespace longmen::stun
