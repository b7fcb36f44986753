#include "net/peer_addresses.h"

#include <gtest/gtest.h>

namespace longmen {
namespace {

const Address kHome = *Address::from_text("192.0.2.1", 5000);
const Address kOffice = *Address::from_text("192.0.2.2", 5000);

class PeerAddressesTest : public testing::Test {
 protected:
  int sessions_[3] = {};
  int* first_ = &sessions_[0];
  int* second_ = &sessions_[1];
  int* third_ = &sessions_[2];
  PeerAddresses<int*> addresses_;
};

TEST_F(PeerAddressesTest, AnAddressLeadsToWhoseItIs) {
  EXPECT_EQ(addresses_.find(kHome), nullptr);
  EXPECT_FALSE(addresses_.is_anothers(kHome, first_));
  EXPECT_EQ(addresses_.give(kHome, first_), nullptr);
  EXPECT_EQ(addresses_.give(kHome, first_), nullptr);  // no change
  EXPECT_EQ(addresses_.find(kHome), first_);
  EXPECT_FALSE(addresses_.is_anothers(kHome, first_));
  EXPECT_TRUE(addresses_.is_anothers(kHome, second_));
  EXPECT_FALSE(addresses_.is_anothers(kOffice, second_));
  addresses_.release(kHome, second_);  // is not its own
  EXPECT_EQ(addresses_.find(kHome), first_);
  addresses_.release(kHome, first_);
  EXPECT_EQ(addresses_.find(kHome), nullptr);
}

TEST_F(PeerAddressesTest, WhoContendsIsAskedUntilItHasTheAddress) {
  addresses_.give(kHome, first_);
  addresses_.contend(kHome, second_);
  addresses_.contend(kHome, second_);
  addresses_.contend(kHome, third_);
  EXPECT_EQ(addresses_.contenders(kHome), (std::vector{second_, third_}));
  EXPECT_TRUE(addresses_.contenders(kOffice).empty());
  EXPECT_EQ(addresses_.find(kHome), first_);
  EXPECT_EQ(addresses_.give(kHome, second_), first_);
  EXPECT_EQ(addresses_.contenders(kHome), std::vector{third_});
  addresses_.end_contentions(third_);
  EXPECT_TRUE(addresses_.contenders(kHome).empty());
}

TEST_F(PeerAddressesTest, TheOldestContentionMakesRoom) {
  addresses_.contend(kHome, first_);
  for (size_t port = 1; port <= addresses_.kMaxContentions; ++port)
    addresses_.contend(*Address::from_text("192.0.2.3", static_cast<uint16_t>(port)), second_);
  EXPECT_TRUE(addresses_.contenders(kHome).empty());
}

}  // namespace
}  // namespace longmen
