#include "streamer/relay_outlet.h"

#include <gtest/gtest.h>

#include "tests/streamer/outlet_end.h"

namespace longmen {
namespace {

using namespace test;

TEST(RelayOutlet, ALinkThatComesGetsGenerationAndGopThenLive) {
  boost::asio::io_context io;
  RelayOutlet outlet(io);
  int announced = 0;
  auto outputs = outlet.begin([&] { ++announced; });
  outputs.unit(unit_at(kTop, 0, true));  // units may come before the announcement
  outputs.announced(announcement());
  outputs.unit(unit_at(kTop, 33, false));
  outputs.unit(unit_at(kOpusRendition, 40, true));
  OutletEnd relay{io, nullptr, {}};
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
  OutletEnd relay{io, nullptr, {}};
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
  OutletEnd relay{io, nullptr, {}};
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
  OutletEnd reader{io, nullptr, {}};
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
