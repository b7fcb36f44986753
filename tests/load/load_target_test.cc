#include "load/load_target.h"

#include <gtest/gtest.h>

namespace longmen {
namespace {

Address address(std::string_view text) {
  return Address::from_text(text, 1).value();
}
Result<LoadTarget> resolve(std::string_view url, const std::vector<std::string>& labs = {},
                           std::string_view rendition = {}) {
  return resolve_load_target(url, rendition, AllowedNetworks::parse(labs).value());
}

TEST(AllowedNetworksTest, LoopbackAlwaysAndLabsWhenNamed) {
  const auto none = AllowedNetworks::parse({}).value();
  EXPECT_TRUE(none.allows(address("127.0.0.1")));
  EXPECT_TRUE(none.allows(address("127.255.1.9")));
  EXPECT_TRUE(none.allows(address("::1")));
  for (const char* text : {"10.0.0.1", "128.0.0.1", "0.0.0.0", "192.168.1.1", "::2", "fe80::1"})
    EXPECT_FALSE(none.allows(address(text))) << text;

  const auto labs = AllowedNetworks::parse({"10.20.0.0/15", "fd00:1::/32", "192.0.2.7"}).value();
  EXPECT_TRUE(labs.allows(address("10.20.0.0")));
  EXPECT_TRUE(labs.allows(address("10.21.255.255")));
  EXPECT_FALSE(labs.allows(address("10.22.0.0")));
  EXPECT_FALSE(labs.allows(address("10.19.255.255")));
  EXPECT_TRUE(labs.allows(address("fd00:1:ffff::5")));
  EXPECT_FALSE(labs.allows(address("fd00:2::5")));
  EXPECT_TRUE(labs.allows(address("192.0.2.7")));
  EXPECT_FALSE(labs.allows(address("192.0.2.8")));
  EXPECT_TRUE(AllowedNetworks::parse({"0.0.0.0/0"})->allows(address("8.8.8.8")));
  EXPECT_FALSE(AllowedNetworks::parse({"0.0.0.0/0"})->allows(address("2001:db8::1")));
}

TEST(AllowedNetworksTest, WhatIsNoNetworkIsRefused) {
  for (const char* text : {"", "lab", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/x", "fd00::/129"})
    EXPECT_FALSE(AllowedNetworks::parse({text})) << text;
}

TEST(LoadTargetTest, ReadsTheParts) {
  const auto target = resolve("http://127.0.0.1:8080/whep/main");
  ASSERT_TRUE(target) << target.error().message;
  EXPECT_EQ(target->authority, "127.0.0.1:8080");
  EXPECT_EQ(target->target, "/whep/main");
  EXPECT_EQ(to_string(target->address), "127.0.0.1:8080");
  EXPECT_EQ(resolve("http://127.0.0.1/whep/main")->address.port, 80);
  EXPECT_EQ(resolve("http://[::1]:81/whep/main")->authority, "[::1]:81");
  EXPECT_EQ(resolve("http://[::1]:81/whep/main")->address, Address::from_text("::1", 81).value());
}

TEST(LoadTargetTest, TheRenditionJoinsTheQuery) {
  EXPECT_EQ(resolve("http://127.0.0.1/whep/main", {}, "480p")->target, "/whep/main?rendition=480p");
  EXPECT_EQ(resolve("http://127.0.0.1/whep/main?token=a%20b", {}, "480p")->target,
            "/whep/main?token=a%20b&rendition=480p");
  EXPECT_EQ(resolve("http://127.0.0.1/whep/main?rendition=720p", {}, "480p")->target,
            "/whep/main?rendition=480p");
}

TEST(LoadTargetTest, EverythingElseIsRefusedWithWords) {
  const auto foreign = resolve("http://192.0.2.1:8080/whep/main");
  ASSERT_FALSE(foreign);
  EXPECT_NE(foreign.error().message.find("192.0.2.1"), std::string::npos);
  EXPECT_NE(foreign.error().message.find("--lab-network"), std::string::npos);
  EXPECT_TRUE(resolve("http://192.0.2.1:8080/whep/main", {"192.0.2.0/24"}));
  EXPECT_FALSE(resolve("http://[2001:db8::1]/whep/main", {"192.0.2.0/24"}));
  // An IPv4 address in IPv6's clothes is the IPv4 address.
  EXPECT_FALSE(resolve("http://[::ffff:192.0.2.1]/whep/main"));
  EXPECT_FALSE(resolve("https://127.0.0.1/whep/main"));
  EXPECT_FALSE(resolve("http:///whep/main"));
  EXPECT_FALSE(resolve("http://127.0.0.1"));
  EXPECT_FALSE(resolve("127.0.0.1/whep/main"));
  EXPECT_FALSE(resolve(""));
}

}  // namespace
}  // namespace longmen
