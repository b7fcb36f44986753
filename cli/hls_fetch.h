// One HTTP request after another on kept connections, for `longmen check-hls`: GET, redirects
// followed, bodies bounded, times measured. libcurl does it. One object a thread.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <string>

#include "core/base/result.h"

namespace longmen {

struct HlsFetched {
  int status = 0;
  std::map<std::string, std::string> fields;  // names in lower case
  std::string body;                           // decoded
  std::string url;                            // after redirects
  std::chrono::milliseconds took{};           // to the body's end
};

class HlsFetch {
 public:
  static constexpr size_t kMaxBodyBytes = 64 << 20;
  static constexpr std::chrono::seconds kWithin{30};

  explicit HlsFetch(bool insecure);

  // Fails with words when there is no whole answer. `range` is of bytes, "0-99"; empty: all.
  Result<HlsFetched> get(const std::string& url, const std::string& range = {});

 private:
  struct Free {
    void operator()(void* handle) const;
  };
  std::unique_ptr<void, Free> handle_;
};

// RFC 3986 §5.
std::string resolve_url(const std::string& base, const std::string& reference);
// With a query field more.
std::string with_query(const std::string& url, const std::string& fields);

}  // namespace longmen
