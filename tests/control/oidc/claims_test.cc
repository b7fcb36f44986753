#include "control/oidc/claims.h"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

#include "control/account_name.h"

namespace longmen {
namespace {

namespace json = boost::json;

json::object claims(std::string_view text) {
  return json::parse(text).as_object();
}
OidcConfig mapping(const std::string& claim, const std::string& otherwise = "") {
  OidcConfig config;
  config.role_claim = claim;
  config.default_role = otherwise;
  config.roles.administrator = {"admins"};
  config.roles.producer = {"planners", "editors"};
  config.roles.operating = {"desk"};
  config.roles.viewer = {"everybody"};
  return config;
}

TEST(Claims, TheHighestRoleCounts) {
  EXPECT_EQ(role_of_claims(claims(R"({"groups":["desk","editors","x"]})"), mapping("groups")),
            AccountRole::kProducer);
  EXPECT_EQ(role_of_claims(claims(R"({"groups":"admins"})"), mapping("groups")),
            AccountRole::kAdministrator);
}

TEST(Claims, WhoHasNoneGetsTheDefaultOrNothing) {
  for (const char* text : {R"({})", R"({"groups":[]})", R"({"groups":["Admins"]})",
                           R"({"groups":{"admins":true}})", R"({"groups":[["admins"]]})"}) {
    EXPECT_EQ(role_of_claims(claims(text), mapping("groups")), std::nullopt) << text;
    EXPECT_EQ(role_of_claims(claims(text), mapping("groups", "viewer")), AccountRole::kViewer);
  }
}

TEST(Claims, ANameWithDotsIsAClaimOrLeadsInwards) {
  EXPECT_EQ(role_of_claims(claims(R"({"realm_access":{"roles":["desk"]}})"),
                           mapping("realm_access.roles")),
            AccountRole::kOperator);
  EXPECT_EQ(role_of_claims(claims(R"({"https://tv.example/roles":["desk"]})"),
                           mapping("https://tv.example/roles")),
            AccountRole::kOperator);
  EXPECT_EQ(role_of_claims(claims(R"({"https://tv.example":{"a.b":{"roles":"desk"}}})"),
                           mapping("https://tv.example.a.b.roles")),
            AccountRole::kOperator);
  EXPECT_TRUE(claim_values(claims(R"({"a":1})"), "a.b.c.d.e.f.g.h.i.j.k").empty());
}

TEST(Claims, AnyNameBecomesOneThatIsAllowed) {
  OidcConfig config;
  const auto name = [&](const json::object& of) { return name_of_claims(of, config); };
  EXPECT_EQ(name({{"preferred_username", "李伟"}}), "李伟");
  EXPECT_EQ(name({{"preferred_username", ""}, {"name", "Li  Wei "}}), "Li Wei");
  EXPECT_EQ(name({{"name", "a\u202e\nb"}}), "ab");
  EXPECT_EQ(name({{"preferred_username", 7}}), "account");
  EXPECT_EQ(name({}), "account");
  for (const json::object& of :
       {json::object{{"name", std::string(500, 'x')}}, json::object{{"name", "control"}},
        json::object{{"name", "\xff\xfe"}}, json::object{{"name", "   "}}})
    EXPECT_EQ(fault_of_name(name(of)), std::nullopt) << name(of);
  config.name_claim = "nickname";
  EXPECT_EQ(name({{"nickname", "wei"}, {"preferred_username", "x"}}), "wei");
}

TEST(Claims, UserinfoAddsAndReplacesNothing) {
  json::object ours = claims(R"({"sub":"1","groups":["a"],"name":"x"})");
  add_claims(ours, claims(R"({"sub":"2","groups":["b"],"name":"y","email":"z"})"));
  EXPECT_EQ(ours, claims(R"({"sub":"1","groups":["a","b"],"name":"x","email":"z"})"));
}

}  // namespace
}  // namespace longmen
