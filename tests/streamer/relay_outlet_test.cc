#include "streamer/relay_outlet.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace longmen {
namespace {

constexpr RenditionId kTop{0};

MediaUnit unit_at(RenditionId rendition, int64_t ms, bool keyframe, size_t bytes = 100) {
  MediaUnit unit;
  unit.generation = Generation{9};
  unit.rendition = rendition;
  unit.time = MediaTime(std::chrono::milliseconds(ms));
  unit.keyframe = keyframe;
  unit.payloads.assign(bytes, 1);
  for (size_t at = 0; at < bytes; at += 1000) {
    unit.packets.push_back(
        {static_cast<uint32_t>(at), static_cast<uint16_t>(std::min<size_t>(1000, bytes - at))});
  }
  return unit;
}

// What the relay's end of a link received: "G" and the times of units in ms.
struct RelayEnd {
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
          auto unit = read_media_unit(body);
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

GenerationAnnouncement announcement() {
  return {Generation{9}, {{kTop, "720p", "video", 1280, 720, 30, 2000, "avc1.64001f"}}};
}

using Received = std::vector<std::string>;

TEST(RelayOutlet, ALinkThatComesGetsGenerationAndGopThenLive) {
  boost::asio::io_context io;
  RelayOutlet outlet(io);
  int announced = 0;
  auto outputs = outlet.begin([&] { ++announced; });
  outputs.unit(unit_at(kTop, 0, true));  // units may come before the announcement
  outputs.announced(announcement());
  outputs.unit(unit_at(kTop, 33, false));
  outputs.unit(unit_at(kOpusRendition, 40, true));
  RelayEnd relay{io, nullptr, {}};
  relay.settle();
  EXPECT_EQ(announced, 1);

  outlet.attach(relay.open());
  outputs.unit(unit_at(kTop, 66, false));
  relay.settle();
  EXPECT_EQ(relay.received, (Received{"G", "0:0", "0:33", "16:40", "0:66"}));

  // A new GOP begins; the relay is killed and comes again.
  outputs.unit(unit_at(kOpusRendition, 980, true));
  outputs.unit(unit_at(kTop, 1000, true));
  outputs.unit(unit_at(kOpusRendition, 1000, true));
  relay.settle();
  relay.link->close();
  outputs.unit(unit_at(kTop, 1033, false));
  relay.settle();
  relay.received.clear();
  outlet.attach(relay.open());
  relay.settle();
  EXPECT_EQ(relay.received, (Received{"G", "0:1000", "16:1000", "0:1033"}));
}

TEST(RelayOutlet, NothingOfAProgrammeThatWasReplacedIsSent) {
  boost::asio::io_context io;
  RelayOutlet outlet(io);
  auto before = outlet.begin([] { FAIL(); });
  auto after = outlet.begin([] {});
  RelayEnd relay{io, nullptr, {}};
  outlet.attach(relay.open());
  before.announced(announcement());
  before.unit(unit_at(kTop, 0, true));
  after.announced(announcement());
  after.unit(unit_at(kTop, 500, true));
  relay.settle();
  EXPECT_EQ(relay.received, (Received{"G", "0:500"}));
}

TEST(RelayOutlet, AFullLinkIsLeftOutUntilTheNextKeyframe) {
  boost::asio::io_context io;
  RelayOutlet outlet(io);
  auto outputs = outlet.begin([] {});
  outputs.announced(announcement());
  RelayEnd relay{io, nullptr, {}};
  auto link = relay.open();
  relay.settle();
  outlet.attach(link);
  // Nobody reads: io is only run for what is posted to the outlet, so the socket and then the
  // link's queue fill up.
  auto deliver = [&](MediaUnit unit) {
    outputs.unit(unit);
    io.restart();
    io.poll();
  };
  relay.link->close();
  auto pair = Link::pair();
  ASSERT_TRUE(pair);
  auto full = std::make_shared<Link>(io, std::move(pair->first), 200'000);
  outlet.attach(full);
  deliver(unit_at(kTop, 0, true, 300'000));  // larger than the queue
  EXPECT_EQ(full->refused_messages(), 1U);
  deliver(unit_at(kTop, 33, false));
  deliver(unit_at(kTop, 66, false));
  EXPECT_EQ(full->refused_messages(), 1U) << "not even tried: they cannot be decoded";
  deliver(unit_at(kTop, 1000, true));
  deliver(unit_at(kTop, 1033, false));
  RelayEnd reader{io, nullptr, {}};
  reader.link = std::make_shared<Link>(io, std::move(pair->second));
  reader.link->start(
      [&](MessageKind kind, ByteSpan body, UniqueFd) {
        if (kind != MessageKind::kMediaUnit) return;
        reader.received.push_back(std::to_string(read_media_unit(body)->time.time_since_epoch() /
                                                 std::chrono::milliseconds(1)));
      },
      [] {});
  reader.settle();
  EXPECT_EQ(reader.received, (Received{"1000", "1033"}));
}

}  // namespace
}  // namespace longmen
