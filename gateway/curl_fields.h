// What every user of libcurl here needs: that it is ready, once for all threads, and a list of
// header fields.
#pragma once

#include <curl/curl.h>

#include <memory>
#include <new>
#include <string>

namespace longmen {

// Any thread.
inline bool curl_is_ready() {
  static const bool ready = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
  return ready;
}

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

}  // namespace longmen
