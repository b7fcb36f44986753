#include "core/base/address.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>

namespace longmen {
namespace {

constexpr std::array<uint8_t, 12> kV4MappedPrefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

}  // namespace

Address Address::from_bytes(ByteSpan ip, uint16_t port) {
  if (ip.size() == 16 && std::ranges::equal(ip.first(12), kV4MappedPrefix)) ip = ip.subspan(12);
  if (ip.size() != 4 && ip.size() != 16) return {};
  Address address;
  address.family = ip.size() == 4 ? AddressFamily::kV4 : AddressFamily::kV6;
  address.port = port;
  std::ranges::copy(ip, address.ip.begin());
  return address;
}

Result<Address> Address::from_text(std::string_view ip, uint16_t port) {
  const std::string text(ip);
  std::array<uint8_t, 16> bytes{};
  if (inet_pton(AF_INET, text.c_str(), bytes.data()) == 1)
    return from_bytes(ByteSpan(bytes).first(4), port);
  if (inet_pton(AF_INET6, text.c_str(), bytes.data()) == 1) return from_bytes(bytes, port);
  return fail(fmt::format("\"{}\" is not an IPv4 or IPv6 address", text));
}

ByteSpan Address::ip_bytes() const {
  switch (family) {
    case AddressFamily::kV4:
      return ByteSpan(ip).first(4);
    case AddressFamily::kV6:
      return ip;
    case AddressFamily::kNone:
      break;
  }
  return {};
}

std::string Address::ip_string() const {
  if (!valid()) return {};
  std::array<char, INET6_ADDRSTRLEN> text{};
  inet_ntop(is_v4() ? AF_INET : AF_INET6, ip.data(), text.data(), text.size());
  return text.data();
}

std::string to_string(const Address& address) {
  if (!address.valid()) return "none";
  if (address.is_v6()) return fmt::format("[{}]:{}", address.ip_string(), address.port);
  return fmt::format("{}:{}", address.ip_string(), address.port);
}

}  // namespace longmen

size_t std::hash<longmen::Address>::operator()(const longmen::Address& address) const noexcept {
  uint64_t high = 0;
  uint64_t low = 0;
  std::memcpy(&high, address.ip.data(), sizeof(high));
  std::memcpy(&low, address.ip.data() + sizeof(high), sizeof(low));
  // Finaliser of splitmix64: every bit of address and port reaches every bit of the result.
  uint64_t mixed = high * 0x9E3779B97F4A7C15 ^ low;
  mixed ^= (static_cast<uint64_t>(address.port) << 8 | static_cast<uint64_t>(address.family)) *
           0xD6E8FEB86659FD93;
  mixed = (mixed ^ mixed >> 30) * 0xBF58476D1CE4E5B9;
  mixed = (mixed ^ mixed >> 27) * 0x94D049BB133111EB;
  return mixed ^ mixed >> 31;
}
