#include "control/oidc/id_token.h"

#include <gtest/gtest.h>
#include <openssl/hmac.h>

#include <boost/json/parse.hpp>
#include <functional>

#include "tests/control/oidc/signing_key.h"

namespace longmen {
namespace {

namespace json = boost::json;
using test::SigningKey;

constexpr int64_t kTokenNow = 1'700'000'000;

const SigningKey& rsa_one() {
  static const SigningKey key = SigningKey::rsa("one");
  return key;
}
const SigningKey& rsa_other() {
  static const SigningKey key = SigningKey::rsa("one");  // which also calls itself so
  return key;
}
const SigningKey& ec_two() {
  static const SigningKey key = SigningKey::p256("two");
  return key;
}
const std::vector<WebKey>& published() {
  static const auto keys = *web_keys_of(SigningKey::set_of({rsa_one().jwk(), ec_two().jwk()}));
  return keys;
}

json::object good_claims() {
  return {{"iss", "https://id.example"}, {"aud", "longmen"},       {"sub", "1234"},
          {"nonce", "the nonce"},        {"exp", kTokenNow + 300}, {"iat", kTokenNow - 1}};
}
json::object with(std::string_view name, json::value value) {
  json::object claims = good_claims();
  claims[name] = std::move(value);
  return claims;
}
json::object without(std::string_view name) {
  json::object claims = good_claims();
  claims.erase(name);
  return claims;
}
IdTokenExpectation expectation() {
  return {"https://id.example", "longmen", "the nonce", "access", std::chrono::seconds(kTokenNow)};
}
std::optional<IdTokenFault> fault_of(const std::string& token) {
  const auto checked = check_id_token(token, published(), expectation());
  if (checked) return std::nullopt;
  EXPECT_FALSE(checked.error().words.empty());
  return checked.error().fault;
}

TEST(IdToken, OneThatIsRightGivesItsClaims) {
  for (const SigningKey* key : {&rsa_one(), &ec_two()}) {
    const auto checked = check_id_token(key->token(good_claims()), published(), expectation());
    ASSERT_TRUE(checked) << checked.error().words;
    EXPECT_EQ(checked->at("sub").as_string(), "1234");
  }
  EXPECT_EQ(fault_of(rsa_one().token(good_claims(), {{"alg", "PS256"}, {"kid", "one"}}, true)),
            std::nullopt);
}

TEST(IdToken, TheClocksMayDifferByALittle) {
  EXPECT_EQ(fault_of(rsa_one().token(with("exp", kTokenNow - 59))), std::nullopt);
  EXPECT_EQ(fault_of(rsa_one().token(with("exp", kTokenNow - 60))), IdTokenFault::kExpired);
  EXPECT_EQ(fault_of(rsa_one().token(with("iat", kTokenNow + 60))), std::nullopt);
  EXPECT_EQ(fault_of(rsa_one().token(with("iat", kTokenNow + 61))), IdTokenFault::kNotYet);
  EXPECT_EQ(fault_of(rsa_one().token(with("nbf", kTokenNow + 61))), IdTokenFault::kNotYet);
  EXPECT_EQ(fault_of(rsa_one().token(with("exp", kTokenNow + 0.5))), std::nullopt);
  EXPECT_EQ(fault_of(rsa_one().token(with("iat", kTokenNow - 3600))), IdTokenFault::kExpired)
      << "it was made for another sign-in, however long it is good";
}

TEST(IdToken, EveryKindOfBadClaimsIsToldApart) {
  const std::vector<std::pair<json::object, IdTokenFault>> table{
      {with("iss", "https://id.example/"), IdTokenFault::kIssuer},
      {with("iss", json::array{"https://id.example"}), IdTokenFault::kIssuer},
      {without("iss"), IdTokenFault::kIssuer},
      {with("aud", "another"), IdTokenFault::kAudience},
      {with("aud", json::array{"another"}), IdTokenFault::kAudience},
      {with("aud", json::array{}), IdTokenFault::kAudience},
      {with("aud", 7), IdTokenFault::kAudience},
      {without("aud"), IdTokenFault::kAudience},
      {with("aud", json::array{"longmen", "another"}), IdTokenFault::kAudience},
      {with("azp", "another"), IdTokenFault::kAudience},
      {with("azp", 7), IdTokenFault::kAudience},
      {without("exp"), IdTokenFault::kMalformed},
      {without("iat"), IdTokenFault::kMalformed},
      {with("exp", "tomorrow"), IdTokenFault::kMalformed},
      {with("exp", -1), IdTokenFault::kMalformed},
      {with("exp", 1e300), IdTokenFault::kMalformed},
      {with("nbf", "soon"), IdTokenFault::kMalformed},
      {with("nonce", "another nonce"), IdTokenFault::kNonce},
      {with("nonce", ""), IdTokenFault::kNonce},
      {without("nonce"), IdTokenFault::kNonce},
      {without("sub"), IdTokenFault::kSubject},
      {with("sub", ""), IdTokenFault::kSubject},
      {with("sub", 1234), IdTokenFault::kSubject},
      {with("sub", json::string(std::string(256, 'x'))), IdTokenFault::kSubject},
      {with("sub", "a\nb"), IdTokenFault::kSubject},
      {with("at_hash", "another"), IdTokenFault::kAccessToken},
  };
  for (const auto& [claims, fault] : table)
    EXPECT_EQ(fault_of(rsa_one().token(claims)), fault) << json::serialize(claims);
  json::object shared = with("aud", json::array{"another", "longmen"});
  shared["azp"] = "longmen";
  EXPECT_EQ(fault_of(rsa_one().token(shared)), std::nullopt);
}

TEST(IdToken, TheAccessTokenIsTheOneItSpeaksOf) {
  IdTokenExpectation expected = expectation();
  expected.access_token = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y";
  EXPECT_TRUE(check_id_token(rsa_one().token(with("at_hash", "77QmUPtjPfzWtF2AnpK9RQ")),
                             published(), expected))
      << "OpenID Connect Core, appendix A.4";
}

TEST(IdToken, NoneCountsThatIsNotSigned) {
  const json::object claims = good_claims();
  const std::string body = base64url(as_bytes(json::serialize(claims)));
  const std::string none =
      base64url(as_bytes(json::serialize(json::object{{"alg", "none"}}))) + "." + body + ".";
  EXPECT_EQ(fault_of(none), IdTokenFault::kAlgorithm);
  for (const char* name : {"NONE", "None", "HS256", "RS512", "ES384", "EdDSA", "", "rs256"})
    EXPECT_EQ(fault_of(rsa_one().token(claims, {{"alg", name}, {"kid", "one"}})),
              IdTokenFault::kAlgorithm)
        << name;
  EXPECT_EQ(fault_of(rsa_one().token(claims, {{"kid", "one"}})), IdTokenFault::kAlgorithm);
  EXPECT_EQ(fault_of(rsa_one().token(claims, {{"alg", 7}, {"kid", "one"}})),
            IdTokenFault::kAlgorithm);
}

TEST(IdToken, APublicKeyIsNoSecretOfAMac) {
  const std::string header =
      base64url(as_bytes(json::serialize(json::object{{"alg", "HS256"}, {"kid", "one"}})));
  const std::string text = header + "." + base64url(as_bytes(json::serialize(good_claims())));
  const std::string secret(rsa_one().jwk().at("n").as_string());
  uint8_t mac[32];
  unsigned size = sizeof mac;
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
       reinterpret_cast<const uint8_t*>(text.data()), text.size(), mac, &size);
  EXPECT_EQ(fault_of(text + "." + base64url(mac)), IdTokenFault::kAlgorithm);
}

TEST(IdToken, TheHeaderChoosesNothingButTheKey) {
  // The right key's name with another type's algorithm.
  EXPECT_EQ(fault_of(ec_two().token(good_claims(), {{"alg", "RS256"}, {"kid", "two"}})),
            IdTokenFault::kUnknownKey);
  EXPECT_EQ(fault_of(rsa_one().token(good_claims(), {{"alg", "ES256"}, {"kid", "one"}})),
            IdTokenFault::kUnknownKey);
  // Another padding than it says.
  EXPECT_EQ(fault_of(rsa_one().token(good_claims(), {{"alg", "PS256"}, {"kid", "one"}})),
            IdTokenFault::kSignature);
  EXPECT_EQ(fault_of(rsa_one().token(good_claims(), {{"alg", "RS256"}, {"kid", "one"}}, true)),
            IdTokenFault::kSignature);
  EXPECT_EQ(fault_of(rsa_one().token(
                good_claims(), {{"alg", "RS256"}, {"kid", "one"}, {"crit", json::array{"x"}}})),
            IdTokenFault::kMalformed);
  // A key that it brings along is nobody's.
  json::object header{{"alg", "RS256"}, {"kid", "three"}, {"jwk", rsa_other().jwk()}};
  EXPECT_EQ(fault_of(rsa_other().token(good_claims(), header)), IdTokenFault::kUnknownKey);
}

TEST(IdToken, AnothersSignatureIsFound) {
  EXPECT_EQ(fault_of(rsa_other().token(good_claims())), IdTokenFault::kSignature);
  EXPECT_EQ(fault_of(SigningKey::p256("two").token(good_claims())), IdTokenFault::kSignature);
  EXPECT_EQ(fault_of(SigningKey::rsa("new").token(good_claims())), IdTokenFault::kUnknownKey);
}

TEST(IdToken, WithoutAKeysNameTheOnlyOneCounts) {
  const std::string token = rsa_one().token(good_claims(), {{"alg", "RS256"}});
  EXPECT_EQ(fault_of(token), std::nullopt) << "one of RSA is published";
  const SigningKey more = SigningKey::rsa("more");
  const auto keys = *web_keys_of(SigningKey::set_of({rsa_one().jwk(), more.jwk()}));
  const auto checked = check_id_token(token, keys, expectation());
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().fault, IdTokenFault::kUnknownKey);
}

