#include "relay/admission.h"

#include <algorithm>
#include <utility>

namespace longmen {
namespace {

constexpr size_t kSubscriberBytes = 8;  // of an IPv6 address: its /64

// What is counted as one address; of no family when the text is none.
Address subscriber(std::string_view text) {
  auto address = Address::from_text(text, 0);
  if (!address) return {};
  if (address->is_v6()) std::fill(address->ip.begin() + kSubscriberBytes, address->ip.end(), 0);
  return *address;
}

}  // namespace

struct Admission::Count {
  std::atomic<int> viewers{0};
  std::atomic<int> pending{0};
};

Admission::Admission() : all_(std::make_shared<Count>()) {}

tl::expected<Admission::Place, Admission::Refusal> Admission::enter(
    const Limits& limits, std::string_view client_address) {
  if (all_->viewers >= limits.viewers) return tl::unexpected(Refusal::kFull);
  auto address = count_of(client_address, limits);
  if (address && address->viewers >= limits.viewers_per_address)
    return tl::unexpected(Refusal::kAddressFull);
  if (address && address->pending >= limits.pending_per_address)
    return tl::unexpected(Refusal::kAddressPendingFull);
  if (all_->pending >= limits.pending) return tl::unexpected(Refusal::kPendingFull);
  return Place(all_, std::move(address));
}

std::shared_ptr<Admission::Count> Admission::count_of(std::string_view client_address,
                                                      const Limits& limits) {
  const Address key = subscriber(client_address);
  if (!key.valid()) return nullptr;
  if (by_address_.size() >= 2 * static_cast<size_t>(limits.viewers))
    std::erase_if(by_address_, [](const auto& entry) { return entry.second->viewers == 0; });
  auto& count = by_address_[key];
  if (!count) count = std::make_shared<Count>();
  return count;
}

int Admission::viewers() const {
  return all_->viewers;
}

int Admission::pending() const {
  return all_->pending;
}

Admission::Place::Place(std::shared_ptr<Count> all, std::shared_ptr<Count> address)
    : all_(std::move(all)), address_(std::move(address)) {
  for (Count* count : {all_.get(), address_.get()}) {
    if (!count) continue;
    ++count->viewers;
    ++count->pending;
  }
}

Admission::Place& Admission::Place::operator=(Place&& other) noexcept {
  if (this == &other) return *this;
  give_back();
  all_ = std::move(other.all_);
  address_ = std::move(other.address_);
  pending_ = other.pending_;
  return *this;
}

void Admission::Place::connected() {
  if (!std::exchange(pending_, false)) return;
  for (Count* count : {all_.get(), address_.get()})
    if (count) --count->pending;
}

void Admission::Place::give_back() {
  if (!all_) return;
  connected();
  for (Count* count : {all_.get(), address_.get()})
    if (count) --count->viewers;
  all_.reset();
  address_.reset();
}

}  // namespace longmen
