#include "gateway/peer_client.h"

#include <fmt/format.h>

#include <algorithm>

#include "gateway/curl_request.h"
#include "net/state_file.h"

namespace longmen {
namespace {

using namespace std::chrono_literals;

constexpr CurlPatience kForAViewer{2'000ms, 5s};
constexpr const char* kFieldsTaken[] = {
    "Content-Type",  "Content-Disposition",    "Cache-Control",          "ETag",
    "Content-Range", "X-Content-Type-Options", "Content-Security-Policy"};

}  // namespace

PeerClient::PeerClient(RecordingPeer peer, std::stop_token stop, const CurlPatience& patience)
    : peer_(std::move(peer)), stop_(std::move(stop)), patience_(patience), curl_(make_curl()) {}

Result<PeerAnswer> PeerClient::ask(const PeerQuestion& question) {
  const std::string url = peer_.url + question.path;
  CURL* const curl = static_cast<CURL*>(curl_.get());
  if (!curl) return fail("libcurl does not start");
  CurlFields fields;
  fields.add(std::string(kFromPeerField) + ": 1");
  if (!question.if_range.empty()) fields.add("If-Range: " + question.if_range);
  if (!peer_.token_file.empty()) {
    auto token = read_state_file(peer_.token_file);
    if (!token) return tl::unexpected(token.error());
    while (!token->empty() && static_cast<unsigned char>(token->back()) <= ' ')
      token->pop_back();
    fields.add("Authorization: Bearer " + *token);
  }
  CurlAnswer taken;
  taken.most = question.most;
  prepare_request(curl, url, patience_, peer_.ca_file, stop_, taken);
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, fields.get());
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(question.within.count()));
  if (question.head) curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
  if (!question.range.empty()) curl_easy_setopt(curl, CURLOPT_RANGE, question.range.c_str());
  const CURLcode code = curl_easy_perform(curl);
  PeerAnswer answer;
  answer.too_large = code == CURLE_WRITE_ERROR;
  if (code != CURLE_OK && !answer.too_large)
    return fail(fmt::format("{}: {}", url, curl_easy_strerror(code)));
  long status = 0;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  answer.status = static_cast<int>(status);
  curl_off_t bytes = 0;
  curl_easy_getinfo(curl, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &bytes);
  answer.bytes = static_cast<uint64_t>(std::max<curl_off_t>(bytes, 0));
  for (const char* name : kFieldsTaken) {
    curl_header* field = nullptr;
    if (curl_easy_header(curl, name, 0, CURLH_HEADER, -1, &field) == CURLHE_OK)
      answer.fields.set(name, field->value);
  }
  answer.content = std::move(taken.content);
  return answer;
}

Result<std::string> PeerClient::get(const std::string& path, size_t most) {
  auto answer = ask({path, most});
  if (!answer) return tl::unexpected(answer.error());
  if (answer->too_large)
    return fail(fmt::format("{}{}: more than {} bytes", peer_.url, path, most));
  if (answer->status != 200) return fail(fmt::format("{}{}: {}", peer_.url, path, answer->status));
  return std::move(answer->content);
}

Result<PeerAnswer> PeerClients::ask(const RecordingPeer& peer, const PeerQuestion& question) {
  std::unique_ptr<PeerClient> client;
  {
    const std::lock_guard lock(mutex_);
    const auto idle =
        std::ranges::find_if(idle_, [&](const auto& each) { return each->peer() == peer; });
    if (idle != idle_.end()) {
      client = std::move(*idle);
      idle_.erase(idle);
    }
  }
  if (!client) client = std::make_unique<PeerClient>(peer, stop_.get_token(), kForAViewer);
  auto answer = client->ask(question);
  const std::lock_guard lock(mutex_);
  idle_.push_back(std::move(client));
  return answer;
}

}  // namespace longmen