TEST(IdToken, EveryByteThatIsChangedIsFound) {
  const std::string token = ec_two().token(good_claims());
  for (size_t at = 0; at < token.size(); ++at) {
    std::string changed = token;
    changed[at] = changed[at] == 'A' ? 'B' : 'A';
    EXPECT_NE(fault_of(changed), std::nullopt) << at;
  }
  for (size_t size = 0; size < token.size(); ++size)
    EXPECT_NE(fault_of(token.substr(0, size)), std::nullopt) << size;
}

TEST(IdToken, WhatIsNoTokenIsMalformed) {
  for (const std::string& text :
       {std::string(), std::string("."), std::string(".."), std::string("..."),
        std::string("a.b.c.d.e"), std::string("e30.e30.e30"), std::string("!!.??.$$"),
        std::string(kMaxIdTokenBytes + 1, 'a')}) {
    const auto fault = fault_of(text);
    EXPECT_TRUE(fault == IdTokenFault::kMalformed || fault == IdTokenFault::kAlgorithm) << text;
  }
  const std::string deep = base64url(as_bytes(std::string(20'000, '[')));
  EXPECT_EQ(fault_of(deep + "." + deep + ".AA"), IdTokenFault::kMalformed);
}

TEST(WebKeys, KeysThatAreWeakOrForSomethingElseAreLeftOut) {
  json::object encrypts = rsa_one().jwk();
  encrypts["use"] = "enc";
  json::object off_curve = ec_two().jwk();
  off_curve["y"] = off_curve["x"];
  json::object other_curve = ec_two().jwk();
  other_curve["crv"] = "P-384";
  json::object even = rsa_one().jwk();
  even["e"] = "Ag";
  json::object one = rsa_one().jwk();
  one["e"] = "AQ";
  json::object no_number = rsa_one().jwk();
  no_number["n"] = "!";
  const auto keys = web_keys_of(SigningKey::set_of({encrypts,
                                                    off_curve,
                                                    other_curve,
                                                    even,
                                                    one,
                                                    no_number,
                                                    SigningKey::rsa("weak", 1024).jwk(),
                                                    {{"kty", "oct"}, {"k", "AAAA"}},
                                                    {},
                                                    rsa_one().jwk()}));
  ASSERT_TRUE(keys);
  ASSERT_EQ(keys->size(), 1u);
  EXPECT_EQ(keys->front().id, "one");
}

TEST(WebKeys, WhatIsNoSetIsRefusedWithWords) {
  for (const char* text : {"", "[]", "{}", "{\"keys\":{}}", "null", "{\"keys\":"})
    EXPECT_FALSE(web_keys_of(text)) << text;
  EXPECT_EQ(web_keys_of("{\"keys\":[1,null,\"x\",[]]}")->size(), 0u);
}

TEST(WebKeys, AKeyIsForItsAlgorithmAlone) {
  json::object jwk = rsa_one().jwk();
  jwk["alg"] = "PS256";
  const auto keys = *web_keys_of(SigningKey::set_of({jwk}));
  EXPECT_FALSE(check_id_token(rsa_one().token(good_claims()), keys, expectation()));
  EXPECT_TRUE(
      check_id_token(rsa_one().token(good_claims(), {{"alg", "PS256"}, {"kid", "one"}}, true), keys,
                     expectation()));
}

}  // namespace
}  // namespace longmen
