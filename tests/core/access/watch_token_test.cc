#include "core/access/watch_token.h"

#include <gtest/gtest.h>

#include "core/base/base64url.h"

namespace longmen {
namespace {

using std::chrono::seconds;

const WatchGrant::Instant kNow{seconds(1'767'225'600)};
const WatchGrant kGrant{"main", WatchBearer::kScreen, "screen-7", kNow + seconds(60)};

WatchKeys keys_of(uint8_t first) {
  return make_watch_keys([first](std::span<uint8_t> bytes) {
    for (size_t i = 0; i < bytes.size(); ++i)
      bytes[i] = static_cast<uint8_t>(first + i);
  });
}
const WatchKeys kKeys = keys_of(1);

std::string signed_token(const WatchGrant& grant = kGrant) {
  return sign_watch_token(grant, kKeys.private_key).value();
}
WatchRefusal refusal_of(const std::string& token, WatchGrant::Instant now = kNow) {
  const auto read = read_watch_token(token, kKeys.public_key, now);
  EXPECT_FALSE(read) << token;
  return read ? WatchRefusal{} : read.error();
}

TEST(Base64Url, VectorsOfTheRfcWithoutPaddingBothWays) {
  const std::pair<std::string_view, std::string_view> vectors[] = {
      {"", ""},           {"f", "Zg"},          {"fo", "Zm8"},          {"foo", "Zm9v"},
      {"foob", "Zm9vYg"}, {"fooba", "Zm9vYmE"}, {"foobar", "Zm9vYmFy"}, {"\xfb\xff", "-_8"}};
  for (const auto& [plain, text] : vectors) {
    EXPECT_EQ(base64url(as_bytes(plain)), text);
    const auto back = from_base64url(text);
    ASSERT_TRUE(back) << text;
    EXPECT_EQ(std::string(back->begin(), back->end()), plain);
  }
  for (const std::string_view wrong : {"Z", "Zg==", "Zh", "Zm9=", "Zm 9", "+/8", "Zm9vY"})
    EXPECT_FALSE(from_base64url(wrong)) << wrong;
}

// RFC 8032 §7.1, TEST 1: the public key of a private one.
TEST(WatchToken, KeysAreEd25519) {
  const Bytes secret = *from_base64url("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A");
  EXPECT_EQ(public_watch_key(base64url(secret)).value(),
            "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo");
  EXPECT_FALSE(public_watch_key("too-short"));
  EXPECT_FALSE(sign_watch_token(kGrant, "too-short"));
}

TEST(WatchToken, SaysWhatWasSigned) {
  for (const auto bearer : {WatchBearer::kPerson, WatchBearer::kScreen, WatchBearer::kStudio}) {
    const WatchGrant grant{"main~primary", bearer, "张 \"三\"", kNow + seconds(1)};
    EXPECT_EQ(read_watch_token(signed_token(grant), kKeys.public_key, kNow), grant);
  }
}

TEST(WatchToken, IsAJsonWebTokenThatOthersCanMakeToo) {
  const std::string token = signed_token();
  const auto header = from_base64url(token.substr(0, token.find('.')));
  ASSERT_TRUE(header);
  EXPECT_EQ(std::string(header->begin(), header->end()), R"({"alg":"EdDSA","typ":"JWT"})");
}

TEST(WatchToken, ExpiresAtItsSecond) {
  EXPECT_TRUE(read_watch_token(signed_token(), kKeys.public_key, kNow + seconds(59)));
  EXPECT_EQ(refusal_of(signed_token(), kNow + seconds(60)), WatchRefusal::kExpired);
}

TEST(WatchToken, AnotherKeyAndEveryChangedCharacterAreRefused) {
  const std::string token = signed_token();
  const auto other = read_watch_token(token, keys_of(2).public_key, kNow);
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error(), WatchRefusal::kForged);
  EXPECT_FALSE(read_watch_token(token, "", kNow));
  for (size_t i = 0; i < token.size(); ++i) {
    std::string changed = token;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(read_watch_token(changed, kKeys.public_key, kNow)) << i;
    EXPECT_FALSE(read_watch_token(token.substr(0, i), kKeys.public_key, kNow)) << i;
  }
}

// What makes other verifiers of tokens accept anything.
TEST(WatchToken, NoOtherAlgorithmIsBelieved) {
  const std::string token = signed_token();
  const std::string claims = token.substr(token.find('.'));
  for (const std::string_view header :
       {R"({"alg":"none"})", R"({"alg":"HS256","typ":"JWT"})", R"({"alg":"EdDSA"})"}) {
    EXPECT_EQ(refusal_of(base64url(as_bytes(header)) + claims), WatchRefusal::kMalformed);
  }
  const std::string without_signature = token.substr(0, token.rfind('.') + 1);
  EXPECT_EQ(refusal_of(without_signature), WatchRefusal::kForged);
}

TEST(WatchToken, IsOfABoundedLength) {
  WatchGrant long_one = kGrant;
  long_one.subject = std::string(2000, 'x');
  EXPECT_FALSE(sign_watch_token(long_one, kKeys.private_key));
  EXPECT_EQ(refusal_of(std::string(100'000, 'A')), WatchRefusal::kMalformed);
  for (const char* text : {"", ".", "..", "...", "a.b", "a.b.c"})
    EXPECT_EQ(refusal_of(text), WatchRefusal::kMalformed) << text;
}

}  // namespace
}  // namespace longmen
