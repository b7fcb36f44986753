#include "control/oidc/web_fetch.h"

#include <curl/curl.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <memory>

namespace longmen {
namespace {

struct FreeCurl {
  void operator()(CURL* curl) const { curl_easy_cleanup(curl); }
};
struct FreeList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

size_t take_web_body(char* bytes, size_t size, size_t count, void* user) {
  std::string& body = *static_cast<std::string*>(user);
  if (body.size() + size * count > kMaxWebBodyBytes) return 0;
  body.append(bytes, size * count);
  return size * count;
}

size_t discard_web_body(char*, size_t size, size_t count, void*) {
  return size * count;
}

bool is_link_local_v4(const uint8_t* bytes) {
  const bool unspecified = bytes[0] == 0, multicast = bytes[0] >= 224;
  constexpr std::array<uint8_t, 4> kAlibabaKeys{100, 100, 100, 200};
  return unspecified || multicast || (bytes[0] == 169 && bytes[1] == 254) ||
         std::equal(kAlibabaKeys.begin(), kAlibabaKeys.end(), bytes);
}

bool is_link_local(const sockaddr& address) {
  if (address.sa_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(address);
    return is_link_local_v4(reinterpret_cast<const uint8_t*>(&v4.sin_addr));
  }
  const in6_addr& v6 = reinterpret_cast<const sockaddr_in6&>(address).sin6_addr;
  constexpr std::array<uint8_t, 12> kNat64{0, 0x64, 0xff, 0x9b};  // RFC 6052 §2.1
  if (IN6_IS_ADDR_V4MAPPED(&v6) || std::equal(kNat64.begin(), kNat64.end(), v6.s6_addr))
    return is_link_local_v4(v6.s6_addr + 12);
  constexpr std::array<uint8_t, 16> kAwsKeys{0xfd, 0, 0x0e, 0xc2, 0, 0, 0, 0,
                                             0,    0, 0,    0,    0, 0, 2, 0x54};
  if (std::equal(kAwsKeys.begin(), kAwsKeys.end(), v6.s6_addr)) return true;
  return IN6_IS_ADDR_LINKLOCAL(&v6) || IN6_IS_ADDR_MULTICAST(&v6) || IN6_IS_ADDR_UNSPECIFIED(&v6);
}

curl_socket_t open_socket(void*, curlsocktype, curl_sockaddr* address) {
  if (is_link_local(address->addr)) return CURL_SOCKET_BAD;
  return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

bool curl_is_ready() {
  static const bool ready = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
  return ready;
}

}  // namespace

Result<WebAnswer> fetch_by_curl(const WebRequest& request) {
  const std::unique_ptr<CURL, FreeCurl> handle(curl_is_ready() ? curl_easy_init() : nullptr);
  if (!handle) return fail("libcurl does not start");
  CURL* curl = handle.get();
  WebAnswer answer;
  std::unique_ptr<curl_slist, FreeList> fields;
  for (const std::string& field : request.fields) {
    curl_slist* longer = curl_slist_append(fields.get(), field.c_str());
    if (!longer) return fail("no memory");
    (void)fields.release();  // a part of the longer one
    fields.reset(longer);
  }
  curl_easy_setopt(curl, CURLOPT_URL, request.url.c_str());
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  const auto connect_within = std::min(kWebConnectWithin, request.within);
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(connect_within.count()));
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(request.within.count()));
  curl_easy_setopt(curl, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_web_body);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &answer.body);
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, fields.get());
  if (request.refuse_link_local) {
    curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
  }
  if (request.discard_body) curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, discard_web_body);
  if (!request.ca_file.empty()) curl_easy_setopt(curl, CURLOPT_CAINFO, request.ca_file.c_str());
  if (!request.form.empty()) {
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, static_cast<long>(request.form.size()));
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request.form.c_str());
  }
  if (const CURLcode code = curl_easy_perform(curl); code != CURLE_OK)
    return fail(request.url + ": " + curl_easy_strerror(code));
  long status = 0;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  answer.status = static_cast<int>(status);
  return answer;
}

WebFetch fetch_until(WebFetch fetch, std::chrono::steady_clock::time_point deadline) {
  return [fetch = std::move(fetch), deadline](const WebRequest& request) -> Result<WebAnswer> {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0) return fail(request.url + ": no time is left for it");
    WebRequest shorter = request;
    shorter.within = std::min(request.within, left);
    return fetch(shorter);
  };
}

}  // namespace longmen
