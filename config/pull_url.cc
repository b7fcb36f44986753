#include "config/pull_url.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

namespace longmen {
namespace {

constexpr size_t kMaxPullUrlBytes = 2048;
constexpr char kPullsAllowed[] =
    "srt://HOST:PORT, srt://ADDRESS:PORT?mode=listener, udp://ADDRESS:PORT, rtp://ADDRESS:PORT, "
    "rtsp://HOST/PATH or an http:// or "
    "https:// address of HLS is allowed";

struct PullScheme {
  std::string_view prefix;
  PullUrl::Scheme scheme;
  int port;  // 0: it must be said
};
constexpr std::array kPullSchemes{
    PullScheme{"srt://", PullUrl::Scheme::kSrt, 0},
    PullScheme{"udp://", PullUrl::Scheme::kUdp, 0},
    PullScheme{"rtp://", PullUrl::Scheme::kRtp, 0},
    PullScheme{"rtsp://", PullUrl::Scheme::kRtsp, 554},
    PullScheme{"rtsps://", PullUrl::Scheme::kRtsp, 322},
    PullScheme{"http://", PullUrl::Scheme::kHls, 80},
    PullScheme{"https://", PullUrl::Scheme::kHls, 443},
};

bool is_pull_address(const std::string& text) {
  in6_addr any{};
  return ::inet_pton(AF_INET, text.c_str(), &any) == 1 ||
         ::inet_pton(AF_INET6, text.c_str(), &any) == 1;
}

// RFC 1112 §4; RFC 4291 §2.7.
bool is_multicast(const std::string& address) {
  in6_addr six{};
  in_addr four{};
  if (::inet_pton(AF_INET, address.c_str(), &four) == 1) return IN_MULTICAST(ntohl(four.s_addr));
  return ::inet_pton(AF_INET6, address.c_str(), &six) == 1 && IN6_IS_ADDR_MULTICAST(&six);
}

std::optional<int> read_pull_port(std::string_view digits) {
  int port = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return port > 0 && port <= 65535 ? std::optional(port) : std::nullopt;
}

// HOST, HOST:PORT, [ADDRESS], [ADDRESS]:PORT.
bool read_pull_host(std::string_view text, PullUrl& url) {
  std::string_view port;
  if (text.starts_with('[')) {
    const size_t end = text.find(']');
    if (end == std::string_view::npos) return false;
    url.host = text.substr(1, end - 1);
    port = text.substr(end + 1);
    if (!port.empty() && port.front() != ':') return false;
  } else {
    const size_t colon = text.find(':');
    url.host = text.substr(0, colon);
    if (colon != std::string_view::npos) port = text.substr(colon);
  }
  if (!port.empty()) {
    const auto number = read_pull_port(port.substr(1));
    if (!number) return false;
    url.port = *number;
  }
  return !url.host.empty() && url.port != 0;
}

// All else that other programs write into an address of SRT has a key of its own here.
Result<void> read_srt_query(PullUrl& url) {
  const size_t begin = url.text.find('?');
  const std::string_view query =
      begin == std::string::npos ? "" : std::string_view(url.text).substr(begin + 1);
  url.listens = query == "mode=listener";
  if (!query.empty() && !url.listens && query != "mode=caller")
    return fail(
        "behind an address of SRT, ?mode=listener is allowed; passphrase, stream_id and "
        "latency_ms are keys of their own");
  if (url.listens && !is_pull_address(url.host))
    return fail("an address of this machine is allowed, as srt://ADDRESS:PORT?mode=listener");
  return {};
}

}  // namespace

Result<PullUrl> parse_pull_url(std::string_view text) {
  const bool plain =
      std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 127; });
  const auto known =
      std::find_if(kPullSchemes.begin(), kPullSchemes.end(),
                   [&](const PullScheme& each) { return text.starts_with(each.prefix); });
  if (!plain || text.size() > kMaxPullUrlBytes || known == kPullSchemes.end())
    return fail(kPullsAllowed);
  PullUrl url;
  url.scheme = known->scheme;
  url.port = known->port;
  url.text = text;
  std::string_view authority = text.substr(known->prefix.size());
  authority = authority.substr(0, authority.find_first_of("/?#"));
  if (const size_t at = authority.rfind('@'); at != std::string_view::npos) {
    url.user = authority.substr(0, at);
    authority.remove_prefix(at + 1);
  }
  if (!read_pull_host(authority, url)) return fail(kPullsAllowed);
  const bool datagrams = url.scheme == PullUrl::Scheme::kUdp || url.scheme == PullUrl::Scheme::kRtp;
  if (datagrams &&
      (!is_pull_address(url.host) || (!url.user.empty() && !is_pull_address(url.user))))
    return fail("an address to receive at is allowed, as ADDRESS:PORT or SOURCE@GROUP:PORT");
  if (url.scheme == PullUrl::Scheme::kSrt) {
    if (const auto read = read_srt_query(url); !read) return tl::unexpected(read.error());
  }
  return url;
}

bool PullUrl::same_socket(const PullUrl& other) const {
  const auto binds = [](const PullUrl& url) {
    return url.listens ||
           ((url.scheme == Scheme::kUdp || url.scheme == Scheme::kRtp) && !is_multicast(url.host));
  };
  const auto any = [](const PullUrl& url) { return url.host == "0.0.0.0" || url.host == "::"; };
  return binds(*this) && binds(other) && port == other.port &&
         (host == other.host || any(*this) || any(other));
}

std::string PullUrl::shown() const {
  std::string shown = text.substr(0, text.find_first_of("?#"));
  const size_t begin = shown.find("://") + 3;
  const size_t end = std::min(shown.find('/', begin), shown.size());
  const size_t at = shown.rfind('@', end);
  const bool secret = scheme != PullUrl::Scheme::kUdp && scheme != PullUrl::Scheme::kRtp;
  if (secret && at != std::string::npos && at >= begin) shown.erase(begin, at + 1 - begin);
  return shown;
}

std::string PullUrl::redacted(std::string words) const {
  const size_t query = text.find_first_of("?#");
  const std::pair<std::string, std::string> instead[] = {
      {text, shown()},
      {query == std::string::npos ? "" : text.substr(query), ""},
      {user.empty() ? "" : user + "@", ""},
      {user.find(':') == std::string::npos ? "" : user.substr(user.find(':') + 1), "(not shown)"},
  };
  for (const auto& [secret, shown_as] : instead) {
    if (secret.empty()) continue;
    for (size_t at = words.find(secret); at != std::string::npos;
         at = words.find(secret, at + shown_as.size()))
      words.replace(at, secret.size(), shown_as);
  }
  return words;
}

}  // namespace longmen
