// Who may come in: counts viewers, and those of them who asked and are not connected yet, in all
// and by address, and refuses whoever is over a limit. IPv6 addresses count by their /64, since who
// has one of those has all of it. A viewer holds its Place, which goes where the viewer goes and is
// given back when it is destroyed, on any thread. It does not know shards, nor how busy they are.
// Bounds: as many addresses as there are viewers, and as many again from which nobody watches any
// more. enter() belongs to one thread (main).
#pragma once

#include <atomic>
#include <memory>
#include <string_view>
#include <tl/expected.hpp>
#include <unordered_map>

#include "core/base/address.h"

namespace longmen {

class Admission {
  struct Count;

 public:
  struct Limits {
    int viewers = 0;
    int viewers_per_address = 0;
    int pending = 0;
    int pending_per_address = 0;
  };
  enum class Refusal { kFull, kAddressFull, kPendingFull, kAddressPendingFull };

  class Place {
   public:
    Place() = default;
    Place(Place&& other) noexcept = default;
    Place& operator=(Place&& other) noexcept;
    ~Place() { give_back(); }
    // The viewer is connected: it is pending no more.
    void connected();

   private:
    friend class Admission;
    Place(std::shared_ptr<Count> all, std::shared_ptr<Count> address);
    void give_back();

    std::shared_ptr<Count> all_;  // null: no place
    std::shared_ptr<Count> address_;
    bool pending_ = true;
  };

  Admission();
  // `client_address` is text; what is none (a gateway's Unix socket) has no limits of its own.
  tl::expected<Place, Refusal> enter(const Limits& limits, std::string_view client_address);

  int viewers() const;
  int pending() const;
  size_t addresses() const { return by_address_.size(); }

 private:
  std::shared_ptr<Count> count_of(std::string_view client_address, const Limits& limits);

  std::shared_ptr<Count> all_;
  std::unordered_map<Address, std::shared_ptr<Count>> by_address_;  // port 0
};

}  // namespace longmen
