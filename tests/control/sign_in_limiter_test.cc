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
  // How long nobody may try; 0: it has begun.
  seconds begin(const std::string& account, const std::string& address) {
    const auto begun = limiter_.begin(account, address, now_);
    return begun ? seconds(0) : begun.error();
  }
  seconds begin_known(const std::string& key) {
    const auto begun = limiter_.begin_known(key, now_);
    return begun ? seconds(0) : begun.error();
  }
  // Until the lock is over; how long that was.
  seconds fail_and_wait(const std::string& account, const std::string& address) {
    EXPECT_EQ(begin(account, address), seconds(0));
    const auto again = limiter_.begin(account, address, now_);
    if (again) {
      limiter_.undo(*again);
      return seconds(0);
    }
    now_ += again.error();
    return again.error();
  }
  static std::string v4(int i) { return fmt::format("192.0.2.{}", i); }

  SignInLimiter limiter_{fixed()};
  seconds now_{1'000};
};

TEST_F(SignInLimiterTest, AnAccountIsLockedForTwiceAsLongEachTime) {
  for (int i = 1; i < SignInLimiter::kFreeByAccount; ++i)
    EXPECT_EQ(begin("li", v4(i)), seconds(0));
  EXPECT_EQ(fail_and_wait("li", v4(100)), seconds(2));
  EXPECT_EQ(fail_and_wait("li", v4(101)), seconds(4));
  EXPECT_EQ(fail_and_wait("li", v4(102)), seconds(8));
  for (int i = 0; i < 20; ++i)
    fail_and_wait("li", fmt::format("198.51.100.{}", i));
  EXPECT_EQ(fail_and_wait("li", v4(103)), SignInLimiter::kLongestLock);
  EXPECT_EQ(begin("wang", v4(1)), seconds(0));
}

TEST_F(SignInLimiterTest, AnAddressHasMoreTriesAndThenNoneForAnyAccount) {
  for (int i = 0; i < SignInLimiter::kFreeByAddress; ++i)
    EXPECT_EQ(begin(fmt::format("name {}", i), v4(1)), seconds(0)) << i;
  EXPECT_EQ(begin("yet another", v4(1)), seconds(2));
  EXPECT_EQ(begin("yet another", v4(2)), seconds(0));
}

TEST_F(SignInLimiterTest, AnAddressWithManyPeopleIsNotLockedForLong) {
  for (int i = 0; i < SignInLimiter::kFreeByAddress + 20; ++i)
    now_ += begin(fmt::format("name {}", i), v4(1));
  begin("one more", v4(1));
  EXPECT_EQ(begin("two more", v4(1)), SignInLimiter::kLongestLockOfNetwork);
}

TEST_F(SignInLimiterTest, AnIpv6NetworkIsOneAddress) {
  for (int i = 0; i < SignInLimiter::kFreeByAddress; ++i)
    begin(fmt::format("name {}", i), fmt::format("2001:db8::{:x}", i));
  EXPECT_EQ(begin("other", "2001:db8::ffff:1"), seconds(2));
  EXPECT_EQ(begin("other", "2001:db8:0:1::1"), seconds(0));
}

TEST_F(SignInLimiterTest, WhoHasManyIpv6NetworksHasNotAsManyTries) {
  int begun = 0;
  for (int i = 0; i < 256; ++i)  // all of a /56
    begun += begin(fmt::format("name {}", i), fmt::format("2001:db8:0:{:x}::1", i)) == seconds(0);
  EXPECT_EQ(begun, SignInLimiter::kFreeBy56);
  for (int i = 256; i < 65536; i += 16)  // the rest of the /48
    begun += begin(fmt::format("name {}", i), fmt::format("2001:db8:0:{:x}::1", i)) == seconds(0);
  EXPECT_EQ(begun, SignInLimiter::kFreeBy48);
  EXPECT_EQ(begin("neighbour", "2001:db8:1::1"), seconds(0));
}

TEST_F(SignInLimiterTest, StrangersLockOutStrangersAlone) {
  EXPECT_EQ(begin_known("device of li"), seconds(0));
  for (int i = 0; i < 1000; ++i) {
    begin("li", "192.0.2.1");
    now_ += seconds(1);
  }
  EXPECT_GT(begin("li", "198.51.100.1"), seconds(0));
  EXPECT_EQ(begin_known("device of li"), seconds(0)) << "also from the address of the guesses";
}

