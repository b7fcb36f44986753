// The socket filters on real sockets. Where bpf(2) is not permitted, the tests of the eBPF filter
// are skipped with the kernel's words.
#include "load/media_filter.h"

#include <random>

#include "tests/load/udp_pair.h"

namespace longmen {
namespace {

using test::kAudio;
using test::kRepeat;
using test::kVideo;
using test::PacketOf;
using test::rtp_packet;
using test::UdpPair;

// With and without UDP_GRO on the viewer's socket: the figures are the same.
class ExtendedFilterTest : public testing::TestWithParam<bool> {
 protected:
  void SetUp() override { open(false); }
  void open(bool notes_arrivals) {
    auto opened = MediaFilter::open_extended({.video_type = kVideo,
                                              .audio_type = kAudio,
                                              .repeat_type = kRepeat,
                                              .transport_cc_id = test::kTransportCcId,
                                              .notes_arrivals = notes_arrivals});
    if (!opened && opened.error().message.find("not permitted") != std::string::npos)
      GTEST_SKIP() << opened.error().message;
    ASSERT_TRUE(opened) << opened.error().message;
    filter_.reset();
    filter_.emplace(std::move(*opened));
    attach();
  }
  void attach() {
    const auto attached = filter_->attach(pair_.viewer(), pair_.port());
    ASSERT_TRUE(attached) << attached.error().message;
  }
  FilterCounters counters() const { return filter_->read(pair_.viewer(), pair_.port()); }
  FilterStream of(FilterCounters::Stream stream) const { return counters().streams[stream]; }

