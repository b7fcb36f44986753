#include "control/password_hash.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "control/secret.h"

namespace longmen {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

const PasswordCost kCheap{8, 1, 1};

RandomBytes all(uint8_t value) {
  return [value](std::span<uint8_t> bytes) { std::fill(bytes.begin(), bytes.end(), value); };
}

TEST(PasswordHashTest, ThePasswordAndNoOtherFits) {
  const auto hash = hash_password("correct horse battery", kCheap, system_random());
  ASSERT_TRUE(hash);
  EXPECT_THAT(*hash, StartsWith("$argon2id$v=19$m=8,t=1,p=1$"));
  EXPECT_TRUE(is_password("correct horse battery", *hash));
  EXPECT_FALSE(is_password("correct horse batterx", *hash));
  EXPECT_FALSE(is_password("", *hash));
  EXPECT_NE(*hash_password("correct horse battery", kCheap, system_random()), *hash);
}

TEST(PasswordHashTest, ANulIsACharacterLikeAnyOther) {
  const std::string with("abc\0defghijkl", 13), other("abc\0xxxxxxxxx", 13);
  const auto hash = hash_password(with, kCheap, system_random());
  EXPECT_TRUE(is_password(with, *hash));
  EXPECT_FALSE(is_password(other, *hash));
}

TEST(PasswordHashTest, WhatIsNoHashFitsNothing) {
  for (const char* hash : {"", "x", "$argon2id$", "$argon2i$v=19$m=8,t=1,p=1$AAAA$AAAA"})
    EXPECT_FALSE(is_password("", hash)) << hash;
}

TEST(PasswordHashTest, TheSameSaltGivesTheSameHash) {
  EXPECT_EQ(*hash_password("a", kCheap, all(7)), *hash_password("a", kCheap, all(7)));
  EXPECT_NE(*hash_password("a", kCheap, all(7)), *hash_password("a", kCheap, all(8)));
}

TEST(PasswordHashTest, AnotherCostAsksForANewHash) {
  const auto hash = hash_password("a", kCheap, system_random());
  EXPECT_FALSE(needs_rehash(*hash, kCheap));
  EXPECT_TRUE(needs_rehash(*hash, {16, 1, 1}));
  EXPECT_TRUE(needs_rehash(*hash, {8, 2, 1}));
  EXPECT_TRUE(needs_rehash(*hash, {8, 11, 1}));
  EXPECT_TRUE(needs_rehash("", kCheap));
}

TEST(PasswordHashTest, TheCostIsWhatItIsSaidToBe) {
  const PasswordCost usual;
  EXPECT_EQ(usual.memory_kib, 64u * 1024);
  EXPECT_EQ(usual.passes, 3u);
  EXPECT_FALSE(hash_password("a", {1, 1, 1}, system_random())) << "argon2 refuses less than 8 KiB";
}

TEST(PasswordHashTest, LengthCountsAndCompositionDoesNot) {
  EXPECT_EQ(fault_of_password("twelve chars", "li.wei"), std::nullopt);
  EXPECT_THAT(*fault_of_password("elevenchars", "li.wei"), HasSubstr("12 characters"));
  EXPECT_EQ(fault_of_password("一二三四五六七八九十甲乙", "li.wei"), std::nullopt);
  EXPECT_TRUE(fault_of_password("一二三四五六七八九十甲", "li.wei"));
  EXPECT_EQ(fault_of_password(std::string(255, 'a') + "b", "li.wei"), std::nullopt);
  EXPECT_TRUE(fault_of_password(std::string(256, 'a') + "b", "li.wei"));
  EXPECT_TRUE(fault_of_password("aaaaaaaaaaaaaaaa", "li.wei"));
  EXPECT_TRUE(fault_of_password("Administrator", "administrator"));
  EXPECT_TRUE(fault_of_password("", ""));
}

}  // namespace
}  // namespace longmen
