#include "supervisor/listeners.h"

#include <gtest/gtest.h>

namespace longmen {
namespace {

NodeConfig on_loopback() {
  NodeConfig config;
  config.roles = {"ingest", "relay", "gateway"};
  config.http.address = config.rtmp.address = config.relay.address = "127.0.0.1";
  config.http.port = config.http.https_port = config.rtmp.port = config.relay.first_port = 0;
  config.relay.shards = 2;
  return config;
}

TEST(Listeners, PortZeroIsChosenByTheKernelAndTold) {
  auto bound = bind_listeners(on_loopback(), {});
  ASSERT_TRUE(bound) << bound.error().message;
  for (const char* name : {"http", "https", "rtmp", "udp0", "udp1"}) {
    ASSERT_TRUE(bound->contains(name)) << name;
    EXPECT_GT(bound->at(name).bound_port, 0) << name;
  }
}

TEST(Listeners, WhatIsAskedForAgainIsKept) {
  NodeConfig config = on_loopback();
  auto first = bind_listeners(config, {});
  ASSERT_TRUE(first);
  config.rtmp.address = "127.0.0.2";
  auto second = bind_listeners(config, *first);
  ASSERT_TRUE(second) << second.error().message;
  EXPECT_EQ(second->at("http").socket, first->at("http").socket);
  EXPECT_NE(second->at("rtmp").socket, first->at("rtmp").socket);
}

TEST(Listeners, WhatCannotBeBoundIsNamed) {
  NodeConfig config = on_loopback();
  auto first = bind_listeners(config, {});
  ASSERT_TRUE(first);
  config.http.port = first->at("http").bound_port;
  auto second = bind_listeners(config, {});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().message, "http: 127.0.0.1 port " + std::to_string(config.http.port) +
                                        ": Address already in use");
  config.http.port = 0;
  config.http.address = "localhost.example";
  EXPECT_FALSE(bind_listeners(config, {}));
}

TEST(Listeners, ANodeBindsOnlyWhatItsRolesNeed) {
  NodeConfig config = on_loopback();
  config.roles = {"relay"};
  auto bound = bind_listeners(config, {});
  ASSERT_TRUE(bound);
  EXPECT_EQ(bound->size(), 2u);
}

}  // namespace
}  // namespace longmen
