#include "gateway/peer_client.h"

#include <fmt/format.h>

#include "gateway/curl_request.h"
#include "net/state_file.h"

namespace longmen {
PeerClient::PeerClient(RecordingPeer peer, std::stop_token stop)
    : peer_(std::move(peer)), stop_(std::move(stop)), curl_(make_curl()) {}

Result<std::string> PeerClient::get(const std::string& path, size_t most) {
  const std::string url = peer_.url + path;
  CURL* const curl = static_cast<CURL*>(curl_.get());
  if (!curl) return fail("libcurl does not start");
  CurlFields fields;
  if (!peer_.token_file.empty()) {
    auto token = read_state_file(peer_.token_file);
    if (!token) return tl::unexpected(token.error());
    while (!token->empty() && static_cast<unsigned char>(token->back()) <= ' ')
      token->pop_back();
    fields.add("Authorization: Bearer " + *token);
  }
  CurlAnswer answer;
  answer.most = most;
  prepare_request(curl, url, {}, peer_.ca_file, stop_, answer);
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
