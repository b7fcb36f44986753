#include "core/stun/stun_writer.h"

#include "core/stun/integrity.h"

namespace longmen::stun {
namespace {

uint16_t type_of(Class message_class, uint16_t method) {
  const auto bits = static_cast<uint16_t>(message_class);
  return static_cast<uint16_t>((method & 0x000F) | (method & 0x0070) << 1 | (method & 0x0F80) << 2 |
                               (bits & 1) << 4 | (bits & 2) << 7);
}

}  // namespace

Writer::Writer(Class message_class, uint16_t method, const TransactionId& transaction) {
  bytes_.reserve(128);  // a binding response with IPv6 has 80 bytes
  ByteWriter writer(bytes_);
  writer.u16(type_of(message_class, method));
  writer.u16(0);
  writer.u32(kMagicCookie);
  writer.bytes(transaction);
}

void Writer::username(std::string_view username) {
  attribute(AttributeType::kUsername, as_bytes(username));
}

void Writer::software(std::string_view software) {
  attribute(AttributeType::kSoftware, as_bytes(software));
}

void Writer::priority(uint32_t priority) {
  Bytes value;
  ByteWriter(value).u32(priority);
  attribute(AttributeType::kPriority, value);
}

void Writer::use_candidate() {
  attribute(AttributeType::kUseCandidate, {});
}

void Writer::ice_controlling(uint64_t tie_breaker) {
  Bytes value;
  ByteWriter(value).u64(tie_breaker);
  attribute(AttributeType::kIceControlling, value);
}

void Writer::ice_controlled(uint64_t tie_breaker) {
  Bytes value;
  ByteWriter(value).u64(tie_breaker);
  attribute(AttributeType::kIceControlled, value);
}

void Writer::xor_mapped_address(const Address& address) {
  Bytes value;
  ByteWriter writer(value);
  writer.u8(0);
  writer.u8(address.is_v4() ? 1 : 2);
  writer.u16(address.port ^ kMagicCookie >> 16);
  const ByteSpan mask = ByteSpan(bytes_).subspan(4, 16);  // cookie and transaction
  const ByteSpan ip = address.ip_bytes();
  for (size_t index = 0; index < ip.size(); ++index)
    writer.u8(ip[index] ^ mask[index]);
  attribute(AttributeType::kXorMappedAddress, value);
}

void Writer::error_code(uint16_t code, std::string_view reason) {
  Bytes value;
  ByteWriter writer(value);
  writer.u16(0);
  writer.u8(code / 100);
  writer.u8(code % 100);
  writer.text(reason);
  attribute(AttributeType::kErrorCode, value);
}

void Writer::unknown_attributes(std::span<const uint16_t> types) {
  Bytes value;
  ByteWriter writer(value);
  for (uint16_t type : types)
    writer.u16(type);
  attribute(AttributeType::kUnknownAttributes, value);
}

void Writer::message_integrity(ByteSpan key) {
  attribute(AttributeType::kMessageIntegrity, stun::message_integrity(bytes_, bytes_.size(), key));
}

void Writer::fingerprint() {
  set_length(bytes_.size() - kHeaderBytes + kAttributeHeaderBytes + 4);
  Bytes value;
  ByteWriter(value).u32(message_fingerprint(bytes_));
  attribute(AttributeType::kFingerprint, value);
}

void Writer::attribute(AttributeType type, ByteSpan value) {
  ByteWriter writer(bytes_);
  writer.u16(static_cast<uint16_t>(type));
  writer.u16(value.size());
  writer.bytes(value);
  while (bytes_.size() % 4 != 0)
    writer.u8(0);
  set_length(bytes_.size() - kHeaderBytes);
}

void Writer::set_length(size_t attribute_bytes) {
  ByteWriter(bytes_).patch_u16(2, attribute_bytes);
}

}  // namespace longmen::stun
