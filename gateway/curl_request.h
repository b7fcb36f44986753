// What every request by libcurl here is like: HTTP or HTTPS alone, TLS verified, no redirects, an
// answer that is bounded, patience in each step, and an end when it is to stop. And its header
// fields. Blocks where it says so; one thread at a time.
#pragma once

#include <curl/curl.h>

#include <chrono>
#include <memory>
#include <new>
#include <stop_token>
#include <string>

namespace longmen {

struct FreeCurl {
  void operator()(void* curl) const { curl_easy_cleanup(static_cast<CURL*>(curl)); }
};
using CurlPtr = std::unique_ptr<void, FreeCurl>;
// Null: libcurl does not start. Any thread.
CurlPtr make_curl();

class CurlFields {
 public:
  void add(const std::string& field) {
    curl_slist* longer = curl_slist_append(list_.get(), field.c_str());
    if (!longer) throw std::bad_alloc();
    (void)list_.release();  // a part of the longer one
    list_.reset(longer);
  }
  curl_slist* get() const { return list_.get(); }

 private:
  struct FreeList {
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
  };
  std::unique_ptr<curl_slist, FreeList> list_;
};

struct CurlPatience {
  std::chrono::milliseconds connect{5'000};
  std::chrono::seconds stall{15};  // with less than a kilobyte a second
};
struct CurlAnswer {
  std::string content;
  size_t most = 0;  // CURLE_WRITE_ERROR: it is more
};
// Forgets what was asked before; connections stay. `ca_file` may be empty: this machine's own. What
// is referred to outlives the request.
void prepare_request(CURL* curl, const std::string& url, const CurlPatience& patience,
                     const std::string& ca_file, const std::stop_token& stop, CurlAnswer& answer);

}  // namespace longmen
