#include "load/load_target.h"

#include <fmt/format.h>
#include <netdb.h>

#include <algorithm>
#include <boost/url/parse.hpp>
#include <boost/url/url.hpp>
#include <charconv>

#include "net/socket_address.h"

namespace longmen {
namespace {

bool within(const Address& address, const Address& base, unsigned prefix_bits) {
  if (address.family != base.family) return false;
  const ByteSpan a = address.ip_bytes();
  const ByteSpan b = base.ip_bytes();
  const size_t whole_bytes = prefix_bits / 8;
  if (!std::equal(a.begin(), a.begin() + static_cast<ptrdiff_t>(whole_bytes), b.begin()))
    return false;
  const unsigned rest_bits = prefix_bits % 8;
  if (rest_bits == 0) return true;
  const auto mask = static_cast<uint8_t>(0xFF << (8 - rest_bits));
  return (a[whole_bytes] & mask) == (b[whole_bytes] & mask);
}

bool is_loopback(const Address& address) {
  static const Address v4 = Address::from_text("127.0.0.0", 0).value();
  static const Address v6 = Address::from_text("::1", 0).value();
  return within(address, v4, 8) || within(address, v6, 128);
}

Result<std::vector<Address>> resolve(const std::string& host, uint16_t port) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int error = getaddrinfo(host.c_str(), nullptr, &hints, &found);
  if (error != 0) return fail(fmt::format("{}: {}", host, gai_strerror(error)));
  std::vector<Address> addresses;
  for (const addrinfo* each = found; each; each = each->ai_next) {
    Address address = to_address(each->ai_addr);
    address.port = port;
    if (address.valid()) addresses.push_back(address);
  }
  freeaddrinfo(found);
  if (addresses.empty()) return fail(fmt::format("{}: has no IP address", host));
  return addresses;
}

}  // namespace

Result<AllowedNetworks> AllowedNetworks::parse(const std::vector<std::string>& lab_networks) {
  AllowedNetworks allowed;
  for (const std::string& text : lab_networks) {
    const size_t slash = text.find('/');
    const auto base = Address::from_text(text.substr(0, slash), 0);
    if (!base) return fail(fmt::format("--lab-network {}: {}", text, base.error().message));
    const unsigned most = base->is_v4() ? 32 : 128;
    unsigned bits = most;
    if (slash != std::string::npos) {
      const char* end = text.data() + text.size();
      const auto [stop, error] = std::from_chars(text.data() + slash + 1, end, bits);
      if (error != std::errc{} || stop != end || bits > most)
        return fail(fmt::format("--lab-network {}: the prefix is not 0 to {} bits", text, most));
    }
    allowed.networks_.push_back({*base, bits});
  }
  return allowed;
}

bool AllowedNetworks::allows(const Address& address) const {
  return is_loopback(address) || std::ranges::any_of(networks_, [&](const Network& network) {
           return within(address, network.base, network.prefix_bits);
         });
}

Result<LoadTarget> resolve_load_target(std::string_view url, std::string_view rendition,
                                       const AllowedNetworks& allowed) {
  const auto parsed = boost::urls::parse_uri({url.data(), url.size()});
  if (!parsed) return fail(fmt::format("{} is not an address", url));
  if (parsed->scheme() != "http")
    return fail(fmt::format("{}: only http:// can be measured, not {}", url,
                            std::string(parsed->scheme())));
  boost::urls::url whole(*parsed);
  if (whole.host().empty() || whole.encoded_path().size() < 2)
    return fail(fmt::format("{} is not of the form http://HOST:PORT/whep/CHANNEL", url));
  if (!rendition.empty())
    whole.params().set("rendition", boost::urls::string_view(rendition.data(), rendition.size()));
  LoadTarget target;
  const uint16_t port = whole.has_port() ? whole.port_number() : 80;
  target.host = whole.host_address();
  target.authority = std::string(whole.encoded_host()) + fmt::format(":{}", port);
  target.target = std::string(whole.encoded_path());
  if (whole.has_query()) target.target += "?" + std::string(whole.encoded_query());
  const auto addresses = resolve(target.host, port);
  if (!addresses) return tl::unexpected(addresses.error());
  for (const Address& address : *addresses) {
    if (allowed.allows(address)) continue;
    return fail(
        fmt::format("{} is {}, which is neither loopback nor in a --lab-network: load is "
                    "sent only to what is meant for it",
                    target.host, address.ip_string()));
  }
  target.address = addresses->front();
  return target;
}

}  // namespace longmen
