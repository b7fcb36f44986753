#include "cli/hls_fetch.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <boost/url/parse.hpp>
#include <boost/url/url.hpp>
#include <cctype>
#include <new>

namespace longmen {
namespace {

size_t take_body(char* bytes, size_t size, size_t count, void* user) {
  std::string& body = *static_cast<std::string*>(user);
  if (body.size() + size * count > HlsFetch::kMaxBodyBytes) return 0;
  body.append(bytes, size * count);
  return size * count;
}

size_t take_field(char* bytes, size_t size, size_t count, void* user) {
  auto& fields = *static_cast<std::map<std::string, std::string>*>(user);
  const std::string line(bytes, size * count);
  if (line.starts_with("HTTP/")) fields.clear();  // of a redirect, or 100
  const size_t colon = line.find(':');
  if (colon == std::string::npos) return size * count;
  std::string name = line.substr(0, colon);
  std::ranges::transform(name, name.begin(), [](unsigned char c) { return std::tolower(c); });
  const size_t from = line.find_first_not_of(" \t", colon + 1);
  const size_t to = line.find_last_not_of(" \t\r\n");
  if (from != std::string::npos && to >= from) fields[name] = line.substr(from, to - from + 1);
  return size * count;
}

void lock_cookies(CURL*, curl_lock_data, curl_lock_access, void* mutex) {
  static_cast<std::mutex*>(mutex)->lock();
}
void unlock_cookies(CURL*, curl_lock_data, void* mutex) {
  static_cast<std::mutex*>(mutex)->unlock();
}

// "https://host:443"; empty: it is no URL of HTTP.
std::string origin_of(const std::string& url) {
  const auto parsed = boost::urls::parse_uri(url);
  if (!parsed) return {};
  std::string scheme(parsed->scheme());
  std::ranges::transform(scheme, scheme.begin(), [](unsigned char c) { return std::tolower(c); });
  std::string host(parsed->encoded_host());
  std::ranges::transform(host, host.begin(), [](unsigned char c) { return std::tolower(c); });
  const std::string port =
      parsed->port().empty() ? (scheme == "https" ? "443" : "80") : std::string(parsed->port());
  return scheme + "://" + host + ":" + port;
}

}  // namespace

void HlsAccess::Free::operator()(void* list) const {
  curl_slist_free_all(static_cast<curl_slist*>(list));
}

HlsAccess::HlsAccess(const std::string& url, const std::vector<HttpFieldLine>& fields,
                     bool insecure)
    : origin_(origin_of(url)), insecure_(insecure), cookies_(curl_share_init()) {
  if (!cookies_) throw std::bad_alloc();
  curl_share_setopt(cookies_, CURLSHOPT_USERDATA, &cookies_mutex_);
  curl_share_setopt(cookies_, CURLSHOPT_LOCKFUNC, lock_cookies);
  curl_share_setopt(cookies_, CURLSHOPT_UNLOCKFUNC, unlock_cookies);
  curl_share_setopt(cookies_, CURLSHOPT_SHARE, CURL_LOCK_DATA_COOKIE);
  for (const HttpFieldLine& field : fields) {
    // libcurl takes "Name:" for a field to leave out, and "Name;" for one without a value.
    const std::string line =
        field.value.empty() ? field.name + ";" : field.name + ": " + field.value;
    auto* list = curl_slist_append(static_cast<curl_slist*>(fields_.get()), line.c_str());
    if (!list) throw std::bad_alloc();
    (void)fields_.release();  // the list, or its first one that is new
    fields_.reset(list);
  }
}

HlsAccess::~HlsAccess() {
  curl_share_cleanup(static_cast<CURLSH*>(cookies_));
}

bool HlsAccess::is_for(const std::string& url) const {
  return fields_ && !origin_.empty() && origin_of(url) == origin_;
}

void HlsFetch::Free::operator()(void* handle) const {
  curl_easy_cleanup(handle);
}

HlsFetch::HlsFetch(const HlsAccess& access) : access_(access), handle_(curl_easy_init()) {
  if (!handle_) throw std::bad_alloc();
  void* curl = handle_.get();
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_ACCEPT_ENCODING, "gzip");
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS,
                   static_cast<long>(std::chrono::milliseconds(kWithin).count()));
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
  curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_field);
  curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, access.insecure_ ? 0L : 1L);
  curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, access.insecure_ ? 0L : 2L);
  curl_easy_setopt(curl, CURLOPT_SHARE, access.cookies_);
  curl_easy_setopt(curl, CURLOPT_COOKIEFILE, "");  // none is read: cookies are kept
}

// Redirects are followed here: each may lead to another origin.
Result<HlsFetched> HlsFetch::get(const std::string& url, const std::string& range) {
  HlsFetched fetched;
  fetched.url = url;
  void* curl = handle_.get();
  curl_easy_setopt(curl, CURLOPT_RANGE, range.empty() ? nullptr : range.c_str());
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &fetched.body);
  curl_easy_setopt(curl, CURLOPT_HEADERDATA, &fetched.fields);
  const auto began = std::chrono::steady_clock::now();
  for (int redirects = 0; redirects <= kMaxRedirects; ++redirects) {
    fetched.body.clear();
    fetched.fields.clear();
    curl_easy_setopt(curl, CURLOPT_URL, fetched.url.c_str());
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER,
                     access_.is_for(fetched.url) ? access_.fields_.get() : nullptr);
    if (const CURLcode code = curl_easy_perform(curl); code != CURLE_OK)
      return fail(fetched.url + ": " + curl_easy_strerror(code));
    const char* to = nullptr;
    curl_easy_getinfo(curl, CURLINFO_REDIRECT_URL, &to);
    if (to) {
      fetched.url = std::string(to);
      continue;
    }
    fetched.took = std::chrono::duration_cast<std::chrono::milliseconds>(
        std::chrono::steady_clock::now() - began);
    long status = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    fetched.status = static_cast<int>(status);
    return fetched;
  }
  return fail(fmt::format("{}: more than {} redirects", url, kMaxRedirects));
}

std::string resolve_url(const std::string& base, const std::string& reference) {
  const auto from = boost::urls::parse_uri(base);
  const auto to = boost::urls::parse_uri_reference(reference);
  boost::urls::url resolved;
  if (!from || !to || !boost::urls::resolve(*from, *to, resolved)) return reference;
  return std::string(resolved.buffer());
}

std::string with_query(const std::string& url, const std::string& fields) {
  return url + (url.find('?') == std::string::npos ? '?' : '&') + fields;
}

}  // namespace longmen
