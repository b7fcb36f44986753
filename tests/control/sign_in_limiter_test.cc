#include "control/sign_in_limiter.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace longmen {
namespace {

using std::chrono::seconds;

RandomBytes fixed() {
  return [](std::span<uint8_t> bytes) { std::fill(bytes.begin(), bytes.end(), uint8_t{3}); };
}

class SignInLimiterTest : public ::testing::Test {
 protected:
  // Until the lock is over; how long that was.
  seconds fail_and_wait(const std::string& account, const std::string& address) {
    EXPECT_EQ(limiter_.begin(account, address, now_), std::nullopt);
    const auto wait = limiter_.begin(account, address, now_);
    if (!wait) {
      limiter_.undo(account, address);
      return seconds(0);
    }
    now_ += *wait;
    return *wait;
  }

  SignInLimiter limiter_{fixed()};
  seconds now_{1'000};
};

TEST_F(SignInLimiterTest, AnAccountIsLockedForTwiceAsLongEachTime) {
  for (int i = 1; i < SignInLimiter::kFreeByAccount; ++i)
    EXPECT_EQ(limiter_.begin("li", fmt::format("192.0.2.{}", i), now_), std::nullopt);
  EXPECT_EQ(fail_and_wait("li", "192.0.2.100"), seconds(2));
  EXPECT_EQ(fail_and_wait("li", "192.0.2.101"), seconds(4));
  EXPECT_EQ(fail_and_wait("li", "192.0.2.102"), seconds(8));
  for (int i = 0; i < 20; ++i)
    fail_and_wait("li", fmt::format("198.51.100.{}", i));
  EXPECT_EQ(fail_and_wait("li", "192.0.2.103"), SignInLimiter::kLongestLock);
  EXPECT_EQ(limiter_.begin("wang", "192.0.2.1", now_), std::nullopt);
}

TEST_F(SignInLimiterTest, AnAddressHasMoreTriesAndThenNoneForAnyAccount) {
  for (int i = 0; i < SignInLimiter::kFreeByAddress; ++i)
    EXPECT_EQ(limiter_.begin(fmt::format("name {}", i), "192.0.2.1", now_), std::nullopt) << i;
  EXPECT_EQ(limiter_.begin("yet another", "192.0.2.1", now_), seconds(2));
  EXPECT_EQ(limiter_.begin("yet another", "192.0.2.2", now_), std::nullopt);
}

TEST_F(SignInLimiterTest, AnIpv6NetworkIsOneAddress) {
  for (int i = 0; i < SignInLimiter::kFreeByAddress; ++i)
    limiter_.begin(fmt::format("name {}", i), fmt::format("2001:db8::{:x}", i), now_);
  EXPECT_EQ(limiter_.begin("other", "2001:db8::ffff:1", now_), seconds(2));
  EXPECT_EQ(limiter_.begin("other", "2001:db8:0:1::1", now_), std::nullopt);
}

TEST_F(SignInLimiterTest, SuccessForgetsTheAccountButNotTheAddress) {
  for (int i = 0; i < SignInLimiter::kFreeByAddress - 1; ++i)
    limiter_.begin(fmt::format("name {}", i), "192.0.2.1", now_);
  EXPECT_EQ(limiter_.begin("attacker's own", "192.0.2.1", now_), std::nullopt);
  limiter_.succeeded("attacker's own", "192.0.2.1");
  EXPECT_EQ(limiter_.failures_of_account("attacker's own"), 0);
  EXPECT_EQ(limiter_.begin("one more", "192.0.2.1", now_), std::nullopt);
  EXPECT_EQ(limiter_.begin("two more", "192.0.2.1", now_), seconds(2));
}

TEST_F(SignInLimiterTest, WhatWasNoGuessIsNotCounted) {
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(limiter_.begin("li", "192.0.2.1", now_), std::nullopt);
    limiter_.undo("li", "192.0.2.1");
  }
  EXPECT_EQ(limiter_.failures_of_account("li"), 0);
}

TEST_F(SignInLimiterTest, ManyAtOnceGainNothing) {
  int begun = 0;
  for (int i = 0; i < 1000; ++i)
    begun += !limiter_.begin("li", fmt::format("192.0.{}.1", i), now_);
  EXPECT_EQ(begun, SignInLimiter::kFreeByAccount);
}

TEST_F(SignInLimiterTest, FailuresAreForgottenAfterAnHour) {
  for (int i = 0; i < SignInLimiter::kFreeByAccount; ++i)
    limiter_.begin("li", fmt::format("192.0.2.{}", i), now_);
  now_ += SignInLimiter::kForget;
  EXPECT_EQ(limiter_.begin("li", "192.0.2.1", now_), std::nullopt);
  EXPECT_EQ(limiter_.failures_of_account("li"), 1);
}

TEST_F(SignInLimiterTest, AFloodOfAddressesForgetsNobody) {
  for (int i = 0; i < SignInLimiter::kFreeByAccount; ++i)
    limiter_.begin("li", "192.0.2.1", now_);
  for (int i = 0; i < 200'000; ++i)
    limiter_.begin(fmt::format("name {}", i), fmt::format("2001:db8:{:x}:{:x}::1", i >> 16, i),
                   now_);
  EXPECT_TRUE(limiter_.begin("li", "198.51.100.1", now_));
}

}  // namespace
}  // namespace longmen
