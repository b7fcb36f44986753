#include "ingest/stream_keys.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cstdint>

namespace longmen {
namespace {

using namespace std::chrono_literals;
constexpr auto kWatchTime = 1min;

}  // namespace

std::string source_of(const boost::asio::ip::address& address) {
  if (address.is_v4()) {
    const auto bytes = address.to_v4().to_bytes();
    return {bytes.begin(), bytes.end()};
  }
  const auto v6 = address.to_v6();
  const auto bytes = v6.to_bytes();
  if (v6.is_v4_mapped()) return {bytes.begin() + 12, bytes.end()};
  return {bytes.begin(), bytes.begin() + 8};
}

std::string stream_key_hash(std::string_view key) {
  std::array<uint8_t, 32> digest{};
  unsigned digest_bytes = 0;
  EVP_Digest(key.data(), key.size(), digest.data(), &digest_bytes, EVP_sha256(), nullptr);
  std::string hex;
  for (const uint8_t byte : digest) {
    hex += "0123456789abcdef"[byte >> 4];
    hex += "0123456789abcdef"[byte & 15];
  }
  return hex;
}

void StreamKeys::configure(const std::vector<Channel>& channels) {
  owners_.clear();
  for (const Channel& channel : channels) {
    for (const ChannelInput input : kChannelInputs) {
      for (const std::string& hash : keys_of(channel, input))
        owners_.push_back({channel.id, input, hash});
    }
  }
}

tl::expected<StreamKeyOwner, StreamKeyRefusal> StreamKeys::check(
    const boost::asio::ip::address& address, std::string_view key, Monotonic now) {
  const std::string source = source_of(address);
  const auto watch = watched_.find(source);
  if (watch != watched_.end() && now - watch->second.since < kWatchTime &&
      watch->second.wrong_keys >= wrong_keys_per_minute_)
    return tl::unexpected(StreamKeyRefusal::kTooManyWrongKeys);

  const StreamKeyOwner* owner = nullptr;
  const std::string hash = stream_key_hash(key.substr(0, kMaxKeyBytes));
  for (const StreamKeyOwner& candidate : owners_) {
    if (candidate.key_hash.size() == hash.size() &&
        CRYPTO_memcmp(candidate.key_hash.data(), hash.data(), hash.size()) == 0)
      owner = &candidate;
  }
  if (owner && key.size() <= kMaxKeyBytes) return *owner;
  note_wrong_key(source, now);
  return tl::unexpected(StreamKeyRefusal::kWrongKey);
}

void StreamKeys::note_wrong_key(const boost::asio::ip::address& address, Monotonic now) {
  note_wrong_key(source_of(address), now);
}

void StreamKeys::note_wrong_key(const std::string& source, Monotonic now) {
  if (watched_.size() >= kMaxWatchedAddresses && !watched_.contains(source)) forget_some(now);
  Watch& watch = watched_.try_emplace(source, Watch{now, 0}).first->second;
  if (now - watch.since >= kWatchTime) watch = Watch{now, 0};
  ++watch.wrong_keys;
}

void StreamKeys::forget_some(Monotonic now) {
  std::erase_if(watched_,
                [now](const auto& item) { return now - item.second.since >= kWatchTime; });
  if (watched_.size() < kMaxWatchedAddresses) return;
  watched_.erase(std::min_element(
      watched_.begin(), watched_.end(),
      [](const auto& a, const auto& b) { return a.second.since < b.second.since; }));
}

}  // namespace longmen
