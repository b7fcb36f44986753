#include "cli/hls_fetch.h"

#include <curl/curl.h>

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

}  // namespace

void HlsFetch::Free::operator()(void* handle) const {
  curl_easy_cleanup(handle);
}

HlsFetch::HlsFetch(bool insecure) : handle_(curl_easy_init()) {
  if (!handle_) throw std::bad_alloc();
  void* curl = handle_.get();
  curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
  curl_easy_setopt(curl, CURLOPT_MAXREDIRS, 5L);
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_ACCEPT_ENCODING, "gzip");
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS,
                   static_cast<long>(std::chrono::milliseconds(kWithin).count()));
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
  curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_field);
  curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, insecure ? 0L : 1L);
  curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, insecure ? 0L : 2L);
}

Result<HlsFetched> HlsFetch::get(const std::string& url, const std::string& range) {
  HlsFetched fetched;
  void* curl = handle_.get();
  curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl, CURLOPT_RANGE, range.empty() ? nullptr : range.c_str());
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &fetched.body);
  curl_easy_setopt(curl, CURLOPT_HEADERDATA, &fetched.fields);
  const auto began = std::chrono::steady_clock::now();
  if (const CURLcode code = curl_easy_perform(curl); code != CURLE_OK)
    return fail(url + ": " + curl_easy_strerror(code));
  fetched.took = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::steady_clock::now() - began);
  long status = 0;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  fetched.status = static_cast<int>(status);
  const char* effective = nullptr;
  curl_easy_getinfo(curl, CURLINFO_EFFECTIVE_URL, &effective);
  fetched.url = effective ? effective : url;
  return fetched;
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