  UdpPair pair_{GetParam()};
  std::optional<MediaFilter> filter_;
};

INSTANTIATE_TEST_SUITE_P(Gro, ExtendedFilterTest, testing::Bool());

TEST_P(ExtendedFilterTest, ATrainIsCountedPacketByPacketAndDropped) {
  std::vector<Bytes> train;
  for (uint16_t i = 0; i < 7; ++i)
    train.push_back(rtp_packet(
        {kVideo, static_cast<uint16_t>(65532 + i), 90'000, static_cast<uint16_t>(400 + i)}));
  pair_.send_train(train);
  const FilterCounters counted = counters();
  EXPECT_EQ(counted.packets(), 7u);
  EXPECT_EQ(counted.streams[FilterCounters::kVideo].packets, 7u);
  EXPECT_EQ(counted.streams[FilterCounters::kVideo].sequence, 2u);  // wrapped
  EXPECT_EQ(counted.streams[FilterCounters::kVideo].timestamp, 90'000u);
  EXPECT_EQ(counted.streams[FilterCounters::kVideo].ssrc, 1000u + kVideo);
  EXPECT_EQ(counted.streams[FilterCounters::kVideo].timestamps, 1u);
  EXPECT_EQ(counted.bytes, 7 * 200u);
  EXPECT_EQ(counted.trains, GetParam() ? 1u : 7u);
  EXPECT_EQ(counted.transport_sequence, 406u);
  EXPECT_EQ(counted.transport_packets, 7u);
  EXPECT_TRUE(pair_.received().empty());
}

TEST_P(ExtendedFilterTest, SoundThatRidesInAVideoTrainIsSound) {
  pair_.send_train({rtp_packet({kVideo, 10, 1000, 1}), rtp_packet({kVideo, 11, 1000, 2}),
                    rtp_packet({kVideo, 12, 1000, 3}), rtp_packet({kAudio, 700, 48'000, 4, 120})});
  EXPECT_EQ(of(FilterCounters::kVideo).packets, 3u);
  EXPECT_EQ(of(FilterCounters::kVideo).sequence, 12u);
  EXPECT_EQ(of(FilterCounters::kAudio).packets, 1u);
  EXPECT_EQ(of(FilterCounters::kAudio).sequence, 700u);
  EXPECT_EQ(of(FilterCounters::kAudio).timestamp, 48'000u);
  EXPECT_EQ(counters().transport_sequence, 4u);
  EXPECT_EQ(counters().transport_packets, 4u);
  EXPECT_EQ(counters().bytes, 3 * 200u + 120u);
}

TEST_P(ExtendedFilterTest, AnyMixtureIsCountedRight) {
  std::mt19937 random(11);
  std::array<uint64_t, FilterCounters::kStreams> packets{};
  std::array<uint16_t, FilterCounters::kStreams> next{65500, 7, 30'000, 1};
  constexpr std::array<uint8_t, FilterCounters::kStreams> types{kVideo, kAudio, kRepeat, 77};
  uint16_t transport = 65'000;
  uint64_t sent = 0;
  for (int round = 0; round < 300; ++round) {
    std::vector<Bytes> train;
    const size_t count = 1 + random() % 40;
    while (train.size() < count) {
      const size_t stream = random() % (random() % 3 ? 1 : types.size());
      for (size_t run = 1 + random() % 9; run > 0 && train.size() < count; --run) {
        if (train.empty() && random() % 5 == 0) ++next[stream];  // one is lost between trains
        train.push_back(
            rtp_packet({types[stream], next[stream]++, uint32_t(round * 3000), transport++}));
        ++packets[stream];
        ++sent;
      }
    }
    pair_.send_train(train);
  }
  const FilterCounters counted = counters();
  EXPECT_EQ(counted.packets(), sent);
  for (size_t stream = 0; stream < types.size(); ++stream) {
    EXPECT_EQ(counted.streams[stream].packets, packets[stream]) << stream;
    EXPECT_EQ(counted.streams[stream].sequence, uint16_t(next[stream] - 1)) << stream;
  }
  EXPECT_EQ(counted.transport_sequence, uint16_t(transport - 1));
  EXPECT_TRUE(pair_.received().empty());
}

TEST_P(ExtendedFilterTest, LostAndLateShowInTheFigures) {
  for (const uint16_t sequence : {100, 101, 104, 103, 110})
    pair_.send(rtp_packet({kVideo, sequence, sequence * 10u}));
  // 11 were expected, 5 came; the one that came late moved nothing.
  EXPECT_EQ(of(FilterCounters::kVideo).packets, 5u);
  EXPECT_EQ(of(FilterCounters::kVideo).sequence, 110u);
  EXPECT_EQ(of(FilterCounters::kVideo).timestamp, 1100u);
  EXPECT_EQ(of(FilterCounters::kVideo).timestamps, 4u);
}

TEST_P(ExtendedFilterTest, WhatIsNotMediaPasses) {
  const Bytes stun(20, 0);
  const Bytes dtls(40, 22);
  const Bytes rtcp = {0x81, 201, 0, 7, 0, 0, 0, 1, 1, 2, 3, 4, 5, 6, 7, 8, 9};
  const Bytes tiny = {0x80};
  pair_.send(stun);
  pair_.send(dtls);
  pair_.send(rtcp);
  pair_.send(tiny);
  EXPECT_EQ(pair_.received(), (std::vector<Bytes>{stun, dtls, tiny}));
  EXPECT_EQ(counters().rtcp, 1u);
  EXPECT_EQ(counters().packets(), 0u);
}

TEST_P(ExtendedFilterTest, AttachingAgainBeginsAtZero) {
  pair_.send(rtp_packet({kVideo, 1, 1}));
  EXPECT_EQ(counters().packets(), 1u);
  attach();
  EXPECT_EQ(counters(), FilterCounters());
}

TEST_P(ExtendedFilterTest, ArrivalsOfTheLastBuffersAreNotedWhereTheyAreWanted) {
  pair_.send(rtp_packet({kVideo, 1, 1, 65'533}));
  EXPECT_EQ(filter_->arrivals(pair_.port()), FilterArrivals());
  open(true);
  const auto units = [] {
    return static_cast<uint32_t>(std::chrono::steady_clock::now().time_since_epoch().count() >>
                                 kArrivalShift);
  };
  const auto noted = [&] {
    return filter_->arrivals(pair_.port())[counters().trains % kFilterArrivals];
  };
  for (uint16_t sequence = 1; sequence < 40; ++sequence)  // once round
    pair_.send(rtp_packet({kAudio, sequence, sequence, static_cast<uint16_t>(65'490 + sequence)}));
  const uint32_t before = units();
  pair_.send_train({rtp_packet({kVideo, 2, 1, 65'534}), rtp_packet({kVideo, 3, 1, 65'535}),
                    rtp_packet({kAudio, 40, 1, 0, 120})});
  EXPECT_EQ(noted().sequence, 0u);
  EXPECT_LE(noted().time - before, units() - before);
  EXPECT_EQ(counters().packets(), 39u + 3) << "the counters are the same";
  const FilterArrival train = noted();
  pair_.send(rtp_packet({kAudio, 41, 2, 1}));
  EXPECT_EQ(noted().sequence, 1u);
  EXPECT_LE(noted().time - train.time, units() - train.time);
  attach();
  EXPECT_EQ(filter_->arrivals(pair_.port()), FilterArrivals());
}

TEST_P(ExtendedFilterTest, SocketsDoNotShareCounters) {
  UdpPair other(GetParam());
  ASSERT_TRUE(filter_->attach(other.viewer(), other.port()));
  pair_.send(rtp_packet({kVideo, 1, 1}));
  other.send(rtp_packet({kAudio, 1, 1}));
  other.send(rtp_packet({kAudio, 2, 1}));
  EXPECT_EQ(counters().packets(), 1u);
  EXPECT_EQ(filter_->read(other.viewer(), other.port()).packets(), 2u);
}

TEST(ClassicFilterTest, DropsMediaAndCountsEveryPacketOfATrain) {
  UdpPair pair(false);
  MediaFilter filter = MediaFilter::open_classic();
  EXPECT_EQ(filter.kind(), MediaFilter::Kind::kClassic);
  ASSERT_TRUE(filter.attach(pair.viewer(), pair.port()));
  pair.send_train(
      {rtp_packet({kVideo, 1, 1}), rtp_packet({kVideo, 2, 1}), rtp_packet({kVideo, 3, 1})});
  pair.send(rtp_packet({kAudio, 1, 1}));
  const Bytes dtls(40, 22);
  pair.send(dtls);
  EXPECT_EQ(pair.received(), std::vector<Bytes>{dtls});
  EXPECT_EQ(filter.read(pair.viewer(), pair.port()).packets(), 4u);
}

}  // namespace
}  // namespace longmen
