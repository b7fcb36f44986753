#include "streamer/gateway_outlet.h"

#include <gtest/gtest.h>

#include "tests/streamer/outlet_end.h"

namespace longmen {
namespace {

using namespace test;

TEST(GatewayOutlet, AGatewayThatComesGetsWhatWasKeptThenLive) {
  boost::asio::io_context io;
  GatewayOutlet outlet(io);
  auto outputs = outlet.begin();
  outputs.unit(unit_at(kTop, 0, false));
  outputs.announced(announcement());
  outputs.unit(unit_at(kAacRendition, 21, false));
  outputs.unit(unit_at(kOpusRendition, 20, false));  // is for others
  outputs.unit(unit_at(kTop, 33, false));
  OutletEnd gateway{io, nullptr, {}};
  gateway.settle();
  outlet.attach(gateway.open());
  outputs.unit(unit_at(kTop, 66, false));
  gateway.settle();
  EXPECT_EQ(gateway.received, (Received{"G", "0:0", "17:21", "0:33", "0:66"}));

  // Beyond a GOP, and not for ever.
  outputs.unit(unit_at(kTop, 8030, false));
  gateway.received.clear();
  gateway.settle();
  outlet.attach(gateway.open());
  gateway.settle();
  EXPECT_EQ(gateway.received, (Received{"0:8030", "G", "0:33", "0:66", "0:8030"}));
}

TEST(GatewayOutlet, WhatIsKeptIsBoundedInBytes) {
  boost::asio::io_context io;
  GatewayOutlet outlet(io);
  auto outputs = outlet.begin();
  outputs.announced(announcement());
  for (int64_t i = 0; i < 40; ++i)
    outputs.unit(unit_at(kTop, i, false, 1 << 20));
  OutletEnd gateway{io, nullptr, {}};
  gateway.settle();
  outlet.attach(gateway.open());
  gateway.settle();
  EXPECT_EQ(gateway.received.size(), 1U + 11);
  EXPECT_EQ(gateway.received.back(), "0:39");
}

TEST(GatewayOutlet, NothingOfAProgrammeThatWasReplacedIsSent) {
  boost::asio::io_context io;
  GatewayOutlet outlet(io);
  auto before = outlet.begin();
  auto after = outlet.begin();
  OutletEnd gateway{io, nullptr, {}};
  outlet.attach(gateway.open());
  before.announced(announcement());
  before.unit(unit_at(kTop, 0, false));
  after.unit(unit_at(kTop, 500, false));
  after.announced(announcement());
  gateway.settle();
  EXPECT_EQ(gateway.received, (Received{"G", "0:500"}));
}

}  // namespace
}  // namespace longmen
