// One request over HTTPS to a server outside, by libcurl: no redirects, no other protocol, no body
// past kMaxWebBodyBytes, no longer than it is given. Blocks; on a thread made for waiting
// (control/work_thread.h), never the io thread's or the store's. A proxy of the environment is used
// as libcurl does (https_proxy, no_proxy).
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "core/base/result.h"

namespace longmen {

inline constexpr size_t kMaxWebBodyBytes = 512 << 10;
inline constexpr std::chrono::milliseconds kWebConnectWithin{3000};
inline constexpr std::chrono::milliseconds kWebWithin{6000};

struct WebRequest {
  std::string url;
  std::vector<std::string> fields;  // "Name: value"
  // Not empty: POST, as application/x-www-form-urlencoded unless a field says otherwise.
  std::string form;
  std::string ca_file;                            // empty: the machine's own
  std::chrono::milliseconds within = kWebWithin;  // connecting and all
  // Nobody at an address that is the link's alone, or everybody's (169.254.0.0/16, fe80::/10 and
  // the like), nor where clouds have their keys; asked of the address that is connected to, so no
  // proxy is used.
  bool refuse_link_local = false;
  bool discard_body = false;  // of the answer, however long it is
};
struct WebAnswer {
  int status = 0;
  std::string body;
};
// Fails with words when no whole answer came.
using WebFetch = std::function<Result<WebAnswer>(const WebRequest&)>;
Result<WebAnswer> fetch_by_curl(const WebRequest& request);
// As `fetch`, but what several requests take together ends at that instant.
WebFetch fetch_until(WebFetch fetch, std::chrono::steady_clock::time_point deadline);

}  // namespace longmen
