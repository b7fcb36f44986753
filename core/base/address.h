// An IP address and UDP or TCP port as core/ knows it: a plain value, hashable and ordered, that
// has never seen a socket. An IPv4-mapped IPv6 address (::ffff:a.b.c.d, as a dual-stack socket
// reports it) becomes IPv4 on entry, so that one peer has one value. Scope ids are not kept.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "core/base/bytes.h"
#include "core/base/result.h"

namespace longmen {

enum class AddressFamily : uint8_t { kNone, kV4, kV6 };

struct Address {
  AddressFamily family = AddressFamily::kNone;
  uint16_t port = 0;
  std::array<uint8_t, 16> ip{};  // network order; IPv4 in the first four bytes, the rest zero

  // `ip` has 4 bytes (IPv4) or 16 (IPv6); any other length gives an address of family kNone.
  static Address from_bytes(ByteSpan ip, uint16_t port);
  // A literal without brackets or zone, such as "192.0.2.1" or "2001:db8::1"; never a name.
  static Result<Address> from_text(std::string_view ip, uint16_t port);

  bool valid() const { return family != AddressFamily::kNone; }
  bool is_v4() const { return family == AddressFamily::kV4; }
  bool is_v6() const { return family == AddressFamily::kV6; }
  ByteSpan ip_bytes() const;      // 0, 4 or 16 bytes
  std::string ip_string() const;  // "192.0.2.1", "2001:db8::1" (RFC 5952), "" for kNone

  auto operator<=>(const Address&) const = default;
};

// "192.0.2.1:5004", "[2001:db8::1]:5004", "none".
std::string to_string(const Address& address);

}  // namespace longmen

template <>
struct std::hash<longmen::Address> {
  using is_avalanching = void;  // what Boost's tables need not mix again
  size_t operator()(const longmen::Address& address) const noexcept;
};