TEST_F(SignInLimiterTest, WhoIsKnownHasABoundToo) {
  int begun = 0;
  for (int i = 0; i < 1000; ++i)
    begun += begin_known("device of li") == seconds(0);
  EXPECT_EQ(begun, SignInLimiter::kFreeByAccount);
  EXPECT_EQ(begin_known("device of wang"), seconds(0));
  EXPECT_EQ(begin("li", "192.0.2.1"), seconds(0)) << "and locks nobody else";
}

TEST_F(SignInLimiterTest, SuccessForgetsTheAccountButNotTheAddress) {
  for (int i = 0; i < SignInLimiter::kFreeByAddress - 1; ++i)
    begin(fmt::format("name {}", i), v4(1));
  const auto own = limiter_.begin("attacker's own", v4(1), now_);
  ASSERT_TRUE(own);
  limiter_.succeeded(*own);
  EXPECT_EQ(limiter_.failures_of_account("attacker's own"), 0);
  EXPECT_EQ(begin("one more", v4(1)), seconds(0));
  EXPECT_EQ(begin("two more", v4(1)), seconds(2));
}

TEST_F(SignInLimiterTest, WhatWasNoGuessIsNotCounted) {
  for (int i = 0; i < 100; ++i) {
    const auto begun = limiter_.begin("li", v4(1), now_);
    ASSERT_TRUE(begun);
    limiter_.undo(*begun);
  }
  EXPECT_EQ(limiter_.failures_of_account("li"), 0);
}

TEST_F(SignInLimiterTest, UndoingAnAttemptLeavesTheLocksOfOthers) {
  const auto mine = limiter_.begin("li", v4(1), now_);
  ASSERT_TRUE(mine);
  for (int i = 2; i <= SignInLimiter::kFreeByAccount; ++i)
    begin("li", v4(i));
  ASSERT_EQ(begin("li", v4(9)), seconds(2));
  limiter_.undo(*mine);
  EXPECT_EQ(begin("li", v4(9)), seconds(2)) << "somebody else's failure locked it";
  EXPECT_EQ(limiter_.failures_of_account("li"), SignInLimiter::kFreeByAccount - 1);
}

TEST_F(SignInLimiterTest, UndoingTheAttemptThatLockedOpens) {
  for (int i = 1; i < SignInLimiter::kFreeByAccount; ++i)
    begin("li", v4(i));
  const auto last = limiter_.begin("li", v4(9), now_);
  ASSERT_TRUE(last);
  ASSERT_EQ(begin("li", v4(9)), seconds(2));
  limiter_.undo(*last);
  EXPECT_EQ(begin("li", v4(9)), seconds(0));
}

TEST_F(SignInLimiterTest, AnAttemptFromBeforeAnAccountWasClearedUndoesNothingOfIt) {
  const auto early = limiter_.begin("li", v4(1), now_);
  ASSERT_TRUE(early);
  limiter_.clear_account("li");
  begin("li", v4(2));
  limiter_.undo(*early);
  EXPECT_EQ(limiter_.failures_of_account("li"), 1);
}

TEST_F(SignInLimiterTest, ManyAtOnceGainNothing) {
  int begun = 0;
  for (int i = 0; i < 1000; ++i)
    begun += begin("li", fmt::format("192.0.{}.1", i % 256)) == seconds(0);
  EXPECT_EQ(begun, SignInLimiter::kFreeByAccount);
}

TEST_F(SignInLimiterTest, FailuresAreForgottenAfterAnHour) {
  for (int i = 0; i < SignInLimiter::kFreeByAccount; ++i)
    begin("li", v4(i));
  now_ += SignInLimiter::kForget;
  EXPECT_EQ(begin("li", v4(1)), seconds(0));
  EXPECT_EQ(limiter_.failures_of_account("li"), 1);
}

TEST_F(SignInLimiterTest, AFloodOfAddressesForgetsNobody) {
  for (int i = 0; i < SignInLimiter::kFreeByAccount; ++i)
    begin("li", v4(1));
  for (int i = 0; i < 200'000; ++i)
    begin(fmt::format("name {}", i),
          fmt::format("2001:{:x}:{:x}::1", 0xdb8 + (i >> 16), i & 65535));
  EXPECT_GT(begin("li", "198.51.100.1"), seconds(0));
}

}  // namespace
}  // namespace longmen
