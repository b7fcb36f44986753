// Which session an address leads to, of those that share a UDP port. A check says who speaks, and
// its sender may be forged by whoever joined: so an address belongs to the session that named it
// first, until that one forgets it or another has proven that it is there (core/ice/ice_lite.h).
// Meanwhile the others contend, which means that answers from there are shown to them as well. It
// does not know STUN or sockets. Bounds: the addresses that sessions name, which ICE bounds;
// kMaxContentions in all, the oldest makes room and may ask again. One thread.
#pragma once

#include <algorithm>
#include <boost/unordered/unordered_flat_map.hpp>
#include <utility>
#include <vector>

#include "core/base/address.h"

namespace longmen {

// `Session`: a pointer, plain or shared.
template <class Session>
class PeerAddresses {
 public:
  static constexpr size_t kMaxContentions = 16;

  // --- Getters.
  Session find(const Address& address) const {
    const auto known = owners_.find(address);
    return known == owners_.end() ? Session() : known->second;
  }
  bool is_anothers(const Address& address, const Session& session) const {
    const Session owner = find(address);
    return owner && owner != session;
  }
  // Allocates nothing where there are none.
  std::vector<Session> contenders(const Address& address) const {
    std::vector<Session> found;
    for (const auto& [contended, session] : contentions_)
      if (contended == address) found.push_back(session);
    return found;
  }

  // --- Mutators.
  void reserve(size_t addresses) { owners_.reserve(addresses); }
  // Returns whose it was, if that is another one; who has to forget it.
  Session give(const Address& address, const Session& session) {
    std::erase(contentions_, std::pair(address, session));
    Session before = std::exchange(owners_[address], session);
    return before == session ? Session() : before;
  }
  void contend(const Address& address, const Session& session) {
    const std::pair contention(address, session);
    if (std::ranges::find(contentions_, contention) != contentions_.end()) return;
    if (contentions_.size() == kMaxContentions) contentions_.erase(contentions_.begin());
    contentions_.push_back(contention);
  }
  void release(const Address& address, const Session& session) {
    const auto known = owners_.find(address);
    if (known != owners_.end() && known->second == session) owners_.erase(known);
  }
  // The session is over, and its addresses are taken.
  void end_contentions(const Session& session) {
    std::erase_if(contentions_, [&](const auto& each) { return each.second == session; });
  }

 private:
  // Looked into for every datagram, of which hardly anything is in the processor's cache: entries
  // lie in the table itself.
  boost::unordered_flat_map<Address, Session, std::hash<Address>> owners_;
  std::vector<std::pair<Address, Session>> contentions_;
};

}  // namespace longmen
