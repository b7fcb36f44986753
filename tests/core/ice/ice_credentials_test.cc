#include "core/ice/ice_credentials.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace longmen {
namespace {

TEST(IceCredentialsTest, AreOfIceCharsAndDiffer) {
  std::mt19937 engine(7);
  const RandomBytes random = [&](std::span<uint8_t> out) {
    for (uint8_t& byte : out)
      byte = static_cast<uint8_t>(engine());
  };
  const IceCredentials first = make_ice_credentials(random);
  const IceCredentials second = make_ice_credentials(random);
  EXPECT_NE(first, second);
  EXPECT_EQ(first.ufrag.size(), kLocalUfragChars);
  EXPECT_EQ(first.pwd.size(), kLocalPwdChars);
  EXPECT_TRUE(std::ranges::all_of(first.ufrag + first.pwd,
                                  [](char c) { return std::isalnum(c) || c == '+' || c == '/'; }));
  EXPECT_TRUE(valid_ice_ufrag(first.ufrag));
  EXPECT_TRUE(valid_ice_pwd(first.pwd));
}

TEST(IceCredentialsTest, LengthsAreThoseOfRfc8839) {
  EXPECT_FALSE(valid_ice_ufrag("abc"));
  EXPECT_TRUE(valid_ice_ufrag("abcd"));
  EXPECT_TRUE(valid_ice_ufrag(std::string(256, 'a')));
  EXPECT_FALSE(valid_ice_ufrag(std::string(257, 'a')));
  EXPECT_FALSE(valid_ice_pwd(std::string(21, 'a')));
  EXPECT_TRUE(valid_ice_pwd(std::string(22, 'a')));
}

TEST(IceCredentialsTest, ColonSpaceAndControlCharactersAreRefused) {
  for (const char* ufrag : {"ab:cd", "ab cd", "ab\ncd",
                            "ab\x7f"
                            "cd",
                            "äöüß"})
    EXPECT_FALSE(valid_ice_ufrag(ufrag)) << ufrag;
  EXPECT_TRUE(valid_ice_ufrag("a-_=b"));
}

}  // namespace
}  // namespace longmen
