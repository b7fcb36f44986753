#include "supervisor/listeners.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace longmen {
namespace {

NodeConfig on_loopback() {
  NodeConfig config;
  config.roles = {"ingest", "relay", "gateway"};
  config.http.address = config.rtmp.address = config.relay.address = "127.0.0.1";
  config.http.port = config.http.https_port = config.rtmp.port = config.relay.first_port = 0;
  config.rtmp.tls_port = config.srt.port = config.whip.port = 0;
  config.rtsp.port = config.rtsp.tls_port = 0;
  config.srt.address = config.whip.address = config.rtsp.address = "127.0.0.1";
  config.relay.shards = 2;
  return config;
}

TEST(Listeners, PortZeroIsChosenByTheKernelAndTold) {
  auto bound = bind_listeners(on_loopback(), {});
  ASSERT_TRUE(bound) << bound.error().message;
  for (const char* name :
       {"http", "https", "rtmp", "rtmps", "rtsp", "rtsps", "srt", "whip", "udp0", "udp1"}) {
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

// On loopback, what has this port is told by whom a connection reaches: its accept() has one.
bool reaches(int port, const Listener& listener) {
  const UniqueFd client(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(client.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
    return false;
  return UniqueFd(::accept4(listener.socket->get(), nullptr, nullptr, SOCK_CLOEXEC)).get() >= 0;
}

TEST(Listeners, AnotherAddressAtTheSamePortIsBoundWhileTheOldOneServes) {
  NodeConfig config = on_loopback();
  auto first = bind_listeners(config, {});
  const auto taken = bind_listeners(config, {});
  ASSERT_TRUE(first && taken);
  for (const char* address : {"0.0.0.0", "127.0.0.1"}) {
    const int http = first->at("http").bound_port, udp = first->at("udp0").bound_port;
    config.http.port = http;
    config.relay.first_port = udp;
    config.relay.shards = 1;
    config.http.address = config.relay.address = address;
    config.rtmp.port = taken->at("rtmp").bound_port;  // by somebody else: nothing may change
    EXPECT_FALSE(bind_listeners(config, *first));
    EXPECT_TRUE(reaches(http, first->at("http")));
    config.rtmp.port = 0;
    auto second = bind_listeners(config, *first);
    ASSERT_TRUE(second) << second.error().message;
    EXPECT_NE(second->at("http").socket, first->at("http").socket);
    EXPECT_NE(second->at("udp0").socket, first->at("udp0").socket);
    EXPECT_EQ(second->at("http").bound_port, http);
    first = std::move(second);  // the old ones are closed
    EXPECT_TRUE(reaches(http, first->at("http")));
    EXPECT_FALSE(bind_listeners(config, {})) << "a port of ours is nobody else's";
  }
}

TEST(Listeners, PortsAreExchanged) {
  NodeConfig config = on_loopback();
  auto first = bind_listeners(config, {});
  ASSERT_TRUE(first);
  config.http.port = first->at("https").bound_port;
  config.http.https_port = first->at("http").bound_port;
  auto second = bind_listeners(config, *first);
  ASSERT_TRUE(second) << second.error().message;
  EXPECT_EQ(second->at("http").socket, first->at("https").socket);
  EXPECT_EQ(second->at("https").socket, first->at("http").socket);
  EXPECT_EQ(second->at("http").bound_port, config.http.port);
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
