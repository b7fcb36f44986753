#include "control/secret.h"

#include <gtest/gtest.h>

#include <set>

#include "core/base/sha256.h"

namespace longmen {
namespace {

TEST(SecretTest, Base32AsInRfc4648) {
  EXPECT_EQ(base32(as_bytes("")), "");
  EXPECT_EQ(base32(as_bytes("f")), "MY");
  EXPECT_EQ(base32(as_bytes("fo")), "MZXQ");
  EXPECT_EQ(base32(as_bytes("foo")), "MZXW6");
  EXPECT_EQ(base32(as_bytes("foob")), "MZXW6YQ");
  EXPECT_EQ(base32(as_bytes("fooba")), "MZXW6YTB");
  EXPECT_EQ(base32(as_bytes("foobar")), "MZXW6YTBOI");
}

TEST(SecretTest, Base64UrlAsInRfc4648) {
  EXPECT_EQ(base64url(as_bytes("f")), "Zg");
  EXPECT_EQ(base64url(as_bytes("fo")), "Zm8");
  EXPECT_EQ(base64url(as_bytes("foobar")), "Zm9vYmFy");
  EXPECT_EQ(base64url(as_bytes("\xfb\xff")), "-_8");
  EXPECT_EQ(lower_hex(as_bytes("\x01\xaf")), "01af");
}

TEST(SecretTest, TokensHave256BitsAndAreTold) {
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i) {
    const std::string token = make_token(system_random());
    EXPECT_TRUE(is_token(token)) << token;
    EXPECT_TRUE(seen.insert(token).second);
  }
  EXPECT_FALSE(is_token(""));
  EXPECT_FALSE(is_token(std::string(42, 'a')));
  EXPECT_FALSE(is_token(std::string(44, 'a')));
  EXPECT_FALSE(is_token(std::string(42, 'a') + ";"));
  EXPECT_EQ(make_id(system_random()).size(), 16u);
}

}  // namespace
}  // namespace longmen
