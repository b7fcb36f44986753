// Reads one STUN message and says what is in it: the attributes that ICE needs, which
// comprehension-required ones it does not know, and whether MESSAGE-INTEGRITY fits a key. It knows
// neither sessions nor whether the message was expected. Views point into the caller's datagram,
// which must outlive them. Bounds: kMaxMessageBytes, kMaxAttributes, kMaxUnknownAttributes.
// Source: RFC 8489; ICE attributes RFC 8445 §16.1.
//
//   0                   1                   2                   3
//  |0 0|   message type (14)       |       length without header   |
//  |                    magic cookie 0x2112A442                    |
//  |                    transaction id (96 bits)                   |
//  |  attributes: type (16), length (16), value, padding to 4 ...  |
#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "core/base/address.h"
#include "core/base/bytes.h"
#include "core/base/result.h"

namespace longmen::stun {

inline constexpr uint32_t kMagicCookie = 0x2112A442;
inline constexpr size_t kHeaderBytes = 20;
inline constexpr size_t kAttributeHeaderBytes = 4;
inline constexpr size_t kMaxMessageBytes = 1500;
inline constexpr size_t kMaxAttributes = 32;
inline constexpr size_t kMaxUnknownAttributes = 8;  // the rest are ignored
inline constexpr size_t kMaxUsernameBytes = 513;    // RFC 8489 §14.3: fewer than 509, ICE 513

enum class Class : uint8_t { kRequest = 0, kIndication = 1, kSuccess = 2, kError = 3 };
inline constexpr uint16_t kBindingMethod = 1;

enum class AttributeType : uint16_t {
  kMappedAddress = 0x0001,
  kUsername = 0x0006,
  kMessageIntegrity = 0x0008,
  kErrorCode = 0x0009,
  kUnknownAttributes = 0x000A,
  kRealm = 0x0014,
  kNonce = 0x0015,
  kXorMappedAddress = 0x0020,
  kPriority = 0x0024,
  kUseCandidate = 0x0025,
  kSoftware = 0x8022,
  kFingerprint = 0x8028,
  kIceControlled = 0x8029,
  kIceControlling = 0x802A,
};

using TransactionId = std::array<uint8_t, 12>;

// What is in a message. Attributes after MESSAGE-INTEGRITY other than FINGERPRINT are ignored, as
// RFC 8489 §14.5 demands; of an attribute that occurs twice the first counts.
struct Message {
  Class message_class = Class::kRequest;
  uint16_t method = 0;
  TransactionId transaction{};

  std::optional<std::string_view> username;
  std::optional<uint32_t> priority;
  bool use_candidate = false;
  std::optional<uint64_t> ice_controlling;  // the tie-breaker
  std::optional<uint64_t> ice_controlled;
  std::optional<Address> xor_mapped_address;
  std::optional<uint16_t> error_code;  // 300..699
  std::string_view error_reason;
  std::array<uint16_t, kMaxUnknownAttributes> unknown{};  // comprehension-required, not known here
  size_t unknown_count = 0;
  bool has_integrity = false;
  bool has_fingerprint = false;  // and it was right: a wrong one makes the message malformed

  bool is_binding(Class which) const { return method == kBindingMethod && message_class == which; }
  // Whether MESSAGE-INTEGRITY is there and is the HMAC-SHA1 under `key` (short-term credentials:
  // the password itself). Compares in constant time.
  bool integrity_fits(ByteSpan key) const;

  ByteSpan bytes;               // the whole message
  size_t integrity_offset = 0;  // of the attribute's header, when has_integrity
};

// kTruncated: shorter than its header or length says. kTooLarge: beyond the bounds above.
// kMalformed: no cookie, bad lengths, or a FINGERPRINT that does not fit. Trailing bytes after the
// message are malformed too: a datagram holds exactly one.
Parsed<Message> read_message(ByteSpan datagram);

// The local ufrag (what precedes ':' in USERNAME) of a binding request, without checking anything
// else: for finding the viewer. Empty when there is none. Never reads past the datagram; constant
// work apart from a walk over at most kMaxAttributes attribute headers.
std::string_view local_ufrag_of(ByteSpan datagram);

}  // namespace longmen::stun
