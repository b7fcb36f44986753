// Writes one STUN message, attribute by attribute, in the order of the calls; the length field is
// right after each. message_integrity() and then fingerprint() come last (RFC 8489 §14.5, §14.7).
// It does not check that the attributes suit the message.
#pragma once

#include <span>
#include <string_view>

#include "core/base/address.h"
#include "core/base/bytes.h"
#include "core/stun/stun_message.h"

namespace longmen::stun {

class Writer {
 public:
  Writer(Class message_class, uint16_t method, const TransactionId& transaction);

  void username(std::string_view username);
  void software(std::string_view software);
  void priority(uint32_t priority);
  void use_candidate();
  void ice_controlling(uint64_t tie_breaker);
  void ice_controlled(uint64_t tie_breaker);
  void xor_mapped_address(const Address& address);          // a valid() one
  void error_code(uint16_t code, std::string_view reason);  // 300..699
  void unknown_attributes(std::span<const uint16_t> types);
  void message_integrity(ByteSpan key);
  void fingerprint();

  Bytes take() { return std::move(bytes_); }

 private:
  void attribute(AttributeType type, ByteSpan value);
  void set_length(size_t attribute_bytes);

  Bytes bytes_;
};

}  // namespace longmen::stun
