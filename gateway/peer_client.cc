#include "gateway/peer_client.h"

#include <fmt/format.h>

#include "gateway/curl_fields.h"
#include "net/state_file.h"

namespace longmen {
namespace {

constexpr long kConnectMs = 5'000;
constexpr long kStallSeconds = 15;  // with less than a kilobyte a second

struct TakenAnswer {
  std::string content;
  size_t most = 0;
};
size_t take_answer(char* bytes, size_t size, size_t count, void* user) {
  TakenAnswer& answer = *static_cast<TakenAnswer*>(user);
  if (answer.content.size() + size * count > answer.most) return 0;
  answer.content.append(bytes, size * count);
  return size * count;
}

int ends_when_asked(void* user, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return static_cast<const std::stop_token*>(user)->stop_requested() ? 1 : 0;
}

}  // namespace

void PeerClient::FreeCurl::operator()(void* curl) const {
  curl_easy_cleanup(static_cast<CURL*>(curl));
}

PeerClient::PeerClient(RecordingPeer peer, std::stop_token stop)
    : peer_(std::move(peer)),
      stop_(std::move(stop)),
      curl_(curl_is_ready() ? curl_easy_init() : nullptr) {}

Result<std::string> PeerClient::get(const std::string& path, size_t most) {
  const std::string url = peer_.url + path;
  CURL* const curl = static_cast<CURL*>(curl_.get());
  if (!curl) return fail("libcurl does not start");
  curl_easy_reset(curl);  // connections stay
  CurlFields fields;
  if (!peer_.token_file.empty()) {
    auto token = read_state_file(peer_.token_file);
    if (!token) return tl::unexpected(token.error());
    while (!token->empty() && static_cast<unsigned char>(token->back()) <= ' ')
      token->pop_back();
    fields.add("Authorization: Bearer " + *token);
  }
  TakenAnswer answer;
  answer.most = most;
  curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, kConnectMs);
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1024L);
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, kStallSeconds);
  curl_easy_setopt(curl, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  if (!peer_.ca_file.empty()) curl_easy_setopt(curl, CURLOPT_CAINFO, peer_.ca_file.c_str());
  curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, ends_when_asked);
  curl_easy_setopt(curl, CURLOPT_XFERINFODATA, &stop_);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_answer);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &answer);
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, fields.get());
  const CURLcode code = curl_easy_perform(curl);
  if (code == CURLE_WRITE_ERROR) return fail(fmt::format("{}: more than {} bytes", url, most));
  if (code != CURLE_OK) return fail(fmt::format("{}: {}", url, curl_easy_strerror(code)));
  long status = 0;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  if (status != 200) return fail(fmt::format("{}: {}", url, status));
  return std::move(answer.content);
}

}  // namespace longmen
