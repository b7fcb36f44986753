#include "streamer/gateway_outlet.h"

#include <gtest/gtest.h>

namespace longmen {
namespace {

constexpr RenditionId kTop{0};

MediaUnit unit_at(RenditionId rendition, int64_t ms, size_t bytes = 100) {
  MediaUnit unit;
  unit.generation = Generation{9};
  unit.rendition = rendition;
  unit.time = MediaTime(std::chrono::milliseconds(ms));
  unit.payloads.assign(bytes, 1);
  for (size_t at = 0; at < bytes; at += 1000)
    unit.packets.push_back(
        {static_cast<uint32_t>(at), static_cast<uint16_t>(std::min<size_t>(1000, bytes - at))});
  return unit;
}

GenerationAnnouncement announcement() {
  return {Generation{9}, {{kTop, "720p", "video", 1280, 720, 30, 2000, "avc1.64001f"}}};
}

// What the gateway's end received: "G", and renditions and times of units in ms.
struct GatewayEnd {
  boost::asio::io_context& io;
  std::shared_ptr<Link> link;
  std::vector<std::string> received;

  std::shared_ptr<Link> open() {
    auto pair = Link::pair();
    EXPECT_TRUE(pair);
    link = std::make_shared<Link>(io, std::move(pair->first));
    link->start(
        [this](MessageKind kind, ByteSpan body, UniqueFd) {
          if (kind == MessageKind::kGeneration) return received.push_back("G");
          const auto unit = read_media_unit(body);
          ASSERT_TRUE(unit);
          received.push_back(
              std::to_string(unit->rendition.value) + ":" +
              std::to_string(unit->time.time_since_epoch() / std::chrono::milliseconds(1)));
        },
        [] {});
    auto other = std::make_shared<Link>(io, std::move(pair->second));
    other->start([](MessageKind, ByteSpan, UniqueFd) {}, [] {});
    return other;
  }
  void settle() {
    io.restart();
    while (io.poll() > 0) {
    }
  }
};

using Received = std::vector<std::string>;

TEST(GatewayOutlet, AGatewayThatComesGetsWhatWasKeptThenLive) {
  boost::asio::io_context io;
  GatewayOutlet outlet(io);
  auto outputs = outlet.begin();
  outputs.unit(unit_at(kTop, 0));
  outputs.announced(announcement());
  outputs.unit(unit_at(kAacRendition, 21));
  outputs.unit(unit_at(kOpusRendition, 20));  // is for others
  outputs.unit(unit_at(kTop, 33));
  GatewayEnd gateway{io, nullptr, {}};
  gateway.settle();
  outlet.attach(gateway.open());
  outputs.unit(unit_at(kTop, 66));
  gateway.settle();
  EXPECT_EQ(gateway.received, (Received{"G", "0:0", "17:21", "0:33", "0:66"}));

  // Beyond a GOP, and not for ever.
  outputs.unit(unit_at(kTop, 8030));
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
    outputs.unit(unit_at(kTop, i, 1 << 20));
  GatewayEnd gateway{io, nullptr, {}};
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
  GatewayEnd gateway{io, nullptr, {}};
  outlet.attach(gateway.open());
  before.announced(announcement());
  before.unit(unit_at(kTop, 0));
  after.unit(unit_at(kTop, 500));
  after.announced(announcement());
  gateway.settle();
  EXPECT_EQ(gateway.received, (Received{"G", "0:500"}));
}

}  // namespace
}  // namespace longmen
