// One HTTP request after another on kept connections, for `longmen check-hls`: GET, redirects
// followed, bodies bounded, times measured. What a channel demands of who watches goes along:
// header fields to the origin that they are meant for and to nobody else, and cookies to who has
// set them, from whichever request. libcurl does it. HlsAccess: any thread, and it outlives its
// HlsFetch, of which there is one a thread. Source: RFC 9110, RFC 6265, RFC 6454 (origin).
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/http/field_line.h"

namespace longmen {

struct HlsFetched {
  int status = 0;
  std::map<std::string, std::string> fields;  // names in lower case
  std::string body;                           // decoded
  std::string url;                            // after redirects
  std::chrono::milliseconds took{};           // to the body's end
};

class HlsAccess {
 public:
  // `fields` are for the origin of `url`. A certificate that cannot be verified is taken when it is
  // `insecure`.
  HlsAccess(const std::string& url, const std::vector<HttpFieldLine>& fields, bool insecure);
  ~HlsAccess();
  HlsAccess(const HlsAccess&) = delete;
  HlsAccess& operator=(const HlsAccess&) = delete;

 private:
  friend class HlsFetch;
  struct Free {
    void operator()(void* list) const;
  };
  bool is_for(const std::string& url) const;

  std::string origin_;
  std::unique_ptr<void, Free> fields_;  // null: none
  bool insecure_;
  std::mutex cookies_mutex_;
  void* cookies_;
};

class HlsFetch {
 public:
  static constexpr size_t kMaxBodyBytes = 64 << 20;
  static constexpr std::chrono::seconds kWithin{30};
  static constexpr int kMaxRedirects = 5;

  explicit HlsFetch(const HlsAccess& access);

  // Fails with words when there is no whole answer. `range` is of bytes, "0-99"; empty: all.
  Result<HlsFetched> get(const std::string& url, const std::string& range = {});

 private:
  struct Free {
    void operator()(void* handle) const;
  };
  const HlsAccess& access_;
  std::unique_ptr<void, Free> handle_;
};

// RFC 3986 §5.
std::string resolve_url(const std::string& base, const std::string& reference);
// With a query field more.
std::string with_query(const std::string& url, const std::string& fields);

}  // namespace longmen
