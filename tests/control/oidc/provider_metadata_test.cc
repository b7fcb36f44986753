#include "control/oidc/provider_metadata.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

namespace longmen {
namespace {

namespace json = boost::json;
using ::testing::HasSubstr;

const std::string kOwn = "https://id.example/realms/tv";

json::object document() {
  return {{"issuer", kOwn},
          {"authorization_endpoint", kOwn + "/auth"},
          {"token_endpoint", kOwn + "/token"},
          {"jwks_uri", kOwn + "/keys"},
          {"response_types_supported", json::array{"code", "id_token"}}};
}
Result<ProviderMetadata> read(const json::object& object) {
  return provider_metadata_of(json::serialize(object), kOwn);
}
std::string words_of(std::string_view name, json::value value) {
  json::object object = document();
  object[name] = std::move(value);
  const auto metadata = read(object);
  return metadata ? "" : metadata.error().message;
}

TEST(ProviderMetadata, SaysWhereToGo) {
  const auto metadata = read(document());
  ASSERT_TRUE(metadata) << metadata.error().message;
  EXPECT_EQ(metadata->token_endpoint, kOwn + "/token");
  EXPECT_FALSE(metadata->secret_in_body) << "without a list it is client_secret_basic";
  EXPECT_FALSE(metadata->names_itself_in_answers);
}

TEST(ProviderMetadata, IsFoundBehindTheIssuer) {
  EXPECT_EQ(discovery_url("https://id.example"),
            "https://id.example/.well-known/openid-configuration");
  EXPECT_EQ(discovery_url("https://id.example/x/"),
            "https://id.example/x/.well-known/openid-configuration");
}

TEST(ProviderMetadata, AnotherNameIsToldWithBoth) {
  EXPECT_THAT(
      words_of("issuer", json::string(kOwn + "/")),
      ::testing::AllOf(HasSubstr(kOwn + "/\""), HasSubstr("write it as the provider does")));
  EXPECT_THAT(words_of("issuer", 7), HasSubstr("calls itself \"\""));
}

TEST(ProviderMetadata, WhatAnybodyOnTheWayCouldAnswerIsRefused) {
  for (const char* name : {"authorization_endpoint", "token_endpoint", "jwks_uri",
                           "userinfo_endpoint", "end_session_endpoint"}) {
    for (const char* url : {"http://id.example/x", "", "file:///etc/passwd", "https://",
                            "https://id.example/\r\nX: y", "http://localhost.example/x"})
      EXPECT_THAT(words_of(name, url), HasSubstr(name)) << url;
  }
  EXPECT_EQ(words_of("userinfo_endpoint", "http://127.0.0.1:9/x"), "");
}

TEST(ProviderMetadata, WhoCannotDoTheFlowIsTold) {
  EXPECT_THAT(words_of("response_types_supported", json::array{"id_token"}), HasSubstr("flow"));
  EXPECT_THAT(words_of("code_challenge_methods_supported", json::array{"plain"}),
              HasSubstr("PKCE"));
  EXPECT_EQ(words_of("code_challenge_methods_supported", json::array{"S256"}), "");
}

TEST(ProviderMetadata, TheSecretGoesWhereItIsTaken) {
  json::object object = document();
  object["token_endpoint_auth_methods_supported"] = json::array{"client_secret_post"};
  EXPECT_TRUE(read(object)->secret_in_body);
  object["token_endpoint_auth_methods_supported"] =
      json::array{"client_secret_post", "client_secret_basic"};
  EXPECT_FALSE(read(object)->secret_in_body);
}

TEST(ProviderMetadata, WhatIsNoDocumentIsRefused) {
  for (const char* text : {"", "[]", "<html>", "{"})
    EXPECT_FALSE(provider_metadata_of(text, kOwn)) << text;
}

}  // namespace
}  // namespace longmen
