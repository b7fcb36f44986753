#include "relay/admission.h"

#include <gtest/gtest.h>

#include <random>
#include <thread>
#include <vector>

namespace longmen {
namespace {

using Refusal = Admission::Refusal;
constexpr Admission::Limits kLimits{
    .viewers = 6, .viewers_per_address = 4, .pending = 3, .pending_per_address = 2};

std::optional<Refusal> refusal(const tl::expected<Admission::Place, Refusal>& entered) {
  return entered ? std::nullopt : std::optional(entered.error());
}

TEST(Admission, EachLimitIsNamed) {
  Admission admission;
  std::vector<Admission::Place> places;
  const auto enter = [&](const char* address) {
    auto place = admission.enter(kLimits, address);
    if (place) places.push_back(std::move(*place));
    return refusal(place);
  };
  EXPECT_EQ(enter("192.0.2.1"), std::nullopt);
  EXPECT_EQ(enter("192.0.2.1"), std::nullopt);
  EXPECT_EQ(enter("192.0.2.1"), Refusal::kAddressPendingFull);
  EXPECT_EQ(enter("192.0.2.2"), std::nullopt);
  EXPECT_EQ(enter("192.0.2.2"), Refusal::kPendingFull);
  for (Admission::Place& place : places)
    place.connected();
  EXPECT_EQ(admission.pending(), 0);
  EXPECT_EQ(enter("192.0.2.1"), std::nullopt);
  EXPECT_EQ(enter("192.0.2.1"), std::nullopt);
  EXPECT_EQ(enter("192.0.2.1"), Refusal::kAddressFull);
  EXPECT_EQ(enter("192.0.2.2"), std::nullopt);
  EXPECT_EQ(admission.viewers(), 6);
  EXPECT_EQ(enter("192.0.2.3"), Refusal::kFull);
  places.erase(places.begin());
  EXPECT_EQ(admission.viewers(), 5);
  EXPECT_EQ(enter("192.0.2.1"), Refusal::kAddressPendingFull);
  EXPECT_EQ(enter("192.0.2.2"), Refusal::kPendingFull);
  places.back().connected();
  EXPECT_EQ(enter("192.0.2.2"), std::nullopt);
}

TEST(Admission, AnIpv6SubscriberIsOneAddressAndNoAddressHasNoLimit) {
  Admission admission;
  const Admission::Limits one{
      .viewers = 100, .viewers_per_address = 1, .pending = 100, .pending_per_address = 100};
  const auto first = admission.enter(one, "2001:db8:1:2::1");
  EXPECT_EQ(refusal(admission.enter(one, "2001:db8:1:2:ffff::9")), Refusal::kAddressFull);
  EXPECT_EQ(refusal(admission.enter(one, "2001:db8:1:3::1")), std::nullopt);
  const auto mapped = admission.enter(one, "::ffff:192.0.2.1");
  EXPECT_EQ(refusal(admission.enter(one, "192.0.2.1")), Refusal::kAddressFull);
  std::vector<Admission::Place> unknown;
  for (int i = 0; i < 5; ++i)
    unknown.push_back(admission.enter(one, i % 2 ? "" : "no address").value());
  EXPECT_EQ(admission.viewers(), 7);
}

TEST(Admission, APlaceThatMovesIsGivenBackOnce) {
  Admission admission;
  auto place = admission.enter(kLimits, "192.0.2.1").value();
  Admission::Place moved(std::move(place));
  Admission::Place other = admission.enter(kLimits, "192.0.2.1").value();
  EXPECT_EQ(admission.viewers(), 2);
  other = std::move(moved);
  EXPECT_EQ(admission.viewers(), 1);
  EXPECT_EQ(admission.pending(), 1);
  other.connected();
  other.connected();
  EXPECT_EQ(admission.pending(), 0);
  other = Admission::Place();
  EXPECT_EQ(admission.viewers(), 0);
  EXPECT_EQ(admission.pending(), 0);
}

TEST(Admission, AddressesFromWhichNobodyWatchesAreForgotten) {
  Admission admission;
  for (int i = 0; i < 1000; ++i) {
    const std::string address = "10.0." + std::to_string(i / 250) + "." + std::to_string(i % 250);
    EXPECT_TRUE(admission.enter(kLimits, address));
    EXPECT_LE(admission.addresses(), 2u * kLimits.viewers);
  }
  EXPECT_EQ(admission.viewers(), 0);
}

// Against a model that counts: whatever comes and goes, the sums are right.
TEST(Admission, CountsAsAModelDoes) {
  std::mt19937 random(7);
  Admission admission;
  struct Viewer {
    int address;
    bool pending;
    Admission::Place place;
  };
  std::vector<Viewer> viewers;
  const auto count = [&](auto which) {
    return static_cast<int>(std::count_if(viewers.begin(), viewers.end(), which));
  };
  for (int step = 0; step < 20'000; ++step) {
    const size_t any = viewers.empty() ? 0 : random() % viewers.size();
    if (const auto action = random() % 4; action < 2) {
      const int address = static_cast<int>(random() % 4);
      const auto here = [&](const Viewer& v) { return v.address == address; };
      const auto pending = [](const Viewer& v) { return v.pending; };
      const auto pending_here = [&](const Viewer& v) { return v.pending && here(v); };
      const bool welcome = count([](const Viewer&) { return true; }) < kLimits.viewers &&
                           count(here) < kLimits.viewers_per_address &&
                           count(pending) < kLimits.pending &&
                           count(pending_here) < kLimits.pending_per_address;
      auto place = admission.enter(kLimits, "10.0.0." + std::to_string(address));
      ASSERT_EQ(place.has_value(), welcome) << step;
      if (place) viewers.push_back({address, true, std::move(*place)});
    } else if (!viewers.empty() && action == 2) {
      viewers[any].pending = false;
      viewers[any].place.connected();
    } else if (!viewers.empty()) {
      std::swap(viewers[any], viewers.back());
      viewers.pop_back();
    }
    ASSERT_EQ(admission.viewers(), static_cast<int>(viewers.size()));
  }
}

TEST(Admission, PlacesAreGivenBackByOtherThreads) {
  Admission admission;
  const Admission::Limits wide{.viewers = 100'000,
                               .viewers_per_address = 100'000,
                               .pending = 100'000,
                               .pending_per_address = 100'000};
  std::vector<std::thread> shards;
  for (int shard = 0; shard < 3; ++shard) {
    std::vector<Admission::Place> places;
    for (int i = 0; i < 2000; ++i)
      places.push_back(admission.enter(wide, "192.0.2.1").value());
    shards.emplace_back([places = std::move(places)]() mutable {
      for (Admission::Place& place : places) {
        place.connected();
        place = Admission::Place();
      }
    });
  }
  for (int i = 0; i < 2000; ++i)
    EXPECT_TRUE(admission.enter(wide, "192.0.2.1"));
  for (std::thread& shard : shards)
    shard.join();
  EXPECT_EQ(admission.viewers(), 0);
  EXPECT_EQ(admission.pending(), 0);
}

}  // namespace
}  // namespace longmen
