// Who may send a feed to which channel: a stream key is looked for, by its SHA-256, among the
// hashes of all channels, in time that does not depend on where or whether it is found. Addresses
// that try too many wrong keys within a minute are refused unheard. Knows no protocol. Keys in
// clear are neither kept nor logged. Bounds: kMaxKeyBytes, kMaxWatchedAddresses (the one watched
// longest is forgotten first). One thread.
#pragma once

#include <boost/asio/ip/address.hpp>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <unordered_map>
#include <vector>

#include "core/node/channel.h"
#include "core/time/media_time.h"

namespace longmen {

inline constexpr size_t kMaxKeyBytes = 256;
inline constexpr size_t kMaxWatchedAddresses = 4096;

// Lower-case hex SHA-256, as in Channel::key_hashes.
std::string stream_key_hash(std::string_view key);

// The address, as far as one sender cannot choose it freely: of IPv6, its /64.
std::string source_of(const boost::asio::ip::address& address);

struct StreamKeyOwner {
  std::string channel;
  ChannelInput input = ChannelInput::kPrimary;  // of the channel: which one it feeds
  std::string key_hash;
};
enum class StreamKeyRefusal { kWrongKey, kTooManyWrongKeys };

class StreamKeys {
 public:
  void configure(const std::vector<Channel>& channels);
  // Counted for each address (for IPv6: each /64).
  void set_wrong_keys_per_minute(int count) { wrong_keys_per_minute_ = count; }

  tl::expected<StreamKeyOwner, StreamKeyRefusal> check(const boost::asio::ip::address& address,
                                                       std::string_view key, Monotonic now);

  // Something else that an address has to know was wrong: it counts alike.
  void note_wrong_key(const boost::asio::ip::address& address, Monotonic now);

  size_t watched_addresses() const { return watched_.size(); }

 private:
  struct Watch {
    Monotonic since;
    int wrong_keys = 0;
  };
  void note_wrong_key(const std::string& source, Monotonic now);
  void forget_some(Monotonic now);

  std::vector<StreamKeyOwner> owners_;
  int wrong_keys_per_minute_ = 10;
  std::unordered_map<std::string, Watch> watched_;
};

}  // namespace longmen
